"""`worldlore check ENVIRONMENT`: hold an environment to its contract; `worldlore check sandbox`: is it locked?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from worldlore.cli.terminal import Terminal
from worldlore.errors import ConfigError

if TYPE_CHECKING:
    from worldlore.environments import Environment

SPLITS = ("train", "test")
"""What is tried where the user names no splits."""
WORDS = {True: "[green]passed[/green]", False: "[red]failed[/red]", None: "[yellow]not tried[/yellow]"}
"""How a finding is told."""


def check(
    environment: Annotated[
        str,
        typer.Argument(
            metavar="ENVIRONMENT", help="Name of an environment, your module:Class, or `sandbox`.", show_default=False
        ),
    ],
    splits: Annotated[
        list[str] | None, typer.Option("--split", metavar="SPLIT", help="A split to try; may be repeated.")
    ] = None,
    tasks: Annotated[int, typer.Option(metavar="N", help="How many tasks of each split to walk through.")] = 4,
    seed: Annotated[int, typer.Option(metavar="N", help="Seed of the random walks.")] = 0,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="A key of the environment: inner.name=gripper; may be repeated."
        ),
    ] = None,
) -> None:
    """Check that replay is deterministic, reset leaves nothing behind, rewards are in range, and so on.

    `check sandbox` says which rung of protection is in force here and tries to break each of its promises.
    """
    if environment == "sandbox":
        if splits or set_:
            raise ConfigError("`worldlore check sandbox` has no splits and no keys; leave out --split and --set")
        _sandbox()
        return
    from worldlore.environments import ENVIRONMENTS
    from worldlore.environments.check import check as findings
    from worldlore.experiments.suite import overridden

    console, failed = Terminal(highlight=False), 0
    factory = partial(ENVIRONMENTS.build, overridden({"name": environment}, set_ or []))
    for finding in findings(factory, splits or _with_tasks(factory, console), tasks, seed):
        console.print(f"{WORDS[finding.passed]}  {finding.name:<10} {escape(finding.detail)}", soft_wrap=True)
        failed += finding.passed is False
    if failed:
        raise typer.Exit(1)


def _with_tasks(factory: Callable[[], Environment], console: Terminal) -> list[str]:
    """The usual splits, without those that have no tasks here."""
    world = factory()
    try:
        empty = [split for split in SPLITS if not _tasks(world, split)]
    finally:
        world.close()
    if len(empty) == len(SPLITS):
        raise ConfigError(f"the splits {' and '.join(SPLITS)} have no tasks; name one that has, with --split")
    for split in empty:
        console.print(f"[yellow]left out[/yellow]  split {split}: it has no tasks")
    return [split for split in SPLITS if split not in empty]


def _tasks(world: Environment, split: str) -> Sequence[object]:
    """A split's tasks; where they cannot be had, something that is not empty: the checker says what is wrong."""
    try:
        return list(world.tasks(split))
    except ConfigError:
        raise
    except Exception:
        return (split,)


def _sandbox() -> None:
    """Print the rung in force and how each probe came out; exit 1 if a promise is broken."""
    from worldlore.sandbox import Sandbox
    from worldlore.sandbox.probes import probe

    console, failed = Terminal(highlight=False), 0
    with Sandbox() as sandbox:
        console.print(f"rung {sandbox.rung} of 4, {sandbox.rung.name}: {sandbox.rung.words}", soft_wrap=True)
        for layer, why in sandbox.missing.items():
            console.print(
                f"[yellow]missing[/yellow] {layer:<11} {why}. Remedy: {sandbox.remedy(layer)}", soft_wrap=True
            )
    for finding in probe():
        word = (
            "[green]held[/green]  "
            if finding.held
            else "[red]broken[/red]"
            if finding.promised
            else "[yellow]open[/yellow]  "
        )
        promise = "" if finding.promised else " (not promised on this rung)"
        console.print(f"{word}  {finding.name:<32} {escape(finding.detail)}{promise}", soft_wrap=True)
        failed += finding.promised and not finding.held
    if failed:
        raise typer.Exit(1)
