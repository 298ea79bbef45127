"""What was learned, leaving Worldlore: a lesson in, files that other programs read out.

A target is a function from what was `Taught` to files (path -> text), one file of this folder each; other packages
join by an entry point in the group `worldlore.exports`. A target writes nothing itself.
"""

from worldlore.config import Family
from worldlore.reports.export.base import Files, Taught, export, opened

EXPORTS = Family(
    "export",
    {
        "skills": "worldlore.reports.export.skills:skills",
        "openai-tools": "worldlore.reports.export.openai_tools:openai_tools",
    },
    {},
)
"""All targets by name."""

__all__ = ["EXPORTS", "Files", "Taught", "export", "opened"]
