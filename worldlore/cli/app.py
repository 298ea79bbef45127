"""The verbs in one application, and what the user sees when something is wrong."""

from __future__ import annotations

import sys

import typer

import worldlore
from worldlore.cli.check import check
from worldlore.cli.compare import compare
from worldlore.cli.demo import demo
from worldlore.cli.export import export
from worldlore.cli.list import list_
from worldlore.cli.play import play
from worldlore.cli.report import report
from worldlore.cli.run import run
from worldlore.cli.show import show
from worldlore.cli.terminal import Terminal
from worldlore.errors import ConfigError, WorldloreError

app = typer.Typer(
    name="worldlore",
    help="Language-model agents that learn from the worlds they act in, and a fair way to see whether they did.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.callback(invoke_without_command=True)
def version(version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
    """Language-model agents that learn from the worlds they act in, and a fair way to see whether they did."""
    if version:
        print(f"worldlore {worldlore.__version__}")  # noqa: T201
        raise typer.Exit


VERBS = {
    demo: "The whole story on the embedded default.",
    run: "Run an experiment, or go on with it.",
    compare: "Results of runs side by side, against the first.",
    report: "One HTML page to look at everything.",
    show: "What a run measured and learned, and any episode.",
    export: "What was learned or played, for other programs.",
    play: "Play a task yourself.",
    check: "Hold an environment, or the sandbox, to its contract.",
    list_: "What there is to choose from, and its keys.",
}
"""Each verb, in the words of the list of all; they are not cut at 80 columns."""
for verb, words in VERBS.items():
    app.command(verb.__name__.strip("_"), short_help=words)(verb)


INTERRUPTED = 130
"""Exit status of a command that the user interrupted."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command; what is wrong is told in one sentence."""
    try:
        app(arguments, standalone_mode=True)
    except WorldloreError as error:
        Terminal(stderr=True, highlight=False, soft_wrap=True).print(f"worldlore: {error}", markup=False)
        sys.exit(2 if isinstance(error, ConfigError) else 1)
    except (KeyboardInterrupt, SystemExit) as end:
        if isinstance(end, SystemExit) and end.code != INTERRUPTED:  # which typer makes of an interrupt
            raise
        Terminal(stderr=True).print(f"\n{_stopped(sys.argv[1:] if arguments is None else arguments)}")
        sys.exit(INTERRUPTED)


def _stopped(words: list[str]) -> str:
    """What an interrupted user is told."""
    if not {"run", "demo"}.intersection(words[:1]):
        return "stopped"
    return f"stopped; the same command{', without --fresh,' if '--fresh' in words else ''} goes on from here"
