"""Stored runs in; tables, figures and one self-contained HTML page out."""

from worldlore.reports.base import Row, RunView, rows
from worldlore.reports.page import report
from worldlore.reports.tables import comparison_table, episode_text, run_table

__all__ = ["Row", "RunView", "comparison_table", "episode_text", "report", "rows", "run_table"]
