"""One source of training data: a file, its format, and at most so much of it, drawn at random.

[[method.mixes]]
file = "ultrafeedback.jsonl"
format = "ultrafeedback"
most = 14000                     # unset: all

What is drawn are pieces: pairs, or whole conversations.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Generic, TypeVar

from pydantic import Field

from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.methods.mixes import pairs, talks
from worldlore.methods.mixes.fields import Malformed, Record
from worldlore.methods.mixes.reading import records
from worldlore.methods.mixes.talks import Talk
from worldlore.training import Contrast

P = TypeVar("P")
"""A piece."""


class Mix(Config, Generic[P]):
    """One source."""

    pieces: ClassVar[str]
    """What its pieces are called."""
    file: Path
    """Where the records lie: .json, .jsonl or .parquet."""
    most: int | None = Field(default=None, ge=0)
    """At most so many pairs or conversations, a random subset; unset: all. Nothing is repeated to fill up."""
    seed: int = 42
    """Of the random subset."""

    @abstractmethod
    def read(self) -> Iterator[list[P]]:
        """The pieces of each record; ConfigError for a missing file or a malformed record, with its place."""


class PairMix(Mix[Contrast]):
    """Preference pairs."""

    pieces = "pairs"
    format: pairs.Name
    """How the records are written."""

    def read(self) -> Iterator[list[Contrast]]:
        """The pairs of each record."""
        return _read(self.file, self.format, pairs.FORMATS[self.format])


class TalkMix(Mix[Talk]):
    """Conversations to imitate."""

    pieces = "conversations"
    format: talks.Name
    """How the records are written."""

    def read(self) -> Iterator[list[Talk]]:
        """The conversation that each record is."""
        return _read(self.file, self.format, lambda record: [talks.FORMATS[self.format](record)])


@dataclass(frozen=True)
class Mixed(Generic[P]):
    """What the mixes hold."""

    taken: tuple[P, ...]
    """All pieces chosen, source by source, each source in its own order."""
    counts: Mapping[str, Mapping[str, int]]
    """For each source, how many records it has, how many pieces these give, and how many were taken."""


def mixed(mixes: Sequence[Mix[P]]) -> Mixed[P]:
    """Read all sources; ConfigError for a file that is missing or a malformed record, with its place."""
    taken: list[P] = []
    counts: dict[str, Mapping[str, int]] = {}
    for mix in mixes:
        number, found = 0, list[P]()
        for number, made in enumerate(mix.read(), 1):  # noqa: B007 - how many there were
            found += made
        chosen = _subset(found, mix)
        counts[_name(mix, counts)] = {"records": number, mix.pieces: len(found), "taken": len(chosen)}
        taken += chosen
    return Mixed(tuple(taken), counts)


def opened(mixes: Sequence[Mix[P]]) -> None:
    """ConfigError unless every file is there and begins with a record of its format."""
    for mix in mixes:
        list(islice(mix.read(), 1))


def _read(file: Path, name: str, pieces_of: Callable[[Record], Iterable[P]]) -> Iterator[list[P]]:
    for place, record in records(file):
        try:
            if not isinstance(record, Mapping):
                raise Malformed("an object")
            yield list(pieces_of(record))
        except Malformed as error:
            raise ConfigError(f"{place} is no record of format {name!r}: expected {error}") from error


def _subset(found: list[P], mix: Mix[P]) -> list[P]:
    if mix.most is None or mix.most >= len(found):
        return found
    return [found[i] for i in sorted(Random(mix.seed).sample(range(len(found)), mix.most))]


def _name(mix: Mix[Any], known: Mapping[str, Any]) -> str:
    """The file's name; with a number where another source has it already."""
    name, again = mix.file.name, 1
    while name in known:
        again += 1
        name = f"{mix.file.name} ({again})"
    return name
