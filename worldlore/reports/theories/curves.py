"""Figures along the collections of a search: one curve a run, the mean over its learning seeds.

The band is one standard deviation over the seeds to either side, as in the published figures, but ends where the seeds
do: it holds no value that there cannot be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

from worldlore.reports.chart import Chart, Curve, Reference, thinned
from worldlore.reports.figures import Figure, figure
from worldlore.reports.theories.search import Search, kinds, said

ACROSS = "collection"
Series = Mapping[float, float]
"""Collection -> value."""


@dataclass(frozen=True, slots=True)
class Group:
    """Figures that belong together."""

    title: str
    """What they show."""
    note: str
    """How to read them."""
    figures: tuple[Figure, ...]
    """One a panel."""


def groups(found: Sequence[Search]) -> list[Group]:
    """All figures there is something to draw in."""
    drawn = [_likelihood(found), _seen(found), _search(found), _rewards(found)]
    return [group for group in drawn if group.figures]


def _likelihood(found: Sequence[Search]) -> Group:
    figures = [
        figure(_LIKELIHOOD.get(kind, ""), chart)
        for kind in ("all", *kinds(found))
        if (chart := panel(_title(kind), found, lambda s, kind=kind: _curve(s, kind), levels(found, kind)))
    ]
    note = (
        "Mean log-probability (nats) of what happens in held-out episodes under the best theory so far, by what "
        "changes. Before the first collection there is no theory; higher is better."
    )
    return Group("How well theories foretell", note + _spread(found), tuple(figures))


_LIKELIHOOD = {"all": "every transition counts the same"}


def _seen(found: Sequence[Search]) -> Group:
    figures = [
        figure("", chart)
        for kind in kinds(found)
        if (chart := panel(_headed(kind), found, lambda s, kind=kind: _cumulated(s, kind)))
    ]
    return Group("What was seen", "Transitions of each sort so far." + _spread(found), tuple(figures))


def _search(found: Sequence[Search]) -> Group:
    drawn = [
        ("Acceptance", "share of the proposals that were moved to", lambda s: _series(s, "acceptance")),
        ("Effective sample size", "of the weights of the theories held", lambda s: _series(s, "ess")),
        ("Different theories", "among those that are held", lambda s: _series(s, "distinct")),
        ("Belief in the best theory", "its probability", _trust),
    ]
    figures = [figure(note, chart) for title, note, of in drawn if (chart := panel(title, found, of))]
    return Group("How the search went", "Of each collection." + _spread(found), tuple(figures))


def _rewards(found: Sequence[Search]) -> Group:
    learners = [search for search in found if search.explorer]
    figures = [
        figure("", chart)
        for kind in kinds(learners)
        if (chart := panel(_headed(kind), learners, lambda s, kind=kind: _reward(s, kind)))
    ]
    rewards = dict.fromkeys(f"{search.name} learns from {search.explorer!r}" for search in learners)
    note = f"Mean reward of a step, by what it changed. {'; '.join(rewards)}; different rewards have no common scale."
    return Group("What was worth seeing", note, tuple(figures))


def panel(
    title: str, found: Sequence[Search], of: Callable[[Search], Series], references: Iterable[Reference] = ()
) -> Chart | None:
    """One curve a run of what `of` tells of its searches; None where it tells nothing."""
    by_run: dict[int, list[tuple[Search, Series]]] = {}
    for search in found:
        series = {x: round(y, 9) for x, y in of(search).items() if math.isfinite(y)}
        if series:
            by_run.setdefault(search.run, []).append((search, series))
    curves = tuple(_mean(run, told[0][0].name, [series for _, series in told]) for run, told in by_run.items())
    return Chart(title, ACROSS, curves, tuple(references)) if curves else None


def levels(found: Sequence[Search], kind: str) -> list[Reference]:
    """What no theory and the true one are worth, where all runs agree on it to a hundredth."""
    drawn: list[Reference] = []
    for name, label in (("none", "no theory"), ("true", "true theory")):
        by_run: dict[int, list[float]] = {}
        for search in found:
            value = search.measured.get("heldout", {}).get(name, {}).get("loglik", {}).get(kind)
            if value is not None:
                by_run.setdefault(search.run, []).append(float(value))
        means = [fmean(values) for values in by_run.values()]
        if means and max(means) - min(means) < 0.01:
            drawn.append(Reference(label, fmean(means), name))
    return drawn


def _mean(run: int, label: str, given: Sequence[Series]) -> Curve:
    at = {x: [series[x] for series in given if x in series] for x in sorted({x for series in given for x in series})}
    points = thinned([(x, fmean(ys)) for x, ys in at.items()])
    if len(given) == 1:
        return Curve(run, label, tuple(points))
    spread = {x: stdev(ys) if len(ys) > 1 else 0.0 for x, ys in at.items()}
    band = tuple((x, max(min(at[x]), y - spread[x]), min(max(at[x]), y + spread[x])) for x, y in points)
    return Curve(run, label, tuple(points), band)


def _title(kind: str) -> str:
    return "All transitions" if kind == "all" else _headed(kind)


def _headed(kind: str) -> str:
    words = said(kind)
    return words[:1].upper() + words[1:]


def _spread(found: Sequence[Search]) -> str:
    several = len({(search.run, search.seed) for search in found}) > len({search.run for search in found})
    return " Lines are means over learning seeds; bands, one standard deviation of them." if several else ""


def _curve(search: Search, kind: str) -> Series:
    return {float(i): means[kind] for i, means in enumerate(search.measured.get("curve", [])) if kind in means}


def _cumulated(search: Search, kind: str) -> Series:
    total, found = 0, dict[float, float]()
    for collection, counts in search.over_time("kinds").items():
        total += counts.get(kind, 0)
        found[collection + 1] = total
    return found if total else {}


def _series(search: Search, key: str) -> Series:
    return {collection + 1: float(value) for collection, value in search.over_time(key).items()}


def _trust(search: Search) -> Series:
    told = {
        r["collection"] + 1: [t["probability"] for t in r["theories"] if t["text"] == r["best"]] for r in search.records
    }
    return {collection: sum(shares) for collection, shares in told.items()}


def _reward(search: Search, kind: str) -> Series:
    told = search.over_time("explorer")
    return {c + 1: float(record["kinds"][kind]) for c, record in told.items() if kind in record.get("kinds", {})}
