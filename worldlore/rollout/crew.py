"""A crew: actors that are dealt work piece by piece, and whoever of them is lost is replaced.

The driver keeps every actor's share full and takes what comes back; `handout.py` sees to it that nothing is lost or
doubled and that results come in order, and `player.py` is what goes on in an actor. An actor gets two messages at most
before it answered one, so it has the next pieces at hand while the last results are under way.

Work may be done between two results of other work: what that had in hand is finished first, and kept for it.
"""

from __future__ import annotations

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from worldlore.errors import ConfigError
from worldlore.rollout.cluster import Cluster, joined
from worldlore.rollout.dispatch import Models
from worldlore.rollout.handout import Handout
from worldlore.rollout.loop import Doing
from worldlore.rollout.player import Part, Player

_LOG = logging.getLogger(__name__)
X = TypeVar("X")
T = TypeVar("T")
PLACING = 300.0
"""Seconds a cluster may take to place the first actor."""
SOON = 15.0
"""Seconds after which it is said what is waited for."""
FAREWELL = 2.0
"""Seconds actors have to close their environments at the end."""
STILLBORN = 3
"""Actors that may be lost one after the other before one of them was ready."""


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
        self.placed = False
        """Whether a machine has room for it."""
        self.pid: int | None = None
        """The number of its process, once it is ready."""
        self.calls: deque[Any] = deque([actor.arrive.remote(), actor.open.remote()])
        """Answers that are still to come, in the order they will."""
        self._what: Any = None

    @property
    def free(self) -> bool:
        """Whether it may be given more."""
        return self.pid is not None and len(self.calls) < 2

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
        """`make` opens and checks an actor's models."""
        self.cluster = cluster
        self.make = make
        self.ray: Any = None
        self.hands: list[Hand] = []
        self._stillborn = 0
        self._at = NOTHING
        self._exit = ExitStack()

    def __enter__(self) -> Crew:
        with self._exit as leaving:
            self.ray = leaving.enter_context(joined(self.cluster))
            leaving.callback(self._part)
            for _ in range(self.cluster.actors):
                self.hands.append(self._hire())
            self._wait_for_one()
            self._exit = leaving.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

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

    # work

    def _turn_to(self, work: Work) -> None:
        """Begin some work or come back to it; what other work has in hand is finished first, and kept for it."""
        if self._at is work:
            return
        while any(self._at.handout.held(hand) for hand in self.hands):
            self._go_on(self._at)
            self._hear(self._at)
        for hand in self.hands:
            hand.forget()
        self._at = work

    def _deal(self, work: Work) -> None:
        """Fill each actor's share and a little more, a piece to each in turn."""
        handout, full = work.handout, work.share + 1 + work.share // 4
        dealt: dict[Hand, list[tuple[int, Any]]] = {hand: [] for hand in self.hands if hand.free}
        while takers := [hand for hand in dealt if handout.held(hand) < full]:
            pieces = [(hand, piece) for hand in takers if (piece := handout.take(hand)) is not None]
            for hand, piece in pieces:
                dealt[hand].append(piece)
            if len(pieces) < len(takers):
                break
        self._go_on(work, dealt)

    def _go_on(self, work: Work, dealt: dict[Hand, list[tuple[int, Any]]] | None = None) -> None:
        """Ask for results of what is in hand, with more of it where more was dealt."""
        for hand in self.hands:
            if hand.free and work.handout.held(hand):
                hand.give(work, (dealt or {}).get(hand, []))

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
        hand.placed = True
        if answer is None:  # to `arrive` and `begin`
            return
        if hand.pid is None:
            hand.pid, self._stillborn = answer, 0
            return
        results, hits = answer
        for place, result in results:
            work.handout.done(hand, place, result)
        for role, new in hits.items():
            work.models[role].hits += new

    # actors

    def _hire(self) -> Hand:
        need = self.cluster
        actor = self.ray.remote(Player).options(num_cpus=need.cpus, num_gpus=need.gpus, resources=need.resources)
        return Hand(actor.remote(str(Path.cwd()), self.make))

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

    def _wait_for_one(self) -> None:
        """Until an actor is ready. What it takes to make models is no matter of minutes; to find room for one is."""
        began, told = time.monotonic(), False
        while all(hand.pid is None for hand in self.hands):
            self._hear(NOTHING)
            if any(hand.placed for hand in self.hands):
                continue
            waited = time.monotonic() - began
            if waited > PLACING:
                raise ConfigError(
                    f"no actor could be placed within {PLACING:g} s: {self._lack()}; ask for less, or wait until "
                    "others are done"
                )
            if waited > SOON and self.cluster.address and not told:
                _LOG.warning("no actor is placed yet: %s; waiting for room, %g s at most", self._lack(), PLACING)
                told = True

    def _lack(self) -> str:
        free = {name: amount for name, amount in self.ray.available_resources().items() if ":" not in name}
        return f"each takes {_amounts(self.cluster.need)}, and free are {_amounts(free)}"

    def _part(self) -> None:
        """Let actors close what they have open, and end them."""
        hands, self.hands = self.hands, []
        try:
            with suppress(Exception):
                farewells = [hand.actor.close.remote() for hand in hands]
                self.ray.wait(farewells, num_returns=len(farewells), timeout=FAREWELL)
        finally:
            for hand in hands:
                self._end(hand)

    def _end(self, hand: Hand) -> None:
        with suppress(Exception):
            self.ray.kill(hand.actor)


def _amounts(amounts: dict[str, float]) -> str:
    """`4 CPU, 0.5 GPU`, without what Ray counts in bytes."""
    return ", ".join(f"{n:g} {name}" for name, n in amounts.items() if n and "memory" not in name) or "nothing"
