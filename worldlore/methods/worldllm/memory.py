"""A bounded memory of evidence that does not forget what is rare.

Each distinct transition is kept once, for in a world without chance a second one like it tells nothing new. Where
there is no more room, one of the most frequent sort of change makes place, drawn at random; so sorts share the room.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from worldlore.experience import Transition


class Memory:
    """Transitions by sort of change."""

    def __init__(self, room: int, rng: Random) -> None:
        self.room = room
        self.rng = rng
        self._kinds: dict[str, dict[Transition, None]] = {}

    def add(self, transitions: Iterable[Transition]) -> None:
        """Remember, and forget where there is no room."""
        for transition in transitions:
            self._kinds.setdefault(transition.kind, {})[transition] = None
            if len(self) > self.room:
                most = max(self._kinds.values(), key=len)
                del most[self.rng.choice(list(most))]

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """Everything that is remembered, sort by sort."""
        return tuple(transition for kept in self._kinds.values() for transition in kept)

    @property
    def counts(self) -> dict[str, int]:
        """Sort of change -> how many are remembered."""
        return {kind: len(kept) for kind, kept in self._kinds.items() if kept}

    def __len__(self) -> int:
        return sum(map(len, self._kinds.values()))
