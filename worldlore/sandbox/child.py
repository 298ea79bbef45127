"""A program's process as its caller sees it: a handle to end it, and a channel that is read with a deadline.

- The handle is a file descriptor the kernel ties to that one process (where there is such a thing), so a number that
  has been given to another process in the meantime is never signalled.
- Whatever comes over the channel is data: a frame that is too long or no request is `wire.Malformed`, and a file
  descriptor attached to it is dropped by the kernel, because nobody asks for it.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from typing import Any

from worldlore.errors import SandboxError
from worldlore.sandbox.inside import wire

PATIENCE = 30.0
"""Seconds a process may take to shut its doors."""
GLANCE = 0.05
"""Seconds between two looks at a scratch folder that no kernel bounds."""
PAGE = 4096
"""The least a name in it weighs, in bytes."""


class Gone(Exception):
    """The process has ended, or closed its channel."""


class Late(Exception):
    """Nothing came before the deadline."""


class Full(Exception):
    """The scratch folder holds more than it may."""


class Child:
    """One locked process and the caller's end of its channel."""

    def __init__(self, channel: socket.socket, pid: int, handle: int | None, grouped: bool) -> None:
        self.channel, self.pid, self.handle, self.grouped = channel, pid, handle, grouped
        self.owner = os.getpid()
        self.number: int | None = pid
        """How the worker numbers it, if the worker knows it."""
        self.locked = False
        """Whether it has said that its doors are shut; what it says before that is not the word of a program."""
        self.watched: tuple[str, int] | None = None
        """A scratch folder on disk and the bytes it may hold, where the kernel does not bound it."""
        self._buffer = bytearray()
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        if handle is not None:
            self._poll.register(handle, select.POLLIN)

    def send(self, frame: bytes, deadline: float, fds: tuple[int, ...] = ()) -> None:
        """Send a packed frame; Gone when nobody is there to read it, Late when it is not read in time."""
        try:
            self.channel.settimeout(max(0.001, deadline - time.monotonic()))
            if fds:
                frame = frame[socket.send_fds(self.channel, [frame], fds) :]
            self.channel.sendall(frame)
        except TimeoutError:
            raise Late from None
        except OSError:
            raise Gone from None

    def hear_lock(self) -> None:
        """Wait until the doors are shut; SandboxError when one could not be."""
        if self.locked:
            return
        try:
            first = self.receive(time.monotonic() + PATIENCE)
        except (Gone, Late):
            first = {"op": "unlocked", "why": "its process ended or hung"}
        if first["op"] != "locked":
            raise SandboxError(f"a program was not run, because it could not be locked in: {first.get('why')}")
        self.locked = True

    def receive(self, deadline: float) -> dict[str, Any]:
        """The next frame; Gone, Late, Full or wire.Malformed."""
        self._await(wire.HEAD, deadline)
        whole = wire.HEAD + wire.size(bytes(self._buffer[: wire.HEAD]))
        self._await(whole, deadline)
        body = bytes(self._buffer[wire.HEAD : whole])
        del self._buffer[:whole]
        return wire.unpack(body)

    def _await(self, count: int, deadline: float) -> None:
        """Read until the buffer holds so many bytes."""
        while len(self._buffer) < count:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Late
            ready = dict(self._poll.poll(1000 * (min(left, GLANCE) if self.watched else left)))
            if self.watched and heavier(*self.watched):
                raise Full
            if self.channel.fileno() in ready:
                self._read()
            elif ready:
                raise Gone

    def _read(self) -> None:
        try:
            data = self.channel.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            raise Gone
        self._buffer += data

    def signal(self, number: int) -> None:
        """Signal the process; nothing happens if it has ended."""
        with contextlib.suppress(ProcessLookupError):
            if self.handle is not None:
                signal.pidfd_send_signal(self.handle, number)
            else:
                os.kill(self.pid, number)

    def freeze(self) -> None:
        """Between two runs no thread of a program goes on."""
        self.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Go on."""
        self.signal(signal.SIGCONT)

    def gone(self, seconds: float) -> bool:
        """Whether the process ends by itself within so many seconds."""
        if self.handle is None:
            time.sleep(seconds)
            return False
        ended = select.poll()
        ended.register(self.handle, select.POLLIN)
        return bool(ended.poll(seconds * 1000))

    def kill(self) -> None:
        """End the process, and its process group where a program may have started others.

        A process forked from the owner's holds a copy of this handle, and leaves the program alone.
        """
        if self.owner != os.getpid():
            return
        if self.grouped:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self.signal(signal.SIGKILL)

    def close(self) -> None:
        """End the process and let go of it; the worker buries it."""
        self.kill()
        self.channel.close()
        if self.handle is not None:
            os.close(self.handle)
            self.handle = None


def heavier(folder: str, most: int) -> bool:
    """Whether all that lies in a folder weighs more bytes, at least a page a name; what cannot be looked into does.

    No path is followed further than the kernel takes one, so a program that digs deeper is over its bound.
    """
    total, folders = 0, [folder]
    try:
        while folders and total <= most:
            for entry in _entries(folders.pop()):
                total += _size(entry)
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
    except OSError:
        return True
    return total > most


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What lies in a folder; nothing if the program removed it meanwhile."""
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except FileNotFoundError:
        return []


def _size(entry: os.DirEntry[str]) -> int:
    """Bytes of a file; none if the program removed it meanwhile."""
    try:
        return max(PAGE, entry.stat(follow_symlinks=False).st_size)
    except FileNotFoundError:
        return 0
