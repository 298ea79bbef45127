"""Files of a run: written so that the process may be killed at any moment, and read so that damage is told.

A file that is not appended to is replaced at once. Whatever the disk refuses, and whatever cannot be read, becomes one
sentence with the remedy.
"""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from worldlore.errors import StoreError

ANY = TypeAdapter(Any)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """As the only process that writes the run in a folder."""
    with (path / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(f"another process is writing the run in {path}; wait for it, or stop it") from None
        yield


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """What the disk refuses becomes one sentence."""
    try:
        yield
    except OSError as error:
        raise StoreError(
            f"cannot write to {path}: {error.strerror}; make room or allow it, and run again to resume"
        ) from error


@contextmanager
def damage(path: Path) -> Iterator[None]:
    """What a file should not hold becomes one sentence."""
    try:
        yield
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise StoreError(f"{path} is damaged ({error}); delete this file and run again to make it anew") from error


def write(path: Path, value: Any) -> None:
    """Replace a JSON file."""
    text = json.dumps(ANY.dump_python(value, mode="json"), indent=1, ensure_ascii=False)
    with guarded(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".draft")
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(path)


def read(path: Path) -> dict[str, Any]:
    """What a JSON file holds."""
    with damage(path):
        return json.loads(path.read_text(encoding="utf-8"))
