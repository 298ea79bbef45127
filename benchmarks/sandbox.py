"""What one action costs in the sandbox: a one-shot run and a run of a session, against a naive subprocess.

The naive way starts `python -c` for every action: it has none of the sandbox's walls, and no calls back. Each figure
is a median; the three are measured in turn, round after round, so that other work on the machine meets them alike.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

from worldlore.sandbox import Sandbox

ROUNDS = 200
CODE = "rooms = sorted({'kitchen', 'hall'})\nprint(rooms[0])\nlen(rooms)"
CALLS = 10


def measure() -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    with Sandbox() as sandbox:
        session = sandbox.session({})
        ways: dict[str, Callable[[], object]] = {
            "naive": lambda: subprocess.run([sys.executable, "-c", CODE], capture_output=True, check=True),
            "bare": lambda: subprocess.run([sys.executable, "-I", "-S", "-c", CODE], capture_output=True, check=True),
            "once": lambda: sandbox.run(CODE, {}, _echo),
            "session": lambda: session.run(CODE, _echo),
        }
        times = _medians(ways)
        call = _call(sandbox)
        rung = sandbox.rung.name
    naive = f"{times['naive']:.1f} ms, {times['bare']:.1f} ms isolated"
    return [
        (f"action in the sandbox ({rung}), one-shot", f"{times['once']:.2f} ms ({_ratio(times, 'once')})"),
        ("action in a session", f"{times['session']:.2f} ms ({_ratio(times, 'session')})"),
        ("  against `python -c` without any wall", naive),
        ("call of a function, there and back", f"{1000 * call:.0f} µs"),
    ]


def _medians(ways: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Milliseconds of each way."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            began = perf_counter()
            way()
            taken[name].append(1000 * (perf_counter() - began))
    return {name: median(times) for name, times in taken.items()}


def _ratio(times: dict[str, float], name: str) -> str:
    return f"{times['naive'] / times[name]:.0f}x faster, {times['bare'] / times[name]:.0f}x than isolated"


def _call(sandbox: Sandbox) -> float:
    """Milliseconds of one call, from runs with many."""
    session = sandbox.session({"move": ["room"]})
    code = f"for _ in range({CALLS}):\n    move('hall')"
    empty, full = (_medians({"run": lambda c=c: session.run(c, _echo)})["run"] for c in ("1", code))
    session.close()
    return (full - empty) / CALLS


def _echo(name: str, args: list[object], named: dict[str, object]) -> None:
    return None


if __name__ == "__main__":
    for label, figure in measure():
        print(f"{label}: {figure}")
