"""The expert of barman: what is left to do, as a choice between errands, and the cheapest way through them.

An errand is a few moves with one purpose: fill a shot, pour it into the shaker, shake, pour out, clean. Which shot to
work with and what to mix first is what makes plans long or short, so every sensible choice is weighed to its end;
how an errand is run is settled (an empty hand takes, the other hand is emptied only when it has to be). States are
remembered with their cost, so the second move of an episode costs nothing. Where a goal is out of reach there is no
advice: a shaker filled with what makes no cocktail cannot be emptied again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from worldlore.environments.robotics.strips import Atom
from worldlore.environments.robotics.world import Move, World

HOPELESS = 10**6
"""The cost of what cannot be done."""
_SHAKER = "shaker1"
_HANDS = ("left", "right")


def advise(world: World, state: int) -> Move | None:
    """The first move of the cheapest way to the goal."""
    cost, move = _bartender(world).plan(state)
    return move if cost < HOPELESS else None


@lru_cache(maxsize=32)
def _bartender(world: World) -> Bartender:
    return Bartender(world)


class Stuck(Exception):
    """An errand cannot be run."""


class Errand:
    """A state on its way through the moves of an errand."""

    def __init__(self, bar: Bartender, state: int) -> None:
        self.bar, self.state = bar, state
        self.moves: list[Move] = []

    def do(self, name: str, *arguments: str) -> None:
        """One move."""
        move = self.bar.world.named.get((name, arguments))
        if move is None or not move.possible(self.state):
            raise Stuck(name)
        self.state = move.after(self.state)
        self.moves.append(move)

    def hold(self, container: str) -> str:
        """Take a container; the hand it is in."""
        hand = self.bar.hand_with(self.state, container)
        if hand is None:
            hand = next((h for h in _HANDS if self.bar.held(self.state, h) is None), None) or self._freed()
            self.do("grasp", hand, container)
        return hand

    def hold_alone(self, container: str) -> tuple[str, str]:
        """Take a container and nothing else; the hand it is in, the empty one."""
        hand = self.bar.hand_with(self.state, container)
        if hand is None:
            for h in _HANDS:
                self._leave(h)
            hand = self.hold(container)
        other = _HANDS[1 - _HANDS.index(hand)]
        self._leave(other)
        return hand, other

    def _freed(self) -> str:
        self._leave("left")
        return "left"

    def _leave(self, hand: str) -> None:
        held = self.bar.held(self.state, hand)
        if held is not None:
            self.do("leave", hand, held)

    def fill(self, shot: str, ingredient: str) -> None:
        """Have an ingredient in a shot, whatever is in it now."""
        if self.bar.inside(self.state, shot) == ingredient:
            return
        self.empty(shot)
        dispenser = self.bar.dispenser[ingredient]
        used = self.bar.used(self.state, shot)
        if used is not None and used != ingredient:
            self.clean(shot)
        hand, other = self.hold_alone(shot)
        self.do("refill-shot" if used == ingredient else "fill-shot", shot, ingredient, hand, other, dispenser)

    def empty(self, shot: str) -> None:
        """Have nothing in a shot."""
        inside = self.bar.inside(self.state, shot)
        if inside is not None:
            self.do("empty-shot", self.hold(shot), shot, inside)

    def clean(self, shot: str) -> None:
        """Have a shot clean and empty."""
        self.empty(shot)
        used = self.bar.used(self.state, shot)
        if used is not None:
            self.do("clean-shot", shot, used, *self.hold_alone(shot))

    def pour_in(self, shot: str, ingredient: str) -> None:
        """Have an ingredient poured from a shot into the shaker."""
        self.fill(shot, ingredient)
        kind = "clean" if self.bar.holds(self.state, "empty", _SHAKER) else "used"
        level = self.bar.level(self.state)
        hand = self.hold(shot)
        self.do(f"pour-shot-to-{kind}-shaker", shot, ingredient, _SHAKER, hand, level, self.bar.above.get(level, ""))

    def shake(self, cocktail: str) -> None:
        """Mix a cocktail."""
        self.do("shake", cocktail, *self.bar.parts[cocktail], _SHAKER, *self.hold_alone(_SHAKER))

    def pour_out(self, cocktail: str, shot: str) -> None:
        """Have some of the shaker's cocktail in a shot."""
        self.clean(shot)
        level = self.bar.level(self.state)
        hand = self.hold(_SHAKER)
        self.do("pour-shaker-to-shot", cocktail, shot, hand, _SHAKER, level, self.bar.under.get(level, ""))

    def empty_shaker(self, cocktail: str) -> None:
        """Pour the cocktail away and clean the shaker."""
        hand = self.hold(_SHAKER)
        self.do("empty-shaker", hand, _SHAKER, cocktail, self.bar.level(self.state), self.bar.lowest)
        self.clean_shaker()

    def clean_shaker(self) -> None:
        """Clean the empty shaker."""
        self.do("clean-shaker", *self.hold_alone(_SHAKER), _SHAKER)


class Plan(NamedTuple):
    """The way to the goal."""

    cost: int
    """Moves it takes."""
    move: Move | None
    """The first of them."""


class Bartender:
    """Knows one bar: what is wanted, and how to read a state."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dispenser = {ingredient: dispenser for dispenser, ingredient in self._pairs("dispenses").items()}
        """Ingredient -> where it is had from."""
        first, second = self._pairs("cocktail-part1"), self._pairs("cocktail-part2")
        self.parts = {cocktail: (first[cocktail], second[cocktail]) for cocktail in sorted(first)}
        """Cocktail -> its ingredients in their order."""
        self.above = self._pairs("next")
        """Level -> the one above it."""
        self.under = {upper: lower for lower, upper in self.above.items()}
        """Level -> the one under it."""
        self.lowest = self._pairs("shaker-empty-level")[_SHAKER]
        """Level of the empty shaker."""
        objects = world.problem.objects
        self.shots = [name for name, kind in objects.items() if kind == "shot"]
        """All of them."""
        self.wanted = {shot: beverage for _, shot, beverage in world.problem.goal}
        """Shot -> what is wanted in it."""
        self._inside = {c: self._table("contains", c) for c in (*self.shots, _SHAKER)}
        self._used = {c: self._table("used", c) for c in self.shots}
        self._held = {hand: self._table("holding", hand) for hand in _HANDS}
        self._hand = {
            c: [(self.world.bit["holding", hand, c], hand) for hand in _HANDS] for c in (*self.shots, _SHAKER)
        }
        self._level = self._table("shaker-level", _SHAKER)
        self._plans: dict[int, Plan] = {}

    def _pairs(self, predicate: str) -> dict[str, str]:
        """What never changes, from its first object to its second."""
        return {atom[1]: atom[2] for atom in self.world.problem.start if atom[0] == predicate}

    def _table(self, predicate: str, first: str) -> list[tuple[int, str]]:
        return [(bit, atom[2]) for atom, bit in self.world.bit.items() if atom[:2] == (predicate, first)]

    def holds(self, state: int, *atom: str) -> bool:
        """Whether an atom holds."""
        return self.world.holds(state, *atom)

    def inside(self, state: int, container: str) -> str | None:
        """What is in a container, the first of several."""
        return _found(self._inside[container], state)

    def used(self, state: int, shot: str) -> str | None:
        """What a shot was used with since it was clean."""
        return _found(self._used[shot], state)

    def held(self, state: int, hand: str) -> str | None:
        """What a hand holds."""
        return _found(self._held[hand], state)

    def hand_with(self, state: int, container: str) -> str | None:
        """The hand that holds a container."""
        return _found(self._hand[container], state)

    def level(self, state: int) -> str:
        """How full the shaker is."""
        return next(level for bit, level in self._level if state & bit)

    def plan(self, state: int) -> Plan:
        """The cheapest way to the goal."""
        known = self._plans.get(state)
        if known is None:
            best = Plan(HOPELESS, None)
            if self.world.won(state):
                best = Plan(0, None)
            else:
                for run in self._errands(state):
                    best = min(best, self._run(run, state), key=lambda plan: plan.cost)
            known = self._plans[state] = best
        return known

    def _run(self, run: Callable[[Errand], None], state: int) -> Plan:
        errand = Errand(self, state)
        try:
            run(errand)
        except Stuck:
            return Plan(HOPELESS, None)
        if not errand.moves:
            return Plan(HOPELESS, None)
        return Plan(len(errand.moves) + self.plan(errand.state).cost, errand.moves[0])

    def _errands(self, state: int) -> Iterator[Callable[[Errand], None]]:
        """What may sensibly be done next."""
        missing = {s: b for s, b in self.wanted.items() if not self.holds(state, "contains", s, b)}
        cocktails = {s: b for s, b in missing.items() if b in self.parts}
        drinks = {s: b for s, b in missing.items() if b not in self.parts}
        in_hand = {self.held(state, hand) for hand in _HANDS}
        for shot, ingredient in drinks.items():
            if not cocktails or shot in in_hand:
                yield lambda e, s=shot, i=ingredient: e.fill(s, i)
        if cocktails:
            yield from self._with_shaker(state, cocktails)

    def _with_shaker(self, state: int, cocktails: dict[str, str]) -> Iterator[Callable[[Errand], None]]:
        contents = [beverage for bit, beverage in self._inside[_SHAKER] if state & bit]
        if self.holds(state, "shaked", _SHAKER):
            yield from self._pouring_out(state, contents[0], cocktails)
        elif contents:
            yield from self._mixing(state, set(contents), cocktails)
        elif not self.holds(state, "clean", _SHAKER):
            yield lambda e: e.clean_shaker()
        else:
            for part in dict.fromkeys(part for c in cocktails.values() for part in self.parts[c]):
                yield from self._pouring_in(state, part)

    def _pouring_out(self, state: int, cocktail: str, cocktails: dict[str, str]) -> Iterator[Callable[[Errand], None]]:
        shots = [shot for shot, wanted in cocktails.items() if wanted == cocktail]
        if shots and self.level(state) != self.lowest:
            for shot in shots:
                yield lambda e, s=shot: e.pour_out(cocktail, s)
        else:
            yield lambda e: e.empty_shaker(cocktail)

    def _mixing(self, state: int, contents: set[str], cocktails: dict[str, str]) -> Iterator[Callable[[Errand], None]]:
        """Go on towards a cocktail that is wanted, or else towards any, to be rid of it."""
        fitting = [c for c, parts in self.parts.items() if contents <= set(parts)]
        wanted = [c for c in fitting if c in cocktails.values()] or fitting
        for cocktail in wanted:
            if contents == set(self.parts[cocktail]):
                yield lambda e, c=cocktail: e.shake(c)
        for part in dict.fromkeys(part for c in wanted for part in self.parts[c] if part not in contents):
            yield from self._pouring_in(state, part)

    def _pouring_in(self, state: int, part: str) -> Iterator[Callable[[Errand], None]]:
        """With each shot that may serve, one of several that are alike."""
        tried = set[Atom]()
        for shot in self.shots:
            looks = self._looks(state, shot)
            if looks not in tried and not self._served(state, shot):
                tried.add(looks)
                yield lambda e, s=shot: e.pour_in(s, part)

    def _served(self, state: int, shot: str) -> bool:
        """Whether a shot holds the cocktail that is wanted in it."""
        wanted = self.wanted.get(shot)
        return wanted in self.parts and self.inside(state, shot) == wanted

    def _looks(self, state: int, shot: str) -> Atom:
        parts = self.inside(state, shot), self.used(state, shot), self.wanted.get(shot), self.hand_with(state, shot)
        return (*(part or "" for part in parts), str(self.holds(state, "clean", shot)))


def _found(table: list[tuple[int, str]], state: int) -> str | None:
    for bit, name in table:
        if state & bit:
            return name
    return None
