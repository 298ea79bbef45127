"""`worldlore list`: what there is to choose from."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from rich.console import Console

from worldlore.cli.run import ROOT, Root

What = Literal["all", "environments", "models", "agents", "methods", "exports", "runs"]


def list_(
    what: Annotated[What, typer.Argument(help="Which sort of thing.")] = "all",
    root: Root = ROOT,
) -> None:
    """List environments, models, agents, methods, what lessons are exported to, and the runs that are there."""
    console = Console(highlight=False)
    for family in _families():
        kind = f"{family.kind}s"
        if what in ("all", kind):
            console.print(f"[bold]{kind}[/bold]  {'  '.join(sorted(family.names))}")
    if what in ("all", "runs"):
        _runs(console, root)


def _families() -> list:
    from worldlore.agents import AGENTS
    from worldlore.environments import ENVIRONMENTS
    from worldlore.methods import METHODS
    from worldlore.models import MODELS
    from worldlore.reports.export import EXPORTS

    return [ENVIRONMENTS, MODELS, AGENTS, METHODS, EXPORTS]


def _runs(console: Console, root) -> None:
    from worldlore.experiments.store import runs

    console.print("[bold]runs[/bold]")
    for run in runs(root):
        console.print(f"  {run.path}  {'finished' if run.result else 'not finished'}", soft_wrap=True)
