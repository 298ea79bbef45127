"""A program's interpreter, kept from run to run.

- A session is frozen between its runs: no thread a program left behind uses any time.
- A session that was timed out, killed or cut off in a call is not alive; running it again raises SandboxError.
- `Stopped`, or any exception of an Answer, ends the run: the program gets an exception it is not to catch and a moment
  to leave; if it does, the session goes on from there, else it is killed.
- A session serves one thread of its caller at a time; many sessions may run side by side.
- A fork is let pass only when the caller asks for it, once; the new process is known by what the kernel says of it.
"""

from __future__ import annotations

import os
import signal
import socket
import struct
import time
from dataclasses import dataclass, field

from worldlore.errors import SandboxError
from worldlore.sandbox.base import Answer, Bounds, Ran
from worldlore.sandbox.child import Child, Gone, Late
from worldlore.sandbox.inside import wire
from worldlore.sandbox.run import Run, Terms
from worldlore.sandbox.worker import Worker

DYING = 0.05
"""Seconds a process that closed its channel has to end by itself, so that its status says why."""


@dataclass
class Tree:
    """Sessions forked from one another."""

    number: int
    """The first one's process, as the worker numbers it."""
    forked: bool = False
    """Whether a fork was ever let pass: if so, a program may have taken it for itself."""
    members: set[int] = field(default_factory=set)


class Session:
    """State kept between runs. Made by `Sandbox.session`; closed by `close`, or with its sandbox."""

    def __init__(self, worker: Worker, child: Child, terms: Terms, tree: Tree, setup: str) -> None:
        """`setup` is what is still to be run before the first code."""
        self._worker, self._child, self._terms, self._tree, self._setup = worker, child, terms, tree, setup
        self.alive = True
        """Whether it can run once more."""
        self._why = ""
        tree.members.add(id(self))
        worker.sessions.add(self)

    def run(self, code: str, answer: Answer) -> Ran:
        """Run code; what an Answer raises, other than Stopped, ends the run and comes out here."""
        self._demand("run")
        self._child.thaw()
        run = Run(self._child, self._terms, answer, patient=True)
        try:
            run.follow(code, self._setup)
            if run.intact:
                self._child.freeze()
                self._setup = "" if run.ending == "finished" else self._setup
        finally:
            cause = None if run.intact else self._bury(run)
        if run.raised is not None:
            raise run.raised
        return run.ran(cause)

    def fork(self) -> Session:
        """A second session that goes on from the same interpreter state, with the same scratch folder."""
        self._demand("be forked")
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                child = self._twin(ours, theirs)
        except BaseException as error:
            ours.close()
            self._end("it could not be forked")
            if isinstance(error, Gone | Late | wire.Malformed):
                raise SandboxError("the session could not be forked: it gave no answer, and was ended") from error
            raise
        return Session(self._worker, child, self._terms, self._tree, self._setup)

    def close(self) -> None:
        """End the interpreter and everything it holds. Closing twice is allowed."""
        if self.alive:
            self._end("it was closed")

    def __del__(self) -> None:
        self.close()

    def _demand(self, what: str) -> None:
        if not self.alive:
            raise SandboxError(f"this session can {what} no more: {self._why}. Open a new one.")

    def _end(self, why: str) -> None:
        """End the process; with the last of its tree, whatever a program made of a fork that was let pass."""
        self.alive, self._why = False, why
        self._worker.sessions.discard(self)
        self._child.close()
        self._tree.members.discard(id(self))
        if self._tree.forked and not self._tree.members:
            self._worker.clear(self._tree.number)

    def _bury(self, run: Run) -> str:
        """End the process of a run that did not leave it whole; why it ended, if it said nothing."""
        cause = ""
        try:
            if run.ending is None:
                cause = self._cause()
        finally:
            self._end(run.error or cause or "its program was stopped in the middle of a call")
        return cause

    def _cause(self) -> str:
        self._child.gone(DYING)
        self._child.kill()
        number = self._child.number
        return explain(None if number is None else self._worker.status(number), self._terms.bounds)

    def _twin(self, ours: socket.socket, theirs: socket.socket) -> Child:
        self._child.hear_lock()
        deadline = time.monotonic() + self._terms.bounds.seconds
        if hasattr(socket, "SO_PASSCRED"):
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._tree.forked = True
        self._worker.permit(self._tree.number)
        self._child.thaw()
        self._child.send(wire.pack({"op": "fork"}), deadline, (theirs.fileno(),))
        while (reply := self._child.receive(deadline))["op"] == "print":
            pass  # by a thread a program left behind, between two runs
        self._child.freeze()
        if reply["op"] != "forked":
            raise SandboxError(f"the session could not be forked: {str(reply.get('error'))[:200]}")
        theirs.close()
        twin = introduce(ours, deadline, self._child.grouped)
        twin.watched = self._child.watched
        return twin


def once(worker: Worker, child: Child, terms: Terms, answer: Answer, source: tuple[str, str]) -> Ran:
    """Run a program (code, set-up) in a process that ends with it."""
    session = Session(worker, child, terms, Tree(child.pid), "")
    run = Run(child, terms, answer, patient=False)
    try:
        run.follow(*source)
    finally:
        cause = session._bury(run)
    if run.raised is not None:
        raise run.raised
    return run.ran(cause)


def introduce(channel: socket.socket, deadline: float, grouped: bool) -> Child:
    """The process on the far end of a channel, as the kernel names it.

    The number is taken from what the kernel attaches to a message, the handle is opened, and a second message must
    carry the same number: so the handle is that process's, and not that of a later one with the same number.
    """
    try:
        pid = _sender(channel, deadline)
        handle = os.pidfd_open(pid) if hasattr(os, "pidfd_open") else None
        child = Child(channel, pid, handle, grouped)
        child.number, child.locked = None, True  # the worker does not know it; it was locked before it was born
        wire.send(channel, {"op": "hello"})
        if _sender(channel, deadline) != pid:
            raise Gone
    except TimeoutError:
        raise Late from None
    except OSError:
        raise Gone from None
    child.freeze()
    return child


def _sender(channel: socket.socket, deadline: float) -> int:
    """Read one frame "ready"; the number of the process that sent it."""
    channel.settimeout(max(0.001, deadline - time.monotonic()))
    size = struct.calcsize("3i")
    data, attached, _, _ = channel.recvmsg(4096, socket.CMSG_SPACE(size))
    if len(data) < wire.HEAD:
        raise Gone
    if not hasattr(socket, "SCM_CREDENTIALS"):  # where the kernel attaches no name, the process has to be believed
        return int(wire.unpack(data[wire.HEAD :])["pid"])
    for level, kind, body in attached:
        if (level, kind, len(body)) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS, size):
            return struct.unpack("3i", body)[0]
    raise Gone


def explain(status: int | None, bounds: Bounds) -> str:
    """Why a process ended, from its status as `waitpid` gives it."""
    if status is None:
        return "the program's process ended"
    if os.WIFEXITED(status):
        return f"the program ended its own process (exit status {os.WEXITSTATUS(status)})"
    number = os.WTERMSIG(status)
    known: dict[int, str] = {
        signal.SIGXCPU: f"the program used more than {bounds.cpu_seconds} s of processor time",
        signal.SIGXFSZ: f"the program wrote a file of more than {bounds.files_mb} MB",
        signal.SIGSYS: "the program made a system call of another architecture",
        signal.SIGKILL: "the program was killed: it closed its channel, ignored a limit, or memory ran out",
    }
    return known.get(number, f"the program crashed its interpreter ({signal.Signals(number).name})")
