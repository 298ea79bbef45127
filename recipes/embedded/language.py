"""A language: what a model of its own reads, which names it copies, and how it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from worldlore.errors import unknown
from worldlore.experience import Message

LANGUAGES = ("household", "robotics", "playground", "arithmetic")
"""Each is a folder beside this file, and a folder of `worldlore/models/embedded`."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """A conversation to learn from."""

    messages: tuple[Message, ...]
    """User and assistant in turn; the user has the last word, or the assistant where nothing follows."""
    slips: frozenset[int] = frozenset()
    """Which of the assistant's turns are not to be imitated."""


class Corpus(Protocol):
    """Lessons without end, the same ones in the same order for a seed."""

    def read(self, first: int, count: int) -> Iterator[Lesson]:
        """The lessons `first` to `first + count` - 1."""
        ...


@dataclass(frozen=True)
class Language:
    """One of them."""

    corpus: Callable[[int], Corpus]
    """What is read, by seed."""
    names: Callable[[], list[str]]
    """Names that are one token each, longest first."""
    settings: Mapping[str, Any]
    """How its `train.Recipe` differs from the default one."""
    look: Callable[[Path], dict[str, Any]]
    """A short look at the model in a folder, on the way; `success`, 0 to 1, is drawn."""
    results: Callable[[Path], dict[str, Any]]
    """The long look at the end."""
    phrases: Callable[[], list[str] | None] = lambda: None
    """Whole lines that are one token each, where there are such; names then stand without a blank."""
    pieces: Callable[[], str] = lambda: ""
    """What is cut out of a text before anything is merged, as a regular expression; "": names, and numbers."""
    sentences: Callable[[], Mapping[str, Sequence[str]]] = dict[str, Sequence[str]]
    """Whole sentences that are one token each, and the parts whose vectors they are the sums of."""
    alike: Callable[[], Mapping[str, Sequence[str]]] = dict[str, Sequence[str]]
    """Parts of sentences that begin as names do."""
    half: bool = False
    """Whether its weights ship in half precision; they are computed with as any others."""
    first: int = 900_000
    """The first of the lessons that the tokenizer is trained on; beyond the last one of the longest run."""
    count: int = 1000
    """How many those are."""


def language(name: str) -> Language:
    """By its name; ConfigError for an unknown one."""
    if name not in LANGUAGES:
        raise unknown("language", name, LANGUAGES)
    found: Language = import_module(f"recipes.embedded.{name}").LANGUAGE
    return found
