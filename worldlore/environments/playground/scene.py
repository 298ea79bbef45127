"""Scenes: which things lie where an episode begins, drawn from a seed.

What the goal asks for comes first, each thing followed by what it takes to grow it, so a scene can always be won; the
rest is drawn, first a category (five of them, "living_thing" included), then a type. With the standard goal and the
published rules nothing is left to fill. Things lie at random in a square, some way apart, and the agent begins in its
middle; so in about one scene of ten it begins on something. Only `Random.random()` is drawn from, whose sequence
Python guarantees.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from worldlore.environments.playground.goals import Goal, tell
from worldlore.environments.playground.rules import PUBLISHED, Rules
from worldlore.environments.playground.things import MEMBERS, WATER, WATER_CODE, YOUNG_CODE
from worldlore.environments.playground.world import State
from worldlore.errors import ConfigError

T = TypeVar("T")

SIZE = 8
"""Things in a scene."""
_CATEGORIES = ("living_thing", "supply", "plant", "small_herbivorous", "big_herbivorous")
_APART = 0.3
_CONTACT = 0.125


@dataclass(frozen=True, slots=True)
class Scene:
    """Where an episode begins, and what it is about."""

    goal: Goal
    """What is asked."""
    rules: Rules
    """What makes what grow."""
    opening: State
    """The first moment."""


def draw(goal: Goal, seed: int, rules: Rules = PUBLISHED) -> Scene:
    """The scene of a seed; ConfigError where the goal takes more things than a scene has."""
    rng = Random(seed)
    kinds = [kind for wish in goal for kind in _wanted(rng, rules, wish.verb, wish.name)]
    if len(kinds) > SIZE:
        raise ConfigError(f"{tell(goal)!r} takes {len(kinds)} things and a scene has {SIZE}; ask for less at once")
    while len(kinds) < SIZE:
        kinds.append(pick(rng, MEMBERS[pick(rng, _CATEGORIES)]))
    codes = tuple(WATER_CODE if kind == WATER else YOUNG_CODE[kind] for kind in kinds)
    return Scene(goal, rules, State(codes, (), _underfoot(rng)))


def scenes(goal: Goal, seed: int, rules: Rules = PUBLISHED) -> Iterator[Scene]:
    """Scenes without end, drawn from one seed."""
    rng = Random(seed)
    while True:
        yield draw(goal, int(rng.random() * 2**53), rules)


def _wanted(rng: Random, rules: Rules, verb: str, name: str) -> list[str]:
    kind = pick(rng, MEMBERS[name])
    return [kind, *_supplies(rng, rules, kind)] if verb == "grow" else [kind]


def _supplies(rng: Random, rules: Rules, kind: str) -> Iterator[str]:
    """What it takes to grow a type: before each supply, what it takes to grow that."""
    for supply in rules.needs[kind]:
        given = pick(rng, MEMBERS[supply])
        if given != WATER:
            yield from _supplies(rng, rules, given)
        yield given


def _underfoot(rng: Random) -> int:
    """The place of the thing that the agent begins on; -1 for none."""
    spots: list[tuple[float, float]] = []
    while len(spots) < SIZE:
        x, y = 2 * rng.random() - 1, 2 * rng.random() - 1
        if all((x - a) ** 2 + (y - b) ** 2 >= _APART**2 for a, b in spots):
            spots.append((x, y))
    return next((place for place, (x, y) in enumerate(spots) if x * x + y * y < _CONTACT**2), -1)


def pick(rng: Random, choices: Sequence[T]) -> T:
    """One of the choices."""
    return choices[int(rng.random() * len(choices))]
