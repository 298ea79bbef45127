"""Stored runs in; tables, figures, one self-contained HTML page, and what was learned for use elsewhere out."""

from worldlore.reports.base import Row, RunView, rows
from worldlore.reports.page import report
from worldlore.reports.tables import comparison_table, run_table
from worldlore.reports.theories import theories_text
from worldlore.reports.transcript import actions_table, actions_text, episode_text

__all__ = [
    "Row",
    "RunView",
    "actions_table",
    "actions_text",
    "comparison_table",
    "episode_text",
    "report",
    "rows",
    "run_table",
    "theories_text",
]
