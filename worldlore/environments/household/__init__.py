"""Household: a pure-Python world that speaks ALFWorld's language, for practice without downloads.

One room, ten to thirty receptacles, six kinds of task; what is inside is seen only where one stands and once it is
open. Commands, observations, admissible commands and the moment of winning are those of the `alfworld` package (held
to it by a differential test); rooms, what lies where and the tasks are generated. The reward is 1 for the last step
of a task that is done, else 0, and only doing the task ends it; `info["valid"]` notes whether a command did anything.
A result here is "ALFWorld-style, generated".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, overload

from pydantic import Field

from worldlore.config import Config
from worldlore.environments.base import Branching, Outcome, Primitive
from worldlore.environments.household.expert import advise
from worldlore.environments.household.generate import SIZES, build, task
from worldlore.environments.household.goals import FAMILIES
from worldlore.environments.household.language import NOTHING, primitives
from worldlore.environments.household.play import Moment, Play
from worldlore.errors import EnvironmentFailure, unknown
from worldlore.experience import Observation, Task

Family = Literal[
    "pick_and_place_simple",
    "look_at_obj_in_light",
    "pick_clean_then_place_in_recep",
    "pick_heat_then_place_in_recep",
    "pick_cool_then_place_in_recep",
    "pick_two_obj_and_place",
]


class HouseholdConfig(Config):
    """Keys of environment "household"."""

    dialect: Literal["move", "put"] = "move"
    """Release of ALFWorld whose language is spoken: "move" is 0.4 and later, "put" is 0.3."""
    families: tuple[Family, ...] = FAMILIES
    """Kinds of task that are asked."""
    actions: bool = True
    """Tell the admissible commands with every observation; without them a step is faster."""
    train_tasks: int = Field(default=SIZES["train"], ge=1, le=10**6)
    """Tasks in the split `train`; they are made when they are looked at."""


class Tasks(Sequence[Task]):
    """The tasks of a split, made when they are looked at."""

    def __init__(self, split: str, size: int, families: Sequence[str]) -> None:
        self._split = split
        self._indices = [i for i in range(size) if FAMILIES[i % len(FAMILIES)] in families]
        self._made: dict[int, Task] = {}

    def __len__(self) -> int:
        return len(self._indices)

    @overload
    def __getitem__(self, at: int) -> Task: ...
    @overload
    def __getitem__(self, at: slice) -> list[Task]: ...
    def __getitem__(self, at: int | slice) -> Task | list[Task]:
        if isinstance(at, slice):
            return [self._make(index) for index in self._indices[at]]
        return self._make(self._indices[at])

    def __iter__(self) -> Iterator[Task]:
        return map(self._make, self._indices)

    def _make(self, index: int) -> Task:
        if index not in self._made:
            self._made[index] = task(self._split, index)
        return self._made[index]


class Household(Branching):
    """One room, one task, played in words."""

    name = "household"
    Config = HouseholdConfig

    def __init__(self, config: HouseholdConfig | None = None) -> None:
        self.config = config or HouseholdConfig()
        self._task: Task | None = None
        self._play: Play | None = None

    @property
    def primitives(self) -> Sequence[Primitive]:
        """What a program may call."""
        return primitives(self.config.dialect)

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of "train", "dev", "test" or "test_unseen"; `data["family"]` is the kind of task."""
        if split not in SIZES:
            raise unknown("split of household", split, SIZES)
        size = self.config.train_tasks if split == "train" else SIZES[split]
        return Tasks(split, size, self.config.families)

    def reset(self, task: Task, seed: int) -> Observation:
        """The room from its middle, and the task. The world is the task's own; `seed` changes nothing."""
        self._task, self._play = task, Play(build(task.data, self.config.dialect))
        return self._observe(self._play.world.opening(task.goal))

    def step(self, action: str) -> Outcome:
        """Carry out one command."""
        play = self._playing()
        if play.won:
            raise EnvironmentFailure("the task is over; reset before the next step")
        text = play.do(action)
        observation, info = self._observe(text), {"valid": text != NOTHING}
        return Outcome(observation, 1.0, True, True, info) if play.won else Outcome(observation, info=info)

    def snapshot(self) -> tuple[Task | None, Moment]:
        """The moment, task included."""
        return self._task, self._playing().snapshot()

    def restore(self, snapshot: tuple[Task, Moment]) -> None:
        """Put the moment back."""
        task, moment = snapshot
        if task is not self._task or self._play is None:
            self._task, self._play = task, Play(build(task.data, self.config.dialect))
        self._play.restore(moment)

    def expert(self) -> str | None:
        """What a sensible person would do next, knowing only what was seen so far."""
        return advise(self._playing())

    def _playing(self) -> Play:
        if self._play is None:
            raise EnvironmentFailure("nothing is being played; reset first")
        return self._play

    def _observe(self, text: str) -> Observation:
        assert self._play is not None
        return Observation(text, self._play.admissible() if self.config.actions else None)
