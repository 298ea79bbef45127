"""Random plays of a world, and how fast it plays them again: CPU seconds of one core, other work does not count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from time import process_time

from worldlore.environments import Branching, Environment
from worldlore.experience import Task

Plays = Sequence[tuple[Task, Sequence[str]]]
"""Tasks and what is done in each."""
STEPS = 30


def random_plays(env: Environment, tasks: Sequence[Task]) -> Plays:
    """Random admissible commands for each task, until it is done by chance or STEPS are over."""
    return [(task, _commands(env, task, Random(index))) for index, task in enumerate(tasks)]


def _commands(env: Environment, task: Task, rng: Random) -> list[str]:
    commands, seen = list[str](), env.reset(task, 0)
    while len(commands) < STEPS:
        commands.append(rng.choice(seen.actions or ("look",)))
        outcome = env.step(commands[-1])
        seen = outcome.observation
        if outcome.done:
            break
    return commands


def speed(env: Environment, plays: Plays, times: int = 1) -> float:
    """Steps a second, resets included."""
    began = process_time()
    for _ in range(times):
        for task, commands in plays:
            env.reset(task, 0)
            for command in commands:
                env.step(command)
    return times * sum(len(commands) for _, commands in plays) / (process_time() - began)


def moments(env: Branching) -> tuple[str, str]:
    """What a moment of the world costs to keep and to put back, as a row of the table."""
    env.reset(env.tasks("train")[0], 0)
    moment = env.snapshot()
    keep, put_back = _micros(env.snapshot), _micros(lambda: env.restore(moment))
    return f"{env.name} snapshot, restore", f"{keep:.2f} µs, {put_back:.2f} µs"


def _micros(act: Callable[[], object], times: int = 20_000) -> float:
    began = process_time()
    for _ in range(times):
        act()
    return (process_time() - began) / times * 1e6
