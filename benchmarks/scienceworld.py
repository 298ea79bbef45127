"""ScienceWorld by the package's own `reset` and `step`, and by our environment around its simulator, side by side.

Both follow the same solutions of the same tasks, in turn. CPU seconds of both processes, Python's and Java's, so that
other work on the machine does not count; what Java compiles meanwhile does, after one round that is not measured. Run
it alone with `python -m benchmarks.scienceworld`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from time import process_time
from typing import Any

from worldlore.environments.scienceworld import Scienceworld, ScienceworldConfig
from worldlore.experience import Task

KINDS = ("find-plant", "lifespan-longest-lived", "power-component")
ROUNDS = 2


def measure() -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    return _measured() if find_spec("scienceworld") else []


def _measured() -> list[tuple[str, str]]:
    from scienceworld import ScienceWorldEnv  # pyright: ignore[reportMissingImports]

    package = ScienceWorldEnv(envStepLimit=1000)
    ours, told = (Scienceworld(ScienceworldConfig(kinds=KINDS, variations=1, admissible=a)) for a in (False, True))
    plays = [(task, _solution(ours, task)) for task in ours.tasks("test")]
    javas = [package._gateway.java_process.pid, ours._simulator.machine.process.pid]
    worlds = {"package": _Package(package), "ours": ours, "ours, admissible actions told": told}
    spent = {name: _Spent(javas) for name in worlds}
    for number in range(ROUNDS + 1):
        for name, world in worlds.items():
            for task, actions in plays:
                spent[name].add(number > 0, lambda world=world, task=task: world.reset(task, 0))
                for action in actions:
                    spent[name].add(number > 0, lambda world=world, action=action: world.step(action), step=True)
    restored = _restored(ours, *max(plays, key=lambda play: len(play[1])), javas)
    for world in (package, ours, told):
        world.close()
    return [*(spent[name].row(name, spent["package"]) for name in worlds), restored]


def _solution(env: Scienceworld, task: Task) -> list[str]:
    env.reset(task, 0)
    actions = list[str]()
    while (action := env.expert()) is not None:
        actions.append(action)
        if env.step(action).done:
            break
    return actions


class _Package:
    """The package as it is meant to be used."""

    def __init__(self, env: Any) -> None:
        self.env = env

    def reset(self, task: Task, seed: int) -> None:
        self.env.load(task.data["family"], task.data["variation"], task.data["simplifications"])
        self.env.reset()

    def step(self, action: str) -> None:
        self.env.step(action)


class _Spent:
    """CPU seconds of resets and of steps."""

    def __init__(self, javas: list[int]) -> None:
        self.javas = javas
        self.seconds = {True: 0.0, False: 0.0}
        self.count = {True: 0, False: 0}

    def add(self, counts: bool, act: Callable[[], object], step: bool = False) -> None:
        """Do something, and note what it took."""
        began = cpu(self.javas)
        act()
        self.seconds[step] += (cpu(self.javas) - began) * counts
        self.count[step] += counts

    def row(self, name: str, package: _Spent) -> tuple[str, str]:
        """Steps a second, times the package's, and a reset."""
        rate, theirs = (self.count[True] / self.seconds[True] for self in (self, package))
        reset = self.seconds[False] / self.count[False] * 1e3
        ratio = "" if self is package else f" ({rate / theirs:.1f} times)"
        return f"scienceworld steps/s, a reset; by {name}", f"{rate:,.0f}{ratio}, {reset:,.0f} ms"


def _restored(env: Scienceworld, task: Task, actions: list[str], javas: list[int]) -> tuple[str, str]:
    env.reset(task, 0)
    for action in actions[:-1]:
        env.step(action)
    moment = env.snapshot()  # pyright: ignore[reportAttributeAccessIssue]
    began = cpu(javas)
    for _ in range(ROUNDS):
        env.restore(moment)  # pyright: ignore[reportAttributeAccessIssue]
    figure = f"{(cpu(javas) - began) / ROUNDS * 1e3:,.0f} ms"
    return f"scienceworld restore, after {len(actions) - 1} steps", figure


def cpu(others: list[int]) -> float:
    """CPU seconds of this process and of others."""
    ticks = os.sysconf("SC_CLK_TCK")
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in others]
    return process_time() + sum(int(stat[11]) + int(stat[12]) for stat in stats) / ticks


if __name__ == "__main__":
    for what, figure in measure():
        print(f"{what:60} {figure}")
