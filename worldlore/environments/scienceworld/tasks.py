"""Which tasks are in which split: the package's own variations, or those of published index files.

WKM and ETO write train_indices.json, dev_indices.json and test_indices.json: lists of [kind, variation]. Of their 194
"seen" tasks (dev) 54 are in train as well. Runs tell such tasks, and the key `overlap` leaves them out. Their 211
"unseen" ones are the first ten variations of each kind in the package's own test split, so `variations = 10` needs no
file for them.

Kinds alternate, so that the first tasks of a split are of all kinds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path

from worldlore.environments.scienceworld.kinds import KINDS, named
from worldlore.environments.scienceworld.simulator import Simulator
from worldlore.errors import ConfigError
from worldlore.experience import Task

SPLITS = ("train", "dev", "test")
"""The splits of the package, which the published files have too."""
Index = tuple[str, int]
"""A kind and a variation of it."""


def own(simulator: Simulator, kinds: Sequence[str], split: str, most: int | None) -> list[Index]:
    """The package's variations of some kinds, at most so many of each."""
    place = SPLITS.index(split)
    columns = [[(kind, v) for v in simulator.variations(kind)[place][:most]] for kind in kinds]
    return list(_alternating(columns))


def published(folder: Path, kinds: Sequence[str], split: str, most: int | None) -> list[Index]:
    """The indices of a file, those of other kinds left out; ConfigError for a file that cannot be read."""
    path = folder / f"{split}_indices.json"
    try:
        listed = [(named(kind).name, int(variation)) for kind, variation in json.loads(path.read_text("utf-8"))]
    except (OSError, ValueError, TypeError) as error:
        raise ConfigError(
            f"environment 'scienceworld': indices: {path} cannot be read ({error}); expected ETO's file, a list of "
            '[kind, variation], like ["task-1-boil", 21]'
        ) from error
    columns = [[index for index in dict.fromkeys(listed) if index[0] == kind][:most] for kind in kinds]
    return list(_alternating(columns))


def made(indices: Iterable[Index], split: str, easier: Sequence[str], simulator: Simulator) -> Iterator[Task]:
    """The tasks of indices, with the simulator's descriptions as goals."""
    for kind, variation in indices:
        data = {"family": kind, "variation": variation, "simplifications": simplified(kind, easier)}
        yield Task(f"{kind}-{variation}", "scienceworld", split, simulator.goal(kind, variation), data)


def simplified(kind: str, easier: Sequence[str]) -> str:
    """What is made easier in tasks of a kind, as the package takes it; wires stay allowed where they are needed."""
    wired = KINDS[kind].electrical
    return ",".join(name for name in easier if not (wired and name == "noElectricalAction"))


def _alternating(columns: Sequence[Sequence[Index]]) -> Iterator[Index]:
    for row in zip_longest(*columns):
        yield from (index for index in row if index is not None)
