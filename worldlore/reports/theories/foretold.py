"""What theories foretold: ranks and likelihoods by sort of change with intervals, what they change, and calibration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from worldlore.evaluation.episodes import Metric
from worldlore.evaluation.predictions import (
    TOPS,
    by_theory,
    calibration,
    calibration_error,
    changes,
    measure_outcomes,
    outcomes,
)
from worldlore.evaluation.statistics import Comparison, Outcome
from worldlore.experience import Prediction
from worldlore.reports.base import RunView, labels
from worldlore.reports.chart import Chart, Curve
from worldlore.reports.figures import Figure
from worldlore.reports.theories.search import said

SOURCES = {
    "heldout": "training tasks that no theory was sought on",
    "test": "the tasks of the test",
}
"""Which transitions were foretold, in words."""
TOLD = {"none": "no theory", "best": "best theory", "posterior": "all theories", "true": "true theory"}
"""What the world model was told, in words."""

_FOUND = f"{TOLD['none']} → {TOLD['best']}"
Told = Mapping[str, list[tuple[int, Prediction]]]


@dataclass(frozen=True, slots=True)
class Line:
    """What one run foretold under one theory."""

    run: int | None
    """Place of the run in the report; None for a random order."""
    told: str
    """What the world model was told, in words."""
    cells: tuple[Metric | None, ...]
    """By column."""


@dataclass(frozen=True, slots=True)
class Gain:
    """What it changes to be told another theory."""

    run: int
    """Place of the run in the report."""
    words: str
    """From which to which."""
    cells: tuple[Comparison | None, ...]
    """By column."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """One metric by sort of change."""

    title: str
    """What it measures."""
    note: str
    """How to read it."""
    share: bool
    """Whether it is a share, told in percent; else nats."""
    columns: tuple[tuple[str, int], ...]
    """Sort of change in words, and how many transitions of it there are, all seeds together."""
    lines: tuple[Line, ...]
    """By run and theory."""
    gains: tuple[Gain, ...] = ()
    """What theories change."""


@dataclass(frozen=True, slots=True)
class Lead:
    """What one sentence says about the predictions of a run."""

    run: int
    """Place of the run in the report."""
    ranking: Ranking
    """The metric it speaks of: Top-3 where there are ranks and room for better ones, else the likelihood."""
    told: Mapping[str, Metric]
    """What the world model was told, in words -> the metric over all transitions."""
    change: Comparison | None
    """From no theory to the best one."""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """All that was foretold of some transitions."""

    where: str
    """Which transitions, in words."""
    rankings: tuple[Ranking, ...]
    """Top-1, Top-3, wider ranks, likelihood."""
    calibration: tuple[Figure, ...]
    """A figure a theory."""

    @property
    def leads(self) -> list[Lead]:
        """A sentence a run that was told no theory and a best one."""
        ranking = next((r for r in self.rankings if r.title == "Top-3" and not _saturated(r)), self.rankings[-1])
        found: list[Lead] = []
        for run in dict.fromkeys(line.run for line in ranking.lines if line.run is not None):
            told = {line.told: line.cells[0] for line in ranking.lines if line.run == run and line.cells[0]}
            changes = [gain.cells[0] for gain in ranking.gains if gain.run == run and gain.words == _FOUND]
            if TOLD["none"] in told and TOLD["best"] in told:
                found.append(Lead(run, ranking, told, changes[0] if changes else None))
        return found

    @property
    def count(self) -> int:
        """How many transitions there are, in the run with the most."""
        return self.rankings[-1].columns[0][1]


def _saturated(ranking: Ranking) -> bool:
    """Whether even no theory leaves nothing to be gained."""
    told_none = [line.cells[0] for line in ranking.lines if line.told == TOLD["none"]]
    return all(cell is not None and cell.value == 1 for cell in told_none)


def foreseen(runs: Sequence[RunView]) -> list[Foreseen]:
    """What was foretold of the test's tasks, and of those a method kept back; what there is of them."""
    names, found = labels(runs), list[Foreseen]()
    for source, where in SOURCES.items():
        told = {i: of for i, run in enumerate(runs) if (of := _told(run, source))}
        if told:
            found.append(Foreseen(where, tuple(_rankings(told)), tuple(_calibrations(told, names))))
    return found


def _told(run: RunView, source: str) -> Told:
    found = by_theory((seed, one) for seed in run.seeds for one in run.seed(seed).predictions(source))
    order = [*TOLD, *(theory for theory in found if theory not in TOLD)]
    return {theory: found[theory] for theory in order if theory in found}


def _rankings(told: Mapping[int, Told]) -> Iterator[Ranking]:
    measured = {run: {name: outcomes(found) for name, found in of.items()} for run, of in told.items()}
    kinds = _kinds(told)
    columns = tuple((said(kind), count) for kind, count in kinds.items())
    if any("top1" in of for theories in measured.values() for of in theories.values()):
        for k in (1, 3):
            note = "Share in which what happened is the likeliest candidate."
            note = note if k == 1 else f"Share in which what happened is among the {k} likeliest candidates."
            names = _names(f"top{k}", kinds)
            chance = _random(told, k, kinds)
            if chance.cells[0] and chance.cells[0].value < 1:  # else there are so few candidates that all are right
                lines = (*_lines(measured, names), chance)
                yield Ranking(f"Top-{k}", note, True, columns, lines, tuple(_gains(measured, names)))
        wide = tuple(f"top{k}" for k in TOPS)
        yield Ranking(
            "Other ranks",
            "All transitions together.",
            True,
            tuple((f"Top-{k}", columns[0][1]) for k in TOPS),
            tuple(_lines(measured, wide)),
        )
    names = _names("loglik", kinds)
    note = "Mean log-probability (nats) of what happened; higher is better."
    yield Ranking(
        "Log-likelihood", note, False, columns, tuple(_lines(measured, names)), tuple(_gains(measured, names))
    )


def _kinds(told: Mapping[int, Told]) -> dict[str, int]:
    """Sort of change -> transitions, in the run with the most; "all" first."""
    counts: dict[str, int] = {}
    for of in told.values():
        found = next(iter(of.values()))
        counts["all"] = max(counts.get("all", 0), len(found))
        kinds = [prediction.transition.kind for _, prediction in found if prediction.transition.kind]
        for kind in kinds:
            counts[kind] = max(counts.get(kind, 0), kinds.count(kind))
    return dict(sorted(counts.items(), key=lambda pair: (pair[0] != "all", -pair[1])))


def _names(name: str, kinds: Iterable[str]) -> tuple[str, ...]:
    return tuple(name if kind == "all" else f"{name}/{kind}" for kind in kinds)


def _lines(measured: Mapping[int, Mapping[str, Mapping[str, list[Outcome]]]], names: Sequence[str]) -> Iterator[Line]:
    for run, theories in measured.items():
        for theory, of in theories.items():
            cells = tuple(_metric(name, of[name]) if name in of else None for name in names)
            yield Line(run, TOLD.get(theory, theory), cells)


def _metric(name: str, found: list[Outcome]) -> Metric:
    (metric,) = measure_outcomes({name: found})
    return metric


def _random(told: Mapping[int, Told], k: int, kinds: Iterable[str]) -> Line:
    """What a random order of the candidates is expected to reach."""
    all_of = [p for of in told.values() for _, p in next(iter(of.values())) if p.candidates]
    by_kind = {kind: [p for p in all_of if kind in ("all", p.transition.kind)] for kind in kinds}
    cells = [
        Metric(f"top{k}", fmean(min(1.0, k / len(p.candidates)) for p in of), None, None, len(of)) if of else None
        for of in by_kind.values()
    ]
    return Line(None, "random order", tuple(cells))


def _gains(measured: Mapping[int, Mapping[str, Mapping[str, list[Outcome]]]], names: Sequence[str]) -> Iterator[Gain]:
    for run, of in measured.items():
        for before, after in (("none", "best"), ("none", "posterior"), ("best", "true")):
            if before in of and after in of:
                pair = [{name: of[theory][name] for name in names if name in of[theory]} for theory in (before, after)]
                found = changes(*pair)
                cells = tuple(found.get(name) for name in names)
                yield Gain(run, f"{TOLD[before]} → {TOLD[after]}", cells)


def _calibrations(told: Mapping[int, Told], names: Sequence[str]) -> Iterator[Figure]:
    for theory in dict.fromkeys(theory for of in told.values() for theory in of):
        curves: list[Curve] = []
        words: list[tuple[int, str, str]] = []
        for run, of in told.items():
            bins = calibration(prediction for _, prediction in of.get(theory, ()))
            if bins:
                curves.append(Curve(run, names[run], tuple((b.confidence, b.accuracy) for b in bins), dots=True))
                words.append((run, names[run], f"error {calibration_error(bins):.3f}"))
        if curves:
            title = TOLD.get(theory, theory).capitalize()
            note = "how often the likeliest candidate is right, by its probability"
            chart = Chart(title, "probability of the likeliest candidate", tuple(curves), square=True)
            yield Figure(title, note, chart.draw, tuple(words))
