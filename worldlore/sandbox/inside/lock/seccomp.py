"""The system-call filter: a list of what a program may ask of the kernel; everything else is refused.

- Refused means the error EPERM, so that a program meets a PermissionError it can report. Calls made for another
  architecture (32-bit, x32) are no honest program's: they kill the process.
- No process can be started: no fork, no exec. Threads can, without any new namespace. `fork=True` hands a plain fork
  to the worker to judge (a user notification), which lets one pass only when a session is to be forked.
- No signal can be sent, not even to itself; no socket made; no limit raised; no attribute of a file changed.
- Without Landlock (`files=False`) no file can be opened, because a filter cannot tell one path from another.

The filter is classic BPF: load a word of the call, compare, jump. One instruction is 8 bytes: code, two jumps, value.
"""

from __future__ import annotations

import ctypes
import functools
import platform
import struct
from errno import ENOSYS, EPERM

from . import syscalls
from .kernel import PR_SET_NO_NEW_PRIVS, prctl, syscall

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
ALLOW, KILL, NOTIFY, REFUSE = 0x7FFF0000, 0x80000000, 0x7FC00000, 0x00050000 | EPERM
ABSENT = 0x00050000 | ENOSYS
NUMBER, ARCHITECTURE = 0, 4
ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
SECCOMP = {"x86_64": 317, "aarch64": 277}
X32 = 0x40000000
SET_MODE_FILTER, NEW_LISTENER = 1, 1 << 3

THREAD = 0x00010000
NAMESPACES = 0x7E020080
"""CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET and NEWTIME."""
FORKS = (0x01200011, 0x11)
"""The flags of a plain fork: SIGCHLD, with and without the C library's note of the thread's number."""
FCNTL = (0, 1, 2, 3, 4, 5, 6, 7, 1030, 1032)
"""Duplicate, flags, locks, pipe size to read: no owner for signals, no seals."""
IOCTL = (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)
"""Is it a terminal, bytes waiting, (non-)blocking, close on exec."""
PRCTL = (15, 16, 0x53564D41)
"""The thread's name, and names of memory areas."""

Insn = tuple[int, int, int, int]


def apply(files: bool, fork: bool) -> int | None:
    """Lock this process; with `fork`, the descriptor on which the worker judges forks."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        raise OSError(ENOSYS, f"no table of system calls for {machine}")
    program = build(machine, files, fork)
    buffer = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program) // 8, ctypes.addressof(buffer)))
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    flags = NEW_LISTENER if fork else 0
    listener = syscall(SECCOMP[machine], SET_MODE_FILTER, flags, ctypes.byref(header))
    return listener if fork else None


@functools.cache
def build(machine: str, files: bool, fork: bool) -> bytes:
    """The whole filter, as the kernel wants it."""
    judged = syscalls.numbers(syscalls.JUDGED, machine)
    lines: list[Insn] = [
        (LOAD, 0, 0, ARCHITECTURE),
        *_unless(EQUAL, ARCHITECTURES[machine], KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    lines += [(AT_LEAST, 0, 1, X32), (RETURN, 0, 0, KILL)]
    lines += _when(judged["clone"], _clone(fork))
    lines += _when(judged["clone3"], [(RETURN, 0, 0, ABSENT)])  # its flags lie in memory: let the C library fall back
    lines += _when(judged["fcntl"], _among(1, FCNTL))
    lines += _when(judged["ioctl"], _among(1, IOCTL))
    lines += _when(judged["prctl"], _among(0, PRCTL))
    lines += _when(judged["prlimit64"], _own_limits())
    for number in allowed(machine, files).values():
        lines += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    lines.append((RETURN, 0, 0, REFUSE))
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def allowed(machine: str, files: bool) -> dict[str, int]:
    """The calls that pass whatever their arguments."""
    names = (syscalls.DESCRIPTORS, syscalls.MEMORY, syscalls.SELF, syscalls.CHANNEL, syscalls.TIME, syscalls.SIGNALS)
    tables = (*names, syscalls.FILES) if files else names
    return {name: n for table in tables for name, n in syscalls.numbers(table, machine).items()}


def _argument(index: int, high: bool = False) -> Insn:
    """Load one half of an argument (both machines are little-endian)."""
    return (LOAD, 0, 0, 16 + 8 * index + 4 * high)


def _unless(test: int, value: int, verdict: int) -> list[Insn]:
    return [(test, 1, 0, value), (RETURN, 0, 0, verdict)]


def _when(number: int, body: list[Insn]) -> list[Insn]:
    """Run `body`, which ends in a verdict, for one system call."""
    return [(EQUAL, 0, len(body), number), *body]


def _among(index: int, values: tuple[int, ...]) -> list[Insn]:
    """Allow when an argument is one of the values."""
    lines: list[Insn] = [_argument(index)]
    for value in values:
        lines += [(EQUAL, 0, 1, value), (RETURN, 0, 0, ALLOW)]
    return [*lines, (RETURN, 0, 0, REFUSE)]


def _clone(fork: bool) -> list[Insn]:
    """A thread passes; a plain fork is judged by the worker if it may be; nothing makes a namespace."""
    lines: list[Insn] = [_argument(0), (ANY_BIT, 0, 1, NAMESPACES), (RETURN, 0, 0, REFUSE)]
    lines += [(ANY_BIT, 0, 1, THREAD), (RETURN, 0, 0, ALLOW)]
    for flags in FORKS if fork else ():
        lines += [(EQUAL, 0, 1, flags), (RETURN, 0, 0, NOTIFY)]
    return [*lines, (RETURN, 0, 0, REFUSE)]


def _own_limits() -> list[Insn]:
    """Reading one's own limits: process 0, and no new limit given."""
    lines: list[Insn] = []
    for word in (_argument(0), _argument(2), _argument(2, high=True)):
        lines += [word, *_unless(EQUAL, 0, REFUSE)]
    return [*lines, (RETURN, 0, 0, ALLOW)]
