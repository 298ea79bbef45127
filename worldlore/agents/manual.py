"""What an agent is told about a world before it acts in it: one Markdown file a world in `prompts/`.

    What stands before the first heading is the manual for agents that give commands.

    ## programs
    The instruction for agents whose actions are programs; the functions they may call are told behind it.

    ## act
    <!-- train 7 -->
    The first observation of a task, and how it was solved: the demonstration for agent "act".
    > pick("ball1", "rooma", "left")
    What was seen then. And so on.

Other headings: "react", "codeact", "code_as_policy", "code_as_policy hierarchical" (demonstrations for these agents),
"reflexion act" and "reflexion react" (a failed try, and the hint drawn from it), "codeact dialogues" (solved tasks that
are shown as turns, see `dialogues.py`). Any of them may be missing; comments are not told. The file is named as the
environment is; a user's own is given by its path (agent.manual = "my.md"). A world without a file is played without.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from worldlore.errors import ConfigError, unknown

PROMPTS = Path(__file__).parent / "prompts"
SECTIONS = (
    "programs",
    "act",
    "react",
    "codeact",
    "code_as_policy",
    "code_as_policy hierarchical",
    "reflexion act",
    "reflexion react",
)
"""The headings of a world whose actions are commands or calls."""
DIALOGUES = "codeact dialogues"
"""The heading of a world that asks questions, beside "programs"."""
HEADING = re.compile(r"^## +(.*?) *$", re.M)
COMMENT = re.compile(r"<!--.*?-->\n?", re.S)


def manual(name: str) -> str:
    """What stands before the first heading: of a name in `prompts/`, or of the path of a file ending in .md."""
    return " ".join(HEADING.split(_text(name))[0].split())


def section(name: str, title: str) -> str:
    """What stands under a heading, comments left out; "" where the file has no such heading."""
    return COMMENT.sub("", raw_sections(name).get(title, "")).strip()


@cache
def raw_sections(name: str) -> dict[str, str]:
    """Heading -> what stands under it, as written; ConfigError for a heading that nobody reads."""
    parts = HEADING.split(_text(name))[1:]
    found = dict(zip(parts[::2], parts[1::2], strict=True))
    for title in found:
        if title not in (*SECTIONS, DIALOGUES):
            raise ConfigError(f"{name}: {unknown('section', title, (*SECTIONS, DIALOGUES))}")
    return found


@cache
def _text(name: str) -> str:
    if name.endswith(".md"):
        path = Path(name)
        if not path.is_file():
            raise ConfigError(f"no manual at {name}; give the path of a Markdown file, or a name from {PROMPTS}")
    else:
        path = PROMPTS / f"{name}.md"
    return path.read_text(encoding="utf-8") if path.is_file() else ""
