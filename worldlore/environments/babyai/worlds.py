"""Worlds made of the levels of the package `minigrid`, at their beginning or copied on the way."""

from __future__ import annotations

import copy
import os
import re
from functools import cache
from typing import Any

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # minigrid imports pygame, which greets on standard output

import minigrid  # noqa: F401  # pyright: ignore[reportMissingImports]  # registers the levels; the first to be missed

# isort: split
import gymnasium
from minigrid.envs.babyai.core import roomgrid_level  # pyright: ignore[reportMissingImports]

from worldlore.errors import unknown

_ID = re.compile(r"BabyAI-(\w+)-v(\d+)")


def _silent(*_: object) -> None:
    """Levels tell of every drawing they reject, on standard output, where records may be written."""


# sys.stdout belongs to other threads too, so it is not redirected:
roomgrid_level.print = _silent  # pyright: ignore[reportAttributeAccessIssue]


@cache
def known() -> dict[str, str]:
    """The name of each level of the package -> its id there, in the newest version."""
    found = [match for match in map(_ID.fullmatch, gymnasium.registry) if match is not None]
    return {match[1]: match[0] for match in sorted(found, key=lambda match: (match[1], int(match[2])))}


def checked(name: str) -> str:
    """A level's name, also where it was written as the package does; ConfigError where there is none."""
    match = _ID.fullmatch(name)
    short = match[1] if match else name
    if short not in known():
        raise unknown("level of babyai", short, known())
    return short


def made(level: str, seed: int) -> Any:
    """The world of a level and a seed, at its beginning."""
    world: Any = gymnasium.make(known()[level], disable_env_checker=True).unwrapped
    world.gen_obs = dict  # pictures that nobody looks at took most of a step
    world._reward = _whole
    world.reset(seed=seed)
    return world


def _whole() -> float:
    """A success counts one, however long it took: the package's own reward falls below zero after enough steps."""
    return 1.0


def copied(world: Any, *beside: Any) -> tuple[Any, ...]:
    """A world, and what belongs to it, apart from the original; what never changes is shared."""
    walls = (thing for thing in world.grid.grid if thing is not None and thing.type == "wall")
    shared = (world.action_space, world.observation_space, world.actions, world.spec, world._np_random, *walls)
    return copy.deepcopy((world, *beside), {id(thing): thing for thing in shared})
