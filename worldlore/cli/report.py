"""`worldlore report RUN…`: one HTML page to look at everything."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from worldlore.cli.compare import Runs, opened
from worldlore.cli.terminal import Terminal


def report(
    runs: Runs,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", metavar="FILE", help="Where to write the page; report.html beside the runs unless told."
        ),
    ] = None,
) -> None:
    """Write one self-contained page: results, curves, what was learned, cost, every episode, the trees."""
    from worldlore.reports.page import report as write

    found = opened(runs)
    page = out or _beside([run.path for run in found]) / "report.html"
    Terminal().print(f"{write(found, page)}", highlight=False, soft_wrap=True)


def _beside(paths: Sequence[Path]) -> Path:
    """The folder of one run, or the closest folder that holds them all."""
    return Path(os.path.commonpath([path.resolve() for path in paths]))
