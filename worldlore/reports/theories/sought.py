"""What those who gathered evidence went for: how often each sort of change was seen early and late, and its reward."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TypeVar

from worldlore.reports.theories.search import Search, kinds, said

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sought:
    """One sort of change, in the searches of one run; means over learning seeds."""

    run: int
    """Place of the run in the report."""
    kind: str
    """In words."""
    count: float
    """How often it was seen."""
    early: float
    """How many of a thousand transitions were such in the first third of the collections."""
    late: float
    """In the last third."""
    first: float | None
    """The collection in which it was first seen, from 1; None where no seed saw it."""
    missed: int
    """Seeds that never saw it."""
    reward: tuple[float, float] | None
    """Mean reward of a step that brought it, in the first third and in the last; None where nobody was rewarded."""
    step: tuple[float, float] | None
    """The step of an episode that first brought it, likewise."""


def sought(found: Sequence[Search]) -> list[Sought]:
    """A row a run and a sort of change, the most frequent first."""
    logged = [search for search in found if search.records]
    names = kinds(logged)
    by_run = {run: [search for search in logged if search.run == run] for run in dict.fromkeys(s.run for s in logged)}
    return [_row(run, kind, of) for run, of in by_run.items() for kind in names]


def _row(run: int, kind: str, of: Sequence[Search]) -> Sought:
    firsts = [first for search in of if (first := _first(search, kind)) is not None]
    return Sought(
        run,
        said(kind),
        fmean(sum(counts.get(kind, 0) for counts in search.over_time("kinds").values()) for search in of),
        fmean(_share(search, kind)[0] for search in of),
        fmean(_share(search, kind)[1] for search in of),
        fmean(firsts) if firsts else None,
        len(of) - len(firsts),
        _explored(of, "kinds", kind),
        _explored(of, "first", kind),
    )


def _first(search: Search, kind: str) -> int | None:
    return next((number + 1 for number, counts in search.over_time("kinds").items() if counts.get(kind)), None)


def _share(search: Search, kind: str) -> tuple[float, float]:
    """Of a thousand, early and late."""
    counts = list(search.over_time("kinds").values())
    shares: list[float] = []
    for part in _thirds(counts):
        total = sum(sum(one.values()) for one in part)
        shares.append(1000 * sum(one.get(kind, 0) for one in part) / max(1, total))
    return shares[0], shares[1]


def _explored(of: Sequence[Search], key: str, kind: str) -> tuple[float, float] | None:
    """What explorers noted under a key of a sort of change, early and late; means over those who noted it."""
    told = [[r[key][kind] for r in search.over_time("explorer").values() if kind in r.get(key, {})] for search in of]
    parts = [_thirds(values) for values in told if values]
    if not parts:
        return None
    return fmean(fmean(early) for early, _ in parts), fmean(fmean(late) for _, late in parts)


def _thirds(given: Sequence[T]) -> tuple[Sequence[T], Sequence[T]]:
    size = max(1, len(given) // 3)
    return given[:size], given[-size:]
