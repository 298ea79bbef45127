"""A file system, a network, a process table of the worker's own, and no rights outside them.

- The worker is nobody in particular: its user is mapped to one ordinary number, and nothing else is mapped.
- The file system is an empty one in memory, with the standard library bound into it read-only at its own path and
  an empty folder for scratch; what was there before is detached, so no path leads to it.
- The network has no interface that is up. The process table begins with the worker: when it ends, the kernel ends
  every program.
- Each program then has a mount table of its own, with a scratch folder in memory, bounded, that ends with it.
"""

from __future__ import annotations

import contextlib
import os

from .kernel import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, call, prctl

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x20000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
DETACH = 2
SIGKILL = 9
INNER = 1000
"""The user and group number inside."""
NOBODY = 65534
SCRATCH = "/scratch"
ROOM = "/proc"  # any folder that surely exists: what is mounted on it is seen by the worker alone
OTHERS = ("site-packages", "dist-packages")
"""What lies in the library's folder and is not the standard library."""


def drop(folder: str) -> None:
    """Stand in `folder` and stop being root. A path through root's home stays open from there, and only there."""
    os.chdir(folder)
    if os.geteuid() == 0:
        with contextlib.suppress(PermissionError):  # a root that was left no capability is none
            os.setgroups([])
            os.setresgid(NOBODY, NOBODY, NOBODY)
            os.setresuid(NOBODY, NOBODY, NOBODY)
        prctl(PR_SET_DUMPABLE, 1)  # or /proc/self would still be root's


def enter(library: str) -> None:
    """Move this process, which stands in `library`, into namespaces; its children get the new process table."""
    user, group = os.geteuid(), os.getegid()
    call("unshare", NEWUSER | NEWNS | NEWUTS | NEWIPC | NEWNET | NEWPID)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{INNER} {user} 1")
    _write("/proc/self/gid_map", f"{INNER} {group} 1")
    call("sethostname", b"sandbox", 7)
    _mount(None, "/", None, REC | PRIVATE)
    _mount("room", ROOM, "tmpfs", NOSUID | NODEV, "size=1m,mode=755")
    inner = ROOM + library
    for folder in (inner, ROOM + SCRATCH):
        os.makedirs(folder)  # noqa: PTH103
    _mount(".", inner, None, BIND)
    _mount(None, inner, None, BIND | REMOUNT | RDONLY | NOSUID | NODEV)
    for folder in (f"{inner}/{name}" for name in OTHERS):
        if os.path.isdir(folder):  # noqa: PTH112
            _mount("nothing", folder, "tmpfs", RDONLY | NOSUID | NODEV | NOEXEC, "size=4k,mode=555")
    _mount(None, ROOM, None, BIND | REMOUNT | RDONLY | NOSUID | NODEV | NOEXEC)
    os.chdir(ROOM)
    call("pivot_root", b".", b".")
    call("umount2", b".", DETACH)
    os.chdir("/")


def become_first() -> None:
    """Go on as process number one of the new table; the process that was waits for it and ends with it."""
    pid = os.fork()
    if pid == 0:
        prctl(PR_SET_PDEATHSIG, SIGKILL)
        return
    os.closerange(3, 1 << 16)
    os.waitpid(pid, 0)
    os._exit(0)


def scratch(megabytes: int) -> None:
    """Give this process a mount table of its own, with an empty folder of that size."""
    call("unshare", NEWNS)
    _mount("scratch", SCRATCH, "tmpfs", NOSUID | NODEV | NOEXEC, f"size={megabytes}m,nr_inodes=1024,mode=700")
    os.chdir(SCRATCH)


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    texts = (None if text is None else text.encode() for text in (source, target, kind))
    call("mount", *texts, flags, None if options is None else options.encode())


def _write(path: str, text: str) -> None:
    with open(path, "w") as file:  # noqa: PTH123
        file.write(text)
