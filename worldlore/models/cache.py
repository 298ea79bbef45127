"""A response cache: what a model has answered once it need not answer again.

    Cached(model, path)          the same contract in front of any model; one SQLite file, replies(key, kind, reply)

The key is a hash of the model's identity and of the whole request, seed included. A request that is sampled
without a seed asks for something new each time and is always passed on. Failures are not kept. The file may be
shared by threads and by processes and survives being killed at any moment; a cached reply keeps its usage, so
cost means the same in every run. Replies are stored as JSON.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from worldlore.errors import ConfigError, StoreError
from worldlore.experience import (
    Completion,
    Embed,
    Failure,
    Generate,
    Request,
    Score,
    Scores,
    Vectors,
    dumps,
    loads,
)
from worldlore.models.base import Model

PATIENCE = 30.0
"""Seconds to wait for another process that is writing."""
MARK = 0x576C7263
"""SQLite's application id of a response cache ("Wlrc")."""
_KINDS = {kind.__name__: kind for kind in (Completion, Scores, Vectors)}
_Key = str | int


class Cached(Model):
    """Any model, with a memory."""

    name = "cached"

    def __init__(self, model: Model, path: Path):
        self.model = model
        self.path = path
        self.can = model.can
        self.concurrency = model.concurrency
        self.weights = model.weights
        self.identity = model.identity
        self.hits = 0
        self.misses = 0
        self._lock = threading.Lock()
        self._database = _open(path)

    def generate(self, requests: Sequence[Generate]) -> list[Completion | Failure]:
        """Remembered replies; the model writes the others."""
        return self._answer(requests, self.model.generate)

    def score(self, requests: Sequence[Score]) -> list[Scores | Failure]:
        """Remembered scores; the model gives the others."""
        return self._answer(requests, self.model.score)

    def embed(self, requests: Sequence[Embed]) -> list[Vectors | Failure]:
        """Remembered vectors; the model gives the others."""
        return self._answer(requests, self.model.embed)

    def check(self) -> None:
        """Check the model behind the cache."""
        self.model.check()
        self.can = self.model.can

    def cannot(self, verb: str) -> ConfigError:
        """The refusal of the model behind the cache."""
        return self.model.cannot(verb)

    def with_weights(self, folder: Path) -> Cached:
        """The model with other weights, and so of another identity, before the same file."""
        return Cached(self.model.with_weights(folder), self.path)

    def close(self) -> None:
        """Close the model and the file."""
        self.model.close()
        self._database.close()

    def _answer(self, requests: Sequence[Any], ask: Callable[[list[Any]], list[Any]]) -> list[Any]:
        keys = [self._key(request, place) for place, request in enumerate(requests)]
        replies: dict[_Key, Any] = self._read(keys)
        missing = {key: request for key, request in zip(keys, requests, strict=True) if key not in replies}
        with self._lock:
            self.misses += len(missing)
            self.hits += len(requests) - len(missing)
        if missing:
            new = dict(zip(missing, ask(list(missing.values())), strict=True))
            self._write(new)
            replies |= new
        return [replies[key] for key in keys]

    def _key(self, request: Request, place: int) -> _Key:
        """A hash; for a request that must not be remembered, its place in the list."""
        if isinstance(request, Generate) and request.sampling.temperature > 0 and request.sampling.seed is None:
            return place
        whole = [self.identity, type(request).__name__, dataclasses.asdict(request)]
        return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()

    def _read(self, keys: Sequence[_Key]) -> dict[_Key, Any]:
        found: dict[_Key, Any] = {}
        with self._lock, _blamed(self.path):
            for key in {key for key in keys if isinstance(key, str)}:
                row = self._database.execute("SELECT kind, reply FROM replies WHERE key = ?", (key,)).fetchone()
                if row is not None:
                    found[key] = loads(row[1], _KINDS[row[0]])
        return found

    def _write(self, replies: Mapping[_Key, Any]) -> None:
        rows = [
            (key, type(reply).__name__, dumps(reply))
            for key, reply in replies.items()
            if isinstance(key, str) and not isinstance(reply, Failure)
        ]
        with self._lock, _blamed(self.path), self._database:
            self._database.executemany("INSERT OR IGNORE INTO replies VALUES (?, ?, ?)", rows)


def _open(path: Path) -> sqlite3.Connection:
    with _blamed(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(path, timeout=PATIENCE, check_same_thread=False)
        try:
            _prepare(database, path)
        except BaseException:
            database.close()
            raise
    return database


def _prepare(database: sqlite3.Connection, path: Path) -> None:
    mark, tables = database.execute(
        "SELECT (SELECT * FROM pragma_application_id), count(*) FROM sqlite_master"
    ).fetchone()
    if tables and mark != MARK:
        raise StoreError(f"{path} is a database of another program; name another file for the response cache")
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    with database:
        database.execute(f"PRAGMA application_id = {MARK}")
        database.execute(
            "CREATE TABLE IF NOT EXISTS replies (key TEXT PRIMARY KEY, kind TEXT NOT NULL, reply TEXT NOT NULL)"
        )


@contextmanager
def _blamed(path: Path) -> Iterator[None]:
    """Turn what SQLite says into one sentence with the remedy."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            remedy = f"another program held it for {PATIENCE:g} s; end that program and run again"
        else:
            remedy = "see that there is space and that the folder may be written to, and run again"
        raise StoreError(f"the response cache {path} cannot be used ({error}): {remedy}") from error
    except OSError as error:
        raise StoreError(f"the response cache {path} cannot be made: {error.strerror}") from error
    except (sqlite3.DatabaseError, ValueError, KeyError) as error:
        raise StoreError(
            f"the response cache {path} is damaged or no cache ({error}); delete it, and replies are asked for anew"
        ) from error
