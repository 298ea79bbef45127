"""A small world, agents and models for it, and a notebook in memory: what tests of several rooms play with."""

from __future__ import annotations

import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from random import Random

from worldlore.agents.act import Act, ActConfig
from worldlore.config import Config
from worldlore.environments.base import Branching, Environment, Outcome
from worldlore.experience import Appraisal, Call, Failure, Generate, Observation, Task, Trajectory, Tree, dumps, loads
from worldlore.models.base import Model
from worldlore.models.scripted import Scripted
from worldlore.rollout.growth import Grown

ACTIONS = ("left", "right", "stay")


def tasks(n: int = 3, split: str = "train", **data) -> list[Task]:
    goals = [2 + i % 3 for i in range(n)]
    return [Task(f"{split}-{i}", "walk", split, f"reach {g}", {"goal": g, "i": i, **data}) for i, g in enumerate(goals)]


class Walk(Branching):
    """A line of places; the goal is won, place -2 is lost. The action "jump" takes one by chance of the seed."""

    name = "walk"
    made = 0

    def __init__(self, config: Config | None = None) -> None:
        type(self).made += 1
        self.task: Task | None = None
        self.at = self.steps = self.resets = 0
        self.seed = 0

    def tasks(self, split):
        return tasks(split=split)

    def reset(self, task, seed):
        self.task, self.at, self.seed = task, 0, seed
        self.resets += 1
        return self._seen()

    def step(self, action):
        self.steps += 1
        jump = Random(f"{self.seed} {self.at}").choice((-1, 1, 2))
        self.at += {"left": -1, "right": 1, "jump": jump}.get(action, 0)
        won, lost = self.at == self.task.data["goal"], self.at <= -2
        return Outcome(self._seen(), float(won), won or lost, won, {"valid": action in ACTIONS})

    def snapshot(self):
        return self.task, self.at, self.seed

    def restore(self, snapshot):
        self.task, self.at, self.seed = snapshot

    def expert(self):
        return None if self.task.data.get("mute") else "right"

    def _seen(self):
        return Observation(f"place {self.at}, goal {self.task.data['goal']}", ACTIONS)


class Plain(Environment):
    """The same world, which cannot be put back to an earlier moment."""

    name = "walk"
    inner: type[Branching] = Walk

    def __init__(self, config: Config | None = None) -> None:
        self.world = self.inner(config)
        self.steps = 0

    def tasks(self, split):
        return self.world.tasks(split)

    def reset(self, task, seed):
        return self.world.reset(task, seed)

    def step(self, action):
        self.steps += 1
        return self.world.step(action)

    def expert(self):
        return self.world.expert()

    def close(self):
        self.world.close()


class Faulty(Walk):
    """Does harm when told to: by the action, or by what a task's data says of a method's name."""

    def __init__(self, config: Config | None = None) -> None:
        super().__init__(config)
        self.free = threading.Event()

    def reset(self, task, seed):
        self._harm(task.data.get("reset"))
        return super().reset(task, seed) if task.data.get("reset") != "none" else None

    def step(self, action):
        harm = self._harm(action)
        return super().step(action) if harm is None else harm

    def snapshot(self):
        self._harm(self.task.data.get(f"snapshot at {self.at}"))
        return super().snapshot()

    def restore(self, snapshot):
        self._harm(snapshot[0].data.get("restore"))
        super().restore(snapshot)

    def _harm(self, what):
        if what == "throw":
            raise RuntimeError("the floor gave way")
        if what == "exit":
            sys.exit(3)
        if what == "time out":
            raise TimeoutError("the socket did")
        if what == "hang":
            self.free.wait(20)
        if what == "tuple":
            return (Observation(""), 0.0, False)
        if what == "numbers":
            return replace(super().step("stay"), info={"x": object()})
        return None


def walker(**keys) -> Act:
    """A plain agent without a manual."""
    return Act(ActConfig(**{"manual": "none", **keys}))


def wander(request: Generate) -> str:
    """Right when greedy; else any action, by the request's seed alone."""
    s = request.sampling
    return Random(f"{s.seed} {s.temperature}").choice(ACTIONS) if s.temperature else "right"


def wanderer() -> Scripted:
    return Scripted.of(wander, identity="wanderer")


class Crowd(Model):
    """Wants many requests in flight; notes how many there were at once and how large each batch was."""

    name = "crowd"
    can = frozenset({"generate"})
    identity = "crowd"

    def __init__(self, concurrency: int, say=wander, seconds: float = 0.0) -> None:
        self.concurrency = concurrency
        self.say = say
        self.seconds = seconds
        self.lock = threading.Lock()
        self.flying = self.most = 0
        self.batches: list[int] = []

    def generate(self, requests):
        with self.lock:
            self.batches.append(len(requests))
            self.flying += len(requests)
            self.most = max(self.most, self.flying)
        if self.seconds:
            time.sleep(self.seconds)
        replies = Scripted.of(self.say).generate(requests)
        with self.lock:
            self.flying -= len(requests)
        return replies


def saying(say) -> Scripted:
    """A model that says what a function of the request says; a Failure where that gives one."""
    return Scripted.of(say, identity="saying")


def failing(when: str, kind="model"):
    """Wanders, but fails on requests whose last message holds some words."""
    return saying(lambda r: Failure("the server is gone", kind) if when in r.messages[-1].content else wander(r))


class KilledError(BaseException):
    """The process is gone."""


class Pages:
    """A notebook in memory. What it holds went through JSON; after `life` writes the process is killed."""

    def __init__(self, life: int | None = None, folder: Path | None = None) -> None:
        self.life = life
        self.root = folder
        self.lines: list[str] = []
        self.grown: dict[str, tuple[str, Grown]] = {}
        self.appraisals: dict[str, Appraisal] = {}
        self.records: list[dict] = []
        self.asked: list[str] = []

    def trajectories(self):
        return iter([loads(line, Trajectory) for line in self.lines])

    def exchanges(self):
        return iter([loads(line, Call) for line in self.asked])

    def add_exchange(self, call):
        self._live()
        self.asked.append(dumps(call))

    def add(self, trajectory):
        self._live()
        self.lines.append(dumps(trajectory))

    def tree(self, name):
        if name not in self.grown:
            return None
        text, grown = self.grown[name]
        return replace(grown, tree=loads(text, Tree))

    def add_tree(self, name, grown):
        self._live()
        self.grown[name] = (dumps(grown.tree), grown)

    def appraise(self, name, appraisal):
        assert name in self.grown
        self.appraisals[name] = appraisal

    def log(self, record):
        self.records.append(dict(record))

    def folder(self, name):
        assert self.root is not None
        return self.root / name

    def _live(self):
        if self.life is not None:
            self.life -= 1
            if self.life < 0:
                raise KilledError
