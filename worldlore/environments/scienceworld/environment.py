"""The environment "scienceworld": the package's simulator, and the bookkeeping around it."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from worldlore.config import Config
from worldlore.environments.base import Branching, Environment, Outcome
from worldlore.environments.scienceworld import tasks as splits
from worldlore.environments.scienceworld.expert import solution
from worldlore.environments.scienceworld.java import Java
from worldlore.environments.scienceworld.kinds import KINDS, PUBLISHED, named
from worldlore.environments.scienceworld.simulator import Simulator, World, lease, release
from worldlore.errors import ConfigError, EnvironmentFailure, unknown
from worldlore.experience import Observation, Task

SIMPLIFICATIONS = (
    "easy",
    "teleportAction",
    "openDoors",
    "openContainers",
    "selfWateringFlowerPots",
    "noElectricalAction",
)
"""What the package can make easier; "easy" is its own choice of them."""
UNKNOWN = "No known action matches that input."
"""How nonsense is answered."""
WON = 1 - 1e-9


class ScienceworldConfig(Config):
    """Keys of environment "scienceworld"."""

    kinds: Literal["published", "all"] | tuple[str, ...] = "published"
    """Kinds of task: the 24 that WKM and ETO play, all 30, or a list of names."""
    simplifications: tuple[str, ...] = ("easy",)
    """What is made easier; as published "easy", and [] for nothing."""
    indices: str = ""
    """Folder with ETO's train_indices.json, dev_indices.json and test_indices.json; "" takes the package's splits."""
    variations: int | None = Field(default=None, ge=1)
    """At most so many tasks of each kind in a split; 10 makes `test` the 211 published unseen tasks."""
    overlap: Literal["keep", "drop"] = "keep"
    """What becomes of tasks of dev and test that are in train too, as 54 of the published dev split are."""
    caps: bool = True
    """End an episode after the published number of steps for its kind."""
    admissible: bool = False
    """Tell the package's list of admissible actions: hundreds, of which its simulator takes about two thirds. Listing
    them takes longer than the step."""
    room: bool = False
    """Show the room with the task; as published the task alone is told."""
    success: float = Field(default=1.0, gt=0, le=1)
    """The score from which an episode that ended counts as a success."""
    java: str = ""
    """The program `java`; "" takes that of the extra."""
    memory: int = Field(default=512, ge=128)
    """MiB that all worlds of a process may take in Java; 64 episodes at once want 1024."""

    @field_validator("kinds")
    @classmethod
    def _known_kinds(cls, value: Any) -> Any:
        return value if isinstance(value, str) else tuple(_kind(name) for name in value)

    @field_validator("simplifications")
    @classmethod
    def _known_simplifications(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for name in value:
            if name not in SIMPLIFICATIONS:
                raise ValueError(str(unknown("simplification of scienceworld", name, SIMPLIFICATIONS)))
        return value


def _kind(name: str) -> str:
    try:
        return named(name).name
    except ConfigError as error:
        raise ValueError(str(error)) from error


@dataclass(frozen=True, slots=True)
class Moment:
    """Everything there is to say about a moment of an episode; the world is made again from it."""

    task: Task
    """What is being done."""
    actions: tuple[str, ...] = ()
    """What was done."""
    seen: str = ""
    """What was seen after the last action."""
    best: float = 0.0
    """The best score so far, 0 at least."""
    done: bool = False
    """Whether the episode is over."""


class Scienceworld(Environment):
    """Experiments of an elementary school, done in words.

    The reward of a step is by how much it raises the best score so far, so an episode's rewards sum to the best score.
    A negative score, which a wrong focus brings, ends it. The expert follows a solution and knows everything;
    once something else was done it has no advice.

    Where the simulator's self-test passes, the object is a `Repeatable` and branches by doing the actions again.
    """

    name = "scienceworld"
    Config = ScienceworldConfig

    def __new__(cls, config: ScienceworldConfig | None = None) -> Scienceworld:
        """Of the class `Repeatable` where replay is exact, which is known once the simulator runs."""
        simulator = _leased(config or ScienceworldConfig())
        self = object.__new__(Repeatable if simulator.steady else cls)
        self._simulator = simulator
        self._let_go = weakref.finalize(self, release, simulator)
        self._let_go.atexit = False
        return self

    def __init__(self, config: ScienceworldConfig | None = None) -> None:
        self.config = config or ScienceworldConfig()
        self._splits: dict[str, tuple[Task, ...]] = {}
        self._world: World | None = None
        self._moment: Moment | None = None
        self._solved: tuple[str, tuple[str, ...]] | None = None

    _simulator: Simulator
    _let_go: Callable[[], Any]

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of "train", "dev" or "test"; `data["family"]` is the kind."""
        if split not in splits.SPLITS:
            raise unknown("split of scienceworld", split, splits.SPLITS)
        if split not in self._splits:
            indices = self._indices(split)
            if split != "train" and self.config.overlap == "drop":
                trained = set(self._indices("train", every=True))
                indices = [index for index in indices if index not in trained]
            easier = self.config.simplifications
            self._splits[split] = tuple(splits.made(indices, split, easier, self._simulator))
        return self._splits[split]

    def asks(self, task: Task) -> Hashable:
        """Its kind and variation, however much is made easier."""
        return task.data["family"], task.data["variation"]

    def reset(self, task: Task, seed: int) -> Observation:
        """The world of a task, which is the task's own: `seed` changes nothing."""
        self._load(task)
        self._moment = Moment(task)
        first = f"{task.goal}\n{self._playing().look()}" if self.config.room else task.goal
        return self._observe(first)

    def step(self, action: str) -> Outcome:
        """Carry out one command; an ambiguous one is answered with a menu, and a number chooses from it."""
        before, world = self._now(), self._playing()
        if before.done:
            raise EnvironmentFailure("the task is over; reset before the next step")
        text, score, completed = world.step(action)
        actions, best = (*before.actions, action), max(before.best, score)
        ended = self._ended(before.task, len(actions), score, completed)
        self._moment = replace(before, actions=actions, seen=text, best=best, done=bool(ended))
        won = bool(ended) and score >= 0 and best >= min(WON, self.config.success)
        info = {"valid": text.strip() != UNKNOWN, "score": round(score, 6), **({"ended": ended} if ended else {})}
        return Outcome(self._observe(text, bool(ended)), best - before.best, bool(ended), won, info)

    def expert(self) -> str | None:
        """The next action of the solution, as long as nothing else was done."""
        moment = self._now()
        done = moment.actions
        if self._solved is None or self._solved[0] != moment.task.key:
            self._solved = moment.task.key, solution(self._simulator, moment.task, self._cap(moment.task))
        gold = self._solved[1]
        return gold[len(done)] if gold[: len(done)] == done and len(done) < len(gold) else None

    def close(self) -> None:
        """Let go of the world; the simulator ends soon after its last."""
        self._world = self._moment = None
        self._let_go()

    def _ended(self, task: Task, steps: int, score: float, completed: bool) -> str:
        """Why the episode is over, "" while it is not."""
        if score < 0:
            return "failed"
        if completed:
            return "completed"
        cap = self._cap(task)
        return "cap" if cap is not None and steps >= cap else ""

    def _cap(self, task: Task) -> int | None:
        return KINDS[task.data["family"]].cap if self.config.caps else None

    def _observe(self, text: str, over: bool = False) -> Observation:
        told = self.config.admissible and not over
        return Observation(text, self._playing().possible() if told else None)

    def _load(self, task: Task) -> None:
        if self._world is None:
            self._world = World(self._simulator)
        data = task.data
        kind, variation = data["family"], data["variation"]
        self._world.load(kind, variation, data["simplifications"])

    def _indices(self, split: str, every: bool = False) -> list[splits.Index]:
        c = self.config
        kinds = {"published": PUBLISHED, "all": tuple(KINDS)}.get(c.kinds, ()) if isinstance(c.kinds, str) else c.kinds
        most = None if every else c.variations
        if c.indices:
            return splits.published(Path(c.indices).expanduser(), kinds, split, most)
        return splits.own(self._simulator, kinds, split, most)

    def _now(self) -> Moment:
        if self._moment is None:
            raise EnvironmentFailure("nothing is being played; reset first")
        return self._moment

    def _playing(self) -> World:
        assert self._world is not None
        return self._world


class Repeatable(Scienceworld, Branching):
    """The same, where the same actions surely lead to the same words."""

    def snapshot(self) -> Moment:
        """The moment: what was done, and what came of it."""
        return self._now()

    def restore(self, snapshot: Moment) -> None:
        """Make the world anew and do it again; EnvironmentFailure where that leads elsewhere."""
        self._load(snapshot.task)
        seen = self._playing().replay(snapshot.actions)
        if snapshot.actions and seen != snapshot.seen:
            raise EnvironmentFailure(
                f"task {snapshot.task.id}: the same {len(snapshot.actions)} actions led elsewhere this time"
            )
        self._moment = snapshot


def _leased(config: ScienceworldConfig) -> Simulator:
    return lease(Java(config.java, config.memory))
