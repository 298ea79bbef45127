"""The warm worker: a bare interpreter that never held a secret, from which every program's process is forked.

It was started with an empty environment, three closed streams and one socket, has imported a few modules of the
standard library and has locked itself in as far as it can and still fork. It knows these requests:

    open    a socket rides on it: fork a process that serves a program on that socket -> its number and a handle
    permit  let the next fork of that session pass
    clear   end whatever was forked from that session
    status  how a process ended, waiting until it has

- It never reads a byte of a program or of what a program says: those go over the socket of the program's own.
- When its caller is gone (the socket ends), it ends, and with it, where it heads a process table, every program.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import os
import pkgutil
import select
import signal
import socket
import struct
import sys
from typing import Any

from . import lock, wire
from .program import serve

READY = """
abc array ast base64 binascii bisect calendar cmath codecs collections contextlib copy csv dataclasses datetime
decimal difflib enum fractions functools gc hashlib heapq importlib inspect io itertools json keyword linecache
locale math numbers operator os pathlib pprint queue random re secrets shutil signal statistics string struct
tempfile textwrap threading time timeit tokenize traceback types typing unicodedata uuid warnings weakref
"""
"""Modules a program is likely to import: read once here, so that no program waits for them."""

ASIDE = frozenset({"tests", "benchmarks"})
"""Parts of a package that no program needs."""

NOTIFICATION, VERDICT = 80, 24
RECEIVE, SEND = 0xC0502100, 0xC0182101
"""ioctl numbers and sizes of seccomp's user notification."""
CONTINUE = 1
EPERM = 1


class Worker:
    """Forks, judges forks, remembers how processes ended."""

    def __init__(self, control: socket.socket, layers: lock.Layers) -> None:
        self.control, self.layers = control, layers
        self.live: set[int] = set()
        self.folders: dict[int, str] = {}  # first process of a session, or the only one -> scratch folder on disk
        self.ended: dict[int, int] = {}
        self.judges: dict[int, int] = {}  # descriptors of seccomp -> the session's first process
        self.permits: dict[int, int] = {}
        self.poll = select.poll()

    def run(self) -> None:
        """Serve until the caller is gone."""
        woken, wake = os.pipe()
        for end in (woken, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self.poll.register(self.control, select.POLLIN)
        self.poll.register(woken, select.POLLIN)
        while True:
            for fd, event in self.poll.poll():
                if fd == woken:
                    os.read(woken, 4096)
                    self.reap()
                elif fd == self.control.fileno():
                    self.answer(*wire.receive(self.control))
                else:
                    self.judge(fd, event)

    def reap(self) -> None:
        """Take note of every process that has ended."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.note(pid, status)

    def note(self, pid: int, status: int) -> None:
        """One process has ended: keep how, remove what it wrote."""
        self.live.discard(pid)
        self.ended[pid] = status
        if pid not in self.judges.values():
            self.sweep(pid)
        while len(self.ended) > 1024:
            del self.ended[next(iter(self.ended))]

    def sweep(self, pid: int) -> None:
        """Remove what a program wrote, once nobody it was forked into is left."""
        if pid in self.folders:
            with contextlib.suppress(OSError):  # on the lowest rung something of the program may still be at work there
                remove(self.folders.pop(pid))

    def clear(self) -> None:
        """End every process there still is, and remove what it wrote."""
        for pid in list(self.live):
            with contextlib.suppress(ProcessLookupError, ChildProcessError):
                os.kill(pid, signal.SIGKILL)
                self.note(*os.waitpid(pid, 0))
        for tree in list(self.judges.values()):
            self.clear_tree(tree)
        for pid in list(self.folders):
            self.sweep(pid)

    def clear_tree(self, tree: int) -> None:
        """End every process that was ever forked from a session: all are in its group, for none can leave it.

        As long as there is one, the filter's descriptor is in use and the group's number is no one else's.
        """
        if tree in self.judges.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(tree, signal.SIGKILL)

    def answer(self, request: dict[str, Any], fds: list[int]) -> None:
        """Do what the caller asks."""
        if request["op"] == "open":
            try:
                self.open(request, fds[0])
            except OSError as error:  # no process, no room: this one program's misfortune
                wire.send(self.control, {"op": "failed", "why": f"no process for a program: {error}"})
            finally:
                os.close(fds[0])
        elif request["op"] == "permit":
            self.permits[request["pid"]] = 1
            wire.send(self.control, {"op": "permitted"})
        elif request["op"] == "clear":
            self.clear_tree(request["pid"])
            wire.send(self.control, {"op": "cleared"})
        else:
            wire.send(self.control, {"op": "status", "status": self.status(request["pid"])})

    def status(self, pid: int) -> int | None:
        """How a process that is ending ended; None for one that is not a child."""
        if pid not in self.ended:
            try:
                self.note(*os.waitpid(pid, 0))
            except ChildProcessError:
                return None
        return self.ended.pop(pid, None)

    def open(self, request: dict[str, Any], channel: int) -> None:
        """Fork a process for one program, or one session of programs."""
        session = request["session"] and self.layers.judged
        folder, others = lock.scratch(self.layers), lock.others(self.layers, len(self.live))
        mine, its = socket.socketpair() if session else (None, None)
        pid = os.fork()
        if pid == 0:
            begin(self, request["bounds"], (folder, others), channel, None if its is None else its.detach())
        self.live.add(pid)
        watched = None if self.layers.has("namespaces") else folder
        if watched:
            self.folders[pid] = watched
        if mine is not None and its is not None:
            its.close()
            self.adopt(pid, mine)
        handle = (os.pidfd_open(pid),) if hasattr(os, "pidfd_open") else ()
        wire.send(self.control, {"op": "opened", "pid": pid, "folder": watched}, handle)
        for fd in handle:
            os.close(fd)

    def adopt(self, pid: int, mine: socket.socket) -> None:
        """Take the descriptor on which this session's forks are judged."""
        with mine:
            _, fds, _, _ = socket.recv_fds(mine, 1, 1)
        for fd in fds:
            self.judges[fd] = pid
            self.poll.register(fd, select.POLLIN)

    def judge(self, fd: int, event: int) -> None:
        """A process of a session asks to fork: let it if its caller asked for that, once."""
        if not event & select.POLLIN:
            self.poll.unregister(fd)
            tree = self.judges.pop(fd)
            os.close(fd)
            self.permits.pop(tree, None)
            if tree not in self.live:
                self.sweep(tree)
            return
        asked = bytearray(NOTIFICATION)
        try:
            fcntl.ioctl(fd, RECEIVE, asked)
            (notice,) = struct.unpack_from("Q", asked)
            may = self.permits.pop(self.judges[fd], 0)
            fcntl.ioctl(fd, SEND, struct.pack("QqiI", notice, 0, 0 if may else -EPERM, CONTINUE if may else 0))
        except OSError:
            pass  # the process that asked is dead


def begin(worker: Worker, bounds: dict[str, int], place: tuple[str, int], channel: int, judge: int | None) -> None:
    """In the new process: keep the channel, shut the doors, hand over the descriptor that judges forks, serve."""
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        worker.control.detach()
        keep_only(channel, *([] if judge is None else [judge]))
        talk = connection(3)
        try:
            listener = lock.close_in(worker.layers, bounds, *place, fork=judge is not None)
        except Exception as error:
            wire.send(talk, {"op": "unlocked", "why": f"{type(error).__name__}: {error}"})
            return
        if listener is not None:
            with connection(4) as handover:
                socket.send_fds(handover, [b"j"], [listener])
            os.close(listener)
        wire.send(talk, {"op": "locked"})
        serve(talk)
    finally:
        os._exit(1)


def keep_only(*fds: int) -> None:
    """Close every descriptor but the first three and these, which become 3, 4 and so on."""
    kept = [fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in fds]
    os.closerange(3, 64)
    for number, fd in enumerate(kept, start=3):
        os.dup2(fd, number, inheritable=False)
    os.closerange(3 + len(kept), 1 << 16)


def connection(fd: int) -> socket.socket:
    """A socket object for a descriptor, without asking the kernel what it is."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fileno=fd)


def remove(folder: str) -> None:
    """Remove a scratch folder, whatever modes a program gave to what it made there, and however deep it dug.

    Each folder below is moved up before it is emptied, so no path grows longer than the kernel takes one.
    """
    moved, folders = 0, [folder]
    while folders:
        path = folders.pop()
        os.chmod(path, 0o700)  # noqa: PTH101
        with os.scandir(path) as entries:
            for entry in list(entries):
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)  # noqa: PTH108
                    continue
                os.chmod(entry.path, 0o700)  # noqa: PTH101
                moved += 1
                folders.append(f"{folder}.{moved}")
                os.rename(entry.path, folders[-1])  # noqa: PTH104
        os.rmdir(path)  # noqa: PTH106


def load(folders: list[str], modules: list[str]) -> None:
    """Read modules once for all programs; their folders are out of reach once the doors are shut."""
    sys.path.extend(folders)
    for name in modules:
        package = importlib.import_module(name.removesuffix(".*"))
        paths = package.__path__ if name.endswith(".*") else ()
        for below in pkgutil.walk_packages(paths, f"{package.__name__}.", onerror=lambda _: None):
            if not ASIDE.intersection(below.name.split(".")):
                importlib.import_module(below.name)
    del sys.path[len(sys.path) - len(folders) :]


def main(fd: int, words: list[str]) -> None:
    """Settle, say what is in force, serve. The words: layers to leave out; after a plus, folders and modules."""
    os.environ.clear()
    control = socket.socket(fileno=fd)
    plus = words.index("+") if "+" in words else len(words)
    without, told = words[:plus], words[plus + 1 :]
    try:
        load([], list(READY.split()))
        load(told[0].split(os.pathsep) if told else [], told[1:])
        layers = lock.settle(without)
        sys.path[:] = [path for path in sys.path if path.startswith(lock.LIBRARY)]
        gc.collect()
        gc.freeze()
        wire.send(control, {"op": "ready", "rung": layers.rung, "missing": layers.missing})
        worker = Worker(control, layers)
        try:
            worker.run()
        except (EOFError, ConnectionError):
            worker.clear()
    except Exception as error:
        wire.send(control, {"op": "failed", "why": f"{type(error).__name__}: {error}"})
    finally:
        os._exit(0)
