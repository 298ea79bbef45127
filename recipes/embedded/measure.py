"""How good the model is, measured by the product's own loop; and the curve of the run as a picture."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldlore.agents.act import Act
from worldlore.environments.household import Household, HouseholdConfig
from worldlore.evaluation.statistics import wilson
from worldlore.experience import Trajectory
from worldlore.models.local import InProcess, Settings
from worldlore.rollout.loop import Episode, Limits, Stage

WIDTH, HEIGHT, EDGE = 640, 300, 46


@dataclass(frozen=True, slots=True)
class Played:
    """A model's episodes on the tasks of a split."""

    trajectories: tuple[Trajectory, ...]
    """Task by task, attempt by attempt."""
    seconds: float
    """Wall time."""

    @property
    def record(self) -> dict[str, Any]:
        """Success with its interval, and how often tasks end both ways."""
        wins = sum(bool(t.success) for t in self.trajectories)
        interval = wilson(wins, len(self.trajectories))
        return {
            "success": round(wins / len(self.trajectories), 4),
            "low": round(interval.low, 4),
            "high": round(interval.high, 4),
            "episodes": len(self.trajectories),
            "steps": round(sum(len(t.steps) for t in self.trajectories) / len(self.trajectories), 2),
            "mixed": round(self.mixed, 4),
            "per_second": round(len(self.trajectories) / self.seconds, 2),
            "families": self.families,
        }

    @property
    def mixed(self) -> float:
        """Share of the tasks of which some attempts succeed and some fail."""
        ends: dict[str, set[bool]] = defaultdict(set)
        for t in self.trajectories:
            ends[t.task.key].add(bool(t.success))
        return sum(len(end) == 2 for end in ends.values()) / len(ends)

    @property
    def families(self) -> dict[str, float]:
        """Success by kind of task."""
        ends: dict[str, list[bool]] = defaultdict(list)
        for t in self.trajectories:
            ends[t.task.data["family"]].append(bool(t.success))
        return {family: round(sum(end) / len(end), 3) for family, end in sorted(ends.items())}


def play(folder: Path, split: str, count: int, temperature: float = 0.0, attempts: int = 1) -> Played:
    """The first tasks of a split, played by the model in a folder."""

    def world() -> Household:
        return Household(HouseholdConfig(actions=False))

    stage = Stage(world, {"policy": InProcess(folder, Settings())}, Limits(width=128))
    tasks = world().tasks(split)[:count]
    episodes = [Episode(task, 0, attempt, temperature) for task in tasks for attempt in range(attempts)]
    begun = time.monotonic()
    trajectories = tuple(stage.play(Act(), episodes))
    return Played(trajectories, time.monotonic() - begun)


def draw(log: Path, picture: Path) -> None:
    """The run's loss and its success on `dev`, as SVG."""
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
    parts += [_text(WIDTH - EDGE, 16, "blue: greedy success on dev · grey: loss per token of the assistant", "end")]
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
