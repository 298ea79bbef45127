"""The folder an export is written into: free unless told otherwise, and every file in it whole or not there at all."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from worldlore.errors import ConfigError
from worldlore.experiments.store import guarded


def check_free(out: Path, force: bool) -> None:
    """ConfigError for a file, and for a folder with something in it that is not to be written into."""
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out} is a file; give a folder with --out")
    if out.is_dir() and any(out.iterdir()) and not force:
        raise ConfigError(f"{out} is not empty; give another folder with --out, or write into it with --force")


def place(path: Path, content: Iterable[bytes]) -> Path:
    """Write a file, in pieces, and put it in its place at once; StoreError if the disk refuses."""
    with guarded(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(path.name + ".draft")
        with draft.open("wb") as file:
            file.writelines(content)
        draft.replace(path)
    return path


def encoded(text: str) -> bytes:
    """UTF-8; what is no text (half a surrogate pair) becomes a question mark."""
    return text.encode("utf-8", "replace")
