"""`worldlore play ENVIRONMENT`: a person plays a task in the terminal."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from worldlore.errors import ConfigError


def play(
    environment: Annotated[str, typer.Argument(help="Name of an environment.")] = "household",
    split: Annotated[str, typer.Option(help="Which tasks.")] = "train",
    task: Annotated[int, typer.Option(help="Which of them, from 0.")] = 0,
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="A key of the environment: inner.name=gripper; may be repeated.")
    ] = None,
) -> None:
    """Play a task yourself. `?` lists what can be done, `!` asks the expert, an empty line leaves."""
    from worldlore.environments import ENVIRONMENTS
    from worldlore.experiments.suite import overridden

    world = ENVIRONMENTS.build(overridden({"name": environment}, set_ or []))
    try:
        tasks = world.tasks(split)
        if not 0 <= task < len(tasks):
            raise ConfigError(f"split {split!r} of {environment} has {len(tasks)} tasks; give a number below that")
        _play(Console(), world, tasks[task])
    finally:
        world.close()


def _play(console: Console, world, task) -> None:
    seen, score, steps = world.reset(task, 0), 0.0, 0
    console.print(seen.text, highlight=False, markup=False)
    if seen.functions:
        console.print("\n".join(["", *seen.functions]), style="dim", highlight=False, markup=False)
    while True:
        try:
            action = console.input("\n[bold]> [/bold]").strip()
        except EOFError:
            return
        if not action:
            return
        if action == "?":
            console.print(", ".join(seen.actions or ("anything; this world does not tell",)), highlight=False)
            continue
        if action == "!":
            console.print(world.expert() or "this world has no expert", style="dim", highlight=False)
            continue
        outcome = world.step(action)
        seen, score, steps = outcome.observation, score + outcome.reward, steps + 1
        console.print(seen.text, highlight=False, markup=False)
        if outcome.done:
            word = "done" if outcome.success else "lost"
            console.print(f"\n[bold]{word}[/bold] after {steps} steps, score {score:g}", highlight=False)
            return
