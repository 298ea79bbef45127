"""The environment contract: a task is begun with `reset` and answered with `step`.

An environment says when a task is over, never when patience is: limits belong to the rollout loop. After
`reset(task, seed)` the same actions give the same outcomes; rewards of an episode sum to at most 1; nothing of
one episode is left in the next. `check.py` holds every environment to it. An environment object plays one
episode at a time and is cheap to make; heavy things are loaded at the first `tasks` or `reset`.

Whatever an environment throws is caught by the loop and written on the episode's record.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import BaseModel

from worldlore.config import Config
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Action, Observation, Task

Moment = TypeVar("Moment")
"""Everything that can change in an episode, as a value."""


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


@dataclass(frozen=True)
class Primitive:
    """One kind of action of a world, as a function that a program may call."""

    name: str
    """Name of the function: "pick"."""
    parameters: tuple[str, ...]
    """Names of its parameters, all of them words: ("obj", "room", "gripper")."""
    command: str
    """The command it stands for, with places for the parameters: "pick {obj} {room} {gripper}"."""
    about: str = ""
    """One line: what it does, and when it is possible."""

    def render(self, arguments: Sequence[str]) -> str:
        """The command for these arguments."""
        return self.command.format(**dict(zip(self.parameters, arguments, strict=True)))

    def parse(self, command: str) -> tuple[str, ...] | None:
        """The arguments of a command; None if it is none of this kind."""
        found = self._pattern.fullmatch(command.strip())
        return tuple(found[p] for p in self.parameters) if found else None

    @property
    def signature(self) -> str:
        """`pick(obj, room, gripper)`."""
        return f"{self.name}({', '.join(self.parameters)})"

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        places = {p: f"(?P<{p}>.+?)" for p in self.parameters}
        return re.compile(re.sub(r"\\\{(\w+)\\\}", lambda m: places[m[1]], re.escape(self.command)), re.IGNORECASE)


class Environment(ABC):
    """A world with tasks in it."""

    name: ClassVar[str]
    """The registered name, as in TOML and in `Task.environment`."""
    Config: ClassVar[type[BaseModel]] = Config
    """The keys its table in TOML may have."""

    @property
    def primitives(self) -> Sequence[Primitive]:
        """What a program may call (see `programs.py`); none where the actions are no calls of functions."""
        return ()

    @abstractmethod
    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of a split, always the same ones in the same order; ConfigError for an unknown split."""

    def asks(self, task: Task) -> Hashable:
        """What a task of this world asks for; tasks that ask the same, in whatever words, are one to who learned it."""
        return task.key

    @abstractmethod
    def reset(self, task: Task, seed: int) -> Observation:
        """Begin a task; what the agent sees first, the goal included."""

    @abstractmethod
    def step(self, action: str) -> Outcome:
        """Do one action. Any string is allowed; nonsense is answered in the world's own words."""

    def equip(self, actions: Sequence[Action]) -> None:
        """Let programs call learned actions from now on; ConfigError where actions are no programs."""
        if actions:
            raise ConfigError(
                f"environment {self.name!r} takes commands, so learned actions cannot be called in it; "
                f'let it take programs: [environment] name = "programs", inner = {{ name = {self.name!r} }}'
            )

    def ready(self) -> None:
        """Asked once before a run begins; ConfigError for what would stop every episode here."""

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


class Momentary(Branching, Generic[Moment]):
    """An environment in which one value, its moment, is all that changes in an episode; the rest is the task's own.

    What `_opening` sets up and the moment itself are there only while something is played: ask `_playing` first.
    """

    _task: Task | None = None
    _moment: Moment

    @abstractmethod
    def _opening(self, task: Task) -> Moment:
        """Set up what stays for the whole task; its first moment."""

    @property
    @abstractmethod
    def _over(self) -> bool:
        """Whether the task is over, won or lost."""

    def snapshot(self) -> tuple[Task, Moment]:
        """The moment, task included."""
        return self._playing(), self._moment

    def restore(self, snapshot: tuple[Task, Moment]) -> None:
        """Put the moment back."""
        task, moment = snapshot
        if task is not self._task:
            self._begin(task)
        self._moment = moment

    def _begin(self, task: Task) -> None:
        self._moment = self._opening(task)
        self._task = task

    def _playing(self) -> Task:
        """The task that is played; EnvironmentFailure where there is none."""
        if self._task is None:
            raise EnvironmentFailure("nothing is being played; reset first")
        return self._task

    def _unfinished(self) -> Task:
        """The task that is played and not over; EnvironmentFailure where it is."""
        task = self._playing()
        if self._over:
            raise EnvironmentFailure("the task is over; reset before the next step")
        return task
