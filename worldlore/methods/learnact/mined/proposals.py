"""Which patterns are worth weighing: what anti-unification makes of stretches of calls that resemble each other.

    sequences   two stretches with the same calls
    runs        the same, a run of equal calls taken for one loop
    loops       two regions in which a group of calls comes again and again, with the same calls between or none
    guards      two stretches of which one lacks a call, where what was seen before tells which; alone and as a loop

Proposals are many and careless; whether one is kept is decided by `compression.py` alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

from worldlore.methods.learnact.mined.corpus import Call
from worldlore.methods.learnact.mined.generalising import Group, Stretch, anti_unified, single
from worldlore.methods.learnact.mined.guards import guarded
from worldlore.methods.learnact.mined.patterns import Body, Each, Var, replaced, variables

PAIRS = 60
"""Pairs of stretches with the same calls that are looked at, those furthest apart in the corpus first."""


@dataclass(frozen=True, slots=True)
class Item:
    """A call of a trajectory, in the fewest actions known so far."""

    call: Call
    """What is called."""
    seen: str
    """What was seen before it."""


Line = tuple[Item, ...]


def proposals(lines: Sequence[Line], longest: int, loops: bool, guards: bool) -> Iterator[Body]:
    """Bodies of actions, each once."""
    found = _sequences(lines, longest)
    if loops:
        found = (*found, *_runs(lines, longest), *_loops(lines, longest))
    if guards:
        found = (*found, *_guards(lines, min(longest, 4)))
    yield from dict.fromkeys(found)


def _sequences(lines: Sequence[Line], longest: int) -> tuple[Body, ...]:
    plain = [[single(item.call) for item in line] for line in lines]
    return tuple(_generalised(_windows(plain, 2, longest)))


def _runs(lines: Sequence[Line], longest: int) -> tuple[Body, ...]:
    return tuple(_generalised(_windows([_folded(line) for line in lines], 1, longest)))


def _folded(line: Line) -> list[Group]:
    """The line with runs of calls of one function as groups."""
    groups: list[list[Call]] = []
    for item in line:
        if groups and groups[-1][-1].name == item.call.name:
            groups[-1].append(item.call)
        else:
            groups.append([item.call])
    return [Group(tuple((call,) for call in group)) for group in groups]


def _windows(lines: Sequence[Sequence[Group]], shortest: int, longest: int) -> Iterator[Stretch]:
    for line in lines:
        for start in range(len(line)):
            for size in range(shortest, min(longest, len(line) - start) + 1):
                yield tuple(line[start : start + size])


def _generalised(stretches: Iterable[Stretch]) -> Iterator[Body]:
    """The patterns of pairs of stretches with the same calls."""
    alike: defaultdict[tuple[object, ...], list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        alike[tuple(group.names for group in stretch)].append(stretch)
    for group in alike.values():
        for left, right in _pairs(list(dict.fromkeys(group))):
            body = anti_unified(left, right)
            if body is not None:
                yield body


def _pairs(group: Sequence[Stretch]) -> Iterator[tuple[Stretch, Stretch]]:
    by_distance = sorted(combinations(range(len(group)), 2), key=lambda pair: (pair[0] - pair[1], pair))
    return ((group[a], group[b]) for a, b in islice(by_distance, PAIRS))


def _loops(lines: Sequence[Line], longest: int) -> tuple[Body, ...]:
    """Regions with rounds, paired with one another and with single rounds elsewhere."""
    calls = [[item.call for item in line] for line in lines]
    regions = [region for line in calls for region in _regions(line, min(longest, 4))]
    rounds = [
        (Group((tuple(line[k : k + n]),)),) for line in calls for n in range(1, 4) for k in range(len(line) - n + 1)
    ]
    alike: defaultdict[tuple[str, ...], list[Stretch]] = defaultdict(list)
    for stretch in (*((region,) for region in regions), *rounds):
        alike[stretch[0].names[0]].append(stretch)
    found: list[Body] = []
    for region in regions:
        others = list(dict.fromkeys(alike[region.names[0]]))
        bodies = (anti_unified((region,), other) for other in islice(reversed(others), PAIRS))
        found += [body for body in bodies if body is not None]
    return tuple(found)


def _regions(line: Sequence[Call], longest: int) -> Iterator[Group]:
    """Where a stretch of `period` calls comes at least twice, its last part perhaps left out at the end."""
    for period in range(1, longest + 1):
        for between in range(period):
            for start in range(len(line)):
                group = _region(line, start, period, between)
                if group is not None and len(group.rounds) > 1:
                    yield group


def _region(line: Sequence[Call], start: int, period: int, between: int) -> Group | None:
    """Rounds of `period - between` calls from `start` on, as long as what is between them stays the same."""
    size = period - between
    first = tuple(line[start : start + size])
    joint = tuple(line[start + size : start + period])
    names = [call.name for call in first]
    rounds = [first]
    at = start + period
    while tuple(line[at - between : at]) == joint and [call.name for call in line[at : at + size]] == names:
        rounds.append(tuple(line[at : at + size]))
        at += period
    return Group(tuple(rounds), joint) if len(first) == size else None


def _guards(lines: Sequence[Line], longest: int) -> tuple[Body, ...]:
    """Stretches with one call more than others have in the same place."""
    found: defaultdict[tuple[str, ...], list[Line]] = defaultdict(list)
    for line in lines:
        for start in range(len(line)):
            for size in range(1, min(longest, len(line) - start) + 1):
                stretch = line[start : start + size]
                found[tuple(item.call.name for item in stretch)].append(line[start : start + size + 1])
    bodies: list[Body] = []
    for names, longer in found.items():
        for gap in range(1, len(names)):
            shorter = found.get(names[:gap] + names[gap + 1 :], [])
            body = guarded(longer, shorter, gap, len(names))
            if body is not None:
                bodies += [body, *_looped(body)]
    return tuple(bodies)


def _looped(body: Body) -> Iterator[Body]:
    """A body about one word, done for each word of a list."""
    words = variables(body)
    if len(words) == 1 and not words[0].many:
        one = Var("each1")
        yield (Each(((one, Var("x0", many=True)),), replaced(body, {words[0].name: one})),)
