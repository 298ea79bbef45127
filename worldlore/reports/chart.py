"""Charts as inline SVG, drawn by hand so that a page needs nothing from anywhere.

A chart's colours are CSS classes (`run-0`, `run-1`, …), so it follows the page into dark mode. A curve of many points
is drawn faintly, with its running mean over it; a band is what lies between the least and the most of several.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH, HEIGHT = 380, 230
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 12, 34
POINTS = 300
"""A curve is thinned to at most so many points."""
MANY = 40
"""A curve of more points than this is smoothed."""

Point = tuple[float, float]
Scale = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Curve:
    """One line of a chart."""

    run: int
    """Place of the run in the report, which picks the colour."""
    label: str
    """What it is called."""
    points: tuple[Point, ...]
    """Where it goes."""
    band: tuple[tuple[float, float, float], ...] = ()
    """x, least and most, around it."""
    dots: bool = False
    """Mark the points themselves."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A level to compare with."""

    label: str
    """What it is."""
    value: float
    """Where it lies."""
    style: str
    """"none", "true" or "even", which picks the dashes and the side of the label."""


@dataclass(frozen=True, slots=True)
class Chart:
    """What is drawn."""

    title: str
    """For readers who hear the page."""
    across: str
    """What the horizontal axis counts."""
    curves: tuple[Curve, ...]
    """The lines."""
    references: tuple[Reference, ...] = ()
    """Levels."""
    square: bool = False
    """Both axes go from 0 to 1, with the diagonal."""

    @property
    def draw(self) -> Markup:
        """The drawing."""
        across, up = self._axes()
        end = max([x for curve in self.curves for x, _ in curve.points if not self.square], default=0)
        end = end if end > across[0] else across[-1]  # the axis ends where the curves do
        x_of = scale(across[0], end, LEFT, WIDTH - RIGHT)
        y_of = scale(up[0], up[-1], HEIGHT - BOTTOM, TOP)
        parts = [*_grid(self.across, [tick for tick in across if tick <= end], up, x_of, y_of)]
        if self.square:
            ends = [(x_of(end), y_of(end)) for end in (0, 1)]
            parts.append(f'<path class="reference even" d="{path(ends)}"/>')
        for curve in self.curves:
            parts += _curve(curve, x_of, y_of)
        for reference in self.references:
            parts += _reference(reference, y_of(reference.value))
        head = (
            f'<svg class="figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{Markup.escape(self.title)}">'
        )
        return Markup(head + "".join(parts) + "</svg>")

    def _axes(self) -> tuple[list[float], list[float]]:
        if self.square:
            return [0, 0.25, 0.5, 0.75, 1], [0, 0.25, 0.5, 0.75, 1]
        xs = [x for c in self.curves for x, _ in c.points]
        ys = [y for c in self.curves for _, y in c.points]
        ys += [y for c in self.curves for _, *ends in c.band for y in ends] + [r.value for r in self.references]
        return ticks(min(xs), max(xs)), ticks(min(ys), max(ys))


def thinned(points: Sequence[Point]) -> list[Point]:
    """At most `POINTS` of them, evenly chosen, both ends kept."""
    if len(points) <= POINTS:
        return list(points)
    return [points[round(i * (len(points) - 1) / (POINTS - 1))] for i in range(POINTS)]


def path(points: Sequence[Point]) -> str:
    """The data of an SVG path through points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def scale(low: float, high: float, start: float, end: float) -> Scale:
    """From values to places."""
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def ticks(low: float, high: float) -> list[float]:
    """A few round numbers around the range; a range too narrow to tell apart counts as none."""
    span = high - low
    if span <= 1e-9 + 1e-6 * max(abs(low), abs(high)):
        largest = max(abs(low), abs(high))
        span = largest if largest > 1e-300 else 1.0
    power = 10 ** math.floor(math.log10(span / 4))
    unit = next(m * power for m in (1, 2, 2.5, 5, 10) if span / (m * power) <= 5)
    first, last = math.floor(low / unit), math.ceil(high / unit)
    return [float(f"{i * unit:.10g}") for i in range(first, last + 1)]


def _grid(across: str, xs: Sequence[float], ys: Sequence[float], x_of: Scale, y_of: Scale) -> Iterator[str]:
    middle = (LEFT + WIDTH - RIGHT) // 2
    for tick in xs:
        yield f'<text class="tick" x="{x_of(tick):.1f}" y="{HEIGHT - 16}" text-anchor="middle">{tick:g}</text>'
    yield f'<text class="tick" x="{middle}" y="{HEIGHT - 2}" text-anchor="middle">{Markup.escape(across)}</text>'
    for tick in ys:
        y = f"{y_of(tick):.1f}"
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text class="tick" x="{LEFT - 7}" y="{y}" text-anchor="end" dy="0.32em">{tick:g}</text>'


def _curve(curve: Curve, x_of: Scale, y_of: Scale) -> Iterator[str]:
    if len(curve.band) > 1:
        there = [(x_of(x), y_of(low)) for x, low, _ in curve.band]
        back = [(x_of(x), y_of(high)) for x, _, high in reversed(curve.band)]
        yield f'<path class="band run-{curve.run}" d="{path(there + back)}Z"/>'
    place = [(x_of(x), y_of(y)) for x, y in curve.points]
    for x, y in place if curve.dots or len(place) == 1 else ():
        yield f'<circle class="run-{curve.run}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
    if len(place) > MANY:
        yield f'<path class="curve faint run-{curve.run}" d="{path(place)}"/>'
        place = _smooth(place)
    yield f'<path class="curve run-{curve.run}" d="{path(place)}"/>'


def _smooth(points: Sequence[Point]) -> list[Point]:
    """The running mean over a twentieth of the curve to either side."""
    reach = len(points) // 20
    windows = [points[max(0, i - reach) : i + reach + 1] for i in range(len(points))]
    return [(x, sum(v for _, v in w) / len(w)) for (x, _), w in zip(points, windows, strict=True)]


def _reference(reference: Reference, y: float) -> Iterator[str]:
    right = reference.style != "none"
    x, anchor = (WIDTH - RIGHT - 3, "end") if right else (LEFT + 4, "start")
    level = f"{y:.1f}"
    yield f'<line class="reference {reference.style}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{level}" y2="{level}"/>'
    above = y + 11 if y < TOP + 12 else y - 4
    label = Markup.escape(reference.label)
    yield f'<text class="tick said" x="{x}" y="{above:.1f}" text-anchor="{anchor}">{label}</text>'
