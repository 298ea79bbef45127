"""The same loop in many processes and on many machines, by Ray.

    [cluster]
    actors = 4                  # a local Ray is started and stopped; or address = "auto", "10.0.0.1:6379"

An actor is a process with environments and models of its own, made there and placed by what they need. The driver deals
out episodes and trees one by one, keeps every actor's share full, and writes down what comes back in the order a serial
run would: the trajectories are the same, since nothing in an episode depends on what is played beside it. An actor that
is lost is replaced and what it had in hand is played again; `handout.py` sees to it that nothing is lost or doubled.

The driver trains and keeps the run's folder; it asks its own models nothing. Actors on other machines must find the
working folder, the weights and Worldlore itself at the same paths, and they keep no response cache: a file cannot be
shared safely between machines.
"""

from __future__ import annotations

import logging
import math
import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field

from worldlore.config import Config, missing_extra
from worldlore.errors import ConfigError
from worldlore.experience import Lesson
from worldlore.rollout.dispatch import Models
from worldlore.rollout.handout import Handout
from worldlore.rollout.loop import Doing, Stage
from worldlore.rollout.player import Part, Player

_LOG = logging.getLogger(__name__)
X = TypeVar("X")
T = TypeVar("T")
PLACING = 300.0
"""Seconds a cluster may take to place the first actor."""
FAREWELL = 2.0
"""Seconds actors have to close their environments at the end."""
STORE = 512 << 20
"""Bytes of memory a local Ray may use for what is on its way between processes."""
STILLBORN = 3
"""Actors that may be lost one after the other before one of them was ready."""


class Cluster(Config):
    """Where episodes are played: in how many processes, and on which machines."""

    actors: int = Field(default=0, ge=0)
    """Processes, each with environments and models of its own; 0: none but the one that is run."""
    address: str = ""
    """A running Ray cluster, as ray.init names it; empty: one is started on this machine and stopped at the end."""
    cpus: float = Field(default=1, ge=0)
    """Processors an actor takes; also the threads its models may use."""
    gpus: float = Field(default=0, ge=0)
    """GPUs an actor takes; 0.5 lets two share one."""
    resources: dict[str, float] = Field(default_factory=dict[str, float])
    """What else an actor takes, by the names the cluster's machines were given."""


@dataclass(frozen=True)
class Distributed(Stage):
    """A stage whose work is done by a crew."""

    crew: Crew = field(kw_only=True)
    """Who does it."""
    weights: tuple[Mapping[str, Path], ...] = ()
    """By role, the weights the models took, one lesson's after the other's."""

    def perform(self, doing: Doing[X, T], items: Iterable[X], width: int) -> Generator[T, None, None]:
        """Do the same job for each item; the results in the order of the items."""
        identities = {role: model.identity for role, model in self.models.items()}
        part = Part(self.environment, self.limits, self.weights, identities)
        return self.crew.perform((part, doing), items, width, self.models)

    def with_lesson(self, lesson: Lesson) -> Stage:
        """The same stage with the lesson's weights and actions, here and in every actor."""
        taught = super().with_lesson(lesson)
        return replace(taught, weights=(*self.weights, lesson.weights)) if lesson.weights else taught


@dataclass(eq=False)
class Work:
    """A job for each of some items."""

    what: Any
    """Ray's handle of it: the part of the stage, and the job."""
    handout: Handout[Any, Any]
    """The items: waiting, in hand and done."""
    share: int
    """How many an actor does at once."""
    models: Models
    """By role, the driver's; what actors' models remembered is counted on them."""


NOTHING = Work(None, Handout[Any, Any](()), 0, {})


class Hand:
    """One actor, and what it was asked."""

    def __init__(self, actor: Any) -> None:
        self.actor = actor
        """Ray's handle."""
        self.pid: int | None = None
        """The number of its process, once it is ready."""
        self.calls: deque[Any] = deque([actor.open.remote()])
        """Answers that are still to come, in the order they will."""
        self._what: Any = None

    def forget(self) -> None:
        """Expect no more of what was asked; what it takes to be ready is still waited for."""
        if self.pid is not None:
            self.calls.clear()

    def give(self, work: Work, dealt: list[tuple[int, Any]]) -> None:
        """Send items of some work, and have what is done of it sent back."""
        if self._what is not work.what:
            self._what = work.what
            self.calls.append(self.actor.begin.remote(work.what, work.share))
        self.calls.append(self.actor.exchange.remote(dealt))


class Crew:
    """Actors; a context: they are there from its beginning, and gone at its end."""

    def __init__(self, cluster: Cluster, make: Callable[[], Models]) -> None:
        """`make` opens and checks an actor's models; ConfigError where Ray is not installed."""
        self.cluster = cluster
        self.make = make
        self.ray = _ray()
        self.hands: list[Hand] = []
        self._ours = False
        self._stillborn = 0
        self._at = NOTHING

    def __enter__(self) -> Crew:
        self._ours = not self.ray.is_initialized()
        try:
            if self._ours:
                self._start()
            self._fits()
            self.hands = [self._hire() for _ in range(self.cluster.actors)]
            self._wait_for_one()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(Exception):
            farewells = [hand.actor.close.remote() for hand in self.hands]
            self.ray.wait(farewells, num_returns=len(farewells), timeout=FAREWELL)
        for hand in self.hands:
            self._end(hand)
        self.hands = []
        if self._ours:
            self.ray.shutdown()

    def perform(
        self, what: tuple[Part, Doing[X, T]], items: Iterable[X], width: int, models: Models
    ) -> Generator[T, None, None]:
        """Do a job for each item; the results in the order of the items. Hits are counted on `models` here.

        Whoever takes the results may have other work done before taking all of them.
        """
        share = math.ceil(width / len(self.hands))
        work = Work(self.ray.put(what), Handout[X, T](items), share, models)
        try:
            self._turn_to(work)
            while True:
                self._deal(work)
                yield from work.handout.ready()
                if work.handout.over:
                    return
                self._turn_to(work)
                self._hear(work)
        finally:
            if self._at is work:
                self._at = NOTHING

    def _turn_to(self, work: Work) -> None:
        """Begin some work or come back to it; what other work has in hand is finished first, and kept for it."""
        if self._at is work:
            return
        while any(self._at.handout.held(hand) for hand in self.hands):
            self._deal(self._at, anew=False)
            self._hear(self._at)
        for hand in self.hands:
            hand.forget()
        self._at = work

    def _deal(self, work: Work, anew: bool = True) -> None:
        """Fill each actor's share and a little more, unless nothing is begun `anew`; two messages are under way."""
        handout, share = work.handout, work.share
        free = [hand for hand in self.hands if hand.pid is not None and len(hand.calls) < 2]
        room = {hand: share + 1 + share // 4 - handout.held(hand) if anew else 0 for hand in free}
        dealt: dict[Hand, list[tuple[int, Any]]] = {hand: [] for hand in free}
        while takers := [hand for hand in free if len(dealt[hand]) < room[hand]]:
            pieces = [(hand, piece) for hand in takers if (piece := handout.take(hand)) is not None]
            for hand, piece in pieces:
                dealt[hand].append(piece)
            if len(pieces) < len(takers):
                break
        for hand in free:
            if handout.held(hand):
                hand.give(work, dealt[hand])

    def _hear(self, work: Work) -> None:
        """Wait until an actor answers, and take the answers there are."""
        asked = {hand.calls[0]: hand for hand in self.hands if hand.calls}
        if not asked:
            return
        first, _ = self.ray.wait(list(asked), num_returns=1, timeout=1.0)
        for answer in first and self.ray.wait(list(asked), num_returns=len(asked), timeout=0)[0]:
            self._take(asked[answer], work)

    def _take(self, hand: Hand, work: Work) -> None:
        try:
            answer = self.ray.get(hand.calls.popleft())
        except self.ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except self.ray.exceptions.RayError as error:  # the actor is gone, or its machine with what it had answered
            self._replace(hand, work, error)
            return
        if hand.pid is None:
            hand.pid, self._stillborn = answer, 0
            return
        if answer is None:  # of `begin`
            return
        results, hits = answer
        for place, result in results:
            work.handout.done(hand, place, result)
        for role, new in hits.items():
            work.models[role].hits += new

    def _replace(self, hand: Hand, work: Work, why: Exception) -> None:
        """An actor is lost: another one takes its place, and what it had in hand is handed out again."""
        reason = " ".join(str(why).split())
        self._stillborn += hand.pid is None
        if self._stillborn == STILLBORN:
            raise ConfigError(f"{STILLBORN} actors in a row ended while they were made: {reason}")
        _LOG.warning("an actor was lost; what it had in hand is played again (%s)", reason[:300])
        work.handout.lose(hand)
        self._end(hand)
        self.hands[self.hands.index(hand)] = self._hire()

    def _hire(self) -> Hand:
        need = self.cluster
        actor = self.ray.remote(Player).options(num_cpus=need.cpus, num_gpus=need.gpus, resources=need.resources)
        return Hand(actor.remote(str(Path.cwd()), self.make))

    def _end(self, hand: Hand) -> None:
        with suppress(Exception):
            self.ray.kill(hand.actor)

    def _start(self) -> None:
        """Start Ray on this machine, or join the cluster at the address."""
        need, quiet = self.cluster, {"log_to_driver": False, "configure_logging": False, "logging_level": logging.ERROR}
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_IGNORE_UNHANDLED_ERRORS", "1")  # of several actors' same error one is told, by us
        os.environ.setdefault("RAY_worker_niceness", "0")  # actors do the work, so no less is due to them than to us
        logging.getLogger("ray._private").setLevel(logging.ERROR)
        if not need.address:
            self.ray.init(
                address="local",
                num_cpus=max(1, math.ceil(need.actors * need.cpus)),
                resources={name: need.actors * amount for name, amount in need.resources.items()},
                include_dashboard=False,
                object_store_memory=STORE,
                _node_ip_address="127.0.0.1",
                **quiet,
            )
            return
        try:
            self.ray.init(address=need.address, **quiet)
        except Exception as error:
            raise ConfigError(
                f"no Ray cluster answers at {need.address!r} ({error}); start one with `ray start --head`, give "
                "this machine its token (`ray get-auth-token`), or leave cluster.address out to use this machine"
            ) from error

    def _fits(self) -> None:
        """ConfigError where this machine lacks what the actors take; a cluster may still grow."""
        has = self.ray.cluster_resources()
        wanted = self.cluster.actors * self.cluster.gpus
        if not self.cluster.address and wanted > has.get("GPU", 0):
            raise ConfigError(
                f"{self.cluster.actors} actors take {wanted:g} GPUs, and this machine has {has.get('GPU', 0):g}; "
                "lower cluster.actors or cluster.gpus (0.5 lets two actors share one)"
            )

    def _wait_for_one(self) -> None:
        until = time.monotonic() + PLACING
        while all(hand.pid is None for hand in self.hands):
            self._hear(NOTHING)
            if time.monotonic() > until:
                raise ConfigError(
                    f"no actor could be placed within {PLACING:g} s: each takes {self._need()}, and the cluster has "
                    f"{self.ray.available_resources()} free; ask for less, or wait until others are done"
                )

    def _need(self) -> dict[str, float]:
        return {"CPU": self.cluster.cpus, "GPU": self.cluster.gpus, **self.cluster.resources}


def _ray() -> Any:
    try:
        return import_module("ray")
    except ModuleNotFoundError as error:
        raise missing_extra("[cluster]", error, {"ray": "ray"}) from error
