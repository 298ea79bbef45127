"""Hostile programs, the world they attack, and what "contained" means, asserted for real.

A program tries things through `attempt`, which prints "refused" or "ESCAPED", or does something for which there is no
word. After each one: the secret (in a file, in the caller's environment, in the caller's memory) has not come back;
nothing outside has changed; the caller and a bystander's session are untouched; no process is left; the run ended
within its bound, with an ending the program should have; and it said what it had to, so it did run.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Iterable
from dataclasses import dataclass
from inspect import cleandoc
from pathlib import Path

from worldlore.sandbox import Bounds, Ran, Rung, Sandbox
from worldlore.sandbox.inside.lock import syscalls

PATIENT = Bounds(seconds=10, cpu_seconds=5, memory_mb=256, files_mb=4, processes=8, output_chars=5_000, calls=50)
HASTY = PATIENT.model_copy(update={"seconds": 0.3})
FUNCTIONS = {"move": ["room"], "pick": ["thing", "room"], "say": ["*words", "**named"]}
MACHINE = platform.machine()
SLACK = 2.0
"""Seconds a busy machine may take to notice."""

TOOLS = """
import ctypes, errno, os, signal, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long

def syscall(number, *arguments):
    result = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result

def attempt(what, *arguments, **named):
    try:
        result = what(*arguments, **named)
    except BaseException as error:
        print("refused:", type(error).__name__, str(error)[:200])
    else:
        print("ESCAPED:", repr(result)[:300])
        return result
"""


@dataclass(frozen=True)
class Hostile:
    """One program that must be contained."""

    name: str
    code: str
    says: str = "refused"
    """What its output or its error must contain: proof that it came so far, and no further."""
    endings: tuple[str, ...] = ("finished",)
    needs: Rung = Rung.SECCOMP
    """The rung that promises to contain it."""
    hasty: bool = False
    """Whether only the wall clock ends it."""


class World:
    """What there is to steal and to break, and a bystander."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.secret = f"hush-{os.urandom(8).hex()}"
        os.environ["WORLDLORE_TEST_SECRET"] = self.secret
        (folder / "secret.txt").write_text(self.secret)
        (folder / "inside").mkdir()
        folder.chmod(0o777)
        (folder / "secret.txt").chmod(0o666)
        self.before = self._look()

    def setup(self, bystander: int) -> str:
        """The tools, and where to aim."""
        aims = {"SECRET": str(self.folder / "secret.txt"), "OUTSIDE": str(self.folder), "CALLER": os.getpid()}
        return TOOLS + "".join(f"{k} = {v!r}\n" for k, v in {**aims, "BYSTANDER": bystander, "NR": numbers()}.items())

    def changed(self) -> bool:
        """Whether anything outside is not as it was."""
        return self._look() != self.before

    def _look(self) -> list[tuple[str, int, int, bytes]]:
        paths = sorted(self.folder.rglob("*"))
        return [(str(p), p.stat().st_mode, p.stat().st_uid, p.read_bytes() if p.is_file() else b"") for p in paths]


class Arena:
    """Two sandboxes, patient and hasty, each with a bystander's session that must survive everything."""

    def __init__(self, world: World, patient: Sandbox, hasty: Sandbox) -> None:
        self.world, self.sandboxes = world, (patient, hasty)
        self.bystanders = [sandbox.session({}) for sandbox in self.sandboxes]
        for session in self.bystanders:
            session.run("kept = 41", refuse)
        self.workers = [sandbox._started()._process.pid for sandbox in self.sandboxes]
        self.before = descendants(self.workers)

    @property
    def rung(self) -> Rung:
        return self.sandboxes[0].rung

    def close(self) -> None:
        for sandbox in self.sandboxes:
            sandbox.close()

    def faults(self, program: Hostile) -> list[str]:
        """Run it; every way in which it was not contained."""
        sandbox, bystander = self.sandboxes[program.hasty], self.bystanders[program.hasty]
        setup = self.world.setup(bystander._child.pid)
        began = time.monotonic()
        ran = sandbox.run(cleandoc(program.code), FUNCTIONS, lambda name, args, named: [name, *args], setup)
        took = time.monotonic() - began
        found = said(ran, program, self.world.secret)
        if self.rung < Rung.NAMESPACES and "ModuleNotFoundError" in f"{ran.error}":
            found = []  # without files of its own, a program can be left without its tools
        if took > sandbox.bounds.seconds + SLACK:
            found.append(f"took {took:.1f} s")
        if self.world.changed():
            found.append("something outside changed")
        if bystander.run("kept + 1", refuse).value != "42":
            found.append("a bystander's session suffered")
        if left := self.lingering():
            found.append(f"left processes {left}")
        return [f"{fault}\n{ran}" for fault in found]

    def lingering(self) -> set[int]:
        """Processes that were not there before and do not go away."""
        for attempt in range(60):
            left = descendants(self.workers) - self.before - {spare(sandbox) for sandbox in self.sandboxes}
            if not left:
                break
            time.sleep(0.002 * (1 + attempt))
        return left


def spare(sandbox: Sandbox) -> int:
    """The process a sandbox has made in advance, as it is numbered here."""
    worker = sandbox._started()
    with worker._turn:
        worker._collect()
    if not worker._spare or worker._spare[0].handle is None:
        return 0
    lines = Path(f"/proc/self/fdinfo/{worker._spare[0].handle}").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pid:"))


def said(ran: Ran, program: Hostile, secret: str) -> list[str]:
    """What is wrong with what came back."""
    text, found = f"{ran.output}\n{ran.value}\n{ran.error}", list[str]()
    if secret in text:
        found.append("the secret came back")
    if "ESCAPED" in text:
        found.append("it escaped")
    if program.says not in text:
        found.append(f"it did not say {program.says!r}")
    if ran.ending not in program.endings:
        found.append(f"its ending is {ran.ending!r}")
    if len(text) > 20_000:
        found.append(f"it said {len(text)} characters")
    return found


def refuse(name: str, args: object, named: object) -> None:
    raise AssertionError(f"nobody may call {name}")


def descendants(of: Iterable[int]) -> set[int]:
    """Every process under these, the dead that nobody has buried left out."""
    found, new = set[int](), set(of)
    while new := {child for pid in new for child in children(pid)}:
        found |= new
    return found


def children(pid: int) -> list[int]:
    try:
        listed = [path.read_text().split() for path in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:
        return []
    return [int(child) for words in listed for child in words if alive(child)]


def alive(pid: str) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def numbers() -> dict[str, int]:
    """Numbers of system calls worth trying, on this machine."""
    return syscalls.numbers(FORBIDDEN, MACHINE) | syscalls.numbers(syscalls.JUDGED, MACHINE)


FORBIDDEN = """
kill 62 129, tkill 200 130, tgkill 234 131, rt_sigqueueinfo 129 138, pidfd_open 434 434, pidfd_send_signal 424 424,
pidfd_getfd 438 438, kcmp 312 272, ptrace 101 117, process_vm_readv 310 270, process_vm_writev 311 271,
process_madvise 440 440, mount 165 40, umount2 166 39, pivot_root 155 41, chroot 161 51, move_mount 429 429,
open_tree 428 428, fsopen 430 430, mount_setattr 442 442, unshare 272 97, setns 308 268, setuid 105 146, setgid 106
144, setresuid 117 147, setgroups 116 159, capset 126 91, setsid 112 157, setpgid 109 154, personality 135 92,
keyctl 250 219, add_key 248 217, request_key 249 218, bpf 321 280, perf_event_open 298 241, userfaultfd 323 282,
io_uring_setup 425 425, io_setup 206 0, inotify_init1 294 26, fanotify_init 300 262, memfd_create 319 279,
memfd_secret 447 447, execve 59 221, execveat 322 281, open_by_handle_at 304 265, name_to_handle_at 303 264, openat2
437 437, mknodat 259 33, linkat 265 37, symlinkat 266 36, fchmodat 268 53, fchownat 260 54, utimensat 280 88,
setxattr 188 5, reboot 169 142, sethostname 170 161, swapon 167 224, acct 163 89, init_module 175 105, kexec_load
246 104, quotactl 179 60, syslog 103 116, clock_settime 227 112, settimeofday 164 170, sched_setscheduler 144 119,
setpriority 141 140, sched_setaffinity 203 122, ioprio_set 251 30, setrlimit 160 164, mlockall 151 230, shmget 29
194, semget 64 190, msgget 68 186, mq_open 240 180, timer_create 222 107, signalfd4 289 74, timerfd_create 283 85,
vmsplice 278 75, splice 275 76, tee 276 77, socket 41 198, socketpair 53 199, connect 42 203, bind 49 200, listen 50
201, accept4 288 242, sendmmsg 307 269, pkey_alloc 330 289, remap_file_pages 216 234, process_mrelease 448 448,
landlock_create_ruleset 444 444, statmount 457 457
"""
"""System calls nobody may make, in the form of `syscalls`."""
