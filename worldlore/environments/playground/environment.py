"""The environment "playground": scenes played in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from pydantic import Field, field_validator

from worldlore.config import Config
from worldlore.environments.base import Momentary, Outcome, Primitive
from worldlore.environments.playground import hidden
from worldlore.environments.playground.expert import advise
from worldlore.environments.playground.goals import DRAWN, GOALS, HELD_OUT, STANDARD, Goal, parse, tell
from worldlore.environments.playground.language import (
    PRIMITIVES,
    WORDINGS,
    Refusal,
    WordingName,
    action_text,
    command,
    commands,
    state_text,
    understand,
)
from worldlore.environments.playground.rules import PUBLISHED, Rules
from worldlore.environments.playground.scene import Scene, draw
from worldlore.environments.playground.world import State, act, allowed
from worldlore.errors import ConfigError, unknown
from worldlore.experience import Observation, Task

SIZES = {"train": 2600, "dev": 130, "test": 260, "test_unseen": 120}
"""Tasks in each split."""
_FIRST = {"train": 0, "dev": 10**7, "test": 2 * 10**7, "test_unseen": 3 * 10**7}


class PlaygroundConfig(Config):
    """Keys of environment "playground"."""

    goal: str = "any"
    """What is asked: "any" goal of the split (26 in `train`, `dev` and `test`, six with withheld words in
    `test_unseen`), one of those "drawn" by the published system where none is set (11), the "standard" one of its
    experiments, or a goal in words."""
    rules: Literal["published", "random"] = "published"
    """What makes what grow: as published, or drawn at random."""
    world: int | None = Field(default=None, ge=0)
    """Which of the random worlds all tasks are in; without it each task is in a world of its own."""
    wording: WordingName = "published"
    """How changes are told: "reworded" is the generalisation test's."""
    actions: bool = True
    """Tell the admissible commands with every observation."""
    train_tasks: int = Field(default=SIZES["train"], ge=1, le=10**6)
    """Tasks in the split `train`."""

    @field_validator("goal")
    @classmethod
    def _known(cls, goal: str) -> str:
        if goal in ("any", "drawn", "standard"):
            return goal
        try:
            return tell(parse(goal))
        except ConfigError as error:
            raise ValueError(f'{error}; or "any", "drawn", "standard"') from error


class Moment(NamedTuple):
    """Everything that can change in an episode, as a value."""

    state: State
    """Where things are."""
    open: Goal
    """The parts of the goal not reached yet."""
    begun: bool
    """Whether anything was done yet."""


class Playground(Momentary[Moment]):
    """A room with things that make each other grow."""

    name = "playground"
    Config = PlaygroundConfig
    _scene: Scene

    def __init__(self, config: PlaygroundConfig | None = None) -> None:
        self.config = config or PlaygroundConfig()
        self.wording = WORDINGS[self.config.wording]

    @property
    def primitives(self) -> Sequence[Primitive]:
        """What a program may call."""
        return PRIMITIVES

    @property
    def scene(self) -> Scene:
        """What is being played: its goal, its rules, its first moment."""
        self._playing()
        return self._scene

    @property
    def state(self) -> State:
        """Where things are now."""
        self._playing()
        return self._moment.state

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of "train", "dev", "test" or "test_unseen"; `data` hold goal, seed of the scene, and rules."""
        if split not in SIZES:
            raise unknown("split of playground", split, SIZES)
        size = self.config.train_tasks if split == "train" else SIZES[split]
        asked = self._asked(split)
        return [self._make(split, index, asked[index % len(asked)]) for index in range(size)]

    def _asked(self, split: str) -> Sequence[str]:
        if self.config.goal in ("any", "drawn"):
            return HELD_OUT if split == "test_unseen" else GOALS if self.config.goal == "any" else DRAWN
        return (STANDARD if self.config.goal == "standard" else self.config.goal,)

    def _make(self, split: str, index: int, goal: str) -> Task:
        seed = _FIRST[split] + index
        family = parse(goal)[0].verb
        data: dict[str, Any] = {"family": family, "goal": goal, "seed": seed, "rules": "published"}
        if self.config.rules == "random":
            data["world"] = seed if self.config.world is None else self.config.world
            data["rules"] = hidden.draw(data["world"]).data
        return Task(f"playground-{split}-{index}", self.name, split, goal, data)

    def reset(self, task: Task, seed: int) -> Observation:
        """The room and the goal. The scene is the task's own; `seed` changes nothing."""
        self._begin(task)
        return self._observe(f"{state_text(self.state)}\n\nYour task is to: {task.goal}.")

    def step(self, action: str) -> Outcome:
        """Carry out one command; `info["transition"]` tells what happened in the published words."""
        self._unfinished()
        scene, (before, wishes, _) = self._scene, self._moment
        try:
            number = understand(action, before, scene.rules)
        except Refusal as refusal:
            return Outcome(self._observe(f"{refusal} {state_text(before)}"), info={"valid": False})
        after, change = act(before, number, scene.rules)
        wishes = tuple(wish for wish in wishes if not wish.met(change.kind, change.codes[-1]))
        self._moment = Moment(after, wishes, True)
        told = {
            "state": state_text(before),
            "action": action_text(number, before),
            "change": self.wording.change(change),
        }
        info = {"valid": True, "kind": change.kind, "transition": told, "progress": 1 - len(wishes) / len(scene.goal)}
        won = not wishes
        return Outcome(self._observe(state_text(after)), float(won), self._over, won, info)

    def expert(self) -> str | None:
        """The next command of one who knows the rules and sees everything; None in a dead end."""
        scene, (state, wishes, begun) = self.scene, self._moment
        action = advise(state, wishes, scene.rules, first=not begun) if wishes else None
        return None if action is None else command(action, state)

    @property
    def _over(self) -> bool:
        return not self._moment.open or not allowed(self._moment.state, self._scene.rules)

    def _opening(self, task: Task) -> Moment:
        self._scene = scene(task.data)
        return Moment(self._scene.opening, self._scene.goal, False)

    def _observe(self, text: str) -> Observation:
        return Observation(text, commands(self.state, self.scene.rules) if self.config.actions else None)


def scene(data: Mapping[str, Any]) -> Scene:
    """The scene that a task's data tell; ConfigError where they tell none."""
    missing = {"goal", "seed", "rules"} - set(data)
    if missing:
        raise ConfigError(f"a playground task's data need goal, seed and rules; {', '.join(sorted(missing))} missing")
    return draw(parse(data["goal"]), data["seed"], rules_of(data))


def rules_of(data: Mapping[str, Any]) -> Rules:
    """The true rules of a task."""
    told = data["rules"]
    return PUBLISHED if told == "published" else Rules.of(told)
