"""How a reply of CodeAct holds a block of Python or an answer.

    fenced       a thought, then a block between ```python and ```           or a line `Answer: …`
    labelled     `Thought: …`, then a block between `Action:` and `End Action`     or the same        (DensePolicy §3.1)

    blocks     answers      what is read
    one        none         the block
    several    none         the first, with a reminder
    one        none         a block that was never closed: all there is of it
    none       one          the answer
    none       several      the first, with a reminder
    some       some         nothing: a reply is a block or an answer
    none       none         nothing

Where the world takes no answers, `Answer:` means nothing. A label counts at the beginning of a line, outside blocks.
A block may begin behind its label, and may be indented as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from textwrap import dedent
from typing import Literal

from worldlore.agents import replies
from worldlore.experience import Decision

Style = Literal["fenced", "labelled"]

SEVERAL = "Only the first {what} counted: give one in a turn."
"""Told after a reply that held more than one."""
ANSWER = re.compile(
    r"^[ \t*#>]*(?:final )?answer:[ \t*]*(.*?)(?=\n\s*\n|^[ \t*#>]*(?:final )?answer:|\Z)", re.M | re.S | re.I
)
ACTION = re.compile(r"^[ \t]*Action:[ \t]*(.*?)(?:^[ \t]*End Action|(?=^[ \t]*Action:)|\Z)", re.M | re.S | re.I)
LABEL = "Answer:"
"""How an action that is an answer begins."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply holds."""

    decision: Decision | None
    """The block or the answer, and the thought before it; None where it holds neither, or both."""
    reminder: str = ""
    """What the writer should know about a reply that held too much."""


def read(text: str, style: Style, answers: bool) -> Reading:
    """The block or the answer of a reply; `answers` says whether the world takes any."""
    blocks, rest = BLOCKS[style](text)
    given = (
        [bare for found in ANSWER.findall(rest) if (bare := " ".join(found.strip(" \t\n*`").split()))]
        if answers
        else []
    )
    if bool(blocks) == bool(given):
        return Reading(None)
    what, several = ("block", blocks) if blocks else ("answer", given)
    action = _flush(blocks[0]) if blocks else f"{LABEL} {given[0]}"
    reminder = SEVERAL.format(what=what) if len(several) > 1 else ""
    return Reading(Decision(action, _thought(text, style, bool(blocks))), reminder)


def written(decision: Decision, style: Style) -> str:
    """The reply that decides so."""
    if decision.action.startswith(LABEL):
        body = decision.action
    elif style == "fenced":
        body = replies.fenced(decision.action)
    else:
        body = f"Action:\n{decision.action}\nEnd Action"
    thought = f"Thought: {decision.thought}" if decision.thought and style == "labelled" else decision.thought
    return "\n".join(filter(None, [thought, body]))


def _fenced(text: str) -> tuple[list[str], str]:
    """The fenced blocks of a reply, and what is said outside them."""
    return replies.blocks(text), replies.FENCE.sub("\n", text)


def _labelled(text: str) -> tuple[list[str], str]:
    """The blocks between labels, whatever fences stand inside them too, and what is said outside them."""
    bodies = ((replies.blocks(body) or [body.strip("\n").rstrip()])[0] for body in ACTION.findall(text))
    return [body for body in bodies if body.strip()], ACTION.sub("\n", text)


BLOCKS: Mapping[Style, Callable[[str], tuple[list[str], str]]] = {"fenced": _fenced, "labelled": _labelled}


def _flush(block: str) -> str:
    """A block without the indentation it has as a whole, as in a list, which Python would refuse."""
    return dedent(block) if block[0].isspace() else block


def _thought(text: str, style: Style, block: bool) -> str:
    """What stands before the block or the answer."""
    if block and style == "fenced":
        return replies.before_blocks(text)
    end = (ACTION if block else ANSWER).search(text)
    before = text[: end.start()].strip() if end else ""
    return before.removeprefix("Thought:").strip()
