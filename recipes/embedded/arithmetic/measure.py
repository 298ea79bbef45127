"""How good the model is, measured by the product's own loop: accuracy within so many answers, told which are wrong."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from recipes.embedded.arithmetic.words import ASKED
from worldlore.agents.codeact import CodeAct, CodeActConfig
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.base import Environment
from worldlore.evaluation.statistics import wilson
from worldlore.experience import Trajectory
from worldlore.models.local import InProcess, Settings
from worldlore.rollout.loop import Episode, Limits, Stage

ANSWERS, STEPS = 10, 40
"""Answers that may be given, and actions that may be taken."""
WITHIN = (1, 4, 8, 10)
"""Numbers of answers that are reported."""


def play(folder: Path, split: str, count: int, temperature: float = 0.0, attempts: int = 1) -> tuple[Trajectory, ...]:
    """The first problems of a split, played by the model in a folder."""

    def world() -> Environment:
        return ENVIRONMENTS.build({"name": "arithmetic", "answers": ANSWERS})

    stage = Stage(world, {"policy": InProcess(folder, Settings())}, Limits(steps=STEPS, width=64))
    tasks = world().tasks(split)[:count]
    episodes = [Episode(task, 0, attempt, temperature) for task in tasks for attempt in range(attempts)]
    return tuple(stage.play(CodeAct(CodeActConfig(**ASKED)), episodes))


def look(folder: Path) -> dict[str, Any]:
    """Accuracy on the first 100 problems of `dev`; `success` is that of the first answer."""
    found = accuracy(play(folder, "dev", 100))
    return {"success": found["at 1"]["share"], "at 10": found["at 10"]["share"]}


def results(folder: Path) -> dict[str, Any]:
    """Greedy accuracy by split and kind, and what sampling finds on `train`."""
    begun = time.monotonic()
    test = play(folder, "test", 400)
    seconds = time.monotonic() - begun
    long = [t for t in test if t.task.data["family"] == "long"]
    return {
        "test": accuracy([t for t in test if t not in long]),
        "test, long": accuracy(long),
        "test, all": accuracy(test),
        "test, at 1 by kind": by_kind(test),
        "train, sampled at temperature 1, 8 attempts": {"mixed": mixed(play(folder, "train", 60, 1.0, 8))},
        "seconds": round(seconds, 1),
    }


def accuracy(played: Sequence[Trajectory]) -> dict[str, Any]:
    """The share solved within some numbers of answers, with Wilson intervals."""
    found: dict[str, Any] = {"problems": len(played)}
    for k in WITHIN:
        wins = sum(right_within(t, k) for t in played)
        interval = wilson(wins, len(played))
        share = round(wins / len(played), 4)
        found[f"at {k}"] = {
            "share": share,
            "low": round(interval.low or 0.0, 4),
            "high": round(interval.high or 0.0, 4),
        }
    return found


def right_within(played: Trajectory, answers: int) -> bool:
    """Whether one of the first answers was correct."""
    given = [step.info for step in played.steps if "correct" in step.info]
    return any(info["correct"] for info in given[:answers])


def by_kind(played: Sequence[Trajectory]) -> dict[str, float]:
    """Accuracy of the first answer by kind of problem."""
    ends: dict[str, list[bool]] = defaultdict(list)
    for trajectory in played:
        ends[trajectory.task.data["family"]].append(right_within(trajectory, 1))
    return {kind: round(sum(end) / len(end), 3) for kind, end in sorted(ends.items())}


def mixed(played: Sequence[Trajectory]) -> float:
    """Share of the problems whose first answer is right in some attempts and wrong in others."""
    ends: dict[str, set[bool]] = defaultdict(set)
    for trajectory in played:
        ends[trajectory.task.key].add(right_within(trajectory, 1))
    return round(sum(len(end) == 2 for end in ends.values()) / len(ends), 4)
