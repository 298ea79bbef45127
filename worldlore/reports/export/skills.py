"""Agent Skills (agentskills.io/specification): one folder an action, `SKILL.md` with the code beside it.

    carry-two/
      SKILL.md            name, description, compatibility, metadata; what it does, notes, success, an example
      scripts/carry_two.py   the function, and the learned functions it calls

The code calls functions of the world it was learned in; SKILL.md says which, for whoever provides them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

import worldlore
from worldlore.experience import Action
from worldlore.reports.actions import AUTHORS, moves
from worldlore.reports.export.base import Files, Taught
from worldlore.reports.export.calls import Use
from worldlore.reports.export.words import about, apart, ascii_name, measured, notes, plain
from worldlore.reports.words import shortened

DESCRIPTION, COMPATIBILITY = 1024, 500
"""The longest the specification allows."""
MOVES = 12
"""Inner moves an example shows."""
ANSWER = 240
"""Characters of a world's answer that it shows."""


def skills(taught: Taught) -> Files:
    """A folder an action."""
    names = apart((ascii_name(action.name, "-").lower() for action in taught.actions), "-")
    files: dict[str, str] = {}
    for name, action in zip(names, taught.actions, strict=True):
        files[f"{name}/SKILL.md"] = "\n".join([*_head(name, action, taught), "", *_body(action, taught)]) + "\n"
        files[f"{name}/scripts/{action.name}.py"] = _script(action, taught)
    return files


def _head(name: str, action: Action, taught: Taught) -> Iterator[str]:
    yield "---"
    yield f"name: {_quoted(name)}"
    yield f"description: {_quoted(shortened(_description(action, taught), DESCRIPTION))}"
    if taught.needs(action):
        yield f"compatibility: {_quoted(shortened(_compatibility(action, taught), COMPATIBILITY))}"
    yield "metadata:"
    for key, value in _metadata(action, taught).items():
        yield f"  {key}: {_quoted(value)}"
    yield "---"


def _description(action: Action, taught: Taught) -> str:
    where = [f"Use it when acting in the {taught.world} world."] if taught.world else []
    return " ".join([about(action), *where, *notes(action)])


def _compatibility(action: Action, taught: Taught) -> str:
    world = f" of the {taught.world} world" if taught.world else ""
    return f"Python 3.11 or later, with these functions{world} provided: {', '.join(taught.needs(action))}"


def _metadata(action: Action, taught: Taught) -> dict[str, str]:
    return {
        "origin": plain(taught.origin),
        "written-by": action.by or "unknown",
        "calls": str(action.calls),
        "failures": str(action.failures),
        "worldlore-version": worldlore.__version__,
    }


def _quoted(text: str) -> str:
    """A double-quoted YAML scalar; `plain` texts need no more than JSON's escapes.

    Three hyphens are written as a dash: many readers end the front matter at the first they find.
    """
    return json.dumps(re.sub("-{3,}", "—", plain(text)), ensure_ascii=False)


def _body(action: Action, taught: Taught) -> Iterator[str]:
    yield from (f"# {action.name}", "", about(action), "", *_fenced(action.signature, "python"), "")
    if action.notes:
        yield from ("## Notes", "", *(f"- {plain(note)}" for note in action.notes), "")
    yield from ("## Measured success", "", f"{measured(action)} {_author(action)}", "")
    yield from ("## Example", "", *_example(taught.uses[action.name]), "")
    yield from ("## Code", "", f"[scripts/{action.name}.py](scripts/{action.name}.py) defines `{action.name}`.")
    if taught.needs(action):
        yield from ("It calls these functions of the world, which must be there when it runs:", "")
        yield from (f"- {_code(taught.told.get(name, name))}" for name in taught.needs(action))


def _author(action: Action) -> str:
    words = AUTHORS.get(action.by)
    return f"It was {words}." if words else ""


def _example(uses: Sequence[Use]) -> Iterator[str]:
    """The plainest call that worked, with what it did."""
    worked = [use for use in uses if use.worked]
    if not worked:
        yield "No call that succeeded is on record."
        return
    best = min(worked, key=lambda use: (not use.episode.success, not use.alone, len(use.step.decision.action)))
    yield f"Task: {plain(best.episode.task.goal)}"
    yield ""
    yield from _fenced(best.step.decision.action.strip(), "python")
    inner = moves(best.step) or ()
    if inner:
        yield from ("", "What it did, and what was new in the world's answers:", "")
        yield from (f"1. {_code(move.command)} {_quoted(shortened(move.news, ANSWER))}" for move in inner[:MOVES])
    if len(inner) > MOVES:
        yield f"\nand {len(inner) - MOVES} more."


def _fenced(text: str, language: str) -> list[str]:
    fence = "```"
    while fence in text:
        fence += "`"
    return [fence + language, text, fence]


def _code(text: str) -> str:
    """A code span, whatever backticks the text has."""
    text, tick = plain(text), "`"
    while tick in text:
        tick += "`"
    return f"{tick} {text} {tick}" if "`" in text else f"`{text}`"


def _script(action: Action, taught: Taught) -> str:
    head = [f"# {about(action)}", *(f"# note: {plain(note)}" for note in action.notes)]
    needs = taught.needs(action)
    head += [f"# needs: {', '.join(needs)}"] if needs else []
    lines = "\n\n\n".join(one.source.strip() for one in (*taught.helpers(action), action)).split("\n")
    future = dict.fromkeys(line for line in lines if line.startswith("from __future__ "))
    return "\n".join([*head, "", *future, *(line for line in lines if line not in future)]) + "\n"
