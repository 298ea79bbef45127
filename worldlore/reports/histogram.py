"""A histogram as inline SVG, in the style of the charts: bars with their counts above, labels below."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from worldlore.reports.chart import BOTTOM, HEIGHT, LEFT, RIGHT, WIDTH

TOP = 22


def histogram(title: str, across: str, bins: Sequence[tuple[str, int]], run: int) -> Markup:
    """The drawing of (label, how many) in the colour of a run."""
    most = max((n for _, n in bins), default=0) or 1
    room = (WIDTH - LEFT - RIGHT) / max(len(bins), 1)
    bars = [_bar(LEFT + i * room, room, n / most, label, n, run) for i, (label, n) in enumerate(bins)]
    foot, middle = HEIGHT - BOTTOM, (LEFT + WIDTH - RIGHT) // 2
    axis = f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{foot}" y2="{foot}"/>'
    said = f'<text class="tick" x="{middle}" y="{HEIGHT - 2}" text-anchor="middle">{Markup.escape(across)}</text>'
    head = f'<svg class="figure" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{Markup.escape(title)}">'
    return Markup(head + "".join([axis, *bars, said]) + "</svg>")


def _bar(left: float, room: float, share: float, label: str, n: int, run: int) -> str:
    foot, middle = HEIGHT - BOTTOM, f"{left + room / 2:.1f}"
    height = share * (foot - TOP)
    box = f'x="{left + 0.1 * room:.1f}" y="{foot - height:.1f}" width="{0.8 * room:.1f}" height="{height:.1f}"'
    return (
        f'<rect class="column run-{run}" {box}/>'
        f'<text class="tick" x="{middle}" y="{foot - height - 4:.1f}" text-anchor="middle">{n or ""}</text>'
        f'<text class="tick" x="{middle}" y="{HEIGHT - 18}" text-anchor="middle">{Markup.escape(label)}</text>'
    )
