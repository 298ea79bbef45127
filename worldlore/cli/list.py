"""`worldlore list`: what there is to choose from, and the keys of each part."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from worldlore.cli.run import ROOT, Root
from worldlore.cli.terminal import Terminal
from worldlore.errors import ConfigError, unknown

if TYPE_CHECKING:
    from worldlore.config import Family

PAGE, RUNS, ALL = "experiment", "runs", "all"
SORTS = (ALL, "environments", "models", "agents", "methods", "exports", "datasets", PAGE, RUNS)


def list_(
    what: Annotated[str, typer.Argument(help=f"Which sort of thing: {', '.join(SORTS)}.", metavar="SORT")] = ALL,
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="One of them, to see its keys: list environment door.", show_default=False),
    ] = None,
    root: Root = ROOT,
) -> None:
    """List environments, models, agents, methods, exports, datasets and runs; or the keys of one part or of a page."""
    console = Terminal(highlight=False)
    sort = _sort(what)
    if sort == PAGE:
        from worldlore.experiments.experiment import Experiment

        _page(console, Experiment)
    elif name is not None:
        _part(console, _family(sort, name), name)
    else:
        _names(console, sort, root)


def _sort(what: str) -> str:
    """The sort that is meant: `environment` is `environments`."""
    found = next((sort for sort in SORTS if what in (sort, sort.removesuffix("s"))), None)
    if found is None:
        raise unknown("sort of thing", what, SORTS)
    return found


def _families() -> list[Family]:
    from worldlore.agents import AGENTS
    from worldlore.environments import ENVIRONMENTS
    from worldlore.methods import METHODS
    from worldlore.models import MODELS
    from worldlore.reports.export import DATASETS, EXPORTS

    return [ENVIRONMENTS, MODELS, AGENTS, METHODS, EXPORTS, DATASETS]


def _family(sort: str, name: str) -> Family:
    for family in _families():
        if sort == f"{family.kind}s":
            return family
    raise ConfigError(f"{sort!r} has no part {name!r}; give its sort too: worldlore list method NAME, for instance")


def _names(console: Console, sort: str, root: Path) -> None:
    for family in _families():
        if sort in (ALL, f"{family.kind}s"):
            console.print(f"[bold]{family.kind}s[/bold]  {'  '.join(sorted(family.names))}")
    if sort in (ALL, RUNS):
        _runs(console, root)
    if sort == ALL:
        console.print("\nworldlore list method worldllm\ntells the keys of one part; list experiment, of the page.")
        console.print(
            'A part of your own is named by module:Class, as in agent.name = "shy:Shy" (docs/extending.md).',
            soft_wrap=True,
        )


def _runs(console: Console, root: Path) -> None:
    from worldlore.experiments.store import runs

    console.print("[bold]runs[/bold]")
    for run in runs(root):
        console.print(f"  {run.path}  {'finished' if run.result else 'not finished'}", soft_wrap=True)


def _part(console: Console, family: Family, name: str) -> None:
    part = family.load(name)
    _told(console, f"{family.kind} {name}", part)
    _table(console, getattr(part, "Config", None))


def _page(console: Console, schema: type[Any]) -> None:
    _told(console, PAGE, schema)
    _table(console, schema)


def _told(console: Console, what: str, part: Any) -> None:
    first = (inspect.getdoc(part) or "").partition("\n\n")[0]
    console.print(Text.assemble((what, "bold"), "  ", " ".join(first.split())))


def _table(console: Console, schema: type[Any] | None) -> None:
    from worldlore.cli.keys import keys

    found = list(keys(schema)) if schema else []
    if not found:
        console.print("It has no keys.")
        return
    table = Table(box=SIMPLE_HEAD, header_style="bold", padding=(0, 1))
    table.add_column("key", no_wrap=True, style="cyan")
    table.add_column("default", overflow="fold", max_width=28)
    table.add_column("what it is", overflow="fold")
    for key in found:
        table.add_row(Text(key.name), Text(key.default), Text(key.about + "\n").append(key.values, style="dim"))
    console.print(table)
