"""The run as a picture: loss, and success on the way."""

from __future__ import annotations

import json
from pathlib import Path

WIDTH, HEIGHT, EDGE = 640, 300, 46


def draw(log: Path, picture: Path) -> None:
    """The run's loss and its success on the way, as SVG."""
    records = [json.loads(line) for line in log.read_text().splitlines()]
    loss = [(r["tokens"] / 1e6, r["loss"]) for r in records if "loss" in r]
    dev = [(r["tokens"] / 1e6, r["dev"]["success"]) for r in records if "dev" in r]
    right = max(x for x, _ in loss + dev)
    smooth = [(x, _mean([y for _, y in loss[max(0, i - 4) : i + 5]])) for i, (x, _) in enumerate(loss)]
    parts = [
        _line([(x / right, min(y, 1.0)) for x, y in smooth], "#999"),
        _line([(x / right, y) for x, y in dev], "#06c"),
    ]
    parts += [f'<circle cx="{_x(x / right):.1f}" cy="{_y(y):.1f}" r="3" fill="#06c"/>' for x, y in dev]
    parts += [_text(EDGE - 8, _y(y) + 4, f"{y:.1f}", "end") for y in (0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    parts += [_text(_x(k / 4), HEIGHT - EDGE + 18, f"{right * k / 4:.1f}", "middle") for k in range(5)]
    parts += [_text(_x(0.5), HEIGHT - 8, "million tokens read", "middle")]
    parts += [_text(WIDTH - EDGE, 16, "blue: success on the way · grey: loss per token of the assistant", "end")]
    parts += [f'<path d="M{EDGE} {_y(1)}V{_y(0)}H{WIDTH - EDGE}" stroke="#444" fill="none"/>']
    box = f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12"'
    paper = '<rect width="100%" height="100%" fill="#fff"/>'
    picture.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{paper}{"".join(parts)}</svg>\n')


def _line(points: list[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _x(share: float) -> float:
    return EDGE + share * (WIDTH - 2 * EDGE)


def _y(value: float) -> float:
    return HEIGHT - EDGE - value * (HEIGHT - 2 * EDGE + 20)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)
