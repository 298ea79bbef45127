"""Several processes, one run: under `accelerate launch` the first one plays and learns, the others only help to train.

The first process tells the others of each training run before it begins: weights, keys, folder and a file of units,
which all of them must be able to read. They take part in it and wait for the next, until there is none. Between
training runs nothing is computed or locked, so practice and test may take as long as they like. What is told goes
through the store by which the processes found each other.
"""

# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false, reportUnknownVariableType=false
from __future__ import annotations

import json
import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from worldlore.experience import read_jsonl, write_jsonl
from worldlore.training.data import Contrast, Turn
from worldlore.training.recipe import Training

Units = Sequence[Turn] | Sequence[Contrast]
_PATIENCE = timedelta(days=30)
_KINDS = {"Turn": Turn, "Contrast": Contrast}


@dataclass
class Lead:
    """What the first process knows of the others."""

    store: Any
    """Where they listen."""
    others: int
    """How many they are."""
    told: int = 0
    """Training runs they were told of."""


_LEAD: ContextVar[Lead | None] = ContextVar("lead", default=None)


def following() -> bool:
    """Whether this is one of several processes, and not the first."""
    return int(os.environ.get("RANK", "0")) > 0 and _processes() > 1


def follow() -> None:
    """Take part in every training run of the first process, until it leads no more."""
    from worldlore.training import train

    store, number = _store(), 0
    while plain := _heard(store, number):
        units: Any = list(read_jsonl(Path(plain["units"]), _KINDS[plain["kind"]]))
        train.fit(Path(plain["source"]), units, Training(**plain["config"]), Path(plain["out"]))
        store.set(f"trained-{number}-{os.environ['RANK']}", "1")
        number += 1
    _part()


@contextmanager
def leading() -> Generator[None]:
    """Within, the other processes, where there are any, take part in every training run of this one."""
    if _processes() == 1:
        yield
        return
    lead = Lead(_store(), _processes() - 1)
    token = _LEAD.set(lead)
    try:
        yield
        lead.store.set(f"training-{lead.told}", "")
    finally:
        _LEAD.reset(token)
    _part()


@contextmanager
def announced(source: Path, units: Units, config: Training, out: Path) -> Generator[None]:
    """Within, a training run is done by all processes; at the end all of them have left its folder."""
    lead = _LEAD.get()
    if lead is None or not units:
        yield
        return
    out.mkdir(parents=True, exist_ok=True)
    file = out / "units.jsonl"
    write_jsonl(file, units)
    plain = {"source": str(source), "units": str(file), "kind": type(units[0]).__name__, "out": str(out)}
    lead.store.set(f"training-{lead.told}", json.dumps({**plain, "config": config.model_dump(mode="json")}))
    yield
    lead.store.wait([f"trained-{lead.told}-{rank}" for rank in range(1, lead.others + 1)], _PATIENCE)
    file.unlink()
    lead.told += 1


def _processes() -> int:
    return int(os.environ.get("WORLD_SIZE", "1"))


def _store() -> Any:
    """The store of all processes, as `torch.distributed` finds it."""
    from torch.distributed.distributed_c10d import PrefixStore
    from torch.distributed.rendezvous import rendezvous

    store, _, _ = next(rendezvous("env://"))
    return PrefixStore("worldlore", store)


def _heard(store: Any, number: int) -> dict[str, Any] | None:
    """What the first process tells of its next training run; None if it leads no more."""
    key = f"training-{number}"
    store.wait([key], _PATIENCE)
    text = store.get(key).decode()
    return json.loads(text) if text else None


def _part() -> None:
    """Leave the other processes in order."""
    from torch import distributed

    if distributed.is_initialized():
        distributed.destroy_process_group()
