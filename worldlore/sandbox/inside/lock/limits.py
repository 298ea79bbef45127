"""Resource limits: the one layer every Unix has. None can be raised again."""

from __future__ import annotations

import resource
import sys

MB = 1 << 20


def apply(bounds: dict[str, int], others: int) -> None:
    """Limit this process; `others` processes of the same user are not this program's."""
    limits = {
        "RLIMIT_AS": bounds["memory_mb"] * MB,
        "RLIMIT_FSIZE": bounds["files_mb"] * MB,
        "RLIMIT_NOFILE": bounds["open_files"],
        "RLIMIT_NPROC": others + 1 + bounds["processes"],
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    if bounds["cpu_seconds"]:
        limits["RLIMIT_CPU"] = bounds["cpu_seconds"]
    for name, most in limits.items():
        which = getattr(resource, name, None)
        if which is not None:
            _lower(which, most, most + (name == "RLIMIT_CPU"))  # first the signal that says why, then the end


def _lower(which: int, soft: int, hard: int) -> None:
    known = resource.getrlimit(which)[1]
    if known != resource.RLIM_INFINITY:
        soft, hard = min(soft, known), min(hard, known)
    try:
        resource.setrlimit(which, (soft, hard))
    except (OSError, ValueError):
        if sys.platform == "linux":  # macOS knows some limits by name only
            raise
