"""One source of pairs: a file, its format, and at most so many of its pairs, drawn at random.

[[method.mixes]]
file = "ultrafeedback.jsonl"
format = "ultrafeedback"
most = 14000                     # unset: all
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from pydantic import Field

from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.methods.preferences.formats import FORMATS, Malformed, Name
from worldlore.methods.preferences.reading import records
from worldlore.training import Contrast


class Mix(Config):
    """One source of preference pairs."""

    file: Path
    """Where the records lie: .json, .jsonl or .parquet."""
    format: Name
    """How they are written."""
    most: int | None = Field(default=None, ge=0)
    """At most so many pairs, a random subset; unset: all. Nothing is repeated to fill up."""
    seed: int = 42
    """Of the random subset."""


@dataclass(frozen=True)
class Mixed:
    """What the mixes hold."""

    contrasts: tuple[Contrast, ...]
    """All pairs chosen, source by source, each source in its own order."""
    counts: Mapping[str, Mapping[str, int]]
    """For each source, how many records it has, how many pairs these give, and how many were taken."""


def mixed(mixes: Sequence[Mix]) -> Mixed:
    """Read all sources; ConfigError for a malformed record, with its place."""
    found: list[Contrast] = []
    counts: dict[str, Mapping[str, int]] = {}
    for mix in mixes:
        number, pairs = 0, []
        for number, contrasts in enumerate(_read(mix), 1):  # noqa: B007 - how many there were
            pairs += contrasts
        taken = _subset(pairs, mix)
        counts[_name(mix, counts)] = {"records": number, "pairs": len(pairs), "taken": len(taken)}
        found += taken
    return Mixed(tuple(found), counts)


def _read(mix: Mix) -> Iterator[list[Contrast]]:
    for place, record in records(mix.file):
        try:
            if not isinstance(record, Mapping):
                raise Malformed("an object")
            yield list(FORMATS[mix.format](record))
        except Malformed as error:
            raise ConfigError(f"{place} is no record of format {mix.format!r}: expected {error}") from error


def _subset(pairs: list[Contrast], mix: Mix) -> list[Contrast]:
    if mix.most is None or mix.most >= len(pairs):
        return pairs
    return [pairs[i] for i in sorted(Random(mix.seed).sample(range(len(pairs)), mix.most))]


def _name(mix: Mix, known: Mapping[str, Any]) -> str:
    """The file's name; with a number where another source has it already."""
    name, again = mix.file.name, 1
    while name in known:
        again += 1
        name = f"{mix.file.name} ({again})"
    return name
