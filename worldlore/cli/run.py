"""`worldlore run FILE.toml`: run an experiment, or go on with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from worldlore.cli.terminal import Terminal
from worldlore.errors import ConfigError

if TYPE_CHECKING:
    from worldlore.experiments.experiment import Experiment
    from worldlore.experiments.store import Run

ROOT = Path("runs")
"""Where runs lie unless told otherwise."""

Root = Annotated[Path, typer.Option("--root", metavar="FOLDER", help="Folder of all runs.")]


def run(
    file: Annotated[Path, typer.Argument(metavar="PAGE", help="The experiment's TOML file.", show_default=False)],
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Replace a key, e.g. method.pairs.gap=0.3.")
    ] = None,
    overlays: Annotated[
        list[Path] | None,
        typer.Option(
            "--with",
            metavar="PAGE",
            help="Lay another page's keys over the experiment and over each variant; the run is called NAME-PAGE. "
            "Later ones win; --set wins over all.",
        ),
    ] = None,
    root: Root = ROOT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Delete what an earlier run left, and start over.")] = False,
) -> None:
    """Run an experiment, or go on with it; each of its variants is a run of its own.

    A page that says extends = "base.toml" is that page with its own keys over it (the path counts from the file).
    Under `accelerate launch` the first process runs it, and all of them train.
    """
    from worldlore.experiments.experiment import check
    from worldlore.experiments.suite import load
    from worldlore.training import follow, following, leading

    if following():
        follow()
        return
    console = Terminal()
    experiments = load(file, overrides or (), overlays or ())
    for experiment in experiments:  # a fault in the last variant is told before the first one is played
        with _naming(experiment, len(experiments) > 1):
            check(experiment, root, fresh)
    with leading():
        done = [watched(experiment, root, console, fresh) for experiment in experiments]
    _tell(console, done, any(experiment.test.attempts for experiment in experiments))


def _tell(console: Terminal, done: list[Run], played: bool) -> None:
    """What came of the runs, and where more is told."""
    from worldlore.cli.show import has_theories, tell_marks
    from worldlore.reports.base import rows
    from worldlore.reports.predictions import prediction_tables
    from worldlore.reports.tables import comparison_table, run_table
    from worldlore.reports.tries import tries_tables

    if played:
        console.print(comparison_table(done) if len(done) > 1 else run_table(done[0]))
    for table in (*tries_tables(done), *prediction_tables(done)):
        console.print(table)
    if not played:
        tell_marks(console, rows(done))
    for one in done:
        if has_theories(one):
            shown = f"worldlore show {quote(str(one.path))} --theories\nshows its theories."
            console.print(shown, highlight=False, soft_wrap=True)
    where = " ".join(quote(str(one.path)) for one in done)
    console.print(f"\nworldlore report {where}\nmakes a page of it.", highlight=False, soft_wrap=True)


@contextmanager
def _naming(experiment: Experiment, several: bool) -> Iterator[None]:
    """Say which variant an error is about."""
    try:
        yield
    except ConfigError as error:
        raise ConfigError(f"{experiment.name}: {error}" if several else str(error)) from error


def watched(experiment: Experiment, root: Path, console: Terminal, fresh: bool = False) -> Run:
    """Run one experiment before the user's eyes."""
    from worldlore.cli.progress import Display
    from worldlore.experiments.experiment import run as run_experiment

    with Display(console, experiment.name) as display:
        return run_experiment(experiment, root, display.tell, fresh)
