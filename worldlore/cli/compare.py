"""`worldlore compare RUN RUN…`: results side by side, against the first."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

Runs = Annotated[list[Path], typer.Argument(help="Folders of runs; the first is the baseline.", show_default=False)]


def compare(runs: Runs) -> None:
    """Compare runs with the first: paired intervals, cost beside score, and one of three words."""
    from worldlore.errors import ConfigError
    from worldlore.reports.tables import comparison_table

    if len(runs) < 2:
        raise ConfigError("a comparison needs two runs or more: worldlore compare BASELINE OTHER")
    Console().print(comparison_table(opened(runs)))


def opened(paths: list[Path]) -> list:
    """The runs in folders; a folder that holds several runs stands for all of them."""
    from worldlore.errors import StoreError
    from worldlore.experiments.store import Run, runs

    found = []
    for path in paths:
        inner = [Run.open(path)] if (path / "run.json").is_file() else list(runs(path))
        if not inner:
            raise StoreError(f"no run in {path}: give the folder of a run, for instance runs/demo/none")
        found += inner
    return found
