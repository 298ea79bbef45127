"""`worldlore report RUN…`: one HTML page to look at everything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldlore.cli.compare import Runs, opened
from worldlore.cli.terminal import Terminal


def report(
    runs: Runs,
    out: Annotated[Path, typer.Option("--out", "-o", help="Where to write the page.")] = Path("report.html"),
) -> None:
    """Write one self-contained page: results, curves, what was learned, cost, every episode, the trees."""
    from worldlore.reports.page import report as write

    Terminal().print(f"{write(opened(runs), out)}", highlight=False, soft_wrap=True)
