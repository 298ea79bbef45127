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
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

from benchmarks.playing import Plays, moments, random_plays, speed
from worldlore.environments.household import Household
from worldlore.environments.household.generate import _build


def measure() -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    plays = random_plays(Household(), Household().tasks("train")[:200])
    return [*_steps(plays), moments(Household()), *(_real(plays[:6]) if find_spec("alfworld") else ())]


def _steps(plays: Plays) -> list[tuple[str, str]]:
    rows = []
    for told in (True, False):
        env = Household(Household.Config(actions=told))
        _build.cache_clear()
        fresh = speed(env, plays)
        speed(env, plays[:100])
        known = speed(env, plays[:100], times=10)
        what = f"household steps/s, {'with' if told else 'without'} admissible commands (fresh, resets included; known)"
        rows.append((what, f"{fresh:,.0f}; {known:,.0f}"))
    return rows


def _real(plays: Plays) -> list[tuple[str, str]]:
    """The same games by alfworld's own classes and by our engine around its library."""
    import textworld  # pyright: ignore[reportMissingImports]
    from alfworld.agents.environment.alfred_tw_env import AlfredDemangler  # pyright: ignore[reportMissingImports]
    from textworld.envs import PddlEnv  # pyright: ignore[reportMissingImports]

    from tests.environments.real_games import write_game
    from worldlore.environments.alfworld import Engine

    stock = AlfredDemangler(PddlEnv(textworld.EnvInfos(won=True, admissible_commands=True)), shuffle=False)
    ours = Household()
    speed(ours, plays)
    household = speed(ours, plays, times=20)
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
