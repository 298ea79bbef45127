"""From all pairs to a training set: which tasks, and how many pairs of each (DensePolicy §2.3).

For each family of tasks: keep the tasks with the most usable pairs (or random ones), then thin every task by the
same fraction down to the family's share. Nothing is ever repeated to fill up. Choosing tasks by their number of
pairs also chooses their difficulty; `tasks_by = "random"` does not. What is kept does not depend on the order in which
trees came.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Literal

from worldlore.config import Config
from worldlore.methods.densepolicy.pairs import Pair


class Balance(Config):
    """How many pairs of how many tasks are trained on."""

    pairs: int | None = None
    """Pairs a family; unset: all."""
    tasks: int | None = None
    """Tasks a family; unset: all."""
    tasks_by: Literal["pairs", "random"] = "pairs"
    """Which tasks are kept: those with the most pairs (published), or random ones."""
    seed: int = 42
    """Of the thinning (published: 42)."""


def balanced(pairs: Iterable[Pair], config: Balance) -> list[Pair]:
    """The usable pairs that are trained on, in order of task and tree."""
    families: dict[str, dict[str, list[Pair]]] = {}
    for pair in pairs:
        if pair.usable:
            families.setdefault(pair.family, {}).setdefault(pair.task, []).append(pair)
    return [pair for tasks in families.values() for pair in _family(tasks, config)]


def _family(tasks: dict[str, list[Pair]], config: Balance) -> list[Pair]:
    draw = Random(config.seed)
    names = sorted(tasks)
    if config.tasks is not None and config.tasks < len(names):
        if config.tasks_by == "pairs":
            names = sorted(sorted(names, key=lambda name: -len(tasks[name]))[: config.tasks])
        else:
            names = sorted(draw.sample(names, config.tasks))
    total = sum(len(tasks[name]) for name in names)
    share = 1.0 if config.pairs is None else min(1.0, config.pairs / max(total, 1))
    kept = {name: _thinned(tasks[name], share, draw) for name in names}
    return [pair for name in tasks for pair in kept.get(name, [])]


def _thinned(pairs: list[Pair], share: float, draw: Random) -> list[Pair]:
    keep = set(draw.sample(range(len(pairs)), round(share * len(pairs))))
    return [pair for i, pair in enumerate(pairs) if i in keep]
