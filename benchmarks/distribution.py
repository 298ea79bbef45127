"""Playing by a crew of Ray actors against the serial loop: throughput of scripted episodes, and what the driver pays.

Scripted episodes of household cost next to nothing to play, so this is the worst case for a crew: what is measured is
mostly messages. Throughput is by the wall clock, and on a busy machine four processes get more of it than one; CPU
seconds tell what the driver pays, writing the records out included. `python -m benchmarks.distribution [episodes]`.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from itertools import islice
from time import perf_counter, process_time

from worldlore.agents.act import Act, ActConfig
from worldlore.environments.household import Household
from worldlore.experience import dumps
from worldlore.models.base import Model
from worldlore.models.scripted import Scripted
from worldlore.rollout.cluster import Cluster
from worldlore.rollout.crew import Crew
from worldlore.rollout.distribute import Distributed
from worldlore.rollout.loop import Episode, Limits, Stage

WORDS = ("look", "inventory", "go to desk 1", "go to drawer 1", "open drawer 1", "examine drawer 1")
LONG, SHORT = Limits(steps=30), Limits(steps=3)
FEW, MANY, ACTORS = 400, 10_000, 4


def measure(many: int = MANY) -> list[tuple[str, str]]:
    """Rows of the table: what was measured, and the figure."""
    few, short = _episodes(min(FEW, many)), _episodes(many)
    alone = _played(Stage(Household, _models(), LONG), few)
    serial = _played(Stage(Household, _models(), SHORT), short[: many // 10])
    began = perf_counter()
    with Crew(Cluster(actors=ACTORS), _models) as crew:
        ready = perf_counter() - began
        while any(hand.pid is None for hand in crew.hands):
            _played(Distributed(Household, _models(), SHORT, crew=crew), few[:40])
        crowd = _played(Distributed(Household, _models(), LONG, crew=crew), few)
        driver = _played(Distributed(Household, _models(), SHORT, crew=crew), short)
    rates = f"{1 / crowd.wall:.0f} against {1 / alone.wall:.0f} episodes/s on {os.cpu_count()} cores"
    return [
        (f"{ACTORS} actors against the serial loop, episodes of 30 steps", f"{alone.wall / crowd.wall:.2f}x ({rates})"),
        ("  CPU of the driver's process an episode", f"{crowd.cpu * 1e3:.2f} ms; serial loop {alone.cpu * 1e3:.2f} ms"),
        (
            f"  the same of {many:,} episodes of 3 steps",
            f"{driver.cpu * 1e3:.2f} ms; serial loop {serial.cpu * 1e3:.2f} ms",
        ),
        ("  until the first actor is ready", f"{ready:.1f} s"),
    ]


@dataclass(frozen=True)
class Paid:
    """What an episode took."""

    wall: float
    """Seconds by the clock."""
    cpu: float
    """CPU seconds of this process, all threads."""


def _models() -> dict[str, Model]:
    return {"policy": Scripted.of(WORDS, repeat=True)}


def _episodes(n: int) -> list[Episode]:
    tasks = Household().tasks("train")
    return list(islice((Episode(task, 0, k) for k in range(n) for task in tasks), n))


def _played(stage: Stage, episodes: list[Episode]) -> Paid:
    began, busy = perf_counter(), process_time()
    for trajectory in stage.play(Act(ActConfig()), episodes):
        dumps(trajectory)
    return Paid((perf_counter() - began) / len(episodes), (process_time() - busy) / len(episodes))


if __name__ == "__main__":
    for name, figure in measure(*map(int, sys.argv[1:])):
        print(f"{name:70} {figure}")
