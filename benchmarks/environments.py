"""Household by itself, and side by side with the real alfworld package on the same worlds and commands.

CPU seconds of one core, so that other work on the machine does not count. "Fresh" plays tasks for the first time,
building each world and every text and command list; "known" plays them again, as tree exploration and repeated
attempts do. The real package is measured as it comes and as our wrapper runs it. Run it alone with
`python -m benchmarks.environments`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from random import Random
from time import process_time
from typing import Any

from worldlore.environments.household import Household
from worldlore.environments.household.generate import _build
from worldlore.experience import Task

Plays = Sequence[tuple[Task, Sequence[str]]]
STEPS = 30


def measure() -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    plays = _plays(Household().tasks("train")[:200])
    return [*_steps(plays), *_moments(plays), *(_real(plays[:6]) if find_spec("alfworld") else ())]


def _plays(tasks: Sequence[Task]) -> Plays:
    """Random admissible commands for each task, until it is done by chance or STEPS are over."""
    env, plays = Household(), []
    for index, task in enumerate(tasks):
        rng, commands = Random(index), list[str]()
        seen = env.reset(task, 0)
        for _ in range(STEPS):
            commands.append(rng.choice(seen.actions or ("look",)))
            outcome = env.step(commands[-1])
            seen = outcome.observation
            if outcome.done:
                break
        plays.append((task, commands))
    return plays


def _steps(plays: Plays) -> list[tuple[str, str]]:
    rows = []
    for told in (True, False):
        env = Household(Household.Config(actions=told))
        _build.cache_clear()
        fresh = _speed(env, plays)
        _speed(env, plays[:100])
        known = _speed(env, plays[:100], times=10)
        what = f"household steps/s, {'with' if told else 'without'} admissible commands (fresh, resets included; known)"
        rows.append((what, f"{fresh:,.0f}; {known:,.0f}"))
    return rows


def _speed(env: Household, plays: Plays, times: int = 1) -> float:
    began = process_time()
    for _ in range(times):
        for task, commands in plays:
            env.reset(task, 0)
            for command in commands:
                env.step(command)
    return times * sum(len(commands) for _, commands in plays) / (process_time() - began)


def _moments(plays: Plays) -> list[tuple[str, str]]:
    env = Household()
    env.reset(plays[0][0], 0)
    moment = env.snapshot()
    save, load = _micros(env.snapshot), _micros(lambda: env.restore(moment))
    return [("household snapshot, restore", f"{save:.2f} µs, {load:.2f} µs")]


def _micros(act: Callable[[], object], times: int = 20_000) -> float:
    began = process_time()
    for _ in range(times):
        act()
    return (process_time() - began) / times * 1e6


def _real(plays: Plays) -> list[tuple[str, str]]:
    """The same games by alfworld's own classes and by our engine around its library."""
    import textworld  # pyright: ignore[reportMissingImports]
    from alfworld.agents.environment.alfred_tw_env import AlfredDemangler  # pyright: ignore[reportMissingImports]
    from textworld.envs import PddlEnv  # pyright: ignore[reportMissingImports]

    from tests.environments.real_games import write_game
    from worldlore.environments.alfworld import Engine

    stock = AlfredDemangler(PddlEnv(textworld.EnvInfos(won=True, admissible_commands=True)), shuffle=False)
    ours = Household()
    _speed(ours, plays)
    household = _speed(ours, plays, times=20)
    arguments = list(sys.argv)
    with tempfile.TemporaryDirectory() as folder:
        files = [write_game(task, Path(folder) / str(i), "move") for i, (task, _) in enumerate(plays)]
        games = [json.loads(file.read_text()) for file in files]
        own, wrapped = _drive(stock, games, plays), _drive(Engine(), games, plays)
    sys.argv[:] = arguments
    return [
        (
            f"{what}: steps/s, seconds to load a game",
            f"{steps:,.0f}, {load:.2f}; household is {household / steps:,.0f} times as fast",
        )
        for what, (steps, load) in (("alfworld as it comes", own), ("alfworld as we run it", wrapped))
    ]


def _drive(env: Any, games: Sequence[Any], plays: Plays) -> tuple[float, float]:
    loading = playing = 0.0
    for game, (_, commands) in zip(games, plays, strict=True):
        began = process_time()
        env.load(game)
        env.reset()
        loading += process_time() - began
        began = process_time()
        for command in commands:
            env.step(command)
        playing += process_time() - began
    return sum(len(commands) for _, commands in plays) / playing, loading / len(plays)


if __name__ == "__main__":
    for label, figure in measure():
        print(f"{label:90} {figure}")
