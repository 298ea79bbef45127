"""Why a program ended before its end, in one sentence that an agent can act on and one traceback for the record."""

from __future__ import annotations

import re
from typing import NamedTuple

from worldlore.environments.programs.learned import Learned

_FRAME = re.compile(r'File "<(.+?)>", line (\d+)')
_LONG = 200


class Fault(NamedTuple):
    """What went wrong."""

    sentence: str
    """For the agent: the program's line and Python's last word."""
    error: str | None
    """For the record: the traceback, each place in the text it belongs to; None if nothing went wrong."""


def fault(error: str, code: str, number: int, learned: Learned) -> Fault:
    """What an error of the sandbox, or of the parser, says of the `number`th program of an interpreter."""
    error = learned.located(_placed(error, number))
    places = [(file, int(line)) for file, line in _FRAME.findall(error)]
    if not places:
        told = f"T{error[1:]}" if error.startswith("the ") else f"The program failed: {error}"
        return Fault(f"{told.rstrip('.')}.", error)
    own = [line for file, line in places if file == "action"]
    at = f"in line {own[-1]}, {_line(code, own[-1])}" if own else "before its first line"
    file, line = places[-1]
    source = next((action.source for action in learned.actions if action.name == file), None)
    inside = f", inside {file} in line {line}, {_line(source, line)}" if source else ""
    return Fault(f"The program failed {at}{inside}: {_last(error)}.", error)


def _placed(error: str, number: int) -> str:
    """The traceback with this program's file named "<action>" and those of earlier ones told apart from it."""

    def name(found: re.Match[str]) -> str:
        return 'File "<action>"' if int(found[1] or 1) == number else 'File "<an earlier action>"'

    return re.sub(r'File "<action(?: (\d+))?>"', name, error)


def _line(source: str, number: int) -> str:
    lines = source.splitlines()
    return f"`{lines[number - 1].strip()[:_LONG]}`" if 0 < number <= len(lines) else "its end"


def _last(error: str) -> str:
    """What stands after the last frame: the exception and its message."""
    lines = error.splitlines()
    shown = max((at for at, line in enumerate(lines[:-1]) if line.startswith("  ")), default=-1)
    return " ".join(line.strip() for line in lines[shown + 1 :]).rstrip(".")
