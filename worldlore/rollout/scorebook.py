"""Scores in bulk: what continuations are worth, kept by content, small, and on disk.

World models are asked about thousands of transitions under many theories, in a long run about millions. Their
conversations repeat themselves, so what is kept of a request is its hash, and of the reply the sum over each
continuation's tokens, in one SQLite file; nothing but which requests were met stays in memory. A request that was
answered once in a run is never asked again, and a run that goes on hears the same numbers to the last digit.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from worldlore.errors import StoreError
from worldlore.experience import Cost, Score, Scores, content_hash

_COLUMNS = "key TEXT PRIMARY KEY, totals TEXT, lengths TEXT, tokens INTEGER, money REAL"
_PATIENCE = 30.0


@dataclass(frozen=True, slots=True)
class Worth:
    """What one request's continuations are worth."""

    totals: tuple[float, ...]
    """Log-probability (nats) of each continuation."""
    lengths: tuple[int, ...]
    """Tokens of each."""
    tokens: int = 0
    """Tokens the model read for it."""
    money: float = 0.0
    """What it cost, in the currency of the model's prices."""

    @staticmethod
    def of(scores: Scores) -> Worth:
        """The short of a reply."""
        usage = scores.usage
        lengths = tuple(len(tokens) for tokens in scores.logprobs)
        return Worth(scores.totals, lengths, usage.prompt_tokens + usage.completion_tokens, usage.money)

    @property
    def cost(self) -> Cost:
        """What asking cost."""
        return Cost(calls=1, prompt_tokens=self.tokens, money=self.money)


class Scorebook:
    """Worths by content, in a file; what was added at once is in it as a whole or not at all."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder
        self._met: set[int] = set()

    def get(self, keys: Iterable[str]) -> dict[str, Worth]:
        """What is known of requests."""
        with self._open() as database:
            rows = ((key, database.execute("SELECT * FROM worths WHERE key = ?", (key,)).fetchone()) for key in keys)
            return {key: _worth(*row[1:]) for key, row in rows if row}

    def add(self, found: Mapping[str, Worth]) -> None:
        """Keep what is new."""
        rows = [
            (key, json.dumps(worth.totals), json.dumps(worth.lengths), worth.tokens, worth.money)
            for key, worth in found.items()
        ]
        with self._open() as database, database:
            database.executemany("INSERT OR REPLACE INTO worths VALUES (?, ?, ?, ?, ?)", rows)

    def first(self, key: str) -> bool:
        """Whether a request is met for the first time since the process began: then its cost is to be counted."""
        number = int(key, 16)
        new = number not in self._met
        self._met.add(number)
        return new

    @contextmanager
    def _open(self) -> Generator[sqlite3.Connection]:
        folder = self._folder()
        path = folder / "scores.sqlite"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(path, timeout=_PATIENCE)) as database:
                database.execute("PRAGMA synchronous = NORMAL")
                database.execute(f"CREATE TABLE IF NOT EXISTS worths ({_COLUMNS}) WITHOUT ROWID")
                yield database
        except (sqlite3.DatabaseError, ValueError, OSError) as error:
            raise StoreError(
                f"{path} cannot be used ({error}); see that there is space and that it may be written to, or delete "
                "it, and scores are asked for anew"
            ) from error


def key_of(request: Score, identity: str) -> str:
    """The content of a request to a model."""
    said = [[message.role, message.content] for message in request.messages]
    return content_hash([identity, said, list(request.continuations), request.end_of_turn])


def _worth(totals: str, lengths: str, tokens: int, money: float) -> Worth:
    return Worth(tuple(json.loads(totals)), tuple(json.loads(lengths)), tokens, money)
