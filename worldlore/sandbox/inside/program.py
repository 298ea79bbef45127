"""A program's own process: read source, run it, say what it printed, called and came to.

The process is locked before `serve` is called. All that is said here is said by a process in which unread code runs,
so the caller believes none of it: it checks each frame, cuts each text, counts each call and keeps the time itself.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import io
import linecache
import os
import random
import socket
import sys
import threading
import traceback
import types
from collections.abc import Callable
from typing import Any

from . import wire

OWN = ("<action", "<setup")
"""How the names of a program's own files begin."""
TAKEN = "_call"
"""The name under which a given function finds its way out; none of them may be called so."""


class Ended(BaseException):
    """The caller wants no more of this run."""


class Printed(io.TextIOBase):
    """Standard output and error of a program: sent line by line, up to a number of characters."""

    def __init__(self, say: Callable[[dict[str, Any]], None]) -> None:
        self.say, self.left, self.held = say, 0, ""

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        kept = text[: self.left]
        self.left -= len(kept)
        self.held += kept
        if "\n" in kept or len(self.held) > 4096:
            self.flush()
        return len(text)

    def flush(self) -> None:
        held, self.held = self.held, ""
        if held:
            self.say({"op": "print", "text": held})


class Program:
    """An interpreter's state, and the channel to the caller."""

    def __init__(self, channel: socket.socket) -> None:
        self.channel, self.turn = channel, threading.RLock()
        self.printed = Printed(self.say)
        module = sys.modules["__main__"] = types.ModuleType("__main__")
        self.names = module.__dict__
        self.names["__builtins__"] = builtins
        self.ran = 0

    def say(self, frame: dict[str, Any]) -> None:
        """Send a frame whole, whichever thread says it."""
        with self.turn:
            wire.send(self.channel, frame)

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A call of a function the program was given: ask, wait, return."""
        frame = wire.pack({"op": "call", "name": name, "args": args, "kwargs": kwargs})
        if len(frame) > wire.MOST:
            raise ValueError(f"{name}: the arguments are longer than {wire.MOST} bytes")
        with self.turn:
            self.printed.flush()
            self.channel.sendall(frame)
            answer, _ = wire.receive(self.channel)
        if answer["op"] == "stop":
            raise Ended
        return answer["value"]

    def give(self, functions: dict[str, list[str]]) -> None:
        """Put the functions into the program's names."""
        source = "\n".join(_function(name, parameters) for name, parameters in functions.items())
        given: dict[str, Any] = {TAKEN: self.call}
        exec(compile(source, "<functions>", "exec"), given)
        self.names.update({name: given[name] for name in functions})

    def run(self, frame: dict[str, Any]) -> dict[str, Any]:
        """Run the set-up, if it is still to be run, and the code; the frame that says what came of it."""
        self.printed.left, most = frame["chars"] + 1, frame["chars"] + 1
        self.ran += 1
        try:
            if frame["setup"]:
                self.execute(frame["setup"], "<setup>")
            value = self.execute(frame["code"], "<action>" if self.ran == 1 else f"<action {self.ran}>")
            result = {"op": "done", "ending": "finished", "value": value and value[:most], "error": None}
        except Ended:
            result = {"op": "done", "ending": "stopped", "value": None, "error": None}
        except SystemExit as left:
            result = {"op": "done", **_left(left)}
        except BaseException as error:
            result = {"op": "done", "ending": "raised", "value": None, "error": explain(error)[:most]}
        self.printed.flush()
        return result

    def execute(self, source: str, file: str) -> str | None:
        """Run source; the repr of its last line, if that is an expression and not None."""
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        tree = ast.parse(source, file)
        last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, file, "exec"), self.names)
        if not isinstance(last, ast.Expr):
            return None
        value = eval(compile(ast.Expression(last.value), file, "eval"), self.names)
        return None if value is None else repr(value)

    def fork(self, fd: int) -> None:
        """Go on twice: the new process serves the descriptor that came with the request."""
        drawn = random.getstate()
        try:
            pid = os.fork()
        except OSError as error:
            os.close(fd)
            self.say({"op": "refused", "error": str(error)})
            return
        if pid:
            os.close(fd)
            self.say({"op": "forked"})
            return
        os.dup2(fd, self.channel.fileno(), inheritable=False)
        os.close(fd)
        random.setstate(drawn)  # which the standard library seeds anew in a process that was forked
        self.turn = threading.RLock()
        with contextlib.suppress(OSError):  # refused where a filter is in force; needed where a group is what is killed
            os.setpgid(0, 0)
        self.say({"op": "ready", "pid": os.getpid()})


def serve(channel: socket.socket) -> None:
    """Serve the caller until it is gone."""
    program = Program(channel)
    sys.stdout = sys.stderr = program.printed  # type: ignore[assignment]
    builtins.exit = builtins.quit = sys.exit  # type: ignore[assignment]
    while True:
        frame, fds = wire.receive(channel)
        if frame["op"] == "give":
            program.give(frame["functions"])
        elif frame["op"] == "fork":
            program.fork(fds[0])
        elif frame["op"] == "hello":
            program.say({"op": "ready", "pid": os.getpid()})
        else:
            program.say(program.run(frame))


def explain(error: BaseException) -> str:
    """The traceback as an interpreter shows it, without the frames that are not the program's own."""
    shown = traceback.TracebackException.from_exception(error, compact=True)
    _own(shown, set())
    return "".join(shown.format()).rstrip("\n")


def _own(shown: traceback.TracebackException, seen: set[int]) -> None:
    if id(shown) in seen:
        return
    seen.add(id(shown))
    shown.stack[:] = [frame for frame in shown.stack if frame.filename.startswith(OWN)]
    for other in (shown.__cause__, shown.__context__, *(shown.exceptions or ())):
        if other is not None:
            _own(other, seen)


def _left(left: SystemExit) -> dict[str, Any]:
    """What leaving by `sys.exit` comes to: raised, if it says that something is wrong."""
    if left.code in (None, 0):
        return {"ending": "finished", "value": None, "error": None}
    return {"ending": "raised", "value": None, "error": f"SystemExit: {left.code}"}


def _function(name: str, parameters: list[str]) -> str:
    """Source of a function that asks the caller."""
    plain = "".join(p + ", " for p in parameters if not p.startswith("**"))
    named = next((p for p in parameters if p.startswith("**")), "**{}")
    return f"def {name}({', '.join(parameters)}): return {TAKEN}({name!r}, ({plain}), {{{named}}})"
