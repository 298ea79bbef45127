"""What is one token: every object and function of the four worlds, and every part of the prompt that never changes."""

from __future__ import annotations

from recipes.embedded.robotics.tasks import WORLDS
from worldlore.agents.act import Act
from worldlore.environments.programs.vocabulary import vocabulary
from worldlore.environments.robotics.strips import numbered

COUNTED = {
    "ball": 14, "b": 12, "shot": 12, "cocktail": 12, "ingredient": 3, "dispenser": 3, "r": 12, "w": 12, "nut": 12,
    "hub": 12,
}  # fmt: skip
"""Kinds of objects that are numbered, and how many have a token of their own."""
OTHERS = (
    "rooma", "roomb", "left", "right", "Left", "Right", "shaker1", "l0", "l1", "l2", "boot", "wrench", "jack", "pump",
)  # fmt: skip
"""Other objects."""
GOAL = "The goal is to make all of this true:"
"""How every goal begins."""


def names() -> list[str]:
    """Every object and every primitive in both spellings, and what is left out; longest first."""
    found = {"…", *OTHERS, *(name for kind, count in COUNTED.items() for name in numbered(kind, count))}
    for world in WORLDS.values():
        found |= {primitive.name for primitive in world.family.language.primitives}
        found |= {primitive.name.lower() for primitive in world.family.language.primitives}
    return sorted(found, key=lambda name: (-len(name), name))


def phrases() -> list[str]:
    """Parts of the prompt that never change."""
    worlds = [vocabulary(world.family.language.primitives).functions for world in WORLDS.values()]
    told = ["\n".join(["Functions:", *functions]) for functions in worlds]
    return [Act.programs.request, "Learned functions, made of the others:", GOAL, *told]
