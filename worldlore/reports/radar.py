"""Relative performance as a radar: an axis for each kind of task, the worst run at the centre, the best on the rim.

As WKM draws it, where an axis is a dataset. Kinds in which all runs are equal have no axis, for there is no worst; nor
have those that a run was not measured on. Two runs have no radar: one would be the rim and the other the centre.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import cos, pi, sin
from textwrap import wrap

from markupsafe import Markup

from worldlore.evaluation.standing import relative
from worldlore.reports.base import Row
from worldlore.reports.chart import path

WIDTH, HEIGHT = 560, 330
RADIUS = 120
LEAST = 3
"""Axes a radar needs, and runs."""
LINE, LINES = 24, 3
"""Characters of a line of a label, which the drawing has room for at either side, and lines of one."""
RINGS = (0.25, 0.5, 0.75, 1.0)
PREFIX = "success/"


def radar(rows: Sequence[Row]) -> Markup | None:
    """The drawing; None for one run or two, or for fewer than three kinds of task that tell runs apart."""
    axes = places(rows)
    if len(rows) < LEAST or len(axes) < LEAST:
        return None
    head = (
        f'<svg class="figure radar" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        'aria-label="Relative success by kind of task; the numbers are below">'
    )
    shapes = (_shape(i, [axis[row.name] for axis in axes.values()]) for i, row in enumerate(rows))
    return Markup(head + "".join([*_web(list(axes)), *shapes]) + "</svg>")


def places(rows: Sequence[Row]) -> dict[str, Mapping[str, float]]:
    """Kind of task -> run -> its place between the worst and the best."""
    measured = [kind for kind in _kinds(rows) if all(kind in row.metrics for row in rows)]
    found = {kind: relative({row.name: row.metrics[kind].value for row in rows}) for kind in measured}
    return {kind.removeprefix(PREFIX).replace("_", " "): place for kind, place in found.items() if place}


def left_out(rows: Sequence[Row]) -> int:
    """Kinds of task without an axis."""
    return len(_kinds(rows)) - len(places(rows))


def _kinds(rows: Sequence[Row]) -> list[str]:
    return sorted({name for row in rows for name in row.metrics if name.startswith(PREFIX)})


def _web(names: Sequence[str]) -> Iterator[str]:
    count = len(names)
    for ring in RINGS:
        yield f'<path class="grid" d="{path([_point(i, count, ring) for i in range(count)])}Z"/>'
    for i, name in enumerate(names):
        x, y = _point(i, count, 1.0)
        yield f'<line class="grid" x1="{WIDTH / 2:.1f}" y1="{HEIGHT / 2:.1f}" x2="{x:.1f}" y2="{y:.1f}"/>'
        x, y = _point(i, count, 1.1)
        side = "middle" if abs(x - WIDTH / 2) < RADIUS / 4 else "start" if x > WIDTH / 2 else "end"
        yield f'<text class="tick" y="{y:.1f}" text-anchor="{side}">{_label(name, x)}</text>'


def _label(name: str, x: float) -> str:
    """Its lines, one below the other around the place."""
    lines = wrap(name, LINE, max_lines=LINES, placeholder="…")
    first = 0.32 - 0.6 * (len(lines) - 1)
    return "".join(
        f'<tspan x="{x:.1f}" dy="{1.2 if i else first:.2f}em">{Markup.escape(line)}</tspan>'
        for i, line in enumerate(lines)
    )


def _shape(run: int, reach: Sequence[float]) -> str:
    points = [_point(i, len(reach), at) for i, at in enumerate(reach)]
    return f'<path class="area run-{run}" d="{path(points)}Z"/>'


def _point(axis: int, axes: int, reach: float) -> tuple[float, float]:
    angle = 2 * pi * axis / axes - pi / 2
    return WIDTH / 2 + RADIUS * reach * cos(angle), HEIGHT / 2 + RADIUS * reach * sin(angle)
