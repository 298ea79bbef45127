"""Where a run comes from: everything one would ask before believing it.

What a page only names, and the user may change behind its back, is told by a hash: the module of a part of one's own
(`name = "corridor:Corridor"`; of a package, every module in it), every file whose path is a value of the page, as
"my.md" is, and every run, which its `run.json` stands for; a word with neither an ending nor a slash is no path.
"""

from __future__ import annotations

import datetime
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import worldlore

PACKAGES = ("torch", "transformers", "tokenizers", "peft", "accelerate", "openai", "pydantic", "numpy", "alfworld")


def provenance() -> dict[str, Any]:
    """Code, packages, machine, command and time, as JSON values."""
    return {
        "worldlore": worldlore.__version__,
        "commit": _commit(),
        "python": platform.python_version(),
        "packages": {name: v for name in PACKAGES if (v := _version(name))},
        "machine": {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()},
        "command": shlex.join(sys.argv),
        "started": datetime.datetime.now(datetime.UTC).isoformat(timespec="milliseconds"),
    }


def own_files(page: Any) -> dict[str, str]:
    """Key of a page -> hash of the user's own files it names."""
    found = ((key, _files(key, value)) for key, value in _leaves(page, ""))
    return {key: _hash(files) for key, files in found if files}


def _leaves(page: Any, where: str) -> Iterator[tuple[str, str]]:
    """Every text of a page, with its key: `environment.inner.name`."""
    if isinstance(page, str):
        yield where, page
    elif isinstance(page, Mapping | list | tuple):
        for key, value in page.items() if isinstance(page, Mapping) else enumerate(page):
            yield from _leaves(value, f"{where}.{key}" if where else str(key))


def _files(key: str, value: str) -> list[Path]:
    """The files a text stands for: a module's, if it names a part, else the one at that path, or of the run there."""
    if key.rpartition(".")[2] == "name":
        file = getattr(sys.modules.get(value.partition(":")[0]), "__file__", None) if ":" in value else None
        path = Path(file or "")
        return sorted(path.parent.rglob("*.py")) if path.name == "__init__.py" else [path] if file else []
    path = Path(value)
    try:
        files = (path if path.suffix or "/" in value else None, path / "run.json")
        return [next(file for file in files if file is not None and file.is_file())]
    except StopIteration:
        return []
    except OSError:  # a text too long for a path
        return []


def _hash(files: list[Path]) -> str:
    return sha256(b"".join(sha256(file.read_bytes()).digest() for file in files)).hexdigest()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _commit() -> str | None:
    """The commit of the checkout the package is run from, "+" where files differ from it; None outside of one."""
    here = Path(worldlore.__file__).parent
    try:
        head = subprocess.run(["git", "-C", here, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        changed = subprocess.run(
            ["git", "-C", here, "status", "--porcelain", "-uno", "."], check=True, capture_output=True, text=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")
