"""The world: one room, what stands in it and lies about, and what is to be done. Nothing here changes in an episode.

Things and receptacles are numbered in the order ALFWorld lists them (by kind, then from the highest number down), and
a set of them is the bits of an int. Texts and command lists are remembered here by the moment they belong to, so that
every episode in the same world profits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from worldlore.environments.household import homes
from worldlore.environments.household.goals import Goal
from worldlore.environments.household.language import Dialect, listed, opening


def bits(mask: int) -> Iterator[int]:
    """The numbers whose bits are set, rising."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


class Piece(NamedTuple):
    """A thing or a receptacle."""

    kind: str
    """What it is, as in "mug"."""
    number: int
    """Which one of its kind, from 1."""

    @property
    def name(self) -> str:
        """As it is spoken of: "mug 2"."""
        return f"{self.kind} {self.number}"


def mask(pieces: Sequence[Piece], kinds: frozenset[str] | set[str]) -> int:
    """The pieces that are of certain kinds."""
    return sum(1 << i for i, piece in enumerate(pieces) if piece.kind in kinds)


@dataclass(frozen=True, eq=False)
class World:
    """What does not change: the room, its furniture, its things and the goal."""

    room: str
    """Kind of room."""
    receptacles: tuple[Piece, ...]
    """In ALFWorld's order."""
    places: tuple[int, ...]
    """Receptacle -> number of the place one reaches it from."""
    start: int
    """Number of the place in the middle of the room, where no receptacle is."""
    things: tuple[Piece, ...]
    """In ALFWorld's order."""
    first: tuple[int, ...]
    """Thing -> receptacle it is in or on at the beginning."""
    openable: int
    """The receptacles that open and close."""
    goal: Goal
    """What is to be done."""
    dialect: Dialect
    """How it is spoken."""

    views: dict[tuple[int, int], str] = field(default_factory=dict[tuple[int, int], str])
    """Text of a receptacle with certain things in it."""
    commands: dict[tuple[int, ...], tuple[str, ...]] = field(default_factory=dict[tuple[int, ...], tuple[str, ...]])
    """Admissible commands of a moment."""

    @cached_property
    def receptacle(self) -> dict[str, int]:
        """Name -> receptacle."""
        return {piece.name: i for i, piece in enumerate(self.receptacles)}

    @cached_property
    def thing(self) -> dict[str, int]:
        """Name -> thing."""
        return {piece.name: i for i, piece in enumerate(self.things)}

    @cached_property
    def at(self) -> dict[int, tuple[int, ...]]:
        """Place -> the receptacles reached from there."""
        found: dict[int, tuple[int, ...]] = {self.start: ()}
        for i, place in enumerate(self.places):
            found[place] = (*found.get(place, ()), i)
        return found

    @cached_property
    def holds(self) -> tuple[int, ...]:
        """Receptacle -> the things that may be put there."""
        return tuple(mask(self.things, homes.HOLDS.get(piece.kind, frozenset())) for piece in self.receptacles)

    @cached_property
    def portable(self) -> int:
        """The things that can be carried."""
        return ~mask(self.things, homes.FIXED) & ((1 << len(self.things)) - 1)

    @cached_property
    def lamps(self) -> int:
        """The things that can be used."""
        return mask(self.things, homes.LAMPS)

    @cached_property
    def knives(self) -> int:
        """The things that slice."""
        return mask(self.things, homes.KNIVES)

    @cached_property
    def sliceable(self) -> int:
        """The things that can be sliced."""
        return mask(self.things, homes.SLICEABLE)

    @cached_property
    def treatable(self) -> dict[str, tuple[str, int]]:
        """Verb -> the kind of receptacle it needs and the things it works on."""
        kinds = {"clean": homes.CLEANABLE, "heat": homes.HEATABLE, "cool": homes.COOLABLE}
        return {verb: (homes.APPLIANCE[verb], mask(self.things, kinds[verb])) for verb in kinds}

    @cached_property
    def wanted(self) -> int:
        """The things of the goal's kind."""
        return mask(self.things, {self.goal.thing})

    @cached_property
    def lamps_wanted(self) -> int:
        """The lamps of the goal's kind."""
        return mask(self.things, homes.LAMPS & {self.goal.target})

    @cached_property
    def targets(self) -> tuple[int, ...]:
        """The receptacles of the goal's kind."""
        return tuple(i for i, piece in enumerate(self.receptacles) if piece.kind == self.goal.target)

    @cached_property
    def arrivals(self) -> tuple[str, ...]:
        """Receptacle -> what is said when one comes to it."""
        if self.dialect.names_places:
            return tuple(f"You arrive at loc {place}. " for place in self.places)
        return tuple(f"You arrive at {piece.name}. " for piece in self.receptacles)

    @cached_property
    def ways(self) -> tuple[str, ...]:
        """Receptacle -> the command that leads there, shared by all command lists."""
        return tuple(f"go to {piece.name}" for piece in self.receptacles)

    def opening(self, goal: str) -> str:
        """The first observation."""
        return opening([piece.name for piece in self.receptacles], goal)

    def view(self, receptacle: int, inside: int) -> str:
        """What is seen in or on an open receptacle."""
        text = self.views.get((receptacle, inside))
        if text is None:
            name = self.receptacles[receptacle].name
            seen = listed([self.things[i].name for i in bits(inside)])
            is_open = self.openable >> receptacle & 1
            text = f"The {name} is open. In it, you see {seen}." if is_open else f"On the {name}, you see {seen}."
            self.views[receptacle, inside] = text
        return text
