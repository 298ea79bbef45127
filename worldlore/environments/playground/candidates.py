"""The changes that might be told of a moment, for ranking the true one among them.

As published: standing on nothing, on each thing; holding each, and each two in both orders; and each thing that could
grow with what is in the scene, water not looked at. Where the rules are hidden ones, everything young is listed, for
what is left out would tell them. Each sentence comes once, in alphabetical order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import permutations

from worldlore.environments.playground.language import WORDINGS, Wording
from worldlore.environments.playground.rules import PUBLISHED, Rules
from worldlore.environments.playground.things import CATEGORY, GROWN, WATER, grown, type_of
from worldlore.environments.playground.world import TRANSFORM, Change, State, act, allowed


@dataclass(frozen=True, slots=True)
class Candidate:
    """One change that might be told."""

    text: str
    """As a sentence."""
    kind: str
    """Its sort."""
    possible: bool
    """Some action that is possible now leads to it."""


def candidates(
    state: State, rules: Rules = PUBLISHED, wording: Wording = WORDINGS["published"]
) -> tuple[Candidate, ...]:
    """All of them; the change that any possible action brings is among them."""
    real = {wording.change(act(state, action, rules)[1]) for action in set(allowed(state, rules))}
    told = {wording.change(change): change.kind for change in _imagined(state, rules)}
    return tuple(Candidate(text, told[text], text in real) for text in sorted(told))


def _imagined(state: State, rules: Rules) -> Iterator[Change]:
    things = [code for code in state.codes if code]
    yield Change("standing", ())
    for code in things:
        yield Change("standing", (code,))
        yield Change("holding1", (code,))
    for pair in permutations(things, 2):
        yield Change("holding2", pair)
    for code in things:
        if code < GROWN and (rules != PUBLISHED or _fed(code, things, rules)):
            yield Change(TRANSFORM[CATEGORY[type_of(code)]], (code + GROWN,))


def _fed(code: int, things: list[int], rules: Rules) -> bool:
    """Whether the scene has what a young thing needs, water taken as given."""
    needs = Counter(supply for supply in rules.needs[type_of(code)] if supply != WATER)
    return all(sum(thing in grown(supply) for thing in things) >= count for supply, count in needs.items())
