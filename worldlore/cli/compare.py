"""`worldlore compare RUN RUN…`: results side by side, against the first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worldlore.cli.terminal import Terminal

if TYPE_CHECKING:
    from worldlore.experiments.store import Run

Runs = Annotated[
    list[Path], typer.Argument(metavar="RUN", help="Folders of runs; the first is the baseline.", show_default=False)
]


def compare(runs: Runs) -> None:
    """Compare runs with the first: paired intervals, cost beside score, and one of three words."""
    from worldlore.errors import ConfigError
    from worldlore.reports.predictions import prediction_tables
    from worldlore.reports.tables import comparison_table, conduct_table
    from worldlore.reports.tries import tries_tables

    found = opened(runs)
    if len(found) < 2:
        raise ConfigError("a comparison needs two runs or more: worldlore compare BASELINE OTHER")
    tables = (comparison_table(found), *tries_tables(found), conduct_table(found), *prediction_tables(found))
    for table in tables:
        Terminal().print(table)


def opened(paths: list[Path]) -> list:
    """The runs in folders; a folder that holds several stands for all of them, in the order they were begun.

    So the first variant of a page is the baseline, as it is when the page is run.
    """
    from worldlore.errors import StoreError
    from worldlore.experiments.store import Run, runs

    found = []
    for path in paths:
        inner = [Run.open(path)] if (path / "run.json").is_file() else sorted(runs(path), key=_begun)
        if not inner:
            raise StoreError(f"no run in {path}: give the folder of a run, for instance runs/demo/none")
        found += inner
    return found


def _begun(run: Run) -> str:
    return run.started
