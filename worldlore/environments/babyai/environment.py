"""The environment "babyai"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Literal, overload

from pydantic import Field, field_validator

from worldlore.config import Config, missing_extra
from worldlore.environments.babyai.levels import PUBLISHED, SPLITS, place
from worldlore.environments.babyai.view import CHECK, FORWARD, View, seen
from worldlore.environments.base import Branching, Outcome, Primitive
from worldlore.errors import ConfigError, EnvironmentFailure, unknown
from worldlore.experience import Observation, Task

PRIMITIVES = (
    Primitive("go_to", ("thing",), "go to {thing}", "walk until you face it"),
    Primitive("pick_up", ("thing",), "pick up {thing}", "walk to a ball, key or box and take it; you carry one"),
    Primitive("go_through", ("door",), "go through {door}", "walk through an open door"),
    Primitive(
        "toggle_and_go_through",
        ("door",),
        "toggle and go through {door}",
        "open a door and walk through; a locked one needs that you carry the key of its colour",
    ),
    Primitive("drop", (), "drop", "put what you carry on the free cell in front of you"),
    Primitive("toggle", (), "toggle", "open or close the door, or open the box, in front of you"),
    Primitive("turn_left", (), "turn left", "turn by a quarter"),
    Primitive("turn_right", (), "turn right", "turn by a quarter"),
    Primitive("move_forward", (), "move forward", "one step"),
)
"""What a program may call."""


def _module(name: str) -> Any:
    """The module of this folder that needs the package; ConfigError where that is not installed."""
    try:
        return import_module(f"worldlore.environments.babyai.{name}")
    except ModuleNotFoundError as error:
        raise missing_extra("environment 'babyai'", error, {"minigrid": "babyai"}) from error


class BabyaiConfig(Config):
    """Keys of environment "babyai"."""

    levels: Literal["published"] | tuple[str, ...] = "published"
    """Levels that are played: the forty published ones, or a list of names, such as ["GoToLocal", "BossLevel"]."""
    actions: bool = True
    """Tell the possible actions with every observation."""
    train_tasks: int = Field(default=400, ge=1, le=10**5)
    """Tasks in the split `train`: each level in turn, each time with its next seed."""
    dev_tasks: int = Field(default=80, ge=1, le=10**5)
    """Tasks in the split `dev`."""
    test_tasks: int = Field(default=200, ge=1, le=10**5)
    """Tasks in the split `test`."""
    published_tasks: int = Field(default=40, ge=1, le=40 * SPLITS["train"])
    """Tasks in the split `published`, which is of the published levels whatever `levels` says; AgentGym's has 900."""

    @field_validator("levels")
    @classmethod
    def _known(cls, levels: str | tuple[str, ...]) -> str | tuple[str, ...]:
        if isinstance(levels, str):
            return levels
        if not levels:
            raise ValueError('name a level at least, or "published"')
        try:
            return tuple(dict.fromkeys(_module("worlds").checked(name) for name in levels))
        except ConfigError as error:
            raise ValueError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment of an episode."""

    task: Task
    """What is being done."""
    world: Any
    """The world as it was; nobody moves it."""
    moves: tuple[int, ...]
    """Single moves so far."""
    over: bool
    """Whether the task is over."""


class Tasks(Sequence[Task]):
    """The tasks of a split; a world is drawn, for its mission, when its task is looked at."""

    def __init__(self, levels: Sequence[str], split: str, size: int) -> None:
        self._levels, self._split, self._size = levels, split, size

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> Task: ...
    @overload
    def __getitem__(self, at: slice) -> list[Task]: ...
    def __getitem__(self, at: int | slice) -> Task | list[Task]:
        indices = range(self._size)[at]
        return self._made(indices) if isinstance(indices, int) else [self._made(index) for index in indices]

    def __iter__(self) -> Iterator[Task]:
        return map(self._made, range(self._size))

    def _made(self, index: int) -> Task:
        level, seed = place(self._levels, self._split, index)
        data = {"family": level, "seed": seed}
        return Task(f"{level}-{seed}", "babyai", self._split, _mission(level, seed), data)


@cache
def _mission(level: str, seed: int) -> str:
    return _module("worlds").made(level, seed).mission


class Babyai(Branching):
    """One level, one mission, played in words.

    The reward is 1 for the mission fulfilled; what can no longer be fulfilled, because of its order, ends the task too.
    The package's own limit of moves is not kept: limits belong to the loop. The expert has no advice on the levels its
    bot cannot do (those whose names end in Carrying, and KeyInBox), nor where it has given up.
    """

    name = "babyai"
    Config = BabyaiConfig

    def __init__(self, config: BabyaiConfig | None = None) -> None:
        self.config = config or BabyaiConfig()
        self._moment: Moment | None = None
        self._shared = False
        self._view: View | None = None
        self._guide: Any = None

    @property
    def primitives(self) -> Sequence[Primitive]:
        """What a program may call; things are named as they are told, "red ball 1"."""
        return PRIMITIVES

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of "train", "dev", "test" or "published"; `data["family"]` is the level."""
        if split not in SPLITS:
            raise unknown("split of babyai", split, SPLITS)
        own = PUBLISHED if self.config.levels == "published" or split == "published" else self.config.levels
        return Tasks(own, split, getattr(self.config, f"{split}_tasks"))

    def ready(self) -> None:
        """ConfigError where the package is missing."""
        _module("worlds")

    def reset(self, task: Task, seed: int) -> Observation:
        """The level from its beginning, and the mission. The level is the task's own; `seed` changes nothing."""
        self._begin(Moment(task, _module("worlds").made(task.data["family"], task.data["seed"]), (), False))
        self._guide, self._shared = None, False
        return self._observe(f"\n\nYour task is to: {task.goal}.")

    def step(self, action: str) -> Outcome:
        """Do one action; `info["moves"]` counts the single moves it took."""
        moment, view = self._playing(), self._seen()
        if moment.over:
            raise EnvironmentFailure("the task is over; reset before the next step")
        meant = view.meant(action)
        if meant in view.courses:
            return self._walk(self._own(moment), view.courses[meant])
        if meant == CHECK:
            told = f"You can: {', '.join(view.courses)}. {view.text}"
            return Outcome(self._told(told), info={"valid": True, "moves": 0})
        return Outcome(self._told(f"{view.refusal(meant)} {view.text}"), info={"valid": False, "moves": 0})

    def expert(self) -> str | None:
        """What the package's bot would do, as the longest of our actions that leads there."""
        moment = self._playing()
        if self._guide is None or not self._guide.follows(moment.moves):
            self._guide = _module("expert").Guide(moment.task.data["family"], moment.task.data["seed"])
        return None if moment.over else self._guide.advise(moment.moves, self._seen())

    def snapshot(self) -> Moment:
        """The moment; the world in it is copied before it is moved again."""
        self._shared = True
        return self._playing()

    def restore(self, snapshot: Moment) -> None:
        """Put the moment back."""
        if self._moment is None or snapshot.task is not self._moment.task:
            self._guide = None
        self._begin(snapshot)
        self._shared = True

    def _walk(self, moment: Moment, moves: Sequence[int]) -> Outcome:
        world, done, over, won = moment.world, list[int](), False, False
        for move in moves:
            before = world.agent_pos
            _, reward, over, _, _ = world.step(move)
            done.append(move)
            won = over and reward > 0
            if over or (move == FORWARD and tuple(before) == tuple(world.agent_pos)):
                break
        self._begin(Moment(moment.task, world, (*moment.moves, *done), over))
        end = (" The task is completed." if won else " The task has failed.") if over else ""
        return Outcome(self._observe(end), float(won), over, won, {"valid": True, "moves": len(done)})

    def _own(self, moment: Moment) -> Moment:
        """The moment with a world that no snapshot holds."""
        if not self._shared:
            return moment
        self._shared = False
        return Moment(moment.task, _module("worlds").copied(moment.world)[0], moment.moves, moment.over)

    def _observe(self, end: str) -> Observation:
        return self._told(self._seen().text + end)

    def _told(self, text: str) -> Observation:
        told = () if self._playing().over else tuple(self._seen().courses)
        return Observation(text, told if self.config.actions else None)

    def _begin(self, moment: Moment) -> None:
        self._moment, self._view = moment, None

    def _seen(self) -> View:
        if self._view is None:
            self._view = seen(self._playing().world)
        return self._view

    def _playing(self) -> Moment:
        if self._moment is None:
            raise EnvironmentFailure("nothing is being played; reset first")
        return self._moment
