"""The environment contract: a task is begun with `reset` and answered with `step`.

An environment says when a task is over, never when patience is: limits belong to the rollout loop. After
`reset(task, seed)` the same actions give the same outcomes; rewards of an episode sum to at most 1; nothing of
one episode is left in the next. `check.py` holds every environment to it. An environment object plays one
episode at a time and is cheap to make; heavy things are loaded at the first `tasks` or `reset`.

Whatever an environment throws is caught by the loop and written on the episode's record.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from pydantic import BaseModel

from worldlore.config import Config
from worldlore.experience import Observation, Task


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one action brought about."""

    observation: Observation
    """What the agent sees next."""
    reward: float = 0.0
    """Reward of this action alone."""
    done: bool = False
    """The task itself is over, won or lost."""
    success: bool = False
    """The task is done as asked; only ever True together with `done`."""
    info: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """For the record; agents never read it. JSON values only."""


class Environment(ABC):
    """A world with tasks in it."""

    name: ClassVar[str]
    """The registered name, as in TOML and in `Task.environment`."""
    Config: ClassVar[type[BaseModel]] = Config
    """The keys its table in TOML may have."""

    @abstractmethod
    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of a split, always the same ones in the same order; ConfigError for an unknown split."""

    @abstractmethod
    def reset(self, task: Task, seed: int) -> Observation:
        """Begin a task; what the agent sees first, the goal included."""

    @abstractmethod
    def step(self, action: str) -> Outcome:
        """Do one action. Any string is allowed; nonsense is answered in the world's own words."""

    def close(self) -> None:
        """Let go of everything; the object is not used again."""

    def expert(self) -> str | None:
        """The next action of the built-in expert for the episode in play; None if it has none.

        The expert acts on what was observed so far unless the environment's docstring says otherwise.
        """
        return None


class Branching(Environment):
    """An environment that can be put back to an earlier moment at once; others are replayed."""

    @abstractmethod
    def snapshot(self) -> Any:
        """The moment, as a value that later steps do not change."""

    @abstractmethod
    def restore(self, snapshot: Any) -> None:
        """Put the moment back; it may be restored any number of times, into any object of this environment."""
