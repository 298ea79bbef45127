"""Figures as inline SVG: learning curves, drawn by hand so that a page needs nothing from anywhere.

A figure's colours are CSS classes (`run-0`, `run-1`, …), so it follows the page into dark mode.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from worldlore.reports.base import RunView, labels

WIDTH, HEIGHT = 380, 230
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 34
POINTS = 300
"""A curve is thinned to at most so many points."""

CURVES = {
    "loss": ("Training loss", "lower is better"),
    "margin": ("Reward margin", "how far the better of a pair is preferred"),
    "accuracy": ("Pair accuracy", "share of pairs told apart rightly"),
}
"""Key of a training record -> title and what it says."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a figure."""

    run: int
    """Place of the run in the report, which picks the colour."""
    label: str
    """Run, and learning seed where there are several."""
    points: tuple[Point, ...]
    """Optimiser step and value."""


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


def learning_curves(runs: Sequence[RunView]) -> tuple[Figure, ...]:
    """A figure for each quantity that training recorded."""
    records = [[r for r in run.metrics() if r.get("phase") == "training"] for run in runs]
    figures: list[Figure] = []
    for key, (title, note) in CURVES.items():
        curves = [c for i, name in enumerate(labels(runs)) for c in _curves(i, name, records[i], key)]
        if curves:
            words = tuple((c.run, c.label, f"{c.points[0][1]:.3g} → {c.points[-1][1]:.3g}") for c in curves)
            figures.append(Figure(title, note, _draw(title, curves), words))
    return tuple(figures)


def _curves(run: int, name: str, records: Iterable[Mapping[str, Any]], key: str) -> list[Curve]:
    """A curve a learning seed; of a step that a resumed run made twice, the later record counts."""
    by_seed: dict[Any, dict[float, float]] = {}
    for record in records:
        value = record.get(key)
        if value is not None and math.isfinite(value) and "step" in record:
            by_seed.setdefault(record.get("seed"), {})[float(record["step"])] = float(value)
    label = {seed: f"{name}, seed {seed}" if len(by_seed) > 1 else name for seed in by_seed}
    return [Curve(run, label[seed], tuple(_thinned(sorted(points.items())))) for seed, points in by_seed.items()]


def _thinned(points: Sequence[Point]) -> list[Point]:
    if len(points) <= POINTS:
        return list(points)
    return [points[round(i * (len(points) - 1) / (POINTS - 1))] for i in range(POINTS)]


def _smooth(points: Sequence[Point]) -> list[Point]:
    """The running mean over a twentieth of the curve to either side."""
    reach = len(points) // 20
    windows = [points[max(0, i - reach) : i + reach + 1] for i in range(len(points))]
    return [(x, sum(v for _, v in w) / len(w)) for (x, _), w in zip(points, windows, strict=True)]


def _draw(title: str, curves: Sequence[Curve]) -> Markup:
    xs = [x for c in curves for x, _ in c.points]
    ys = [y for c in curves for _, y in c.points]
    across, up = _ticks(min(xs), max(xs)), _ticks(min(ys), max(ys))
    x_of = _scale(across[0], across[-1], LEFT, WIDTH - RIGHT)
    y_of = _scale(up[0], up[-1], HEIGHT - BOTTOM, TOP)
    middle = (LEFT + WIDTH - RIGHT) // 2
    parts = [
        f'<text class="tick" x="{x_of(tick):.1f}" y="{HEIGHT - 16}" text-anchor="middle">{tick:g}</text>'
        for tick in across
    ]
    parts.append(f'<text class="tick" x="{middle}" y="{HEIGHT - 2}" text-anchor="middle">optimiser step</text>')
    for tick in up:
        y = f"{y_of(tick):.1f}"
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 7}" y="{y}" text-anchor="end" dy="0.32em">{tick:g}</text>')
    for curve in curves:
        place = [(x_of(x), y_of(y)) for x, y in curve.points]
        if len(place) == 1:
            parts.append(f'<circle class="run-{curve.run}" cx="{place[0][0]:.1f}" cy="{place[0][1]:.1f}" r="3"/>')
        if len(place) > 40:
            parts.append(f'<path class="curve faint run-{curve.run}" d="{_path(place)}"/>')
            place = _smooth(place)
        parts.append(f'<path class="curve run-{curve.run}" d="{_path(place)}"/>')
    head = f'<svg class="figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{Markup.escape(title)}">'
    return Markup(head + "".join(parts) + "</svg>")


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _scale(low: float, high: float, start: float, end: float) -> Any:
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def _ticks(low: float, high: float) -> list[float]:
    """A few round numbers around the range; a range too narrow to tell apart counts as none."""
    span = high - low
    if span <= 1e-9 + 1e-6 * max(abs(low), abs(high)):
        span = abs(low) or 1.0
    power = 10 ** math.floor(math.log10(span / 4))
    unit = next(m * power for m in (1, 2, 2.5, 5, 10) if span / (m * power) <= 5)
    first, last = math.floor(low / unit), math.ceil(high / unit)
    return [float(f"{i * unit:.10g}") for i in range(first, last + 1)]
