"""Figures of training: what was recorded at each optimiser step."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from worldlore.reports.base import RunView, labels
from worldlore.reports.chart import Chart, Curve, thinned
from worldlore.reports.words import count

CURVES = {
    "loss": ("Training loss", "lower is better"),
    "held_out_loss": ("Loss on units kept back", "lower is better"),
    "margin": ("Reward margin", "how far the better of a pair is preferred"),
    "accuracy": ("Pair accuracy", "share of pairs told apart rightly"),
}
"""Key of a training record -> title and what it says."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its words."""

    title: str
    """What is shown."""
    note: str
    """How to read it."""
    svg: Markup
    """The drawing."""
    last: tuple[tuple[int, str, str], ...]
    """(run, label, first and last value in words) of each curve."""


def figure(note: str, chart: Chart) -> Figure:
    """A chart with where its curves begin and end."""
    words = tuple((c.run, c.label, _said([value for _, value in c.points])) for c in chart.curves)
    return Figure(chart.title, note, chart.draw, words)


def _said(values: Sequence[float]) -> str:
    """The first and the last; what is a rounding error beside the largest is 0."""
    least = 1e-6 * max(map(abs, values))
    first, last = (0.0 if abs(value) < least else value for value in (values[0], values[-1]))
    return " → ".join(count(round(value)) if value >= 1000 else f"{value:.3g}" for value in (first, last))


def learning_curves(runs: Sequence[RunView]) -> tuple[Figure, ...]:
    """A figure for each quantity that training recorded."""
    records = [[r for r in run.metrics() if r.get("phase") == "training"] for run in runs]
    figures: list[Figure] = []
    for key, (title, note) in CURVES.items():
        curves = [c for i, name in enumerate(labels(runs)) for c in _curves(i, name, records[i], key)]
        if curves:
            figures.append(figure(note, Chart(title, "optimiser step", tuple(curves))))
    return tuple(figures)


def _curves(run: int, name: str, records: Iterable[Mapping[str, Any]], key: str) -> list[Curve]:
    """A curve a training run and learning seed; of a step that a resumed run made twice, the later record counts."""
    found: dict[tuple[Any, str], dict[float, float]] = {}
    for record in records:
        value = record.get(key)
        if value is not None and math.isfinite(value) and "step" in record:
            which = record.get("seed"), str(record.get("run", "")).rpartition("/")[2]
            found.setdefault(which, {})[float(record["step"])] = float(value)
    several = len({seed for seed, _ in found}) > 1
    return [
        Curve(run, _labelled(name, *which, several), tuple(thinned(sorted(points.items()))))
        for which, points in found.items()
    ]


def _labelled(name: str, seed: Any, training: str, several: bool) -> str:
    return ", ".join([name, *([training] if training else []), *([f"seed {seed}"] if several else [])])
