"""The layers, in the order in which they close.

The worker calls `settle` once, each program's process calls `close_in` before it reads a line of the program. A
layer that was there when the worker settled and fails for a program ends that program's process: the door is either
shut as promised or nobody goes in.
"""

from __future__ import annotations

import os
import platform
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from . import limits

LIBRARY = os.path.dirname(os.__file__)  # noqa: PTH120
LADDER = ("seccomp", "landlock", "namespaces")


@dataclass
class Layers:
    """What the kernel gave."""

    missing: dict[str, str] = field(default_factory=dict)
    """Layer -> why it is not there."""
    judged: bool = False
    """Whether forks can be judged one by one; where they cannot, but there is a filter, no session can be forked."""

    @property
    def rung(self) -> int:
        """How many layers hold, limits counted first; one counts only when those before it are there."""
        return 1 + next((n for n, layer in enumerate(LADDER) if layer in self.missing), len(LADDER))

    def has(self, layer: str) -> bool:
        """Whether a layer is in force."""
        return layer not in self.missing


def settle(without: Sequence[str] = ()) -> Layers:
    """Find out which layers there are, drop root, move into namespaces; the caller goes on as their first process."""
    if sys.platform != "linux":
        return Layers(dict.fromkeys(LADDER, f"{sys.platform} has none"))
    from . import landlock, namespaces, seccomp

    namespaces.drop(LIBRARY)
    locks: dict[str, Callable[[], object]] = {
        "seccomp": lambda: seccomp.apply(files=True, fork=False),
        "landlock": lambda: landlock.restrict({}),
        "namespaces": lambda: namespaces.enter(LIBRARY),
    }
    tried = {name: "left out" if name in without else trial(lock) for name, lock in locks.items()}
    layers = Layers({name: why for name, why in tried.items() if why})
    layers.judged = layers.has("seccomp") and not trial(lambda: seccomp.apply(files=True, fork=True))
    if layers.has("namespaces"):
        namespaces.enter(LIBRARY)
        namespaces.become_first()
    seccomp.build.cache_clear()
    for fork in (False, True) if layers.has("seccomp") else ():
        seccomp.build(platform.machine(), layers.has("landlock"), fork)  # so that no program's process has to
    return layers


def trial(lock: Callable[[], object]) -> str | None:
    """Why a lock does not close, tried in a process that ends at once; None if it does."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            lock()
            os.write(writer, b"closed")
        except Exception as error:
            os.write(writer, str(error).encode() or b"?")
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        why = answers.read().decode()
    os.waitpid(pid, 0)
    return None if why == "closed" else why or "the process died of it"


def scratch(layers: Layers) -> str:
    """Where a program will have its scratch folder; made now, unless it gets a file system of its own."""
    if layers.has("namespaces"):
        from .namespaces import SCRATCH

        return SCRATCH
    return tempfile.mkdtemp(prefix="sandbox-")


def others(layers: Layers, programs: int) -> int:
    """How many tasks the kernel counts against this user that are not the program's own."""
    if layers.has("namespaces"):
        return programs + 2
    try:
        own = [pid for pid in os.listdir("/proc") if pid.isdigit() and _uid(pid) == os.getuid()]  # noqa: PTH208
        return sum(_tasks(pid) for pid in own)
    except OSError:
        return 1024


def _uid(pid: str) -> int:
    try:
        return os.stat(f"/proc/{pid}").st_uid  # noqa: PTH116
    except OSError:
        return -1


def _tasks(pid: str) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/task"))  # noqa: PTH208
    except OSError:
        return 0


def close_in(layers: Layers, bounds: dict[str, int], folder: str, others: int, fork: bool) -> int | None:
    """Shut every door there is, for this process and for good; with `fork`, the descriptor that judges forks."""
    os.setsid()
    os.umask(0o077)
    if layers.has("namespaces"):
        from . import namespaces

        namespaces.scratch(bounds["files_mb"])
    else:
        os.chdir(folder)
    limits.apply(bounds, others)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    if sys.platform != "linux":
        return None
    from . import kernel, landlock, seccomp

    kernel.surrender()
    if layers.has("landlock"):
        readable = {LIBRARY: landlock.READ} if os.access(LIBRARY, os.R_OK) else {}
        landlock.restrict({**readable, folder: landlock.SCRATCH})
    if layers.has("seccomp"):
        return seccomp.apply(layers.has("landlock"), fork)
    return None
