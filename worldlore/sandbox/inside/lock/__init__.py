"""The layers, in the order in which they close.

The worker calls `settle` once, each program's process calls `close_in` before it reads a line of the program. A
layer that was there when the worker settled and fails for a program ends that program's process: the door is either
shut as promised or nobody goes in.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from dataclasses import dataclass, field

from . import limits

LIBRARY = os.path.dirname(os.__file__)  # noqa: PTH120
LADDER = ("seccomp", "landlock", "namespaces")


@dataclass
class Layers:
    """What the kernel gave."""

    missing: dict[str, str] = field(default_factory=dict)
    """Layer -> why it is not there."""
    closed: int = 1
    """The rung: a layer counts only when those before it are there."""

    def has(self, layer: str) -> bool:
        """Whether a layer is in force."""
        return layer not in self.missing


def settle() -> Layers:
    """Find out which layers there are, drop root, and move into namespaces; the caller goes on as their first process."""
    if sys.platform != "linux":
        why = f"{sys.platform} has none"
        return Layers(dict.fromkeys(LADDER, why))
    from . import landlock, namespaces, seccomp

    layers = Layers()
    if not seccomp.supported():
        layers.missing["seccomp"] = "no table of system calls for this machine"
    else:
        _try(layers, "seccomp", lambda: seccomp.apply(True, False))
    _try(layers, "landlock", lambda: landlock.restrict({}))
    namespaces.drop(LIBRARY)
    why = namespaces.possible(LIBRARY)
    if why:
        layers.missing["namespaces"] = why
        os.chdir("/")
    else:
        namespaces.enter(LIBRARY)
        namespaces.become_first()
    for layer in LADDER:
        if not layers.has(layer):
            break
        layers.closed += 1
    return layers


def _try(layers: Layers, name: str, lock: object) -> None:
    """Whether a lock closes, tried in a process that ends at once."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            lock()  # type: ignore[operator]
        except OSError as error:
            os.write(writer, str(error).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as answers:
        why = answers.read().decode()
    os.waitpid(pid, 0)
    if why:
        layers.missing[name] = why


def scratch(layers: Layers) -> str:
    """Where a program will have its scratch folder; made here, by the worker, unless it gets a file system of its own."""
    if layers.has("namespaces"):
        from .namespaces import SCRATCH

        return SCRATCH
    return tempfile.mkdtemp(prefix="sandbox-")


def close_in(layers: Layers, bounds: dict[str, int], folder: str, others: int, fork: bool) -> int | None:
    """Shut every door there is, for this process and for good; with `fork`, the descriptor that judges forks."""
    os.setsid()
    os.umask(0o077)
    if layers.has("namespaces"):
        from . import namespaces

        namespaces.scratch(bounds["files_mb"])
        namespaces.surrender()
    else:
        os.chdir(folder)
    limits.apply(bounds, others)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    if sys.platform != "linux":
        return None
    from . import kernel, landlock, seccomp

    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    if layers.has("landlock"):
        readable = {LIBRARY: landlock.READ} if os.access(LIBRARY, os.R_OK) else {}
        landlock.restrict({**readable, folder: landlock.SCRATCH})
    if layers.has("seccomp"):
        return seccomp.apply(layers.has("landlock"), fork)
    return None
