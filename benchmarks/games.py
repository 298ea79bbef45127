"""BabyAI, TextCraft, the maze and Wordle: steps a second at random and by their experts, and what a moment costs.

CPU seconds of one core, so that other work on the machine does not count; resets are included, and so is thinking where
the expert plays. BabyAI is measured where its package is installed, the package's own step beside it, pictures and all.
Run it alone with `python -m benchmarks.games`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from itertools import islice
from time import process_time
from typing import Any

from benchmarks.playing import STEPS, moments, random_plays, speed
from worldlore.environments import ENVIRONMENTS, Branching
from worldlore.experience import Task

WORLDS: tuple[dict[str, Any], ...] = (
    {"name": "babyai"},
    {"name": "textcraft"},
    {"name": "maze"},
    {"name": "wordle", "actions": True},
)
TASKS = 80


def measure() -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    worlds = [keys for keys in WORLDS if keys["name"] != "babyai" or find_spec("minigrid")]
    return [row for keys in worlds for row in _measured(ENVIRONMENTS.build(keys))] + (
        [_package()] if find_spec("minigrid") else []
    )


def _measured(env: Branching) -> list[tuple[str, str]]:
    tasks = list(islice(env.tasks("train"), TASKS))
    rows = [
        (f"{env.name} steps/s at random", f"{speed(env, random_plays(env, tasks)):,.0f}"),
        (f"{env.name} steps/s by the expert", f"{_by_expert(env, tasks):,.0f}"),
    ]
    return [*rows, moments(env) if env.name != "babyai" else _copied(env, tasks[-1])]


def _by_expert(env: Branching, tasks: Sequence[Task]) -> float:
    steps, began = 0, process_time()
    for task in tasks:
        env.reset(task, 0)
        for _ in range(STEPS):
            action = env.expert()
            if action is None:
                break
            steps += 1
            if env.step(action).done:
                break
    return steps / (process_time() - began)


def _copied(env: Branching, task: Task, times: int = 200) -> tuple[str, str]:
    """A moment of BabyAI is copied at the first step from it, not when it is put back."""
    env.reset(task, 0)
    moment = env.snapshot()
    seconds = dict[bool, float]()
    for restored in (True, False):
        began = process_time()
        for _ in range(times):
            if restored:
                env.restore(moment)
            env.step("turn left")
        seconds[restored] = (process_time() - began) / times
    return (
        f"{env.name} restore, with the copy that the next step makes",
        f"{(seconds[True] - seconds[False]) * 1e3:.2f} ms",
    )


def _package(level: str = "BabyAI-GoToLocalS8N7-v0", steps: int = 2000) -> tuple[str, str]:
    import gymnasium  # pyright: ignore[reportMissingImports]
    import minigrid  # noqa: F401  # pyright: ignore[reportMissingImports]

    env: Any = gymnasium.make(level, disable_env_checker=True).unwrapped
    env.reset(seed=0)
    began = process_time()
    for _ in range(steps):
        env.step(0)
    return "minigrid itself, single moves/s", f"{steps / (process_time() - began):,.0f}"


if __name__ == "__main__":
    for what, figure in measure():
        print(f"{what:70} {figure}")
