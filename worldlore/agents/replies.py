"""What is read in a reply: a command, a line of Python, a block of Python.

A model wraps what it says in labels, prompts, full stops and fences; none of them is part of the action.
"""

from __future__ import annotations

import re

FENCE = re.compile(r"```[^\n`]*\n(.*?)(?:```|\Z)", re.S)
"""A fenced block; one that was never closed ends with the reply."""
LABELS = ("Action:", "action:")
PROMPTS = (">>>", ">")


def command(text: str) -> str:
    """The first line that says anything, without its label; "" where there is none."""
    lines = (line.strip().removeprefix(">").strip() for line in text.splitlines())
    return next((bare for line in lines if (bare := _unlabelled(line).strip().rstrip(".").strip())), "")


def line_of_python(text: str) -> str:
    """The first line of the first fenced block or, where none is fenced, of the reply; comments are passed over."""
    fenced = FENCE.search(text)
    lines = (fenced.group(1) if fenced else text).splitlines()
    return next((bare for line in lines if (bare := _unquoted(line))), "")


def blocks(text: str) -> list[str]:
    """The fenced blocks, empty ones left out."""
    found = (block.strip("\n").rstrip() for block in FENCE.findall(text))
    return [block for block in found if block.strip()]


def before_blocks(text: str) -> str:
    """What is said before the first fenced block."""
    return text.partition("```")[0].strip()


def fenced(program: str) -> str:
    """A program as it is written in a reply."""
    return f"```python\n{program}\n```"


def _unlabelled(line: str) -> str:
    for label in LABELS:
        line = line.removeprefix(label)
    return line


def _unquoted(line: str) -> str:
    line = line.strip()
    for prompt in PROMPTS:
        line = line.removeprefix(prompt).strip()
    line = _unlabelled(line).strip().strip("`").strip()
    return "" if line == "python" or line.startswith("#") else line.rstrip(".").strip()
