"""Practice: everything an agent may do before the test, under one budget that is counted.

A method is handed a Practice and nothing else. Whatever it does there — play tasks, grow trees, ask models, train —
is counted, kept on disk as it happens, and taken from disk when the same run is resumed. Tasks of the test are
refused by content, whatever they are called.

The budget is checked before each batch of work. Steps and episodes are never exceeded: a batch is made no larger
than the worst case allows. Calls, tokens and seconds are known only afterwards, so the last batch may overrun them.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from pydantic import Field

from worldlore.agents.base import Agent
from worldlore.config import Config
from worldlore.errors import BudgetSpent, ConfigError, ModelError, StoreError
from worldlore.experience import (
    EVALUATION_SPLITS,
    Appraisal,
    Call,
    Cost,
    Embed,
    Failure,
    Leaf,
    Lesson,
    Reply,
    Request,
    Score,
    Scores,
    Stop,
    Task,
    Trajectory,
    Vectors,
)
from worldlore.rollout.dispatch import Job, Replies, Requests
from worldlore.rollout.explore import Growing, grow
from worldlore.rollout.growth import Grown
from worldlore.rollout.loop import Episode, Limits, Stage, check_needs
from worldlore.rollout.scorebook import Scorebook, Worth, key_of
from worldlore.rollout.watch import Pool

_PORTION = 2048
"""Scores asked at once; each portion is on disk before the next one is asked."""
_PIECE = 64
"""Scores that are one piece of work: a crew shares them, and those that begin alike mostly stay together."""


class Budget(Config):
    """How much practice may spend; what is not set is not limited."""

    episodes: int | None = Field(default=None, ge=0)
    """Episodes begun, rollouts of trees included."""
    steps: int | None = Field(default=None, ge=0)
    """Environment steps."""
    calls: int | None = Field(default=None, ge=0)
    """Requests to models."""
    tokens: int | None = Field(default=None, ge=0)
    """Tokens read and written by models."""
    seconds: float | None = Field(default=None, ge=0)
    """Wall-clock seconds of practice; a resumed run begins to count anew."""

    def spent(self, cost: Cost) -> str | None:
        """The first limit that is reached, in words; None while there is room."""
        for name, limit in self.model_dump(exclude_none=True).items():
            used = getattr(cost, name)
            if used >= limit:
                return f"{used:g} of {limit:g} {name} are spent"
        return None

    def room(self, cost: Cost, steps: int) -> int | None:
        """How many more episodes of at most `steps` steps surely fit; None: any number."""
        rooms: list[int] = []
        if self.episodes is not None:
            rooms.append(self.episodes - cost.episodes)
        if self.steps is not None:
            rooms.append((self.steps - cost.steps) // steps)
        return max(0, min(rooms)) if rooms else None


class Notebook(Protocol):
    """Where practice is written down as it happens; a resumed run finds it there."""

    def trajectories(self) -> Iterator[Trajectory]: ...

    def add(self, trajectory: Trajectory) -> None: ...

    def exchanges(self) -> Iterator[Call]: ...

    def add_exchange(self, call: Call) -> None: ...

    def tree(self, name: str) -> Grown | None: ...

    def add_tree(self, name: str, grown: Grown) -> None: ...

    def appraise(self, name: str, appraisal: Appraisal) -> None: ...

    def log(self, record: Mapping[str, Any]) -> None: ...

    def folder(self, name: str) -> Path: ...


class Ledger:
    """What was spent so far, and what an interrupted run had already played; shared by a practice and its copies."""

    def __init__(self, out: Notebook) -> None:
        self.cost = Cost()
        self.began = time.monotonic()
        self.past = iter(list(out.trajectories()))
        self.heard = iter(list(out.exchanges()))
        self.scores = Scorebook(lambda: out.folder("scores"))
        self.rollouts = 0
        self.broken: list[str] = []

    def note(self, ends: Iterable[Trajectory | Leaf]) -> None:
        """Count rollouts, and keep why those broke that a failure ended."""
        for end in ends:
            self.rollouts += 1
            if end.stop is Stop.FAILED:
                self.broken.append(end.error or "")


@dataclass(frozen=True)
class Practice:
    """What a method may use."""

    tasks: Sequence[Task]
    """The training tasks."""
    stage: Stage
    """Environment, models and limits."""
    budget: Budget
    """What may be spent."""
    seed: int
    """The learning seed: of environments, sampling and training."""
    out: Notebook
    """Where everything is kept."""
    ledger: Ledger
    """What was spent so far."""
    tested: Collection[str] = frozenset()
    """Keys of the tasks of the test; they are refused."""
    lesson: Lesson = Lesson()
    """What was known before: the agent, the models and the environments have it already."""
    round: int = 0
    """How many lessons it was taken on with."""
    evaluation: bool = False
    """Leave to grow trees on splits that are kept for evaluation."""

    @property
    def cost(self) -> Cost:
        """What was spent so far, seconds not included."""
        return self.ledger.cost

    def ask(self, requests: Sequence[Request]) -> list[Reply]:
        """Ask models; replies in the order of the requests. The exchanges are on disk before they are given."""
        self._enough()
        known = [call for request in requests if (call := self._heard(request)) is not None]
        new = requests[len(known) :]
        replies = self.stage.perform(_asking, [(request,) for request in new], 10**6)
        for (reply,), request in zip(replies, new, strict=True):
            known.append(Call(request, reply))
            self.out.add_exchange(known[-1])
        self.spend(sum((Cost.of(call) for call in known), Cost()))
        return [call.reply for call in known]

    def score(self, requests: Sequence[Score]) -> list[Worth | Failure]:
        """Ask for scores in bulk; equal requests are asked once in a run, and only their sums are kept on disk."""
        self._enough()
        book = self.ledger.scores
        keys = [key_of(request, self._identity(request.to)) for request in requests]
        asked = dict(zip(keys, requests, strict=True))
        found: dict[str, Worth | Failure] = {**book.get(asked)}
        new = [key for key in asked if key not in found]
        for start in range(0, len(new), _PORTION):
            part = new[start : start + _PORTION]
            for key, reply in zip(part, self._replies([asked[key] for key in part]), strict=True):
                assert isinstance(reply, Scores | Failure)
                found[key] = Worth.of(reply) if isinstance(reply, Scores) else reply
            book.add({key: worth for key in part if isinstance(worth := found[key], Worth)})
        worths = [found[key] for key in keys]
        costs = (w.cost for key, w in zip(keys, worths, strict=True) if isinstance(w, Worth) and book.first(key))
        self.spend(sum(costs, Cost()))
        return worths

    def embed(self, texts: Sequence[str], role: str) -> list[Sequence[float]]:
        """The vectors of texts, in order; equal texts are embedded once, and nothing of it is kept on disk.

        What it costs is counted and never refused, as of training: it makes a lesson of what was gathered.
        """
        distinct = list(dict.fromkeys(texts))
        found: dict[str, Sequence[float]] = {}
        for start in range(0, len(distinct), _PORTION):
            part = tuple(distinct[start : start + _PORTION])
            request = Embed(part, to=role)
            (reply,) = self._replies([request])
            if not isinstance(reply, Vectors):
                raise ModelError(f"the model in the role {role!r} could not embed: {getattr(reply, 'error', reply)}")
            self.spend(Cost.of(Call(request, reply)))
            found |= dict(zip(part, reply.values, strict=True))
        return [found[text] for text in texts]

    def narrowed(self, tasks: Sequence[Task], steps: int | None = None) -> Practice:
        """The same practice on some of its tasks, with episodes of at most `steps` steps."""
        limits = self.stage.limits if steps is None else self.stage.limits.model_copy(update={"steps": steps})
        return replace(self, tasks=tasks, stage=replace(self.stage, limits=limits))

    def rollouts(
        self, agent: Agent, attempts: int = 1, temperature: float | None = None, first: int = 0
    ) -> Iterator[Trajectory]:
        """Play each task `attempts` times, task by task, numbered from `first`; stops where the budget does.

        `temperature` takes the place of the agent's own. Every trajectory is on disk before it is given.
        """
        chosen = self.allowed(self.tasks)
        episodes = (Episode(task, self.seed, first + k, temperature) for task in chosen for k in range(attempts))
        return self._recorded(agent, episodes)

    def explore(self, growing: Growing, rollouts: int) -> Iterator[Grown]:
        """Grow a tree of at most `rollouts` rollouts on each task; stops where the budget does."""
        chosen = self.allowed(self.tasks)
        held = sorted({task.split for task in chosen} & EVALUATION_SPLITS)
        if held and not self.evaluation:
            raise ConfigError(
                f"trees may not be grown on the evaluation split {held[0]!r}, for the test would measure memory; "
                "train on the split 'train', or say train.evaluation = true: the run is marked for it"
            )
        check_needs(growing.agent, self.stage.models)
        waiting, width = iter(chosen), self.stage.limits.trees
        for size in self._batches(width, rollouts, growing.depth):
            batch = list(islice(waiting, size))
            if not batch:
                return
            yield from self._trees(growing, batch)

    def appraise(self, grown: Grown, appraisal: Appraisal) -> None:
        """Keep what a method made of a tree beside it."""
        self.out.appraise(self._name(grown.tree.task), appraisal)

    def tell_broken(self) -> None:
        """Say how many rollouts a failure ended, if any, and the first one's words: nothing was learned from them."""
        if broken := self.ledger.broken:
            count = f"{len(broken)} of {self.ledger.rollouts} rollouts of practice"
            self.log(phase="note", said=f"a failure ended {count}; the first: {broken[0]}")

    def with_lesson(self, lesson: Lesson) -> Practice:
        """The same practice with the lesson's weights and actions; cost is counted on from here."""
        return replace(self, stage=self.stage.with_lesson(lesson), round=self.round + 1)

    def weights(self, role: str = "policy") -> Path:
        """The folder of the weights in a role, to be trained; ConfigError where they are not at hand."""
        model = self.stage.models.get(role)
        if model is None:
            raise ConfigError(f"no model plays the role {role!r}, which is to be trained; add it as [models.{role}]")
        if model.weights is None:
            raise ConfigError(f"model {model.name!r} cannot be trained: its weights are not at hand; use 'local'")
        return model.weights

    def spend(self, cost: Cost) -> None:
        """Count what was spent."""
        self.ledger.cost += cost

    def log(self, **record: Any) -> None:
        """Write one record of progress, with the cost so far and how many replies came from the response cache."""
        remembered = sum(model.hits for model in self.stage.models.values())
        self.out.log({"seed": self.seed, **record, "cost": self.so_far(), "from_cache": remembered})

    def so_far(self) -> Cost:
        """What was spent so far, seconds included."""
        return replace(self.cost, seconds=time.monotonic() - self.ledger.began)

    def allowed(self, tasks: Iterable[Task]) -> list[Task]:
        """The same tasks, if the test asks none of them; else ConfigError."""
        chosen = list(tasks)
        clash = next((task for task in chosen if task.key in self.tested), None)
        if clash is not None:
            raise ConfigError(
                f"practice may not use task {clash.id!r}: the test asks the same task; choose another training split "
                "or file, or say test.trained = true: what the test measures then is partly memory"
            )
        return chosen

    def _recorded(self, agent: Agent, episodes: Iterator[Episode]) -> Iterator[Trajectory]:
        """Trajectories of episodes: those on disk first, then new ones, each written down before it is given."""
        width = self.stage.limits.width
        for size in self._batches(width, 1, self.stage.limits.steps):
            batch = list(islice(episodes, size))
            if not batch:
                return
            for trajectory in self._remembered(agent, batch):
                self.spend(cost_of(trajectory))
                self.ledger.note([trajectory])
                yield trajectory

    def _remembered(self, agent: Agent, batch: Sequence[Episode]) -> Iterator[Trajectory]:
        for done, episode in enumerate(batch):
            past = self._known(episode)
            if past is None:
                yield from self._played(agent, batch[done:])
                return
            yield past

    def _known(self, episode: Episode) -> Trajectory | None:
        """The next trajectory on disk, which must be of this episode; None once there are no more."""
        past = next(self.ledger.past, None)
        if past is not None and (past.task, past.seed, past.attempt) != (episode.task, episode.seed, episode.attempt):
            raise StoreError(
                f"the run holds a trajectory of {past.task.id!r} where {episode.task.id!r} was expected; "
                "it was made by another version: start a new run"
            )
        return past

    def _played(self, agent: Agent, episodes: Sequence[Episode]) -> Iterator[Trajectory]:
        for trajectory in self.stage.play(agent, episodes):
            self.out.add(trajectory)
            yield trajectory

    def _trees(self, growing: Growing, batch: Sequence[Task]) -> Iterator[Grown]:
        known = {task.key: grown for task in batch if (grown := self.out.tree(self._name(task))) is not None}
        left = [task for task in batch if task.key not in known]
        new = self.stage.perform(partial(_growing, growing, self.seed), left, max(1, len(left)))
        try:
            for task in batch:
                grown = known.get(task.key) or next(new)
                if task.key not in known:
                    self.out.add_tree(self._name(task), grown)
                self.spend(grown.cost)
                self.ledger.note(grown.tree.leaves)
                yield grown
        finally:
            new.close()

    def _batches(self, width: int, episodes: int, steps: int) -> Iterator[int]:
        """Sizes of batches of work, until the budget is spent.

        One piece of work takes at most `episodes` episodes of `steps` steps each. Batches end at multiples of
        `width`, so a resumed run checks its budget at the same places and stops where the first one would have.
        """
        begun = 0
        while True:
            whole = begun % width == 0
            if whole and self.budget.spent(self.so_far()):
                return
            room = self.budget.room(self.cost, steps)
            size = width - begun % width
            size = size if room is None else min(size, room // episodes)
            if size <= 0:
                return
            yield size
            begun += size

    def _name(self, task: Task) -> str:
        return f"{self.round}-{task.key}"

    def _heard(self, request: Request) -> Call | None:
        """The next exchange on disk, which must be about this request; None once there are no more."""
        past = next(self.ledger.heard, None)
        if past is not None and past.request != request:
            raise StoreError("the run holds another exchange with a model than is asked for now; start a new run")
        return past

    def _replies(self, requests: Sequence[Request]) -> tuple[Reply, ...]:
        pieces = [tuple(requests[at : at + _PIECE]) for at in range(0, len(requests), _PIECE)]
        return tuple(reply for replies in self.stage.perform(_asking, pieces, len(pieces)) for reply in replies)

    def _identity(self, role: str) -> str:
        model = self.stage.models.get(role)
        return model.identity if model else role

    def _enough(self) -> None:
        spent = self.budget.spent(self.so_far())
        if spent:
            raise BudgetSpent(f"practice may not ask more: {spent}; raise the budget")


def cost_of(trajectory: Trajectory) -> Cost:
    """What playing a trajectory cost."""
    played = Cost(episodes=1, steps=len(trajectory.steps))
    return sum((Cost.of(call) for call in trajectory.calls), played)


def _asking(requests: Requests, _pool: Pool, _limits: Limits) -> Job[Replies]:
    return (yield requests)


def _growing(growing: Growing, seed: int, task: Task, pool: Pool, _limits: Limits) -> Job[Grown]:
    return grow(task, seed, growing, pool)
