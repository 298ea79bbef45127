"""The caller's handle on the warm worker: start it, ask it for processes, end it.

The worker is started from the base interpreter, isolated (`-s -P -S`), with an environment that only settles how
strings are hashed, so that a program's sets have one order everywhere; no open file but one socket; a session of its
own. It is told nothing but bounds, process numbers and which packages to load before it locks itself in.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worldlore.errors import ConfigError, SandboxError
from worldlore.sandbox.base import Bounds, Rung
from worldlore.sandbox.child import Child
from worldlore.sandbox.inside import wire

if TYPE_CHECKING:
    from worldlore.sandbox.session import Session

START = (
    "import sys; sys.path.insert(0, sys.argv[1]); from inside.worker import main; main(int(sys.argv[2]), sys.argv[3:])"
)
ENDED = "the sandbox's worker has ended, and every session with it; open new sessions, they get another worker"
PATIENCE = 30.0
"""Seconds the worker may take to start or to answer."""
LOADING = 120.0
"""Seconds more where it reads packages in advance."""


class Worker:
    """The one process all programs of a sandbox are forked from. Safe to use from several threads."""

    def __init__(self, bounds: Bounds, without: Sequence[str] = (), preload: Sequence[str] = ()) -> None:
        """`without` names layers to leave out, so that the lower rungs can be tried on a machine that has all."""
        self.sessions: weakref.WeakSet[Session] = weakref.WeakSet()
        self.bounds, self.owner = bounds, os.getpid()
        self._ordered: list[socket.socket] = []
        self._cleared: list[int] = []
        self._spare: list[Child] = []
        """A process made in advance, at most one, and the caller's end of the channel of one that is being made."""
        self._turn = threading.Lock()
        words = [*without, *preloading(preload)]
        self._control, theirs = socket.socketpair()
        self._control.settimeout(PATIENCE + LOADING * bool(preload))
        try:
            process = start(theirs, words)
        except OSError as error:
            self._control.close()
            raise SandboxError(f"the sandbox's worker could not be started: {error}") from error
        finally:
            theirs.close()
        self._process = process
        """The interpreter that was started; where there are namespaces, the worker is its child."""
        self._end = weakref.finalize(self, end, process, self.owner, [self._control], self._ordered, self._spare)
        try:
            ready = self._reply()[0]
            self._control.settimeout(PATIENCE)
        except SandboxError:
            self.close()
            raise
        self.rung, self.missing = Rung(ready["rung"]), dict(ready["missing"])

    @property
    def dead(self) -> bool:
        """Whether the worker has ended, and every program with it."""
        return self._process.poll() is not None

    def open(self, session: bool) -> Child:
        """A new locked process that waits for its program."""
        if not session and (spare := self._take()):
            return spare
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                reply, fds = self.ask(self._order(session), (theirs.fileno(),))
        except BaseException:
            ours.close()
            raise
        return self._child(ours, reply, fds)

    def prepare(self) -> None:
        """Have the process of the next one-shot run made meanwhile; nobody waits for it here."""
        with self._turn, contextlib.suppress(OSError):
            if not self._ordered and not self._spare and self._end.alive:
                ours, theirs = socket.socketpair()
                self._ordered.append(ours)
                with theirs:
                    wire.send(self._control, self._order(session=False), (theirs.fileno(),))

    def _order(self, session: bool) -> dict[str, Any]:
        """The request for a process; the runs of a session are held by the wall clock alone."""
        limits = self.bounds.model_dump(include=set(LIMITS))
        limits["cpu_seconds"] *= not session
        return {"op": "open", "bounds": limits, "session": session}

    def _child(self, ours: socket.socket, reply: dict[str, Any], fds: list[int]) -> Child:
        child = Child(ours, reply["pid"], fds[0] if fds else None, grouped=self.rung < Rung.SECCOMP)
        if reply["folder"]:
            child.watched = reply["folder"], self.bounds.files_mb << 20
        return child

    def _take(self) -> Child | None:
        """The process made in advance, if there is one and it lives."""
        with self._turn:
            self._collect()
            spare = self._spare.pop() if self._spare else None
        if spare is not None and spare.gone(0):
            spare.close()
            spare = None
        return spare

    def _collect(self) -> None:
        """Read the answer to the order made in advance, before anything else is asked."""
        if self._ordered:
            ours = self._ordered.pop()
            try:
                self._spare.append(self._child(ours, *self._reply()))
            except SandboxError:  # whoever needs a process asks for one, and is told why there is none
                ours.close()

    def permit(self, tree: int) -> None:
        """Let the next fork of a session pass."""
        self.ask({"op": "permit", "pid": tree})

    def clear(self, tree: int) -> None:
        """End whatever is left of a tree of sessions: now, or when the worker is next asked for something."""
        self._cleared.append(tree)
        if self._turn.acquire(blocking=False):  # not while this very thread is asking: an object may end at any moment
            try:
                with contextlib.suppress(SandboxError, OSError):
                    self._settle()
            finally:
                self._turn.release()

    def _settle(self) -> None:
        """Bring everything to an end that was begun or put off, before anything else is asked."""
        self._collect()
        while self._cleared:
            wire.send(self._control, {"op": "clear", "pid": self._cleared.pop()})
            self._reply()

    def status(self, pid: int) -> int | None:
        """How a process ended that is ending, as `waitpid` says it; None where nobody knows."""
        return self.ask({"op": "status", "pid": pid})[0]["status"]

    def ask(self, request: dict[str, Any], fds: tuple[int, ...] = ()) -> tuple[dict[str, Any], list[int]]:
        """One question, one answer."""
        with self._turn:
            try:
                self._settle()
                wire.send(self._control, request, fds)
            except OSError as error:
                raise SandboxError(ENDED) from error
            return self._reply()

    def _reply(self) -> tuple[dict[str, Any], list[int]]:
        try:
            reply, fds = wire.receive(self._control)
        except (EOFError, OSError, wire.Malformed) as error:
            raise SandboxError(ENDED) from error
        if reply["op"] == "failed":
            raise SandboxError(f"the sandbox's worker failed: {reply['why']}")
        return reply, fds

    def close(self) -> None:
        """End every session, then the worker; no process is left behind. Also done at exit."""
        for session in list(self.sessions):
            session.close()
        with self._turn:
            self._end()


def end(process: subprocess.Popen[bytes], owner: int, *held: list[socket.socket] | list[Child]) -> None:
    """Let the worker go: when its socket ends, it ends, and the kernel ends what it heads."""
    for things in held:
        for thing in things:
            thing.close()
    if owner != os.getpid():  # a process forked from the owner's: the worker is not ours
        process.returncode = 0
        return
    try:
        process.wait(2.0)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def preloading(modules: Sequence[str]) -> list[str]:
    """How the worker is told what to load: a plus sign, the folders to find it in, the modules."""
    folders = dict.fromkeys(_folder(module.partition(".")[0]) for module in modules)
    return ["+", os.pathsep.join(folders), *modules] if modules else []


def _folder(package: str) -> str:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise ConfigError(f"the sandbox is to load the package {package!r}, which is not installed; install it")
    return str(Path(spec.origin).parents[1 if spec.submodule_search_locations else 0])


LIMITS = ("memory_mb", "cpu_seconds", "files_mb", "open_files", "processes")


def start(control: socket.socket, words: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start the interpreter with nothing but one socket."""
    python = getattr(sys, "_base_executable", None) or sys.executable
    here = str(Path(__file__).parent)
    return subprocess.Popen(
        [python, "-s", "-P", "-S", "-B", "-X", "utf8", "-c", START, here, str(control.fileno()), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(control.fileno(),),
        env={"PYTHONHASHSEED": "0"},  # `-I` would ignore it
        cwd="/",
        start_new_session=True,
    )
