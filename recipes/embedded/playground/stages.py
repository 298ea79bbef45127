"""The order in which things are learned: stage by stage, and what the worlds of a stage are like.

Looking something up is learned late, and comparing it later still, so what is short and sure comes first. The last
stage never ends.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random
from typing import Literal

from recipes.embedded.playground import door
from recipes.embedded.playground.door import Door

GROUP = 24
"""Lessons that share a theory."""
STEP = 6
"""Groups of an optimiser step."""
Playgrounds = Literal["asked", "brought", "any"]
"""What is read of playgrounds.

asked     short: one recipe, or what something needs; half of the lessons ask what it needs
brought   the same, but most ask how a change begins when two things come together
any       everything
"""


@dataclass(frozen=True)
class Stage:
    """Some steps, and what they read."""

    until: int
    """The step at which it ends."""
    doors: float
    """Share of the worlds that are doors."""
    playgrounds: Playgrounds = "any"
    """What the other worlds are like."""
    told: float = 0.0
    """Share of those of which all is told and true."""
    draw: Callable[[Random], Door] = door.draw
    """Draws a door."""
    fits: float = 0.0
    """Share of the doors at which is asked which words of the rule fit an item."""


def _mixed(rng: Random) -> Door:
    """Most are told in full, of up to three attributes; the rest as may be."""
    return door.simple(rng, rng.choice((1, 1, 2, 3))) if rng.random() < 0.6 else door.draw(rng)


def _every(rng: Random) -> Door:
    """Half are told in full, every way of speaking as often as it is hard; the rest as may be."""
    return door.spoken(rng) if rng.random() < 0.5 else door.draw(rng)


STAGES = (
    Stage(200, 1 / 6, "asked"),
    Stage(400, 1 / 6, "brought"),
    Stage(1300, 1 / 6, told=0.85),
    Stage(2900, 1 / 4),
    Stage(3060, 0.95, draw=partial(door.simple, most=1, hows=("any",))),
    Stage(3220, 0.95, draw=partial(door.simple, most=1, hows=("any", "not"))),
    Stage(3380, 0.95, draw=partial(door.simple, most=2)),
    Stage(4300, 1 / 3, draw=_mixed),
    Stage(4900, 1.0, draw=door.spoken, fits=0.35),
    Stage(6300, 0.35, draw=_every, fits=0.15),
    Stage(6900, 0.25, told=0.3, draw=_every, fits=0.1),
)
"""Those of the weights that ship."""


def stage(stages: Sequence[Stage], group: int) -> Stage:
    """The stage of a group of lessons."""
    return next((one for one in stages if group < one.until * STEP), stages[-1])
