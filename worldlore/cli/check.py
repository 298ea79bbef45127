"""`worldlore check ENVIRONMENT`: hold an environment to its contract."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console


def check(
    environment: Annotated[str, typer.Argument(help="Name of an environment, yours or ours.", show_default=False)],
    tasks: Annotated[int, typer.Option(help="How many tasks of each split to try.")] = 3,
    seed: Annotated[int, typer.Option(help="Seed of the random actions.")] = 0,
) -> None:
    """Check that replay is deterministic, reset leaves nothing behind, rewards are in range, and so on."""
    from worldlore.environments.check import check as findings

    console, failed = Console(highlight=False), 0
    for finding in findings({"name": environment}, tasks=tasks, seed=seed):
        word = "[green]passed[/green]" if finding.passed else "[red]failed[/red]"
        console.print(f"{word}  {finding.name}" + (f": {finding.detail}" if finding.detail else ""), soft_wrap=True)
        failed += not finding.passed
    if failed:
        raise typer.Exit(1)
