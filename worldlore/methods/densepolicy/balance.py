"""From all pairs to a training set: which tasks, and how many pairs of each (DensePolicy §2.3).

For each family of tasks: keep random tasks (or, as published, those with the most usable pairs), then thin every task
by the same share down to what the family may give; at last, thin all tasks alike down to the total. Nothing is ever
repeated to fill up, and where there are enough pairs there are exactly as many as were asked for. Choosing tasks by
their number of pairs also chooses their difficulty: what is then measured of density is measured of difficulty, too.
What is kept does not depend on the order in which trees came.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Literal

from pydantic import Field

from worldlore.config import Config
from worldlore.methods.densepolicy.pairs import Pair


class Balance(Config):
    """How many pairs of how many tasks are trained on."""

    pairs: int | None = Field(default=None, ge=0)
    """Pairs a family; unset: all."""
    total: int | None = Field(default=None, ge=0)
    """Pairs in all families together; unset: all."""
    tasks: int | None = Field(default=None, ge=0)
    """Tasks a family; unset: all."""
    tasks_by: Literal["random", "pairs"] = "random"
    """Which tasks are kept: random ones, or those with the most pairs (published; it chooses difficulty as well)."""
    seed: int = 42
    """Of the choice and of the thinning (published: 42)."""


def balanced(pairs: Iterable[Pair], config: Balance) -> list[Pair]:
    """The usable pairs that are trained on, in order of task and tree."""
    families: dict[str, dict[str, list[Pair]]] = {}
    for pair in pairs:
        if pair.usable:
            families.setdefault(pair.family, {}).setdefault(pair.task, []).append(pair)
    kept: dict[str, list[Pair]] = {}
    for tasks in families.values():
        kept.update(_family(tasks, config))
    kept = _thinned(kept, config.total, Random(config.seed))
    return [pair for tasks in families.values() for name in tasks for pair in kept.get(name, [])]


def _family(tasks: Mapping[str, list[Pair]], config: Balance) -> dict[str, list[Pair]]:
    draw = Random(config.seed)
    return _thinned({name: tasks[name] for name in _chosen(tasks, config, draw)}, config.pairs, draw)


def _chosen(tasks: Mapping[str, list[Pair]], config: Balance, draw: Random) -> Sequence[str]:
    names = sorted(tasks)
    if config.tasks is None or config.tasks >= len(names):
        return names
    if config.tasks_by == "pairs":
        return sorted(names, key=lambda name: -len(tasks[name]))[: config.tasks]
    return draw.sample(names, config.tasks)


def _thinned(tasks: Mapping[str, list[Pair]], most: int | None, draw: Random) -> dict[str, list[Pair]]:
    """At most so many pairs in all, from each task the same share of its own, rounded so that none is lost."""
    total = sum(map(len, tasks.values()))
    if most is None or most >= total:
        return dict(tasks)
    kept: dict[str, list[Pair]] = {}
    seen = done = 0
    for name in sorted(tasks):
        seen += len(tasks[name])
        share = (2 * most * seen + total) // (2 * total) - done
        done += share
        keep = set(draw.sample(range(len(tasks[name])), share))
        kept[name] = [pair for i, pair in enumerate(tasks[name]) if i in keep]
    return kept
