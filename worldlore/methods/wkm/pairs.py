"""Pairs: of one task, a course to follow and one to compare it with.

wkm    the expert's success and the agent's own try, whatever came of it: where both succeed, the expert's course
       is mostly the shorter one and still teaches (WKM, section 3.1)
eto    ties are dropped, the better one is to be followed whoever played it, and the worse is cut to at most five
       steps more than the better (ETO's pairs, as WKM's data has them)
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Literal

from worldlore.errors import ConfigError
from worldlore.experience import Task, Trajectory

BEYOND = 5
"""Steps a rejected course may have more than the chosen one, in pairs of the second sort."""
Way = Literal["wkm", "eto"]
READERS = {
    "alfworld": "worldlore.environments.household.published",
    "household": "worldlore.environments.household.published",
    "scienceworld": "worldlore.environments.scienceworld.published",
    "webshop": "worldlore.environments.webshop.published",
}
"""Environment -> the module that reads its published trajectories."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two courses of one task."""

    chosen: Trajectory
    """To be followed."""
    rejected: Trajectory | None = None
    """To be compared with it; None where there is none."""


def paired(expert: Sequence[Trajectory], own: Mapping[str, Trajectory], way: Way = "wkm") -> list[Pair]:
    """The expert's successes with the agent's own tries, found by the key of their task."""
    wins = [trajectory for trajectory in expert if trajectory.success]
    pairs = [Pair(win, own.get(win.task.key)) for win in wins]
    return pairs if way == "wkm" else [better for pair in pairs if (better := _ranked(pair)) is not None]


def published(path: Path, tasks: Sequence[Task], way: Way = "wkm") -> list[Pair]:
    """The pairs of a published file, or the courses of one without pairs; those that succeeded, where that is told."""
    environment = tasks[0].environment if tasks else ""
    if environment not in READERS:
        raise ConfigError(
            f"method.courses is read for {', '.join(sorted(READERS))}, and the world here is {environment!r}; leave it "
            "out, and courses are played"
        )
    read = import_module(READERS[environment]).read
    chosen: list[Trajectory] = read(path, tasks)
    rejected: list[Trajectory] = read(path, tasks, "rejected")
    paired_ones = [isinstance(record, dict) and "rejected" in record for record in json.loads(path.read_text("utf-8"))]
    given = zip(chosen, rejected, paired_ones, strict=True)
    pairs = [Pair(win, other if is_pair else None) for win, other, is_pair in given if win.success is not False]
    return pairs if way == "wkm" else [better for pair in pairs if (better := _ranked(pair)) is not None]


def _ranked(pair: Pair) -> Pair | None:
    rejected = pair.rejected
    if rejected is None or rejected.score is None or rejected.score == pair.chosen.score:
        return None
    good, bad = sorted((pair.chosen, rejected), key=lambda t: -(t.score or 0.0))
    return Pair(good, _cut(bad, len(good.steps) + BEYOND))


def _cut(course: Trajectory, most: int) -> Trajectory:
    """Its first steps, and what was seen then."""
    if len(course.steps) <= most:
        return course
    return replace(course, steps=course.steps[:most], final=course.steps[most].observation)
