"""How good the model is, measured by the product's own loop."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from recipes.embedded.robotics.corpus import ASKED
from recipes.embedded.robotics.tasks import WORLDS
from worldlore.agents.act import Act, ActConfig
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.programs import Programs
from worldlore.evaluation.statistics import wilson
from worldlore.experience import Trajectory
from worldlore.models.local import InProcess, Settings
from worldlore.rollout.loop import Episode, Limits, Stage

STEPS = 30
"""Actions an episode may take."""


def play(folder: Path, name: str, split: str, count: int, steps: int = STEPS) -> dict[str, Any]:
    """The first tasks of a split of a world, played greedily by the model in a folder."""

    def world() -> Programs:
        inner = {"name": name, "state": "whole", "actions": False}
        return ENVIRONMENTS.build({"name": "programs", "observe": "state", "inner": inner})

    stage = Stage(world, {"policy": InProcess(folder, Settings())}, Limits(steps=steps, width=64))
    begun = time.monotonic()
    agent = Act(ActConfig(**ASKED, describe=False, max_tokens=64))
    played = tuple(stage.play(agent, [Episode(task, 0) for task in world().tasks(split)[:count]]))
    return _record(played, time.monotonic() - begun)


def look(folder: Path) -> dict[str, Any]:
    """Success on the first tasks of each world's `dev`."""
    worlds = {name: play(folder, name, "dev", 24)["success"] for name in WORLDS}
    return {"success": round(sum(worlds.values()) / len(worlds), 4), **worlds}


def results(folder: Path) -> dict[str, Any]:
    """Greedy success in primitives."""
    splits = {"dev": 50, "test": 20}
    return {name: {split: play(folder, name, split, count) for split, count in splits.items()} for name in WORLDS}


def _record(played: tuple[Trajectory, ...], seconds: float) -> dict[str, Any]:
    wins = sum(bool(t.success) for t in played)
    interval = wilson(wins, len(played))
    return {
        "success": round(wins / len(played), 4),
        "low": round(interval.low, 4),
        "high": round(interval.high, 4),
        "episodes": len(played),
        "steps": round(sum(len(t.steps) for t in played) / len(played), 2),
        "seconds": round(seconds, 1),
    }
