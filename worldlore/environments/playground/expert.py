"""The oracle: the next action towards any goal, by one who knows the rules and sees everything.

In play from the beginning it follows the published scripted plan (4 actions for a plant, 7 for a small herbivore, 19
for a small and a big one): each supply is grown where it is needed and carried at once, the last of those alike first.
Where the script does not lead to the goal, after a detour or under other rules, it looks for the shortest way. It is a
function of the moment; None means that no way was found, which after useless things were picked up is the rule: there
is no free drop.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import count

from worldlore.environments.playground.goals import Goal, Wish
from worldlore.environments.playground.rules import Rules
from worldlore.environments.playground.things import MEMBERS, TYPES, WATER, grown, type_of, young
from worldlore.environments.playground.world import ALL, FIRST, GRASP, State, act, allowed, around, slots

_SEARCHED = 20_000
"""Moments looked at before the search gives up."""


def advise(state: State, wishes: Goal, rules: Rules, first: bool = False) -> int | None:
    """The next action; `wishes` are those still open. What one begins on does not count, as in the published plan."""
    return _advise(state._replace(on=-1) if first else state, wishes, rules)


@lru_cache(maxsize=65536)
def _advise(state: State, wishes: Goal, rules: Rules) -> int | None:
    plan = script(state, wishes, rules) or search(state, wishes, rules)
    return plan[0] if plan else None


class _Stuck(Exception):
    """The script does not lead on."""


def script(state: State, wishes: Goal, rules: Rules) -> list[int]:
    """The plan of actions, growing and carrying one thing after another; empty where that does not lead to the goal."""
    plan = _Plan(state, rules)
    try:
        for wish in wishes:
            plan.fulfil(wish)
    except _Stuck:
        return []
    return plan.actions


class _Plan:
    """Actions so far, and the moment they lead to."""

    def __init__(self, state: State, rules: Rules, actions: Sequence[int] = ()) -> None:
        self.state, self.rules, self.actions = state, rules, list(actions)

    def fulfil(self, wish: Wish) -> None:
        if wish.verb == "grow":
            self._grow(young(wish.name), ())
        else:
            self._take(self._any(young(wish.name) | grown(wish.name)))

    def _do(self, action: int) -> None:
        self.actions.append(action)
        self.state, _ = act(self.state, action, self.rules)

    def _around(self, codes: frozenset[int]) -> list[int]:
        """Places of such things, the best first: where one stands, then the last."""
        places = [place for place in around(self.state) if self.state.codes[place] in codes]
        return sorted(places, key=lambda place: (place != self.state.on, -place))

    def _any(self, codes: frozenset[int]) -> int:
        places = self._around(codes)
        if not places:
            raise _Stuck
        return places[0]

    def _reach(self, place: int) -> None:
        code = self.state.codes[place]
        if self.state.on < 0 or self.state.codes[self.state.on] != code:
            self._do(code)

    def _take(self, place: int) -> int:
        self._reach(place)
        if len(self.state.held) == 2:
            raise _Stuck
        taken = self.state.on
        self._do(GRASP)
        return taken

    def _hold(self, supply: str, kept: Sequence[int]) -> int:
        """Have a supply in hand, besides what is kept for something else; its place."""
        fitting = grown(supply)
        for place in self.state.held:
            if place not in kept and self.state.codes[place] in fitting:
                return place
        if not self._around(fitting):
            self._grow(_young(supply), kept)
        return self._take(self._any(fitting))

    def _grow(self, codes: frozenset[int], kept: Sequence[int]) -> None:
        """Have one of these grown, underfoot."""
        for place in self._around(codes):
            draft = _Plan(self.state, self.rules, self.actions)
            try:
                draft._feed(place, kept)
            except _Stuck:
                continue
            self.state, self.actions = draft.state, draft.actions
            return
        raise _Stuck

    def _feed(self, place: int, kept: Sequence[int]) -> None:
        needs, given = self.rules.needs[type_of(self.state.codes[place])], list[int]()
        for supply in dict.fromkeys(needs):
            while _wide(self.rules, supply) and len(self._around(grown(supply))) < needs.count(supply):
                self._grow(_young(supply), kept)  # growing it takes both hands, so it comes before carrying
        for supply in needs:
            given.append(self._hold(supply, (*kept, *given)))
        self._reach(place)
        self._release(given)

    def _release(self, given: Sequence[int]) -> None:
        names = [self.state.codes[place] for place in slots(self.state)]
        action = ALL if len(given) == 2 else FIRST + names.index(self.state.codes[given[0]])
        if action not in allowed(self.state, self.rules):
            raise _Stuck
        self._do(action)


def _young(supply: str) -> frozenset[int]:
    return frozenset() if supply == WATER else young(supply)


def _wide(rules: Rules, supply: str) -> bool:
    """Whether having a supply can take both hands, for it or for something it needs."""
    kinds = [kind for kind in MEMBERS[supply] if kind in TYPES]
    return any(len(rules.needs[kind]) == 2 or any(_wide(rules, s) for s in rules.needs[kind]) for kind in kinds)


def search(state: State, wishes: Goal, rules: Rules) -> list[int]:
    """A shortest plan of actions; empty where there is none, or none was found soon enough."""
    order, seen = count(), set[object]()
    queue: list[tuple[int, int, State, Goal, tuple[int, ...]]] = [(0, next(order), state, wishes, ())]
    while queue and len(seen) < _SEARCHED:
        cost, _, state, wishes, plan = heapq.heappop(queue)
        if not wishes:
            return list(plan)
        key = (_alike(state), wishes)
        if key not in seen:
            seen.add(key)
            for actions, after, left in _onward(state, wishes, rules):
                heapq.heappush(queue, (cost + len(actions), next(order), after, left, plan + actions))
    return []


def _alike(state: State) -> object:
    """What two moments share that differ only in the places of things."""
    codes, held, on = state
    return (
        tuple(sorted(codes[place] for place in around(state))),
        tuple(sorted(codes[p] for p in held)),
        codes[on] if on >= 0 else 0,
    )


def _onward(state: State, wishes: Goal, rules: Rules) -> Iterator[tuple[tuple[int, ...], State, Goal]]:
    """What can be done where one stands, or after going to something: going alone leads nowhere."""
    possible = set(allowed(state, rules))
    here = [((), state)] + [((action,), act(state, action, rules)[0]) for action in possible if action < GRASP]
    for gone, there in here:
        for action in sorted(set(allowed(there, rules))):
            if action >= GRASP:
                after, change = act(there, action, rules)
                yield (*gone, action), after, tuple(w for w in wishes if not w.met(change.kind, change.codes[-1]))
