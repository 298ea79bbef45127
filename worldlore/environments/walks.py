"""Episodes that were tried, and the same episodes again: what the conformance checker compares.

A walk takes admissible actions and, half of the time where there is an expert, the expert's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from worldlore.environments.base import Environment, Outcome
from worldlore.experience import Observation, Task

Factory = Callable[[], Environment]
Kind = TypeVar("Kind")
"""What a method should return."""

NONSENSE = "xyzzy the unheard-of frobnitz"
"""An action no world knows."""


class Broken(Exception):
    """The contract is broken; the message says how."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One episode that was tried."""

    task: Task
    """What was played."""
    first: Observation
    """What was seen first."""
    actions: tuple[str, ...]
    """What was done."""
    outcomes: tuple[Outcome, ...]
    """What each action brought."""

    def before(self, step: int) -> Observation:
        """What was seen before a step."""
        return self.outcomes[step - 1].observation if step else self.first

    def begin(self, env: Environment) -> None:
        """Begin the episode again; Broken where it begins otherwise."""
        self._same("reset", Outcome(env.reset(self.task, 0)), Outcome(self.first))

    def follow(self, env: Environment, begin: int, end: int) -> None:
        """Do some of the actions again; Broken where they bring something else."""
        for step in range(begin, end):
            given = env.step(self.actions[step])
            self._same(f"step {step} ({self.actions[step]!r})", given, self.outcomes[step])

    def instead(self, factory: Factory, step: int) -> Outcome:
        """What nonsense brings in place of an action."""
        env = factory()
        env.reset(self.task, 0)
        for action in self.actions[:step]:
            env.step(action)
        outcome = env.step(NONSENSE)
        env.close()
        return outcome

    def _same(self, at: str, given: Outcome, expected: Outcome) -> None:
        for part in ("observation", "reward", "done", "success", "info"):
            was, now = getattr(expected, part), getattr(given, part)
            if was != now:
                raise Broken(f"task {self.task.id}, {at}: {part} was {_short(was)}, then {_short(now)}")


def walked(factory: Factory, task: Task, rng: Random, steps: int) -> Walk:
    """Play a task, at most so many steps."""
    env = factory()
    try:
        first = seen = typed(env.reset(task, 0), Observation, "reset")
        actions: list[str] = []
        outcomes: list[Outcome] = []
        by_expert = rng.random() < 0.5
        while len(actions) < steps and not (outcomes and outcomes[-1].done):
            action = (env.expert() if by_expert or not seen.actions else None) or _any(rng, seen)
            actions.append(action)
            outcomes.append(typed(env.step(action), Outcome, "step"))
            seen = typed(outcomes[-1].observation, Observation, "step", "an Outcome whose observation is")
        return Walk(task, first, tuple(actions), tuple(outcomes))
    finally:
        env.close()


def typed(given: Any, kind: type[Kind], method: str, of: str = "") -> Kind:
    """What a method returned; Broken where that is of another type."""
    if isinstance(given, kind):
        return given
    wanted = " ".join(word for word in (of, f"an {kind.__name__}" if kind is not Task else "Task") if word)
    raise Broken(f"{method} must return {wanted}, and it returned {_short(given)} ({type(given).__name__})")


def _any(rng: Random, seen: Observation) -> str:
    return rng.choice(seen.actions) if seen.actions else NONSENSE


def _short(value: Any) -> str:
    text = repr(value.text if isinstance(value, Observation) else value)
    return text if len(text) < 100 else text[:97] + "…"
