"""How exported files reach the disk: whole or not at all, and never over what is there unless told so.

An index that other programs share (`dataset_info.json`) is added to, even by force: the entries of others stay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldlore.errors import ConfigError, StoreError
from worldlore.experiments.store import guarded
from worldlore.reports.export.data.source import Source


@dataclass(frozen=True, slots=True)
class File:
    """One file of an export."""

    path: str
    """Where in the folder."""
    content: Iterable[bytes]
    """What it holds, in pieces."""

    @staticmethod
    def lines(path: str, records: Iterable[Mapping[str, Any]]) -> File:
        """JSON Lines; letters stay letters, and what is no text (half a surrogate pair) becomes a question mark."""
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
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out} is a file; give a folder with --out")
    if out.is_dir() and any(out.iterdir()) and not force:
        raise ConfigError(f"{out} is not empty; give another folder with --out, or write into it with --force")
    return tuple(
        _write(out / file.path, [_joined(out, file)] if isinstance(file, Entries) else file.content)
        for file in target(source)
    )


def json_bytes(value: object, indent: int | None = None) -> bytes:
    """JSON in UTF-8."""
    return encoded(json.dumps(value, ensure_ascii=False, indent=indent))


def encoded(text: str) -> bytes:
    """UTF-8."""
    return text.encode("utf-8", "replace")


def _joined(out: Path, file: Entries) -> bytes:
    path = out / file.path
    if not path.exists():
        return json_bytes(dict(file.entries), 2) + b"\n"
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
        return json_bytes({**there, **file.entries}, 2) + b"\n"
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"{path} is no JSON object ({error}); give another folder with --out") from error


def _write(path: Path, content: Iterable[bytes]) -> Path:
    with guarded(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".draft")
        with draft.open("wb") as file:
            file.writelines(content)
        draft.replace(path)
    return path
