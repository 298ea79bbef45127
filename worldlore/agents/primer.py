"""What somebody knows of a world beforehand, written by hand: one Markdown file a world in `prompts/knowledge/`.

    ## actions
    take (after go, open): pick up what lies in front of you      kinds of action, for agent "knowagent"

    ## world
    The one text for all tasks (dataset-level knowledge), for method "wkm" with `general = "written"`.

    ## task knowledge
    pick_two_obj_and_place: When you have to …                    an example a line, by the family of the task

    ## state knowledge
    The first observation, and what was noted of it, action after action: an example.

A world without a file, or a file without a heading, has nothing to say there. Comments are not told. A user's own file
is given by its path (agent.primer = "my.md").
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from worldlore.agents.manual import COMMENT, HEADING, PROMPTS
from worldlore.errors import ConfigError, unknown
from worldlore.experience import Task

HEADINGS = ("actions", "world", "task knowledge", "state knowledge")
"""The headings a file may have."""
_SHARED = {"alfworld": "household"}
"""Worlds that speak another one's language."""


def known(name: str, title: str) -> str:
    """What stands under a heading, of a world's name or of the path of a file ending in .md; "" for nothing."""
    return _sections(name).get(title, "")


def task_example(name: str, task: Task) -> str:
    """Task knowledge of another task, of the same family where the file has one, else its first; "" for none."""
    lines = [line for line in known(name, "task knowledge").splitlines() if line.strip()]
    by_family = {family.strip(): text.strip() for family, _, text in (line.partition(":") for line in lines)}
    return by_family.get(str(task.data.get("family", "")), next(iter(by_family.values()), ""))


@cache
def _sections(name: str) -> dict[str, str]:
    parts = HEADING.split(COMMENT.sub("", _text(name)))[1:]
    found = {title: text.strip() for title, text in zip(parts[::2], parts[1::2], strict=True)}
    for title in found:
        if title not in HEADINGS:
            raise ConfigError(f"{name}: {unknown('section', title, HEADINGS)}")
    return found


def _text(name: str) -> str:
    path = Path(name) if name.endswith(".md") else PROMPTS / "knowledge" / f"{_SHARED.get(name, name)}.md"
    if path.is_file():
        return path.read_text(encoding="utf-8")
    if name.endswith(".md"):
        raise ConfigError(f"no file {name}; give the path of a Markdown file with the headings {', '.join(HEADINGS)}")
    return ""
