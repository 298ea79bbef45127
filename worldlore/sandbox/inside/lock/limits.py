"""Resource limits: the one layer every Unix has. Soft and hard limits are the same, so none can be raised again."""

from __future__ import annotations

import resource
import sys

MB = 1 << 20


def apply(bounds: dict[str, int], others: int) -> None:
    """Limit this process; `others` processes of the same user are not this program's."""
    limits = {
        "RLIMIT_AS": bounds["memory_mb"] * MB,
        "RLIMIT_CPU": bounds["cpu_seconds"],
        "RLIMIT_FSIZE": bounds["files_mb"] * MB,
        "RLIMIT_NOFILE": bounds["open_files"],
        "RLIMIT_NPROC": others + 1 + bounds["processes"],
        "RLIMIT_CORE": 0,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    for name, most in limits.items():
        which = getattr(resource, name, None)
        if which is not None:
            _lower(which, most)


def _lower(which: int, most: int) -> None:
    hard = resource.getrlimit(which)[1]
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    try:
        resource.setrlimit(which, (most, most))
    except (OSError, ValueError):
        if sys.platform == "linux":  # macOS knows some limits by name only
            raise
