"""The playground's steps a second, in words and in numpy, on one core.

The published implementation makes 150 to 260. "In words" plays random admissible commands with everything an agent is
told; "at once" steps many scenes with random masked actions, resets and the choice of actions included. CPU seconds,
so that other work on the machine does not count. Run it alone with `python -m benchmarks.playground`.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from time import process_time

import numpy as np

from worldlore.environments.door import ITEMS, Door
from worldlore.environments.playground import STANDARD, Playground, PlaygroundConfig, goals, scenes
from worldlore.environments.playground.vector import Scenes, Steps

COUNTS = (1, 15, 64, 256)
PHASE = (15, 240)
"""Scenes and steps of one published phase: 3,600 steps."""


def measure() -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    rows = [("playground in words: steps/s, resets and admissible commands included", f"{_words():,.0f}")]
    rows += [(f"playground, {n} scenes at once: steps/s, resets included", f"{_at_once(n):,.0f}") for n in COUNTS]
    steps, made = _phase()
    rows.append(
        ("a phase of 3,600 steps: seconds to play, seconds to tell all of it", f"{made:.3f}, {_told(steps):.3f}")
    )
    rows.append(("playground: expert's plans of 19 steps/s", f"{_plans():,.0f}"))
    rows.append(("door in words: episodes/s", f"{_doors():,.0f}"))
    return rows


def _rate(act: Callable[[], int], seconds: float = 1.0) -> float:
    """What `act` counts, a second."""
    act()
    began, done = process_time(), 0
    while process_time() - began < seconds:
        done += act()
    return done / (process_time() - began)


def _words() -> float:
    env, rng = Playground(PlaygroundConfig(goal="standard")), Random(0)
    tasks = iter(env.tasks("train") * 100)

    def play() -> int:
        seen = env.reset(next(tasks), 0)
        for step in range(30):
            outcome = env.step(rng.choice(seen.actions or ("Grasp",)))
            seen = outcome.observation
            if outcome.done:
                return step + 1
        return 30

    return _rate(play)


def _choose(masks: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (masks * rng.random(masks.shape, np.float32)).argmax(1)


def _at_once(count: int) -> float:
    many, rng = Scenes(scenes(goals.parse(STANDARD), 0), count), np.random.default_rng(0)

    def play() -> int:
        for _ in range(30):
            many.step(_choose(many.masks, rng))
        return 30 * count

    return _rate(play)


def _phase() -> tuple[list[Steps], float]:
    many, rng = Scenes(scenes(goals.parse(STANDARD), 0), PHASE[0]), np.random.default_rng(0)
    began = process_time()
    steps = [many.step(_choose(many.masks, rng)) for _ in range(PHASE[1])]
    return steps, process_time() - began


def _told(steps: list[Steps]) -> float:
    began = process_time()
    for step in steps:
        for scene in range(PHASE[0]):
            step.transition(scene)
    return process_time() - began


def _plans() -> float:
    env = Playground(PlaygroundConfig(goal="standard"))
    tasks = iter(env.tasks("train") * 100)

    def play() -> int:
        env.reset(next(tasks), 0)
        while (action := env.expert()) is not None:
            env.step(action)
        return 1

    return _rate(play, 0.5)


def _doors() -> float:
    env = Door()
    tasks = env.tasks("train")

    def play() -> int:
        for task, item in zip(tasks, ITEMS, strict=False):
            env.reset(task, 0)
            env.step(item.sentence)
        return len(ITEMS)

    return _rate(play, 0.5)


if __name__ == "__main__":
    for label, figure in measure():
        print(f"{label:90} {figure}")
