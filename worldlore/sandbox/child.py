"""A program's process as its caller sees it: a handle to end it, and a channel that is read with a deadline.

The handle is a file descriptor the kernel ties to that one process (where there is such a thing), so a number that
has been given to another process in the meantime is never signalled.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Callable
from typing import Any

from worldlore.sandbox.inside import wire


class Gone(Exception):
    """The process has ended, or closed its channel."""


class Late(Exception):
    """Nothing came before the deadline."""


class Child:
    """One locked process and the caller's end of its channel."""

    def __init__(self, channel: socket.socket, pid: int, handle: int | None, grouped: bool) -> None:
        self.channel, self.pid, self.handle, self.grouped = channel, pid, handle, grouped
        self._buffer = bytearray()
        self._poll = select.poll()
        self._poll.register(channel, select.POLLIN)
        if handle is not None:
            self._poll.register(handle, select.POLLIN)

    def send(self, frame: dict[str, Any], fds: tuple[int, ...] = (), deadline: float | None = None) -> None:
        """Send a frame; Gone when nobody is there to read it, Late when it is not read in time."""
        try:
            self.channel.settimeout(None if deadline is None else max(0.001, deadline - time.monotonic()))
            wire.send(self.channel, frame, fds)
        except TimeoutError:
            raise Late from None
        except OSError:
            raise Gone from None

    def receive(self, deadline: float) -> dict[str, Any]:
        """The next frame; Gone, Late, or wire.Malformed."""
        body = wire.HEAD + wire.size(self._exactly(wire.HEAD, deadline))
        frame = wire.unpack(bytes(self._exactly(body, deadline)[wire.HEAD :]))
        del self._buffer[:body]
        return frame

    def _exactly(self, count: int, deadline: float) -> bytes:
        while len(self._buffer) < count:
            ready = dict(self._poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
            if time.monotonic() > deadline:
                raise Late
            if self.channel.fileno() in ready:
                self._read()
            elif ready:
                raise Gone
        return bytes(self._buffer[:count])

    def _read(self) -> None:
        try:
            data = self.channel.recv(1 << 16)  # no room for descriptors: the kernel drops what a program attaches
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

    def kill(self) -> None:
        """End the process, and its process group where a program may have started others."""
        if self.grouped:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self.signal(signal.SIGKILL)

    def wait(self, seconds: float) -> bool:
        """Whether the process ends by itself within so many seconds."""
        if self.handle is None:
            time.sleep(min(seconds, 0.01))
            return False
        ended = select.poll()
        ended.register(self.handle, select.POLLIN)
        return bool(ended.poll(seconds * 1000))

    def close(self, status: Callable[[int], int | None]) -> int | None:
        """End the process, wait until it has, let go of channel and handle; how it ended, as `waitpid` says it."""
        self.kill()
        self.channel.close()
        how = status(self.pid)
        if self.handle is not None:
            self.wait(1.0)
            os.close(self.handle)
        return how
