"""Landlock: which files a process may reach, from here on and for all its descendants.

Everything Landlock can govern is forbidden, then two folders are given back: the standard library to read, the
scratch folder to read and write. What is not given back even there: to execute, to make links, pipes, sockets and
devices, to move a file into another folder. From ABI 4 TCP is forbidden, from ABI 6 signals and abstract sockets
that leave the domain.

What it does not govern: whether a path exists, its size and dates, and what lies inside a folder that is given, such as
a `site-packages` under the standard library. Attributes cannot be changed, because the system-call filter forbids it;
the rest is hidden one rung higher, by a file system of the worker's own.
"""

from __future__ import annotations

import ctypes
import os

from .kernel import PR_SET_NO_NEW_PRIVS, prctl, syscall

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same on every architecture
WRITE_FILE, READ_FILE, READ_DIR, REMOVE_DIR, REMOVE_FILE = (1 << n for n in range(1, 6))
MAKE_DIR, MAKE_REG, TRUNCATE = 1 << 7, 1 << 8, 1 << 14
READ = READ_FILE | READ_DIR
SCRATCH = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | TRUNCATE
TCP, SCOPES = 0b11, 0b11


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)]


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def version() -> int:
    """The ABI this kernel has; OSError where it has none."""
    return syscall(CREATE_RULESET, 0, 0, 1)


def restrict(folders: dict[str, int]) -> None:
    """Forbid everything but the rights given beneath each folder."""
    abi = version()
    handled = _handled(abi)
    length = 8 if abi < 4 else 16 if abi < 6 else 24
    wanted = _Ruleset(handled, TCP, SCOPES)
    rules = syscall(CREATE_RULESET, ctypes.byref(wanted), length, 0)
    try:
        for folder, rights in folders.items():
            _give(rules, folder, rights & handled)
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        syscall(RESTRICT_SELF, rules, 0)
    finally:
        os.close(rules)


def _handled(abi: int) -> int:
    bits = 13 if abi < 2 else 14 if abi < 3 else 15 if abi < 5 else 16
    return (1 << bits) - 1


def _give(rules: int, folder: str, rights: int) -> None:
    fd = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        syscall(ADD_RULE, rules, 1, ctypes.byref(_Beneath(rights, fd)), 0)
    finally:
        os.close(fd)
