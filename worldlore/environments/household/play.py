"""The rules: one episode in a world, what has become of things in it, and what can be done next.

All that changes is a few numbers, so a snapshot copies them. Rules worth knowing, all ALFWorld's own: receptacles may
share a place, and whoever stands there reaches all of them; one sees nothing from the middle of the room once the
first look is over; only what is in the hand can be examined; a lamp counts as used for ever once it was used; slicing,
heating and cooling do not ask whether a door is open; a thing that was taken from one receptacle and put into another
at the same place is seen lying "next to" it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from worldlore.environments.household import homes
from worldlore.environments.household.language import HELP, NOTHING, about, listed, middle, named
from worldlore.environments.household.world import World, bits

NONE = -1
"""No thing in the hand."""


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
