"""What leaves Worldlore for other programs: lessons, and what was played.

A lesson's target is a function from what was `Taught` to files (path -> text), one file of this folder each; other
packages join by an entry point in the group `worldlore.exports`. What was played is told by `data/`, whose targets
are functions from a `Source` to files. A target writes nothing itself.
"""

from worldlore.config import Family
from worldlore.reports.export.base import Files, Taught, export, opened
from worldlore.reports.export.data import DATASETS, Selection, Source, write

EXPORTS = Family(
    "export",
    {
        "skills": "worldlore.reports.export.skills:skills",
        "openai-tools": "worldlore.reports.export.openai_tools:openai_tools",
    },
    {},
)
"""All targets for lessons, by name."""

__all__ = ["DATASETS", "EXPORTS", "Files", "Selection", "Source", "Taught", "export", "opened", "write"]
