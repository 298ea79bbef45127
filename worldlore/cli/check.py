"""`worldlore check ENVIRONMENT`: hold an environment to its contract."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer
from rich.console import Console


def check(
    environment: Annotated[
        str, typer.Argument(help="Name of an environment, or your module:Class.", show_default=False)
    ],
    splits: Annotated[list[str] | None, typer.Option("--split", help="A split to try; may be repeated.")] = None,
    tasks: Annotated[int, typer.Option(help="How many tasks of each split to walk through.")] = 4,
    seed: Annotated[int, typer.Option(help="Seed of the random walks.")] = 0,
) -> None:
    """Check that replay is deterministic, reset leaves nothing behind, rewards are in range, and so on."""
    from worldlore.environments import ENVIRONMENTS
    from worldlore.environments.check import check as findings

    console, failed = Console(highlight=False), 0
    factory = partial(ENVIRONMENTS.build, {"name": environment})
    for finding in findings(factory, splits or ["train", "test"], tasks, seed):
        word = "[green]passed[/green]" if finding.passed else "[red]failed[/red]"
        console.print(f"{word}  {finding.name:<10} {finding.detail}", soft_wrap=True)
        failed += not finding.passed
    if failed:
        raise typer.Exit(1)
