"""System calls the standard library does not have, through the C library already in the process."""

from __future__ import annotations

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)


def call(name: str, *arguments: object) -> int:
    """Call a function of the C library; OSError, naming it, where it gives less than zero."""
    function = getattr(libc, name)
    function.restype = ctypes.c_long
    result = function(*(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def syscall(number: int, *arguments: object) -> int:
    """A raw system call; OSError where it fails."""
    return call("syscall", number, *arguments)


PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG = 4, 38, 1


def prctl(option: int, value: int) -> None:
    """Set one attribute of this process."""
    call("prctl", option, value, 0, 0, 0)


CAPABILITIES_VERSION, NO_CAPABILITIES = struct.pack("Ii", 0x20080522, 0), bytes(24)


def surrender() -> None:
    """Give up every capability, new privileges and being looked into, for good."""
    prctl(PR_SET_NO_NEW_PRIVS, 1)
    prctl(PR_SET_DUMPABLE, 0)
    call("capset", CAPABILITIES_VERSION, NO_CAPABILITIES)
