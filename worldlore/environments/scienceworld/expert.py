"""The expert: the package's own solution, made to fit where an episode has an end.

The solution walks from door to door and waits tick by tick; for some kinds it is longer than the published number of
steps. Such a one is tried with ways taken by teleport, where that is allowed, and with ten ticks waited at once, or
about ten. What wins in time, in a world of its own, is followed; else the solution as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from worldlore.environments.scienceworld.simulator import Simulator
from worldlore.experience import Task

_WALK = ("open door to ", "go to ")
_LOOK = ("look around", "inventory")
_TICKS = 10
"""Ticks of a "wait"."""


def solution(simulator: Simulator, task: Task, cap: int | None) -> tuple[str, ...]:
    """The expert's actions for a task, from its beginning."""
    data = task.data
    kind, variation, easier = data["family"], data["variation"], data["simplifications"]
    gold = simulator.gold(kind, variation, easier)
    if cap is None or len(gold) <= cap:
        return gold
    for shorter in _shorter(gold, "easy" in easier or "teleportAction" in easier):
        steps, score = simulator.tried((kind, variation, easier), shorter)
        if steps <= cap and score > 1 - 1e-9:
            return shorter[:steps]
    return gold


def _shorter(gold: Sequence[str], teleports: bool) -> Iterator[tuple[str, ...]]:
    """Shorter and shorter ways of doing the same."""
    yield tuple(gold)
    if teleports:
        gold = tuple(_flown(gold))
        yield gold
    for least in (_TICKS, _TICKS // 2):
        yield tuple(_rested(gold, least))


def _flown(gold: Sequence[str]) -> Iterator[str]:
    """Each way from door to door in one step, and nothing looked at."""
    seen = [action for action in gold if action not in _LOOK]
    for walking, run in groupby(seen, lambda action: action.startswith(_WALK)):
        actions = list(run)
        if not walking:
            yield from actions
        elif goals := [action for action in actions if action.startswith("go to ")]:
            yield goals[-1].replace("go to", "teleport to", 1)


def _rested(gold: Sequence[str], least: int) -> Iterator[str]:
    """Waits of many ticks in steps of ten; what is left of them takes one more from `least` ticks on."""
    for action, run in groupby(gold):
        count = len(list(run))
        while action == "wait1" and count >= least:
            yield "wait"
            count -= _TICKS
        yield from [action] * count
