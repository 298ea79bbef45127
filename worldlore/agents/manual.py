"""What an agent is told about a world before it acts in it.

One Markdown file a world in `prompts/`, named as the environment is; a user's own is given by its path.
An environment without a manual is played without one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from worldlore.errors import ConfigError

PROMPTS = Path(__file__).parent / "prompts"


@cache
def manual(name: str) -> str:
    """The text of a manual: a name in `prompts/`, or the path of a file ending in .md."""
    if name.endswith(".md"):
        path = Path(name)
        if not path.is_file():
            raise ConfigError(f"no manual at {name}; give the path of a Markdown file, or a name from {PROMPTS}")
    else:
        path = PROMPTS / f"{name}.md"
    return " ".join(path.read_text(encoding="utf-8").split()) if path.is_file() else ""
