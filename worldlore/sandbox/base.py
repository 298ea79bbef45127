"""What goes into the sandbox and what comes out: bounds, the rung of protection, the outcome of a run.

- A program is source text. It reaches the world only by calling the functions it was given; each call is a request,
  answered by an `Answer` in the caller's own process.
- Requests and answers are JSON values, checked on arrival; nothing is ever unpickled.
- What a program did is a `Ran`, whatever it did: an endless loop is an ending, not an exception.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field

from worldlore.config import Config
from worldlore.errors import unknown

Value: TypeAlias = "bool | int | float | str | list[Value] | dict[str, Value] | None"
"""What can cross the wall: a JSON value."""

Answer = Callable[[str, list[Value], dict[str, Value]], Value]
"""Name, positional and keyword arguments of a call -> what the call gives in the program."""

Ending = Literal["finished", "raised", "stopped", "timeout", "killed"]


class Stopped(Exception):
    """Raised by an Answer: the program is ended at once, with the ending "stopped"."""


class Rung(IntEnum):
    """How well a program is locked in; each rung holds all that the lower ones hold."""

    PROCESS = 1
    SECCOMP = 2
    LANDLOCK = 3
    NAMESPACES = 4

    @property
    def words(self) -> str:
        """The rung in words a user understands."""
        return WORDS[self]


def _known(name: str) -> str:
    if name.upper() not in Rung.__members__:
        raise unknown("rung of the sandbox", name, [known.lower() for known in Rung.__members__])
    return name.lower()


RungName = Annotated[str, AfterValidator(_known)]
"""A rung as a key of a page names it, in small letters; ConfigError for an unknown one."""

WORDS = {
    Rung.PROCESS: "a separate process with limits (files and network are NOT closed)",
    Rung.SECCOMP: "limits and a system-call filter: no network, no new process, no file at all",
    Rung.LANDLOCK: "limits, system-call filter and Landlock: no file but the standard library and a scratch folder",
    Rung.NAMESPACES: "limits, system-call filter, Landlock and own namespaces: a file system, a network and a "
    "process table of its own",
}


class Bounds(Config):
    """The most a run may use."""

    seconds: float = Field(default=10.0, gt=0)
    """Wall clock of a run; what the caller spends inside its Answer is not counted."""
    cpu_seconds: int = Field(default=10, ge=1)
    """Processor time of a one-shot run, all its threads together; a session's runs are held by `seconds` alone."""
    memory_mb: int = Field(default=512, ge=128)
    """Address space, the interpreter's own (about 40 MB) included."""
    files_mb: int = Field(default=16, ge=1)
    """What the scratch folder can hold."""
    open_files: int = Field(default=64, ge=16)
    """File descriptors open at a time."""
    processes: int = Field(default=16, ge=1)
    """Threads beside the first. A new process cannot be started at all where the rung is SECCOMP or higher."""
    output_chars: int = Field(default=20_000, ge=1)
    """Characters kept of what a program prints, of a value and of an error."""
    calls: int = Field(default=1000, ge=0)
    """Calls of the functions it was given."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of one run."""

    ending: Ending
    """finished; raised (see error); stopped by the Answer; timeout; killed for another bound or by its own doing."""
    output: str
    """What it printed, standard output and error in order, cut at `output_chars` with a note."""
    value: str | None
    """`repr` of the last line, if that is an expression and not None: what an interactive interpreter shows."""
    error: str | None
    """Of "raised": the traceback, the program's own frames only. Of "timeout", "killed": a sentence that says why."""
    calls: int
    """How many calls of functions were answered."""
    seconds: float
    """Wall clock, the caller's own time inside its Answer not counted."""
