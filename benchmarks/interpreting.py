"""What a node of a tree over multi-turn Python costs: forking the interpreter, against running its blocks again.

A node is: put an earlier moment back, run one block there, keep the moment after it. The branches stand below blocks of
the given cost, so replay pays for those each time. Medians; the ways are measured in turn, so that other work on the
machine meets them alike. The published interpreter waits at least 3 s for the output of each action, and replays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.maths import Maths

ROUNDS = 60
PUBLISHED = 3000.0
"""Milliseconds an action takes in the published interpreter, at the least (DensePolicy §3.2)."""
LIGHT = [f"x{n} = {n} * 7\nprint(x{n})" for n in range(6)]
HEAVY = [f"y{n} = sum(i * i for i in range(100_000))" for n in range(6)]


def measure() -> list[tuple[str, str]]:
    """(what, figure) for each measurement."""
    rows: list[tuple[str, str]] = []
    for what, blocks in (("light blocks", LIGHT), ("blocks of some 5 ms", HEAVY)):
        forked, again = _branching(blocks)
        ratio = f"{PUBLISHED / forked:.0f} times faster than published"
        rows.append((f"node below 6 {what}, forked", f"{forked:.1f} ms, {ratio}"))
        rows.append((f"node below 6 {what}, run again", f"{again:.1f} ms, {again / forked:.1f} times as long"))
    rows.append(("block in a line, nothing kept", f"{_straight():.2f} ms"))
    return rows


def _branching(blocks: Sequence[str]) -> list[float]:
    """Milliseconds a node takes where interpreters are kept, and where none is."""
    worlds = [_begun(forks) for forks in (64, 0)]
    for world in worlds:
        for block in blocks:
            world.step(block)
    moments = [world.snapshot() for world in worlds]
    kept = [list[object]() for _ in worlds]

    def node(at: int) -> None:
        world = worlds[at]
        world.restore(moments[at])
        world.step("x0 = 1\nprint(x0 + 1)")
        kept[at] = [*kept[at][-8:], world.snapshot()]

    spent = _medians([lambda at=at: node(at) for at in range(len(worlds))])
    for world in worlds:
        world.close()
    return spent


def _straight() -> float:
    world = _begun(64)
    (spent,) = _medians([lambda: world.step("print(1 + 1)")])
    world.close()
    return spent


def _begun(forks: int) -> Maths:
    world = ENVIRONMENTS.build({"name": "arithmetic", "forks": forks})
    world.reset(world.tasks("train")[0], 0)
    return world


def _medians(ways: Sequence[Callable[[], object]]) -> list[float]:
    """Milliseconds of each way."""
    taken: list[list[float]] = [[] for _ in ways]
    for _ in range(ROUNDS):
        for times, way in zip(taken, ways, strict=True):
            began = perf_counter()
            way()
            times.append(1000 * (perf_counter() - began))
    return [median(times) for times in taken]


if __name__ == "__main__":
    for label, figure in measure():
        print(f"{label:45} {figure}")
