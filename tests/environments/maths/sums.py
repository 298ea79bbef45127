"""A world of small sums, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from worldlore.environments.maths import Maths, Problem
from worldlore.environments.maths.environment import MathsConfig
from worldlore.errors import unknown

PROBLEMS = (
    Problem("What is 6 times 7?", "42", "times", ("x = 6", "y = x * 7\nprint(y)")),
    Problem("What is 1 plus 1?", "2", "plus", ("print(1 + 1)",)),
    Problem("How many days has a week?", "7"),
    Problem("What is 6 times 7?", "42", "times", ("x = 6", "y = x * 7\nprint(y)")),
)


class Sums(Maths):
    """Sums."""

    name = "sums"

    def problems(self, split: str) -> Sequence[Problem]:
        if split != "train":
            raise unknown("split of sums", split, ["train"])
        return PROBLEMS


def begun(at: int = 0, seed: int = 0, **keys: Any) -> Sums:
    """A world with a task begun."""
    env = build(**keys)
    env.reset(env.tasks("train")[at], seed)
    return env


def build(**keys: Any) -> Sums:
    return Sums(MathsConfig.model_validate(keys))


def does(env: Sums, *actions: str) -> str:
    """What is seen after the last of some actions."""
    return [env.step(action).observation.text for action in actions][-1]
