"""How good the model is, measured by the product's own loop."""

from __future__ import annotations

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
