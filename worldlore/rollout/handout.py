"""Work in many hands, any of which may be lost: each piece is done once, and results come back in order.

    handout = Handout(items)
    handout.take(hand)                 # a piece for a hand: its place and the item; None if there is none left
    handout.done(hand, place, result)
    handout.lose(hand)                 # what it held is handed out again, before anything new
    handout.ready()                    # the results whose turn it is

A piece is held by one hand at a time, and what a hand brings that it no longer holds is not taken: nothing is lost and
nothing doubled. A hand takes one piece at a time, so pieces that lie beside each other go to different hands. Knows no
process and no network.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Hashable, Iterable, Iterator
from typing import Generic, TypeVar

from worldlore.errors import ConfigError

X = TypeVar("X")
T = TypeVar("T")
LIVES = 5
"""How often a piece may be lost before it is held guilty of that."""


class Handout(Generic[X, T]):
    """Items waiting, in hand and done."""

    def __init__(self, items: Iterable[X]) -> None:
        self._new = enumerate(items)
        self._again: deque[tuple[int, X]] = deque()
        self._held: dict[Hashable, dict[int, X]] = {}
        self._results: dict[int, T] = {}
        self._losses: Counter[int] = Counter()
        self._given = self._taken = 0
        self._drained = False

    @property
    def over(self) -> bool:
        """Whether no piece is left and every result was given."""
        return self._drained and self._given == self._taken

    def held(self, hand: Hashable) -> int:
        """How many pieces a hand holds."""
        return len(self._held.get(hand, ()))

    def take(self, hand: Hashable) -> tuple[int, X] | None:
        """The next piece; the hand holds it from now on."""
        piece = self._again.popleft() if self._again else next(self._new, None)
        if piece is None:
            self._drained = True
            return None
        place, item = piece
        self._taken = max(self._taken, place + 1)
        self._held.setdefault(hand, {})[place] = item
        return piece

    def done(self, hand: Hashable, place: int, result: T) -> None:
        """Take a result, if the hand still holds the piece."""
        held = self._held.get(hand, {})
        if place in held:
            del held[place]
            self._results[place] = result

    def lose(self, hand: Hashable) -> None:
        """Hand out again what was in a hand; ConfigError where the same piece was lost too often."""
        lost = sorted(self._held.pop(hand, {}).items())
        self._again = deque(sorted([*lost, *self._again], key=lambda piece: piece[0]))
        for place, _ in lost:
            self._losses[place] += 1
            if self._losses[place] == LIVES:
                raise ConfigError(
                    f"{LIVES} actors ended while they had piece {place + 1} of the work in hand; if their memory ran "
                    "out, use fewer actors or lower limits.width, and run again to go on from here"
                )

    def ready(self) -> Iterator[T]:
        """Results not given yet, as far as none is missing before them."""
        while self._given in self._results:
            self._given += 1
            yield self._results.pop(self._given - 1)
