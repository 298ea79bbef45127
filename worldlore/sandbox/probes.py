"""Is every promise kept, here and now? Small programs that try what must fail, and one or two that must succeed.

Each probe says from which rung on it is promised, and prints "held" or "broken" from inside; what only the caller can
see (an ending, a file that must not exist, a process left behind) is judged by the caller.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from worldlore.sandbox.base import Bounds, Ran, Rung
from worldlore.sandbox.sandbox import Sandbox

BOUNDS = Bounds(seconds=5, cpu_seconds=5, memory_mb=256, files_mb=4, processes=8, output_chars=1000)
BRIEF = BOUNDS.model_copy(update={"seconds": 0.3})

TOOLS = """
import os, signal, sys, time
def refused(what, *arguments):
    try:
        what(*arguments)
    except (OSError, ValueError, RuntimeError, MemoryError) as error:
        print("held:", type(error).__name__, error)
    else:
        print("broken")
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """How one probe came out."""

    name: str
    promised: bool
    """Whether the rung in force promises this."""
    held: bool
    detail: str
    """What the program met."""


def said(ran: Ran) -> bool:
    """The program itself met a closed door, and none that was open."""
    return ran.ending == "finished" and "held" in ran.output and "broken" not in ran.output


def ended(*endings: str) -> Callable[[Ran], bool]:
    """The run ended in one of these ways."""
    return lambda ran: ran.ending in endings


@dataclass(frozen=True, slots=True)
class Probe:
    """One promise, and the program that tries to break it."""

    name: str
    needs: Rung
    code: str
    judge: Callable[[Ran], bool] = said
    bounds: Bounds = BOUNDS


ANY = (
    Probe("standard library works", Rung.PROCESS, "import re, math, json, random\nprint('held:', math.pi)"),
    Probe("environment is empty", Rung.PROCESS, "print('broken' if dict(os.environ) else 'held: no variable')"),
    Probe("busy loop is ended", Rung.PROCESS, "while True: pass", ended("timeout"), BRIEF),
    Probe("memory is bounded", Rung.PROCESS, "refused(bytearray, 1 << 30)"),
    Probe("output is bounded", Rung.PROCESS, "print('x' * 10**7)", lambda ran: len(ran.output) < 2000),
    Probe(
        "forged request is refused", Rung.PROCESS, "os.write(3, b'\\xff' * 64); time.sleep(9)", ended("killed"), BRIEF
    ),
)

FILTERED = (
    Probe("file outside is not read", Rung.SECCOMP, "refused(open, FILE)"),
    Probe("file outside is not written", Rung.SECCOMP, "refused(open, FILE, 'a')\nrefused(open, FILE + '2', 'w')"),
    Probe("file outside is not removed", Rung.SECCOMP, "refused(os.unlink, FILE)\nrefused(os.rename, FILE, 'x')"),
    Probe("file outside keeps its mode", Rung.SECCOMP, "refused(os.chmod, FILE, 0o777)"),
    Probe(
        "socket is refused",
        Rung.SECCOMP,
        "import socket\nfor n in (1, 2, 10, 16, 17, 38, 40): refused(socket.socket, n)",
    ),
    Probe("new process is refused", Rung.SECCOMP, "refused(os.fork)\nrefused(os.posix_spawn, '/bin/sh', ['sh'], {})"),
    Probe("other program is refused", Rung.SECCOMP, "refused(os.execv, '/bin/sh', ['sh'])"),
    Probe("signal is refused", Rung.SECCOMP, "for who in (CALLER, os.getppid(), 1, -1): refused(os.kill, who, 0)"),
    Probe("limit is not raised", Rung.SECCOMP, "import resource as r\nrefused(r.setrlimit, r.RLIMIT_AS, (-1, -1))"),
    Probe("memory of the caller is unseen", Rung.SECCOMP, "refused(open, f'/proc/{CALLER}/mem')"),
    Probe("environment of others is unseen", Rung.SECCOMP, "refused(open, f'/proc/{CALLER}/environ')"),
)

FILL = """
for n in range(9):
    with open(f'x{n}', 'wb') as file:
        file.write(bytes(1 << 20))
    time.sleep(0.08)
"""
THREADS = """
import threading
def start():
    for _ in range(99):
        threading.Thread(target=time.sleep, args=(9,), daemon=True).start()
refused(start)
"""
HIGHER = (
    Probe("scratch folder works", Rung.LANDLOCK, "open('x', 'w').write('y')\nprint('held:', os.listdir('.'))"),
    Probe("scratch folder is bounded", Rung.LANDLOCK, FILL, ended("raised", "killed")),
    Probe("links and pipes are refused", Rung.LANDLOCK, "refused(os.symlink, FILE, 'l')\nrefused(os.mkfifo, 'p')"),
    Probe("threads are bounded", Rung.NAMESPACES, THREADS),
    Probe("paths outside do not exist", Rung.NAMESPACES, "refused(os.stat, FILE)\nrefused(os.stat, '/proc/1')"),
    Probe("user is nobody in particular", Rung.NAMESPACES, "refused(os.setuid, 0)\nprint('held: user', os.getuid())"),
)


def probe(start: Callable[[Bounds], Sandbox] = Sandbox) -> Iterator[Finding]:
    """Try every promise, in a sandbox started for it."""
    with tempfile.TemporaryDirectory() as folder, start(BOUNDS) as usual, start(BRIEF) as brief:
        target = Path(folder, "target")
        target.write_text("untouched")
        for path, mode in ((Path(folder), 0o777), (target, 0o666)):
            path.chmod(mode)
        tools = f"{TOOLS}\nFILE, CALLER = {str(target)!r}, {os.getpid()}\n"
        for one in (*ANY, *FILTERED, *HIGHER):
            yield _try(one, brief if one.bounds is BRIEF else usual, tools)
        whole = list(Path(folder).iterdir()) == [target] and target.read_text() == "untouched"
        yield Finding("nothing outside has changed", usual.rung >= Rung.SECCOMP, whole, "one folder, one file in it")
        yield _frozen(usual)


def _try(one: Probe, sandbox: Sandbox, tools: str) -> Finding:
    ran = sandbox.run(one.code, {}, _nothing, tools)
    lines = (ran.error or ran.output or ran.ending).strip().splitlines()
    return Finding(one.name, sandbox.rung >= one.needs, one.judge(ran), lines[-1].removeprefix("held: ")[:90])


IDLE = """
import threading, time
gap, last = 0.0, time.monotonic()
def watch():
    global gap, last
    while True:
        now = time.monotonic()
        gap, last = max(gap, now - last), now
threading.Thread(target=watch, daemon=True).start()
"""


def _frozen(sandbox: Sandbox) -> Finding:
    """A thread that a program left behind misses the time between two runs."""
    session = sandbox.session({})
    session.run(IDLE, _nothing)
    time.sleep(0.2)
    gap = session.run("time.sleep(0.01)\ngap", _nothing).value
    session.close()
    held = gap is not None and float(gap) > 0.15
    return Finding("session is frozen between runs", True, held, f"a thread left behind missed {gap} s")


def _nothing(name: str, args: object, named: object) -> None:
    return None
