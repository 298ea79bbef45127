"""`worldlore play ENVIRONMENT`: a person plays a task in the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from worldlore.cli.terminal import Terminal
from worldlore.errors import ConfigError

if TYPE_CHECKING:
    from worldlore.environments.base import Environment
    from worldlore.experience import Observation, Task

SPLITS = ("train", "dev", "test")
"""Where tasks are looked for, unless a split is given."""

HELP = "`?` lists what can be done, `!` asks the expert, an empty line leaves"
BLOCKS = "; a line that ends with `:` opens a block, which an empty line ends"


def play(
    environment: Annotated[
        str, typer.Argument(metavar="ENVIRONMENT", help="Name of an environment, or your module:Class.")
    ] = "household",
    split: Annotated[
        str | None,
        typer.Option(metavar="SPLIT", help="Which tasks; left out: train, or dev or test where there are none."),
    ] = None,
    task: Annotated[int, typer.Option(metavar="N", help="Which of them, from 0.")] = 0,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="A key of the environment: inner.name=gripper; may be repeated."
        ),
    ] = None,
) -> None:
    """Play a task yourself. `?` lists what can be done, `!` asks the expert, an empty line leaves."""
    from worldlore.environments import ENVIRONMENTS
    from worldlore.experiments.suite import overridden

    keys = [key.removeprefix("environment.") for key in set_ or []]  # as they are called on a page
    world = ENVIRONMENTS.build(overridden({"name": environment}, keys))
    try:
        split, tasks = (split, world.tasks(split)) if split else _first_split(world)
        if not 0 <= task < len(tasks):
            raise ConfigError(f"split {split!r} of {environment} has {len(tasks)} tasks; give a number below that")
        _play(Terminal(), world, tasks[task])
    finally:
        world.close()


def _first_split(world: Environment) -> tuple[str, Sequence[Task]]:
    """The first split that has tasks; ConfigError where none has."""
    faults: list[ConfigError] = []
    for split in SPLITS:
        try:
            tasks = world.tasks(split)
        except ConfigError as fault:  # not every world has every split
            faults.append(fault)
            continue
        if tasks:
            return split, tasks
    if faults:
        raise faults[0]
    raise ConfigError(f"{world.name} has no tasks in {', '.join(SPLITS)}; name a split that has: --split NAME")


def _play(console: Terminal, world: Environment, task: Task) -> None:
    seen, score, steps = world.reset(task, 0), 0.0, 0
    functions = seen.functions  # told at the beginning and not again
    console.print(HELP + (BLOCKS if functions else "") + "\n", style="dim", highlight=False, markup=False)
    console.print(seen.text, highlight=False, markup=False)
    if functions:
        console.print("\n".join(["", *functions]), style="dim", highlight=False, markup=False)
    while action := _asked(console, blocks=bool(functions)):
        if action in ("?", "!"):
            told = _possible(seen, functions or ()) or _told(world) if action == "?" else _advice(world)
            console.print(told, style="dim", highlight=False, markup=False)
            continue
        outcome = world.step(action)
        seen, score, steps = outcome.observation, score + outcome.reward, steps + 1
        console.print(seen.text, highlight=False, markup=False)
        if outcome.done:
            word = "won" if outcome.success else "lost"
            unit = "step" if steps == 1 else "steps"
            console.print(f"\n[bold]{word}[/bold] after {steps} {unit}, score {score:g}", highlight=False)
            return


def _advice(world: Environment) -> str:
    """The expert's next action, or why there is none."""
    from worldlore.environments.base import Environment

    if type(world).expert is Environment.expert:
        return "this world has no expert"
    return world.expert() or "there is no advice for this moment"


def _asked(console: Terminal, blocks: bool) -> str:
    """What the person types, a block of Python whole; nothing where the person leaves."""
    lines = [_line(console, "\n[bold]> [/bold]").strip()]
    while blocks and lines[0].endswith(":") and (more := _line(console, "[bold]. [/bold]")).strip():
        lines.append(more.rstrip())
    return "\n".join(lines)


def _line(console: Terminal, prompt: str) -> str:
    try:
        return console.input(prompt)
    except EOFError:
        return ""


def _possible(seen: Observation, functions: Sequence[str]) -> str:
    """One to a line, each once; nothing where the world does not tell."""
    return "\n".join(dict.fromkeys(seen.actions or functions))


def _told(world: Environment) -> str:
    """The kinds of command there are, or else what agents are told of the world beforehand."""
    from worldlore.agents.manual import manual

    kinds = [primitive.command.format(**{p: p.upper() for p in primitive.parameters}) for primitive in world.primitives]
    return "\n".join(kinds) or manual(world.name) or "anything; this world does not tell"
