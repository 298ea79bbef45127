"""The world and its rules: one room, what stands in it, and what has become of it.

`World` is what never changes in an episode: names, kinds, places, the goal. `Play` is one episode in it. Things and
receptacles are numbered in the order ALFWorld lists them (by kind, then from the highest number down), sets of them
are bits of an int, so a moment is a few numbers and a snapshot copies them. Texts and command lists are remembered
in the world by the moment they belong to, so every episode in it profits.

Rules worth knowing, all ALFWorld's own: receptacles may share a place, and whoever stands there reaches all of
them; one sees nothing from the middle of the room once the first look is over; only what is in the hand can be
examined; a lamp counts as used for ever once it was used; slicing, heating and cooling do not ask whether a door is
open; a thing that was taken from one receptacle and put into another at the same place is seen lying "next to" it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from worldlore.environments.household import homes
from worldlore.environments.household.goals import Goal
from worldlore.environments.household.language import (
    HELP,
    NOTHING,
    Dialect,
    about,
    listed,
    middle,
    named,
    opening,
)

NONE = -1
"""No thing in the hand; no receptacle near."""


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


class Moment(NamedTuple):
    """Everything that can change, as a value."""

    here: int
    held: int
    inside: tuple[int, ...]
    opened: int
    clean: int
    hot: int
    cool: int
    sliced: int
    used: int
    left: tuple[int, ...]
    seen: int
    won: bool


class Play:
    """One episode in a world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.here = world.start
        """Place where the agent stands."""
        self.held = NONE
        """Thing in the hand."""
        self.inside = [0] * len(world.receptacles)
        """Receptacle -> things in it."""
        for thing, receptacle in enumerate(world.first):
            self.inside[receptacle] |= 1 << thing
        self.opened = 0
        """Receptacles that are open."""
        self.clean = self.hot = self.cool = self.sliced = self.used = 0
        """Things that are so."""
        self.left = [0] * len(world.things)
        """Thing -> receptacles it was taken from and not put back into."""
        self.seen = 0
        """Receptacles whose inside was shown to the agent at some time."""
        self.won = False
        """The goal holds."""

    def snapshot(self) -> Moment:
        """The moment."""
        return Moment(
            self.here, self.held, tuple(self.inside), self.opened, self.clean, self.hot, self.cool, self.sliced,
            self.used, tuple(self.left), self.seen, self.won,
        )  # fmt: skip

    def restore(self, moment: Moment) -> None:
        """Put the moment back."""
        (
            self.here, self.held, inside, self.opened, self.clean, self.hot, self.cool, self.sliced,
            self.used, left, self.seen, self.won,
        ) = moment  # fmt: skip
        self.inside, self.left = list(inside), list(left)

    def do(self, command: str) -> str:
        """Carry a command out, if it is possible, and say what is seen."""
        verb, _, rest = command.strip().partition(" ")
        rule = _RULES.get(verb)
        said = rule(self, verb, rest) if rule else None
        if said is None:
            return NOTHING
        self.won = self.world.goal.holds(self)
        return said

    def reachable(self, receptacle: int | None) -> bool:
        """Whether one stands in front of it."""
        return receptacle is not None and self.world.places[receptacle] == self.here

    def shut(self, receptacle: int) -> bool:
        """Whether its door hides what is inside."""
        return bool((self.world.openable & ~self.opened) >> receptacle & 1)

    def near(self) -> int:
        """All things in or on what stands here, hidden ones too."""
        mask = 0
        for receptacle in self.world.at[self.here]:
            mask |= self.inside[receptacle]
        return mask

    def show(self, receptacle: int) -> str:
        """What examining it tells."""
        if self.shut(receptacle):
            return f"The {self.world.receptacles[receptacle].name} is closed."
        self.seen |= 1 << receptacle
        return self.world.view(receptacle, self.inside[receptacle])

    def _go(self, _: str, rest: str) -> str | None:
        world = self.world
        receptacle = world.receptacle.get(rest[3:]) if rest[:3] == "to " else None
        if receptacle is None or world.places[receptacle] == self.here:
            return None
        self.here = world.places[receptacle]
        return world.arrivals[receptacle] + self.show(receptacle)

    def _open(self, _: str, rest: str) -> str | None:
        receptacle = self.world.receptacle.get(rest)
        if receptacle is None or not self.reachable(receptacle) or not self.shut(receptacle):
            return None
        self.opened |= 1 << receptacle
        return f"You open the {rest}. {self.show(receptacle)}"

    def _close(self, _: str, rest: str) -> str | None:
        receptacle = self.world.receptacle.get(rest)
        if receptacle is None or not self.reachable(receptacle) or not self.opened >> receptacle & 1:
            return None
        self.opened ^= 1 << receptacle
        return f"You close the {rest}."

    def _take(self, _: str, rest: str) -> str | None:
        what, _, where = rest.partition(" from ")
        thing, receptacle = self.world.thing.get(what), self.world.receptacle.get(where)
        if thing is None or receptacle is None or self.held != NONE or not self.reachable(receptacle):
            return None
        bit = 1 << thing
        if self.shut(receptacle) or not self.inside[receptacle] & self.world.portable & bit:
            return None
        self.inside[receptacle] ^= bit
        self.left[thing] |= 1 << receptacle
        self.held = thing
        return f"You pick up the {what} from the {where}."

    def _put(self, verb: str, rest: str) -> str | None:
        dialect = self.world.dialect
        what, _, where = rest.partition(dialect.to)
        thing, receptacle = self.world.thing.get(what), self.world.receptacle.get(where)
        if verb != dialect.verb or thing is None or receptacle is None or thing != self.held:
            return None
        if not self.reachable(receptacle) or self.shut(receptacle) or not self.world.holds[receptacle] >> thing & 1:
            return None
        self.inside[receptacle] |= 1 << thing
        self.left[thing] &= ~(1 << receptacle)
        self.held = NONE
        return dialect.done.format(what, where)

    def _treat(self, verb: str, rest: str) -> str | None:
        what, _, where = rest.partition(" with ")
        thing, receptacle = self.world.thing.get(what), self.world.receptacle.get(where)
        kind, works = self.world.treatable[verb]
        if thing is None or thing != self.held or not works >> thing & 1:
            return None
        if receptacle is None or not self.reachable(receptacle) or self.world.receptacles[receptacle].kind != kind:
            return None
        bit = 1 << thing
        if verb == "clean":
            self.clean |= bit
        elif verb == "heat":
            self.hot, self.cool = self.hot | bit, self.cool & ~bit
        else:
            self.cool, self.hot = self.cool | bit, self.hot & ~bit
        return f"You {verb} the {what} using the {where}."

    def _use(self, _: str, rest: str) -> str | None:
        thing = self.world.thing.get(rest)
        if thing is None or not (self.near() & self.world.lamps) >> thing & 1:
            return None
        self.used |= 1 << thing
        return f"You turn on the {rest}."

    def _slice(self, _: str, rest: str) -> str | None:
        what, _, tool = rest.partition(" with ")
        thing, knife = self.world.thing.get(what), self.world.thing.get(tool)
        if thing is None or knife is None or knife != self.held or not self.world.knives >> knife & 1:
            return None
        if not (self.near() & self.world.sliceable) >> thing & 1:
            return None
        self.sliced |= 1 << thing
        return f"You sliced the {what} with the {tool}."

    def _examine(self, _: str, rest: str) -> str | None:
        receptacle = self.world.receptacle.get(rest)
        if receptacle is not None:
            return self.show(receptacle) if self.reachable(receptacle) else None
        return self._describe(self.held) if self.held != NONE and self.held == self.world.thing.get(rest) else None

    def _describe(self, thing: int) -> str:
        kind, name = self.world.things[thing].kind, self.world.things[thing].name
        if kind in homes.VESSELS:
            return f"This is a normal {name}. In it, you see nothing."
        if self.used >> thing & 1:
            return f"This {name} is on."
        clean, hot, cool, sliced = (bool(mask >> thing & 1) for mask in (self.clean, self.hot, self.cool, self.sliced))
        return about(name, clean=clean, hot=hot, cool=cool, sliced=sliced)

    def _look(self, _: str, rest: str) -> str | None:
        if rest:
            return None
        world = self.world
        here = world.at[self.here]
        if not here:
            return middle([])
        facing = named([world.receptacles[r].name for r in here])
        beside = [world.things[t].name for t in bits(self.near()) for r in here if self.left[t] >> r & 1]
        return f"You are facing the {facing}. Next to it, you see {listed(beside)}."

    def _inventory(self, _: str, rest: str) -> str | None:
        if rest:
            return None
        if self.held == NONE:
            return "You are not carrying anything."
        return f"You are carrying: a {self.world.things[self.held].name}."

    def _help(self, _: str, rest: str) -> str | None:
        return HELP if self.world.dialect.help and not rest else None

    def admissible(self) -> tuple[str, ...]:
        """Every command that is possible now, sorted."""
        world = self.world
        here = world.at[self.here]
        moment = (self.here, self.held, *[self.inside[r] << 1 | (self.opened >> r & 1) for r in here])
        found = world.commands.get(moment)
        if found is None:
            found = world.commands[moment] = tuple(sorted(self._possible()))
        return found

    def _possible(self) -> Iterator[str]:
        world = self.world
        yield from ("inventory", "look", "help") if world.dialect.help else ("inventory", "look")
        yield from (way for way, place in zip(world.ways, world.places, strict=True) if place != self.here)
        for thing in bits(self.near() & world.lamps):
            yield f"use {world.things[thing].name}"
        for receptacle in world.at[self.here]:
            yield from self._possible_at(receptacle)
        if self.held != NONE:
            yield f"examine {world.things[self.held].name}"
            yield from self._possible_with(self.held)

    def _possible_at(self, receptacle: int) -> Iterator[str]:
        world = self.world
        name = world.receptacles[receptacle].name
        yield f"examine {name}"
        if world.openable >> receptacle & 1:
            yield f"open {name}" if self.shut(receptacle) else f"close {name}"
        if self.shut(receptacle):
            return
        if self.held == NONE:
            loose = self.inside[receptacle] & world.portable
            yield from (f"take {world.things[thing].name} from {name}" for thing in bits(loose))
        elif world.holds[receptacle] >> self.held & 1:
            yield f"{world.dialect.verb} {world.things[self.held].name}{world.dialect.to}{name}"

    def _possible_with(self, thing: int) -> Iterator[str]:
        world = self.world
        held = world.things[thing].name
        for verb, (kind, works) in world.treatable.items():
            if works >> thing & 1:
                here = (world.receptacles[r] for r in world.at[self.here])
                yield from (f"{verb} {held} with {piece.name}" for piece in here if piece.kind == kind)
        if world.knives >> thing & 1:
            yield from (f"slice {world.things[i].name} with {held}" for i in bits(self.near() & world.sliceable))


_RULES = {
    "go": Play._go, "open": Play._open, "close": Play._close, "take": Play._take, "move": Play._put,
    "put": Play._put, "clean": Play._treat, "heat": Play._treat, "cool": Play._treat, "use": Play._use,
    "slice": Play._slice, "examine": Play._examine, "look": Play._look, "inventory": Play._inventory,
    "help": Play._help,
}  # fmt: skip
