"""`worldlore show RUN`: what a run measured and learned, and any episode of it, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from worldlore.cli.terminal import Terminal
from worldlore.errors import ConfigError

if TYPE_CHECKING:
    from worldlore.experiments.store import Run
    from worldlore.reports.base import Row


def show(  # noqa: PLR0913, PLR0917 - each is an option of the command
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run.", show_default=False)],
    episode: Annotated[
        int | None, typer.Argument(metavar="EPISODE", help="Number of an episode, from 0; without it: the results.")
    ] = None,
    part: Annotated[Literal["test", "train"], typer.Option(help="Episodes of the test or of practice.")] = "test",
    seed: Annotated[int | None, typer.Option(metavar="N", help="Learning seed; the first one unless told.")] = None,
    calls: Annotated[bool, typer.Option("--calls", help="Show what models were asked and answered.")] = False,
    actions: Annotated[bool, typer.Option("--actions", help="Show the code of the learned actions.")] = False,
    theories: Annotated[bool, typer.Option("--theories", help="Show the theories and how far they are true.")] = False,
) -> None:
    """Show the results of a run, one of its episodes, or the actions or theories it learned."""
    from worldlore.experiments.store import Run

    console, opened = Terminal(), Run.open(run)
    _known(opened, seed)
    if episode is None:
        _without_episode(part, seed, calls=calls, lesson=actions or theories)
    if actions:
        _actions(console, opened, seed)
    elif theories:
        _theories(console, opened, seed)
    elif episode is None:
        _results(console, opened)
    else:
        _episode(console, opened, part, seed, episode, calls=calls)


def _known(run: Run, seed: int | None) -> None:
    """ConfigError for a learning seed the run has not."""
    if seed is not None and seed not in run.seeds:
        known = ", ".join(map(str, run.seeds)) or "none yet"
        raise ConfigError(f"{run.path} has nothing of learning seed {seed} (it has: {known})")


def _without_episode(part: str, seed: int | None, *, calls: bool, lesson: bool) -> None:
    """ConfigError for what chooses or shows an episode, where none is named; results are of all learning seeds."""
    given = {"--part": part != "test", "--calls": calls, "--seed": seed is not None and not lesson}
    if asked := [option for option, set_ in given.items() if set_]:
        verb = "is" if len(asked) == 1 else "are"
        raise ConfigError(
            f"{' and '.join(asked)} {verb} about one episode; give its number too, as worldlore show RUN 0"
        )


def _episode(console: Terminal, run: Run, part: str, seed: int | None, number: int, *, calls: bool) -> None:
    from worldlore.reports.transcript import episode_text

    learner = run.seeds[0] if seed is None and run.seeds else seed or 0
    _known(run, learner)
    found = list(run.test(learner) if part == "test" else run.train(learner))
    if not 0 <= number < len(found):
        rest = "give a number below that" if found else "its results are told without a number"
        raise ConfigError(f"{run.path} holds {len(found)} {part} episodes of seed {learner}; {rest}")
    console.print(episode_text(found[number], calls))


def _results(console: Terminal, run: Run) -> None:
    from worldlore.reports.base import rows
    from worldlore.reports.forest import forest_table
    from worldlore.reports.predictions import prediction_tables
    from worldlore.reports.tables import run_table
    from worldlore.reports.transcript import actions_table
    from worldlore.reports.tries import tries_tables

    found, result = rows([run]), run.result
    played = [] if result and not result["metrics"] else [run_table(run)]
    for table in (*played, *tries_tables([run]), *prediction_tables([run])):
        console.print(table)
    if not played:
        tell_marks(console, found)
    if grown := forest_table([run], found):
        console.print(grown)
    table = actions_table(run)
    if table is not None:
        console.print(table)
        console.print(
            f"worldlore show {quote(str(run.path))} --actions\nshows their code.", highlight=False, soft_wrap=True
        )
    if has_theories(run):
        console.print(
            f"worldlore show {quote(str(run.path))} --theories\nshows its theories.", highlight=False, soft_wrap=True
        )


def tell_marks(console: Terminal, found: Sequence[Row]) -> None:
    """Say what must be known of runs of which no table with marks is printed."""
    for row in found:
        for mark in row.marks:
            console.print(f"! {row.name} {mark}", highlight=False, markup=False)


def has_theories(run: Run) -> bool:
    """Whether any learning seed's lesson holds theories."""
    return any((lesson := run.seed(seed).lesson()) and lesson.theories for seed in run.seeds)


def _actions(console: Terminal, run: Run, seed: int | None) -> None:
    from worldlore.reports.actions import learned
    from worldlore.reports.transcript import actions_text

    found = [one for one in learned(run) if seed is None or one.seed == seed]
    if not found:
        of = "" if seed is None else f" of seed {seed}"
        raise ConfigError(f"the lesson{of} in {run.path} has no actions; {_why_none(run, 'learnact', 'learned')}")
    console.print(actions_text(found))


def _why_none(run: Run, method: str, verb: str) -> str:
    """Why a run has not what a method brings."""
    ours = run.record.get("experiment", {}).get("method", {}).get("name") == method
    if ours and run.unfinished:
        return f"this run is not finished; to go on: {run.unfinished}"
    return f"this run of {method} {verb} none" if ours else f"the method that brings some is {method}"


def _theories(console: Terminal, run: Run, seed: int | None) -> None:
    from worldlore.reports.theories import theories_text

    found = theories_text(run, seed)
    if found is None:
        of = "" if seed is None else f" of seed {seed}"
        raise ConfigError(f"the run in {run.path} holds no theories{of}; {_why_none(run, 'worldllm', 'found')}")
    console.print(found)
