"""A line to walk, worlds of programs around it and others, and what they answer."""

from __future__ import annotations

from typing import ClassVar

from worldlore.environments import ENVIRONMENTS, Environment, Outcome, Primitive
from worldlore.environments.programs import Programs
from worldlore.experience import Action, Observation, Task

GRIPPER = {"name": "gripper"}
HOUSEHOLD = {"name": "household"}
LINE = {"name": "tests.environments.programs.worlds:Line"}
STILL = "No primitive was called, so nothing has changed in the world."


class Line(Environment):
    """Places 0 to 3, the last is the goal; it cannot be put back to an earlier moment."""

    name = "line"
    steps: ClassVar[int] = 0
    primitives = (
        Primitive("go", ("where",), "go {where}", "left or right"),
        Primitive("look", (), "look"),
        Primitive("say", ("word",), "say {word}", "say it"),
    )

    def __init__(self, config: object = None) -> None:
        self.at = self.best = 0

    def tasks(self, split):
        return [Task(f"{split} {i}", "line", split, "go to 3", {"i": i, "split": split}) for i in range(2)]

    def reset(self, task, seed):
        self.at = self.best = 0
        return self._seen()

    def step(self, action):
        type(self).steps += 1
        if action == "say boom":
            raise RuntimeError("the floor gave way")
        if action.startswith("say "):
            return Outcome(Observation(action.removeprefix("say ")), info={"valid": True})
        to = self.at + {"go left": -1, "go right": 1}.get(action, 0)
        valid = 0 <= to <= 3 and (to != self.at or action == "look")
        self.at, gained = (to if valid else self.at), valid and to > self.best
        self.best = max(self.best, self.at)
        over = self.at == 3
        seen = self._seen() if valid else Observation("You cannot.")
        return Outcome(seen, gained / 3, over, over, {"valid": valid})

    def expert(self):
        return "go right"

    def _seen(self):
        return Observation(f"You are at {self.at}.")


class Mute(Line):
    """Has nothing that a program may call."""

    name = "mute"
    primitives = ()


made: list[Programs] = []


def build(inner: dict, **keys) -> Programs:
    made.append(ENVIRONMENTS.build({"name": "programs", "inner": inner, **keys}))
    return made[-1]


def begun(inner: dict = LINE, **keys) -> Programs:
    env = build(inner, **keys)
    env.reset(env.tasks("train")[0], 0)
    return env


def does(env: Programs, action: str) -> str:
    return env.step(action).observation.text


def learned(source: str) -> Action:
    return Action.of(source)
