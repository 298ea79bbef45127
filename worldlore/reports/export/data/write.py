"""What an export consists of: files, and entries of an index.

An index that other programs share (`dataset_info.json`) is added to, even by force: the entries of others stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldlore.errors import StoreError
from worldlore.reports.export.data.source import Source
from worldlore.reports.export.folder import check_free, encoded, place


@dataclass(frozen=True, slots=True)
class File:
    """One file of an export."""

    path: str
    """Where in the folder."""
    content: Iterable[bytes]
    """What it holds, in pieces."""

    @staticmethod
    def lines(path: str, records: Iterable[Mapping[str, Any]]) -> File:
        """JSON Lines; letters stay letters."""
        return File(path, (json_bytes(record) + b"\n" for record in records))

    @staticmethod
    def text(path: str, text: str) -> File:
        """A text."""
        return File(path, [encoded(text)])


@dataclass(frozen=True, slots=True)
class Entries:
    """What is added to a JSON object that others may write to, too."""

    path: str
    """Where in the folder."""
    entries: Mapping[str, Any]
    """Name -> value; of equal names these win."""


Files = Iterable[File | Entries]
Target = Callable[[Source], Files]


def write(source: Source, target: Target, out: Path, force: bool = False) -> tuple[Path, ...]:
    """Write what a target makes of a run; the files written. ConfigError for a folder with something in it."""
    check_free(out, force)
    return tuple(
        place(out / file.path, [_joined(out, file)] if isinstance(file, Entries) else file.content)
        for file in target(source)
    )


def json_bytes(value: object, indent: int | None = None) -> bytes:
    """JSON in UTF-8."""
    return encoded(json.dumps(value, ensure_ascii=False, indent=indent))


def _joined(out: Path, file: Entries) -> bytes:
    path = out / file.path
    if not path.exists():
        return json_bytes(dict(file.entries), 2) + b"\n"
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
        return json_bytes({**there, **file.entries}, 2) + b"\n"
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"{path} is no JSON object ({error}); give another folder with --out") from error
