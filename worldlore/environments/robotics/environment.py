"""The environments themselves: what is common to all planning worlds, and the four with published instances."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar, Self, cast

from pydantic import Field, model_validator

from worldlore.config import Config
from worldlore.environments.base import Branching, Outcome, Primitive
from worldlore.environments.robotics.barman import BARMAN
from worldlore.environments.robotics.blockworld import BLOCKWORLD
from worldlore.environments.robotics.family import Family, Instances, Sizes
from worldlore.environments.robotics.gripper import GRIPPER
from worldlore.environments.robotics.play import Moment, Play, Scene, Telling
from worldlore.environments.robotics.tyreworld import TYREWORLD
from worldlore.environments.robotics.world import Move, World
from worldlore.errors import EnvironmentFailure
from worldlore.experience import Observation, Task

Size = tuple[int, int]


class PlanningConfig(Config):
    """Keys of every planning world."""

    state: Telling = "full"
    """"brief" does not say what sort of thing an object is, and tells what never changes at the beginning only;
    "grouped" also tells together what differs in its first object only: "Is at rooma: ball1, ball3."; "whole" does that
    and tells what never changes every time, for agents that see one state at a time."""
    actions: bool = True
    """Tell the admissible commands with every observation."""


class Planning(Branching):
    """A world of a planning domain, played in words."""

    def __init__(self, config: PlanningConfig) -> None:
        self._telling = config
        self._current: Task | None = None
        self._play: Play | None = None

    def reset(self, task: Task, seed: int) -> Observation:
        """The state and the goal. The instance is the task's own; `seed` changes nothing."""
        self._begin(task)
        return self._observe(self._playing().opening(task.goal))

    def step(self, action: str) -> Outcome:
        """Carry out one command."""
        play = self._playing()
        if play.won:
            raise EnvironmentFailure("the task is over; reset before the next step")
        reply = play.do(action)
        info = {"valid": reply.valid, "progress": play.progress}
        return Outcome(self._observe(reply.text), reply.reward, play.won, play.won, info)

    def snapshot(self) -> tuple[Task | None, Moment]:
        """The moment, task included."""
        return self._current, self._playing().snapshot()

    def restore(self, snapshot: tuple[Task, Moment]) -> None:
        """Put the moment back."""
        task, moment = snapshot
        if task is not self._current:
            self._begin(task)
        self._playing().restore(moment)

    def expert(self) -> str | None:
        """The next action of one who knows the whole state and the domain; None where the goal is out of reach."""
        play = self._playing()
        move = None if play.won else self._advise(play.scene.world, play.state)
        return play.scene.command(move) if move else None

    @abstractmethod
    def _scene(self, task: Task) -> Scene: ...

    @abstractmethod
    def _advise(self, world: World, state: int) -> Move | None: ...

    def _begin(self, task: Task) -> None:
        self._current, self._play = task, Play(self._scene(task), self._telling.state)

    def _playing(self) -> Play:
        if self._play is None:
            raise EnvironmentFailure("nothing is being played; reset first")
        return self._play

    def _observe(self, text: str) -> Observation:
        return Observation(text, self._playing().admissible if self._telling.actions else None)


class RoboticsConfig(PlanningConfig):
    """Keys of the four robotic worlds."""

    train_tasks: int = Field(default=500, ge=1, le=10**5)
    """Tasks in the split `train`, the three published ones first."""
    dev_tasks: int = Field(default=100, ge=1, le=10**5)
    """Tasks in the split `dev`, and in `test_generated`."""
    size: Size
    """Least and greatest size of a generated instance in `train` and `dev`."""
    large: Size
    """The same in `test_generated`."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for key, (least, greatest) in {"size": self.size, "large": self.large}.items():
            if not 1 <= least <= greatest:
                raise ValueError(f"{key}: the least size comes first and is at least 1, got {[least, greatest]}")
        return self


class Robotics(Planning):
    """One of the four worlds with published instances."""

    family: ClassVar[Family]
    """Which of the four."""

    def __init__(self, config: RoboticsConfig | None = None) -> None:
        self.config = config or cast(RoboticsConfig, self.Config())
        super().__init__(self.config)
        sizes = Sizes(self.config.train_tasks, self.config.dev_tasks, self.config.size, self.config.large)
        self._instances = Instances(self.family, sizes)

    @property
    def primitives(self) -> tuple[Primitive, ...]:
        """What a program may call."""
        return self.family.language.primitives

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of a split of `family.py`; `data["family"]` is the world's name."""
        return self._instances.split(split)

    def _scene(self, task: Task) -> Scene:
        content = {key: value for key, value in task.data.items() if key not in ("family", "index")}
        return _scene(type(self), json.dumps(content, sort_keys=True))

    def _advise(self, world: World, state: int) -> Move | None:
        return self.family.advise(world, state)


@lru_cache(maxsize=64)
def _scene(kind: type[Robotics], content: str) -> Scene:
    return Scene(World(kind.family.problem(json.loads(content))), kind.family.language)


class GripperConfig(RoboticsConfig):
    """Keys of environment "gripper"; the size is the number of balls."""

    size: Size = (4, 10)
    large: Size = (10, 14)


class Gripper(Robotics):
    """A robot carries balls from room to room."""

    name = "gripper"
    Config = GripperConfig
    family = GRIPPER


class BlockworldConfig(RoboticsConfig):
    """Keys of environment "blockworld"; the size is the number of blocks."""

    size: Size = (3, 6)
    large: Size = (7, 9)


class Blockworld(Robotics):
    """An arm builds towers."""

    name = "blockworld"
    Config = BlockworldConfig
    family = BLOCKWORLD


class TyreworldConfig(RoboticsConfig):
    """Keys of environment "tyreworld"; the size is the number of hubs."""

    size: Size = (1, 3)
    large: Size = (4, 6)


class Tyreworld(Robotics):
    """The wheels of a car are changed."""

    name = "tyreworld"
    Config = TyreworldConfig
    family = TYREWORLD


class BarmanConfig(RoboticsConfig):
    """Keys of environment "barman"; the size is the number of shots."""

    size: Size = (3, 5)
    large: Size = (6, 9)


class Barman(Robotics):
    """Two hands mix drinks."""

    name = "barman"
    Config = BarmanConfig
    family = BARMAN
