"""Pairs: of one task, a course to follow and one to compare it with.

wkm    the expert's success and the agent's own try, whatever came of it: where both succeed, the expert's course
       is mostly the shorter one and still teaches (WKM, section 3.1)
eto    ties are dropped, the better one is to be followed whoever played it, and the worse is cut to at most five
       steps more than the better (ETO's pairs, as WKM's data has them)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from worldlore.experience import Trajectory
from worldlore.methods.wkm.released import Told

BEYOND = 5
"""Steps a rejected course may have more than the chosen one, in pairs of the second sort."""
Way = Literal["wkm", "eto"]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two courses of one task."""

    chosen: Trajectory
    """To be followed."""
    rejected: Trajectory | None = None
    """To be compared with it; None where there is none."""
    told: Told | None = None
    """What the file it comes from knows of the chosen one; None where it comes from none."""


def paired(expert: Sequence[Trajectory], own: Mapping[str, Trajectory], way: Way = "wkm") -> list[Pair]:
    """The expert's successes with the agent's own tries, found by the key of their task."""
    return kept([Pair(win, own.get(win.task.key)) for win in expert if win.success], way)


def kept(pairs: Iterable[Pair], way: Way) -> list[Pair]:
    """The pairs of one of the two sorts."""
    return list(pairs) if way == "wkm" else [better for pair in pairs if (better := _ranked(pair)) is not None]


def _ranked(pair: Pair) -> Pair | None:
    rejected = pair.rejected
    if rejected is None or rejected.score is None or rejected.score == pair.chosen.score:
        return None
    good, bad = sorted((pair.chosen, rejected), key=lambda t: -(t.score or 0.0))
    return Pair(good, _cut(bad, len(good.steps) + BEYOND), pair.told if good is pair.chosen else None)


def _cut(course: Trajectory, most: int) -> Trajectory:
    """Its first steps, and what was seen then."""
    if len(course.steps) <= most:
        return course
    return replace(course, steps=course.steps[:most], final=course.steps[most].observation)
