"""Which items of a server are the tasks of a split.

Written as numbers and ranges, both ends included and with a step where one stands behind a slash: "0-30,140-208",
"1-3981/20"; or as the path of a published file (AgentGym's `AgentEval` and `AgentTraj-L`, one JSON list a world), whose
entries name their item as "webshop_5238".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from worldlore.errors import ConfigError

_PART = re.compile(r"(\d+)(?:-(\d+)(?:/(\d+))?)?")
_NUMBER = re.compile(r"(?:.*_)?(\d+)")


def items(told: str) -> tuple[int, ...]:
    """The items in order, each once; ConfigError for what is neither ranges nor a file of items."""
    told = told.strip()
    found: Iterable[int] = _listed(Path(told).expanduser()) if told.endswith(".json") else _ranged(told)
    return tuple(dict.fromkeys(found))


def _ranged(told: str) -> Iterable[int]:
    parts = [part.strip() for part in told.split(",") if part.strip()]
    return chain.from_iterable(_range(part) for part in parts)


def _range(part: str) -> range:
    found = _PART.fullmatch(part)
    if not found or found[3] == "0":
        raise ConfigError(f'items: {part!r} is no range; write "0-99", "0-30,140-208", "1-99/2" or the path of a .json')
    first, last, step = found.groups()
    return range(int(first), int(last or first) + 1, int(step or 1))


def _listed(path: Path) -> list[int]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(
            f"items: {path} cannot be read ({error.strerror}); give the path of a published file"
        ) from error
    except ValueError as error:
        raise ConfigError(f"items: {path} is no JSON ({error}); give a published file as it is") from error
    if not isinstance(entries, list):
        raise ConfigError(f"items: {path} holds no list; give a published file as it is")
    return [_number(path, entry) for entry in entries]


def _number(path: Path, entry: Any) -> int:
    name = entry.get("item_id") if isinstance(entry, dict) else entry
    found = _NUMBER.fullmatch(str(name))
    if found is None:
        raise ConfigError(
            f'items: {path}: expected entries such as {{"item_id": "webshop_12"}}, found {str(entry)[:80]}'
        )
    return int(found[1])
