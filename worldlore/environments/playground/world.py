"""Moments of a playground and what actions do to them. Values and pure functions; no words.

A scene's things keep their places from beginning to end: what is used up leaves a gap, what grows stays in its place.
Actions have the numbers of the published learning agents:

    1 … 25      go to a thing of that code; the lowest place among those that are alike and not held
    26          pick up what one stands on
    27, 28      let go of what is in the first or second slot; slots are by name, then by place
    29          let go of everything

`allowed` is the published list, likenesses repeated. There is no free drop: letting go is possible only where
something grows of it, and what has grown lies underfoot. Where all that is left is in one's hands, nothing is allowed.
"""

from __future__ import annotations

from typing import NamedTuple

from worldlore.environments.playground.rules import Rules
from worldlore.environments.playground.things import CATEGORY, GROWN, RANK, WATER_CODE, type_of

GRASP, FIRST, SECOND, ALL = 26, 27, 28, 29
"""Actions that are no going."""
ACTIONS = 30
"""Actions are less than this."""
KINDS = ("nothing", "standing", "holding1", "holding2", "transformP", "transformSH", "transformBH")
"""Sorts of change by their published numbers; "nothing" never happens."""
TRANSFORM = {"plant": "transformP", "small_herbivorous": "transformSH", "big_herbivorous": "transformBH"}
"""Category of what has grown -> the sort of change."""
_CAPACITY = 2


class State(NamedTuple):
    """A moment."""

    codes: tuple[int, ...]
    """Place -> the thing; 0 where it is used up."""
    held: tuple[int, ...]
    """Places of the things in the inventory, rising."""
    on: int
    """Place of what one stands on; -1 for nothing."""


class Change(NamedTuple):
    """What an action brought about."""

    kind: str
    """One of KINDS."""
    codes: tuple[int, ...]
    """The things it is told of; of two in the inventory, the one held before comes first."""


def slots(state: State) -> list[int]:
    """Places of what is held, in the order of the slots."""
    return sorted(state.held, key=lambda place: (RANK[state.codes[place]], place))


def around(state: State) -> list[int]:
    """Places of what is not held."""
    return [place for place, code in enumerate(state.codes) if code and place not in state.held]


def allowed(state: State, rules: Rules) -> list[int]:
    """The actions that are possible, in the published order; what is there twice is listed twice."""
    codes, held, on = state
    actions = [GRASP] if on >= 0 and len(held) < _CAPACITY else []
    actions += [codes[place] for place in around(state)]
    return actions + _releases(state, rules) if on >= 0 and held else actions


def _releases(state: State, rules: Rules) -> list[int]:
    codes, held, on = state
    actions: list[int] = []
    names = [codes[place] for place in slots(state)]
    for place in held:
        if (codes[on], codes[place]) in rules.grows:
            action = FIRST + names.index(codes[place])
            if codes[place] != WATER_CODE or action not in actions:  # as published: waters count once, others each
                actions.append(action)
    if len(held) == _CAPACITY and (codes[on], *(codes[place] for place in held)) in rules.grows:
        actions.append(ALL)
    return actions


def act(state: State, action: int, rules: Rules) -> tuple[State, Change]:
    """What an action that is allowed leads to."""
    codes, held, on = state
    if action < GRASP:
        place = next(place for place in around(state) if codes[place] == action)
        return State(codes, held, place), Change("standing", (action,))
    if action == GRASP:
        before = tuple(codes[place] for place in held)
        kind = "holding2" if held else "holding1"
        return State(codes, tuple(sorted((*held, on))), -1), Change(kind, (*before, codes[on]))
    given = held if action == ALL else (slots(state)[action - FIRST],)
    return _grow(state, given, rules)


def _grow(state: State, given: tuple[int, ...], rules: Rules) -> tuple[State, Change]:
    together = (state.on, *given)
    place = together[rules.grows[tuple(state.codes[p] for p in together)]]
    codes = list(state.codes)
    for used in together:
        codes[used] = 0
    code = codes[place] = state.codes[place] + GROWN
    held = tuple(p for p in state.held if p not in given)
    return State(tuple(codes), held, place), Change(TRANSFORM[CATEGORY[type_of(code)]], (code,))
