"""`worldlore demo`: the whole story on the embedded default, from the agent as it is to the agent that has learned."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from worldlore.cli.run import ROOT, Root, watched
from worldlore.cli.terminal import Terminal

FILE = Path(__file__).with_name("demo.toml")


def demo(
    root: Root = ROOT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete what an earlier demo left, and start over.")] = False,
) -> None:
    """Watch an agent learn household tasks from its own trees, on this machine, in a few minutes."""
    from worldlore.experiments.suite import load
    from worldlore.reports.page import report
    from worldlore.reports.tables import comparison_table

    console = Terminal()
    done = [watched(experiment, root, console, fresh) for experiment in load(FILE)]
    page = report(done, root / "demo" / "report.html")
    console.print(comparison_table(done))
    console.print(f"\nreport: {page}", highlight=False, soft_wrap=True)
