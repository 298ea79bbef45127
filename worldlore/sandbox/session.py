"""One program's interpreter: run code in it, answer its calls, end it at its bounds.

- Nothing the other side says is believed: a frame is checked, a text is cut, a call is counted, time is kept here.
- A session is frozen between its runs: no thread a program left behind uses any time.
- A session that was timed out or killed is not alive; running it again raises SandboxError.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from worldlore.errors import SandboxError
from worldlore.sandbox.base import Answer, Bounds, Ending, Ran, Stopped
from worldlore.sandbox.child import Child, Gone, Late
from worldlore.sandbox.inside import wire
from worldlore.sandbox.worker import Worker

GRACE = 0.2
"""Seconds a program has to leave a session whole after its caller wants no more of the run."""


@dataclass
class Clock:
    """The wall clock of a run, stopped while the caller answers."""

    seconds: float
    began: float = field(default_factory=time.monotonic)
    elsewhere: float = 0.0

    @property
    def deadline(self) -> float:
        """When the run must be over."""
        return self.began + self.elsewhere + self.seconds

    @property
    def spent(self) -> float:
        """Seconds so far."""
        return time.monotonic() - self.began - self.elsewhere

    @contextlib.contextmanager
    def stopped(self) -> Any:
        """Time that is not the program's."""
        since = time.monotonic()
        try:
            yield
        finally:
            self.elsewhere += time.monotonic() - since


class Session:
    """State kept between runs. Made by `Sandbox.session`; closed by `close`, or with its sandbox."""

    def __init__(self, worker: Worker, child: Child, bounds: Bounds, tree: int, setup: str) -> None:
        self._worker, self._child, self._bounds, self._tree, self._setup = worker, child, bounds, tree, setup
        self.alive = True
        """Whether it can run once more."""
        self._why = "it was closed"
        worker.sessions.add(self)

    def run(self, code: str, answer: Answer) -> Ran:
        """Run code; what an Answer raises, other than Stopped, ends the program and comes out here."""
        return self._run(code, answer, Clock(self._bounds.seconds))

    def _run(self, code: str, answer: Answer, clock: Clock, once: bool = False) -> Ran:
        if not self.alive:
            raise SandboxError(f"this session can run no more: {self._why}. Open a new one.")
        run = _Run(self._child, self._bounds, answer, clock, once)
        try:
            if not once:
                self._child.thaw()
            chars = self._bounds.output_chars
            run.send({"op": "run", "setup": self._setup, "code": code, "chars": chars})
            run.follow()
        except BaseException:
            self._finish(run, once)
            raise
        ran = self._finish(run, once)
        self._setup = "" if run.ending == "finished" else self._setup
        return ran

    def _finish(self, run: _Run, once: bool) -> Ran:
        """Freeze what goes on, end what does not, and say what came of the run."""
        if run.over and not once:
            self._child.freeze()
        else:
            status = self._end(run.error or "its program was ended in the middle")
            run.blame(status)
        return run.ran()

    def _end(self, why: str) -> int | None:
        self.alive, self._why = False, why
        self._worker.sessions.discard(self)
        return self._child.close(self._worker.status)

    def fork(self) -> Session:
        """A second session that goes on from the same interpreter state, with the same scratch folder."""
        if not self.alive:
            raise SandboxError(f"this session cannot be forked: {self._why}. Open a new one.")
        ours, theirs = socket.socketpair()
        try:
            child = self._twin(ours, theirs)
        except (Gone, Late, wire.Malformed) as error:
            ours.close()
            self._end("it did not answer when it was to be forked")
            raise SandboxError(f"the session could not be forked: {self._why} ({type(error).__name__})") from error
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        return Session(self._worker, child, self._bounds, self._tree, self._setup)

    def _twin(self, ours: socket.socket, theirs: socket.socket) -> Child:
        deadline = time.monotonic() + self._bounds.seconds
        if hasattr(socket, "SO_PASSCRED"):
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._worker.permit(self._tree)
        self._child.thaw()
        self._child.send({"op": "fork"}, (theirs.fileno(),), deadline)
        reply = self._child.receive(deadline)
        self._child.freeze()
        if reply["op"] != "forked":
            raise SandboxError(f"the session could not be forked: {str(reply.get('error'))[:200]}")
        theirs.close()
        return introduce(ours, deadline, self._child.grouped)

    def close(self) -> None:
        """End the interpreter and everything it holds. Closing twice is allowed."""
        if self.alive:
            self._end("it was closed")


def introduce(channel: socket.socket, deadline: float, grouped: bool) -> Child:
    """The process on the far end of a channel, as the kernel names it.

    The number is taken from what the kernel attaches to a message, the handle is opened, and a second message must
    carry the same number: so the handle is that process's, and not that of a later one with the same number.
    """
    pid = _sender(channel, deadline)
    try:
        handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        wire.send(channel, {"op": "hello"})
        again = _sender(channel, deadline)
    except OSError:
        raise Gone from None
    if again != pid:
        if handle is not None:
            os.close(handle)
        raise Gone
    child = Child(channel, pid, handle, grouped)
    child.freeze()
    return child


def _sender(channel: socket.socket, deadline: float) -> int:
    """Read one frame "ready"; the number of the process that sent it."""
    channel.settimeout(max(0.001, deadline - time.monotonic()))
    size = struct.calcsize("3i")
    data, sent, _, _ = channel.recvmsg(4096, socket.CMSG_SPACE(size))
    if len(data) < wire.HEAD:
        raise Gone
    frame = wire.unpack(data[wire.HEAD :])
    numbers = [struct.unpack("3i", body[:size])[0] for _, _, body in sent if len(body) >= size]
    return numbers[0] if numbers else int(frame["pid"])


class _Run:
    """One run: frames in, what came of it out."""

    def __init__(self, child: Child, bounds: Bounds, answer: Answer, clock: Clock, once: bool) -> None:
        self.child, self.bounds, self.answer, self.clock, self.once = child, bounds, answer, clock, once
        self.ending: Ending = "killed"
        self.over = False  # the far side said so, and can take the next run
        self.error: str | None = None
        self.value: str | None = None
        self.printed, self.length, self.calls = list[str](), 0, 0
        self.raised: BaseException | None = None
        self.given_up = 0.0

    def send(self, frame: dict[str, Any]) -> None:
        try:
            self.child.send(frame, deadline=self.clock.deadline)
        except Gone:
            pass  # what it said before it went is still to be read
        except Late:
            self._late()

    def follow(self) -> None:
        """Read frames until the run is over, one way or another."""
        while not self.over and self.error is None:
            try:
                self._take(self.child.receive(self.given_up or self.clock.deadline))
            except Late:
                if self.given_up:
                    break
                self._late()
            except Gone:
                break
            except wire.Malformed as error:
                self._kill(f"the program wrote to its caller's channel itself: {error}")
        if self.raised is not None:
            raise self.raised

    def _late(self) -> None:
        self.ending = "timeout"
        self.error = f"the program ran longer than {self.bounds.seconds:g} s of wall clock and was ended"

    def _kill(self, why: str) -> None:
        self.ending, self.error = "killed", why

    def _take(self, frame: dict[str, Any]) -> None:
        match frame:
            case {"op": "print", "text": str(text)}:
                self._print(text)
            case {"op": "call", "name": str(name), "args": list(args), "kwargs": dict(kwargs)}:
                self._call(name, args, kwargs)
            case {"op": "done", "ending": "finished" | "raised" | "stopped" as ending, "value": value, "error": error}:
                self._done(ending, value, error)
            case _:
                self._kill("the program wrote to its caller's channel itself: a frame that is no request")

    def _print(self, text: str) -> None:
        if self.length <= self.bounds.output_chars:
            self.printed.append(text)
            self.length += len(text)

    def _call(self, name: str, args: list[Any], kwargs: dict[str, Any]) -> None:
        if self.given_up:
            self._kill("the program went on calling after it was stopped")
            return
        if self.calls >= self.bounds.calls:
            self._kill(f"the program made more than {self.bounds.calls} calls")
            return
        self.calls += 1
        try:
            with self.clock.stopped():
                given = wire.pack({"op": "value", "value": self.answer(name, clean(args), clean(kwargs))})
        except Stopped:
            self._give_up()
        except BaseException as error:  # noqa: BLE001
            self.raised = error
            self._give_up()
        else:
            self._send_bytes(given)

    def _send_bytes(self, data: bytes) -> None:
        try:
            self.child.channel.settimeout(max(0.001, self.clock.deadline - time.monotonic()))
            self.child.channel.sendall(data)
        except TimeoutError:
            self._late()
        except OSError:
            pass

    def _give_up(self) -> None:
        """The caller wants no more: a session may leave its state whole, if it leaves soon."""
        self.ending = "stopped"
        if self.once:
            self.error = ""
        else:
            self.given_up = time.monotonic() + GRACE
            self.child.send({"op": "stop"}, deadline=self.given_up)

    def _done(self, ending: Ending, value: object, error: object) -> None:
        if self.given_up:
            ending = "stopped"
        self.ending, self.over = ending, True
        self.value = value if isinstance(value, str) and ending == "finished" else None
        self.error = str(error) if ending == "raised" else None

    def blame(self, status: int | None) -> None:
        """Say why a process ended that said nothing."""
        if self.ending == "killed" and self.error is None:
            self.error = _cause(status, self.bounds)

    def ran(self) -> Ran:
        """What came of it, every text cut and whole."""
        most = self.bounds.output_chars
        output, value, error = (cut(t, most) for t in ("".join(self.printed), self.value, self.error or None))
        return Ran(self.ending, output or "", value, error, self.calls, self.clock.spent)


def cut(text: str | None, most: int) -> str | None:
    """At most so many characters, with a note where some are left out; nothing that cannot be stored as UTF-8."""
    if text is None:
        return None
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= most else f"{text[:most]}\n… cut at {most} characters"


def clean(value: Any) -> Any:
    """The same value with every string fit for UTF-8: half of a surrogate pair would break whoever stores it."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [clean(v) for v in value]
    if isinstance(value, dict):
        return {clean(k): clean(v) for k, v in value.items()}
    return value


def _cause(status: int | None, bounds: Bounds) -> str:
    if status is None:
        return "the program's process ended"
    if os.WIFEXITED(status):
        return f"the program ended its own process (exit status {os.WEXITSTATUS(status)})"
    number = os.WTERMSIG(status)
    if number == signal.SIGXCPU or number == signal.SIGKILL:
        return f"the kernel ended the program: more than {bounds.cpu_seconds} s of processor time, or no memory left"
    if number == signal.SIGXFSZ:
        return f"the program wrote a file of more than {bounds.files_mb} MB"
    if number == signal.SIGSYS:
        return "the program made a system call of another architecture"
    return f"the program crashed its interpreter ({signal.Signals(number).name})"
