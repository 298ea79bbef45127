"""What the loop itself costs: time a step of household with the scripted model, and the watchdog's share of it.

The watchdog runs each environment on a thread of its own so that one that hangs can be left behind; its share is
what a step costs beyond the same loop with the environment called directly. The model costs next to nothing here.
CPU time of all threads, so that other work on the machine does not count: on a busy machine the watchdog's thread also
waits its turn, which is not seen here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time
from unittest.mock import patch

from worldlore.agents.act import Act, ActConfig
from worldlore.environments.household import Household
from worldlore.models.scripted import Scripted
from worldlore.rollout.loop import Episode, Limits, Stage
from worldlore.rollout.watch import Worker

EPISODES, STEPS, REPEATS = 32, 30, 5
WORDS = ("look", "inventory", "go to desk 1", "go to drawer 1", "open drawer 1", "examine drawer 1")


def measure() -> list[tuple[str, str]]:
    """Rows of the table: what was measured, and the figure."""
    watched = min(_microseconds() for _ in range(REPEATS))
    with _on_the_same_thread():
        direct = min(_microseconds() for _ in range(REPEATS))
    world = min(_world() for _ in range(REPEATS))
    share = max(0.0, 1 - direct / watched)
    return [
        ("rollout loop, household, scripted model", f"{watched:.0f} µs a step"),
        ("  of which the watchdog's thread", f"{watched - direct:.0f} µs ({share:.0%})"),
        ("  of which the world", f"{world:.0f} µs"),
    ]


def _microseconds() -> float:
    """CPU time of one step: agent, dispatch, model, watchdog and world together."""
    tasks = Household().tasks("train")[:EPISODES]
    stage = Stage(Household, {"policy": Scripted.of(WORDS, repeat=True)}, Limits(steps=STEPS))
    began = process_time()
    steps = sum(len(t.steps) for t in stage.play(Act(ActConfig()), [Episode(task) for task in tasks]))
    return (process_time() - began) / steps * 1e6


def _world() -> float:
    world = Household()
    tasks = world.tasks("train")[:EPISODES]
    began = process_time()
    for task in tasks:
        world.reset(task, 0)
        for k in range(STEPS):
            world.step(WORDS[k % len(WORDS)])
    return (process_time() - began) / (len(tasks) * STEPS) * 1e6


@contextmanager
def _on_the_same_thread() -> Iterator[None]:
    with patch.object(Worker, "call", lambda self, function, seconds: function()):
        yield


if __name__ == "__main__":
    for name, figure in measure():
        print(f"{name:45} {figure}")
