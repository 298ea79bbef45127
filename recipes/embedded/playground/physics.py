"""Worlds to learn from, and moments in them: more than the playground allows, so that a theory has something to tell.

In the playground itself a thing can be let go of only where something grows of it, and of what is brought together only
one thing is young. Who knew that would foresee every change and need no theory. So here everything may be let go of
on everything, and what needs something else stays as it is ("You are standing on the …"). The mechanics, too, hold in
most of these worlds only. What a theory does not tell is therefore uncertain, and what it tells makes a difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations
from random import Random

from worldlore.environments.playground import PUBLISHED, Recipe, Rules, State, hidden
from worldlore.environments.playground.language import Wording, action_text, state_text
from worldlore.environments.playground.things import (
    CATEGORIES,
    CATEGORY,
    GROWN,
    MEMBERS,
    TYPES,
    WATER,
    WATER_CODE,
    YOUNG_CODE,
    grown,
    type_of,
)
from worldlore.environments.playground.world import ALL, FIRST, GRASP, TRANSFORM, Change, slots
from worldlore.experience import Transition

FIRST_WORLD = 10**9
"""Seeds of the random worlds to learn from begin here, beyond those of every split."""
WITHHELD = 100
"""The playground's own worlds 0 to 99, like the published one, are not among the worlds to learn from."""
HOLDS = 0.9
"""Share of the worlds in which one of the mechanics holds."""
_OWN = 0.5
_ONE = 0.6
_EXCEPTIONS = (0, 0, 0, 1, 1, 2)
_ATTEMPTS = 0.75
_RIGHT = 0.4
_TOLD = 0.25
_UNTOLD = 0.15


@dataclass(frozen=True)
class Physics:
    """What is true of a world."""

    rules: Rules
    """What makes what grow."""
    holds: tuple[bool, bool, bool]
    """Of the mechanics: one stands where one goes, what is lifted comes last in the inventory, things grow."""
    wording: Wording
    """How changes are told."""

    def change(self, state: State, action: int) -> Change:
        """What an action leads to; all that a hand can do is possible."""
        stands, lifts, _ = self.holds
        if action < GRASP:
            return Change("standing", (action,) if stands else ())
        if action == GRASP:
            return self._lifted(state) if lifts or state.held else Change("standing", (state.codes[state.on],))
        given = state.held if action == ALL else (slots(state)[action - FIRST],)
        together = [state.codes[place] for place in (state.on, *given)]
        young = self._growing(together)
        if young is None:
            return Change("standing", (together[0],))
        return Change(TRANSFORM[CATEGORY[type_of(young)]], (young + GROWN,))

    def tell(self, state: State, action: int) -> Transition:
        """The same in words."""
        change = self.change(state, action)
        return Transition(state_text(state), action_text(action, state), self.wording.change(change), change.kind)

    def _lifted(self, state: State) -> Change:
        codes = (*(state.codes[place] for place in state.held), state.codes[state.on])
        return Change(f"holding{len(codes)}", codes if self.holds[1] else codes[::-1])

    def _growing(self, together: Sequence[int]) -> int | None:
        for place, code in enumerate(together):
            if self.holds[2] and code < GROWN:
                others = [*together[:place], *together[place + 1 :]]
                if _meets(self.rules.needs[type_of(code)], others):
                    return code
        return None


def _meets(needs: Sequence[str], given: Sequence[int]) -> bool:
    if len(needs) != len(given):
        return False
    return any(
        all(code in grown(need) for code, need in zip(order, needs, strict=True)) for order in permutations(given)
    )


def draw(rng: Random, wording: Wording) -> Physics:
    """A world to learn from."""
    stands, lifts, grows = (rng.random() < HOLDS for _ in range(3))
    return Physics(rules(rng), (stands, lifts, grows), wording)


def simple(rng: Random) -> Rules:
    """Rules by which all grows of one supply; no withheld ones."""
    while True:
        subjects = [*CATEGORIES, *rng.sample(TYPES, rng.choice((0, 1, 2)))]
        found = Rules(tuple(Recipe(subject, (_supply(rng),)) for subject in subjects))
        if not _is_withheld(found):
            return found


def rules(rng: Random) -> Rules:
    """Rules as the playground draws them, or any that a grammar of theories can tell; no withheld ones."""
    while True:
        found = hidden.draw(FIRST_WORLD + rng.getrandbits(30)) if rng.random() < _OWN else _any(rng)
        if not _is_withheld(found):
            return found


def _is_withheld(found: Rules) -> bool:
    return tuple(found.needs.items()) in _withheld()


@lru_cache
def _withheld() -> frozenset[tuple[tuple[str, tuple[str, ...]], ...]]:
    return frozenset(tuple(r.needs.items()) for r in (PUBLISHED, *map(hidden.draw, range(WITHHELD))))


def _any(rng: Random) -> Rules:
    subjects = [*CATEGORIES, *rng.sample(TYPES, rng.choice(_EXCEPTIONS))]
    return Rules(tuple(Recipe(subject, supplies(rng)) for subject in subjects))


def supplies(rng: Random) -> tuple[str, ...]:
    """What something might need."""
    first = _supply(rng)
    if rng.random() < _ONE:
        return (first,)
    return (first, first if rng.random() < 0.3 else _supply(rng))


def _supply(rng: Random) -> str:
    name = rng.choice((WATER, *CATEGORIES))
    return rng.choice(MEMBERS[name]) if rng.random() < 0.25 else name


def moment(rng: Random, world: Physics, told: Sequence[Recipe]) -> Transition:
    """Something that happens: something is given, in more than half, or one goes somewhere, or lifts something."""
    if rng.random() < _ATTEMPTS:
        return world.tell(*_attempt(rng, world.rules, told))
    codes = _things(rng, 2 + _others(rng, 6))
    places = rng.sample(range(len(codes)), min(rng.choice((0, 0, 1, 1, 2)), len(codes) - 1))
    around = [place for place in range(len(codes)) if place not in places]
    if rng.random() < 0.5:
        on = rng.choice((-1, *around))
        return world.tell(State(codes, tuple(sorted(places)), on), codes[rng.choice(around)])
    return world.tell(State(codes, tuple(sorted(places[:1])), rng.choice(around)), GRASP)


def given(rng: Random, world: Physics, told: Sequence[Recipe]) -> Transition:
    """Something that is told of is given something, right or wrong."""
    kind = rng.choice(MEMBERS[rng.choice(told).subject])
    [need] = world.rules.needs[kind] if rng.random() < 0.35 else (_supply(rng),)
    return world.tell(*_laid(rng, [YOUNG_CODE[kind], _grown(rng, need)]))


def _attempt(rng: Random, true: Rules, told: Sequence[Recipe]) -> tuple[State, int]:
    """Something is let go of; in the right way, as a theory tells it, or in any other way.

    In the right way seldom where nothing is told: of things brought together at random, few grow.
    """
    recipe = rng.choice(true.recipes)
    kind = rng.choice(MEMBERS[recipe.subject])
    lot, needs = rng.random(), true.needs[kind]
    right = _TOLD + _RIGHT if {kind, CATEGORY[kind]} & {known.subject for known in told} else _UNTOLD
    if lot < _TOLD and told:
        recipe = rng.choice(told)
        kind, needs = rng.choice(MEMBERS[recipe.subject]), recipe.supplies
    elif lot > right:
        needs = _otherwise(rng, needs, true)
    given = [_grown(rng, need) for need in needs]
    if rng.random() < 0.03:
        given[0] = rng.choice(tuple(YOUNG_CODE.values()))
    return _laid(rng, [YOUNG_CODE[kind], *given])


def _otherwise(rng: Random, needs: tuple[str, ...], true: Rules) -> tuple[str, ...]:
    lot = rng.random()
    if lot < 0.3:
        return rng.choice(true.recipes).supplies
    if lot < 0.6:
        return supplies(rng)
    if lot < 0.8:
        return needs[:1] if len(needs) == 2 else (needs[0], _supply(rng))
    return (*needs[1:], _supply(rng))


def _laid(rng: Random, together: list[int]) -> tuple[State, int]:
    """A room where these are about to come together: the first of them, or one of the others, lies underfoot."""
    spare = together[1:]
    if rng.random() < 0.5:
        rng.shuffle(together)
    held = together[1:]
    if len(held) == 1 and rng.random() < 0.35:
        held += _things(rng, 1)
    codes = [together[0], *held, *_things(rng, _others(rng, 8 - len(held) - 1))]
    order = list(range(len(codes)))
    rng.shuffle(order)
    places = {old: new for new, old in enumerate(order)}
    state = State(tuple(codes[old] for old in order), tuple(sorted(places[i + 1] for i in range(len(held)))), places[0])
    if len(spare) == 2:
        return state, ALL
    return state, FIRST + [state.codes[place] for place in slots(state)].index(together[1])


def _others(rng: Random, most: int) -> int:
    """How many other things there are: few mostly, which is enough to learn from."""
    return rng.randint(0, most) if rng.random() < 0.2 else rng.randint(0, 1)


def _things(rng: Random, count: int) -> tuple[int, ...]:
    return tuple(_thing(rng) for _ in range(count))


def _thing(rng: Random) -> int:
    lot = rng.random()
    if lot < 0.25:
        return WATER_CODE
    return YOUNG_CODE[rng.choice(MEMBERS[rng.choice(tuple(CATEGORIES))])] + (GROWN if lot > 0.7 else 0)


def _grown(rng: Random, supply: str) -> int:
    return rng.choice(sorted(grown(supply)))
