"""What was set, and where it came from: keys that all runs share, and keys in which they differ."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worldlore.reports.base import RunView
from worldlore.reports.words import ABSENT


@dataclass(frozen=True, slots=True)
class Settings:
    """Dotted keys with their values in words."""

    shared: Mapping[str, str]
    """Those that are the same in every run."""
    differing: Mapping[str, Sequence[str]]
    """Those that are not: a value a run."""


def settings(runs: Sequence[RunView]) -> Settings:
    """The keys of the experiments."""
    return _sorted_out([_flat(run.record.get("experiment", {})) for run in runs])


def provenance(runs: Sequence[RunView]) -> Settings:
    """Everything else that the records hold."""
    return _sorted_out([_flat({k: v for k, v in run.record.items() if k != "experiment"}) for run in runs])


def _flat(value: Any, prefix: str = "") -> dict[str, str]:
    if isinstance(value, Mapping) and value:
        found: dict[str, str] = {}
        for key, inner in value.items():
            found.update(_flat(inner, f"{prefix}.{key}" if prefix else str(key)))
        return found
    return {prefix: value if isinstance(value, str) else json.dumps(value, default=str)}


def _sorted_out(given: Sequence[Mapping[str, str]]) -> Settings:
    keys = [key for key in dict.fromkeys(key for flat in given for key in flat) if key]
    table = {key: [flat.get(key, ABSENT) for flat in given] for key in keys}
    return Settings(
        {key: values[0] for key, values in table.items() if len(set(values)) == 1},
        {key: values for key, values in table.items() if len(set(values)) > 1},
    )
