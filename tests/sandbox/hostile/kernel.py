"""Every system call that nobody may make, tried raw; and the ones that are judged by their arguments."""

from __future__ import annotations

from tests.sandbox.hostile.base import FORBIDDEN, MACHINE, Hostile
from worldlore.sandbox.inside.lock import syscalls

OTHER_ARCHITECTURE = """
import mmap
area = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
area.write({code!r})
print("about to call")
call = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(area)))
print("ESCAPED:", call())
"""
GETPID_BY_INT80 = b"\xb8\x14\x00\x00\x00\xcd\x80\xc3"  # mov eax, 20; int 0x80; ret

ARGUMENTS = {
    "kill": "CALLER, 9",
    "tgkill": "os.getpid(), os.getpid(), 0",
    "capset": "(ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)(*[0xffffffff] * 6)",
    "unshare": "0x10000000",
    "socket": "1, 1, 0",
    "execve": "b'/bin/sh', None, None",
    "memfd_create": "b'x', 0",
    "io_uring_setup": "8, ctypes.create_string_buffer(200)",
}
"""Of the calls that would not get far with nothing but noughts."""

RAW = [
    Hostile(
        f"the system call {name}",
        f"attempt(syscall, {number}, {ARGUMENTS.get(name, '0, 0, 0, 0, 0, 0')})",
        says="refused: PermissionError",
    )
    for name, number in syscalls.numbers(FORBIDDEN, MACHINE).items()
]

JUDGED = [
    Hostile(
        "a signal owner for a descriptor",
        """
        import fcntl
        attempt(fcntl.fcntl, 0, 8, CALLER)
        attempt(fcntl.fcntl, 0, 10, 9)
        """,
    ),
    Hostile(
        "typing into the terminal (TIOCSTI)",
        """
        import fcntl
        attempt(fcntl.ioctl, 0, 0x5412, b'x')
        """,
    ),
    Hostile(
        "taking a terminal (TIOCSCTTY)",
        """
        import fcntl
        attempt(fcntl.ioctl, 0, 0x540E, 1)
        """,
    ),
    Hostile(
        "raising a limit",
        """
        import resource
        attempt(resource.setrlimit, resource.RLIMIT_AS, (-1, -1))
        """,
    ),
    Hostile(
        "the limits of the caller",
        """
        import resource
        attempt(resource.prlimit, CALLER, resource.RLIMIT_NOFILE)
        """,
    ),
    Hostile("undoing no-new-privileges", "attempt(syscall, NR['prctl'], 38, 0, 0, 0, 0)"),
    Hostile("becoming dumpable", "attempt(syscall, NR['prctl'], 4, 1, 0, 0, 0)"),
    Hostile("taking the filter off by prctl", "attempt(syscall, NR['prctl'], 22, 0, 0, 0, 0)"),
    Hostile("reading back the filter's mode", "attempt(syscall, NR['prctl'], 21, 0, 0, 0, 0)"),
    Hostile("a filter of its own", "attempt(syscall, NR['seccomp'], 1, 8, ctypes.create_string_buffer(16))"),
    Hostile("a capability in the ambient set", "attempt(syscall, NR['prctl'], 47, 2, 21, 0, 0)"),
    Hostile("surviving as a subreaper", "attempt(syscall, NR['prctl'], 36, 1, 0, 0, 0)"),
    Hostile("a process with clone3", "attempt(syscall, NR['clone3'], ctypes.create_string_buffer(88), 88)"),
    Hostile("a process with clone", "attempt(syscall, NR['clone'], 17, 0, 0, 0, 0)"),
    Hostile("a sibling of itself with clone", "attempt(syscall, NR['clone'], 0x8000 | 17, 0, 0, 0, 0)"),
    Hostile(
        "a child in new namespaces",
        """
        for flag in (0x10000000, 0x20000000, 0x40000000, 0x20000):
            attempt(syscall, NR['clone'], flag | 17, 0, 0, 0, 0)
        """,
    ),
]

FOREIGN = [
    Hostile(
        "a system call of the 32-bit world",
        OTHER_ARCHITECTURE.format(code=GETPID_BY_INT80),
        says="about to call",
        endings=("killed",),
    ),
    Hostile(
        "a system call of the x32 world",
        """
        print('about to call')
        print('ESCAPED', syscall(0x40000000 | 39))
        """,
        says="system call of another architecture",
        endings=("killed",),
    ),
]

PROGRAMS = [*RAW, *JUDGED, *(FOREIGN if MACHINE == "x86_64" else [])]
