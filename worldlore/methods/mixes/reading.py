"""Records of a file, one after another, each with its place: a line of JSON Lines, a number of a list or a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from worldlore.config import missing_extra
from worldlore.errors import ConfigError

ENDINGS = (".jsonl", ".json", ".parquet")


def records(path: Path) -> Iterator[tuple[str, Any]]:
    """Place and record, in order; ConfigError for a file that cannot be read, with the place where it is broken."""
    readers = {".jsonl": _lines, ".json": _list, ".parquet": _rows}
    if path.suffix not in readers:
        raise ConfigError(f"{path} is no file of records: its name ends in none of {', '.join(ENDINGS)}")
    if not path.is_file():
        raise ConfigError(f"no file {path}; give the path of the records, from the folder of the command")
    return readers[path.suffix](path)


def _lines(path: Path) -> Iterator[tuple[str, Any]]:
    with path.open(encoding="utf-8-sig") as file:
        for number, line in enumerate(_decoded(path, file), 1):
            if line.strip():
                yield f"{path}, line {number}", _parsed(line, f"{path}, line {number}")


def _decoded(path: Path, lines: Iterator[str]) -> Iterator[str]:
    try:
        yield from lines
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no text in UTF-8 ({error}); convert it") from error


def _list(path: Path) -> Iterator[tuple[str, Any]]:
    """A list of records; a file of that name that holds lines, as some data sets do, is read as lines."""
    with path.open(encoding="utf-8-sig") as file:
        text = "".join(_decoded(path, file))
    if text.lstrip()[:1] == "{":
        yield from _lines(path)
        return
    found = _parsed(text, str(path))
    if not isinstance(found, list):
        raise ConfigError(f"{path} holds no list of records; give a JSON list, or one record a line as .jsonl")
    yield from ((f"{path}, record {number}", record) for number, record in enumerate(found, 1))


def _rows(path: Path) -> Iterator[tuple[str, Any]]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise missing_extra(f"{path.name}", error, {"pyarrow": "export"}) from error
    try:
        number = 0
        for batch in parquet.ParquetFile(path).iter_batches(1024):
            for record in batch.to_pylist():
                number += 1
                yield f"{path}, row {number}", record
    except (pyarrow.ArrowException, OSError, ValueError) as error:  # the reader of a damaged page throws any of these
        raise ConfigError(f"{path} is no parquet file that can be read ({error})") from error


def _parsed(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{place} is no JSON: {error}") from error
