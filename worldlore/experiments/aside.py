"""What lies in a run's folder: whether it was played, and how an earlier run makes way for a fresh one.

The earlier run is set aside, not deleted: it comes back if the fresh one ends before anything was played. Each step
may be the last one before the power fails; whoever opens the folder next settles what was left.
"""

from __future__ import annotations

import shutil
from pathlib import Path

ASIDE = ".before"
"""Where an earlier run lies while a fresh one has played nothing yet."""


def parts(path: Path) -> list[Path]:
    """All that a run writes into its folder, in an order that can be stopped anywhere: run.json goes last."""
    found = [path / "result.json", *sorted(path.glob("seed-*")), path / "metrics.jsonl", path / "run.json"]
    return [part for part in found if part.exists()]


def played(path: Path) -> bool:
    """Whether there is more than a beginning: a record of what was played, asked or trained."""
    files = (file.relative_to(path).parts[1] for file in path.glob("seed-*/**/*") if file.is_file())
    return (path / "result.json").is_file() or any(part not in ("lesson", "practice.json") for part in files)


def clear(path: Path) -> None:
    """Delete what a run wrote; what others put there stays."""
    for part in parts(path):
        if part.is_dir():
            shutil.rmtree(part)
        else:
            part.unlink()


def set_aside(path: Path) -> None:
    """Put what a run wrote out of the way."""
    (path / ASIDE).mkdir()
    for part in parts(path):
        part.rename(path / ASIDE / part.name)


def settle(path: Path) -> None:
    """Delete what was set aside, or bring it back where nothing was played since."""
    aside = path / ASIDE
    if not aside.is_dir():
        return
    if not played(path) and parts(aside):
        clear(path)
        for part in reversed(parts(aside)):
            part.rename(path / part.name)
    shutil.rmtree(aside)
