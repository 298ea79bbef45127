"""Run the hostile set as an ordinary user: `python -m tests.sandbox.ordinary [LAYER LEFT OUT …]`.

Who is an ordinary user already just runs it. Root becomes nobody first; because nobody may be unable to read the
interpreter or this repository (they may lie in root's home), both are bound to places it can read, in a mount table
that this process alone has.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

from worldlore.sandbox.inside.lock.kernel import call
from worldlore.sandbox.inside.lock.namespaces import BIND, NEWNS, NOBODY, PRIVATE, REC

REPOSITORY = Path(__file__).parents[2]
PLACES = ("/mnt", "/media", "/srv", "/opt")


def bind(source: Path, target: Path) -> None:
    """Show a folder at another place too."""
    target.mkdir()
    call("mount", str(source).encode(), str(target).encode(), None, BIND | REC, None)


def move_in() -> Path:
    """A mount table of our own; the place in it that holds interpreter, packages, repository and a free folder."""
    place = next(Path(p) for p in PLACES if Path(p).is_dir())
    call("unshare", NEWNS)
    call("mount", None, b"/", None, REC | PRIVATE, None)
    call("mount", b"place", str(place).encode(), b"tmpfs", 0, b"mode=755")
    bind(Path(sys.base_prefix), place / "python")
    bind(Path(sysconfig.get_paths()["purelib"]), place / "packages")
    bind(REPOSITORY, place / "repository")
    (place / "world").mkdir(mode=0o700)
    os.chown(place / "world", NOBODY, NOBODY)
    return place


def main(without: Sequence[str]) -> None:
    """Become nobody, if root, and run the batch."""
    if os.geteuid() != 0:
        with tempfile.TemporaryDirectory() as folder:
            os.execv(sys.executable, [sys.executable, "-m", "tests.sandbox.batch", folder, *without])
    python = Path(sys._base_executable).resolve().relative_to(Path(sys.base_prefix).resolve())
    try:
        place = move_in()
    except OSError as error:
        sys.stderr.write(f"root may not mount here ({error}), so nobody cannot be given an interpreter")
        sys.exit(3)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    os.chdir(place / "repository")
    paths = {
        "PYTHONPATH": f"{place}/repository:{place}/packages",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TMPDIR": f"{place}/world",
    }
    command = [str(place / "python" / python), "-m", "tests.sandbox.batch", f"{place}/world", *without]
    os.execve(command[0], command, paths)


if __name__ == "__main__":
    main(sys.argv[1:])
