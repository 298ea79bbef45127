"""`worldlore show RUN`: what a run measured, and any episode of it, step by step."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from worldlore.errors import ConfigError


def show(
    run: Annotated[Path, typer.Argument(help="Folder of a run.", show_default=False)],
    episode: Annotated[
        int | None, typer.Argument(help="Number of an episode, from 0; without it: the results.")
    ] = None,
    part: Annotated[Literal["test", "train"], typer.Option(help="Episodes of the test or of practice.")] = "test",
    seed: Annotated[int | None, typer.Option(help="Learning seed; the first one unless told.")] = None,
    calls: Annotated[bool, typer.Option("--calls", help="Show what models were asked and answered.")] = False,
) -> None:
    """Show the results of a run, or one of its episodes."""
    from worldlore.experiments.store import Run
    from worldlore.reports.tables import episode_text, run_table

    console, opened = Console(), Run.open(run)
    if episode is None:
        console.print(run_table(opened))
        return
    learner = opened.seeds[0] if seed is None and opened.seeds else seed or 0
    found = list(opened.test(learner) if part == "test" else opened.train(learner))
    if not 0 <= episode < len(found):
        raise ConfigError(f"{run} holds {len(found)} {part} episodes of seed {learner}; give a number below that")
    console.print(episode_text(found[episode], calls))
