"""A book of recipes drawn from a seed: as many things of each depth as the published one has.

Each thing is of a material and has a form: "ash plank", "tin hinge". It is made of a simpler thing of the same material
and up to two others, one of which may be any thing of a form ("any plank").
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random

from worldlore.environments.textcraft.book import Amount, Book, Recipe

COUNTS = (125, 291, 117, 11)
"""Things of depth 1, 2, 3 and 4, as in the published book."""
MATERIALS = (
    *("ash", "birch", "cedar", "elm", "hazel", "larch", "maple", "oak", "pine", "willow", "bamboo", "cork"),
    *("copper", "tin", "iron", "lead", "silver", "zinc", "nickel", "brass", "clay", "chalk", "slate", "marble"),
    *("granite", "flint", "amber", "quartz", "salt", "coal", "flax", "hemp", "cotton", "wool", "silk", "jute"),
    *("straw", "reed", "horn", "bone", "wax", "leather"),
)
FORMS = (
    ("plank", "rod", "strip", "pellet", "plate"),
    ("panel", "ring", "frame", "hook", "tube", "peg", "sheet", "hinge", "bead"),
    ("box", "wheel", "lantern", "ladder", "basket"),
    ("cart", "clock", "loom"),
)
"""The forms of each depth, from 1."""
KINDS = ("plank", "rod", "plate", "peg", "ring")
"""Forms that recipes may ask for in any material."""


@cache
def generated(seed: int) -> Book:
    """The book of a seed."""
    rng = Random(seed)
    layers: list[list[str]] = [[f"raw {material}" for material in MATERIALS]]
    recipes = list[Recipe]()
    for depth, count in enumerate(COUNTS, 1):
        layers.append(_drawn(_names(layers[-1], FORMS[depth - 1]), count, rng))
        recipes += [_recipe(name, layers[:-1], rng) for name in layers[-1]]
    names = [name for layer in layers for name in layer]
    return Book(recipes, {f"any {form}": [n for n in names if n.endswith(f" {form}")] for form in KINDS})


def _names(simpler: Sequence[str], forms: Sequence[str]) -> list[str]:
    """Things of the materials that the layer below has."""
    materials = dict.fromkeys(_material(name) for name in simpler)
    return [f"{material} {form}" for material in materials for form in forms]


def _recipe(name: str, below: Sequence[Sequence[str]], rng: Random) -> Recipe:
    """The first input makes the depth; the others lie no deeper."""
    own = [other for other in below[-1] if _material(other) == _material(name)]
    inputs: dict[str, int] = {_pick(own, rng): _number(rng)}
    for _ in range(int(rng.random() * 3)):
        inputs.setdefault(_beside(below, rng), _number(rng))
    amounts: tuple[Amount, ...] = tuple(inputs.items())
    return Recipe(name, _number(rng) if len(below) < 3 else 1, amounts)


def _beside(below: Sequence[Sequence[str]], rng: Random) -> str:
    """Something raw, something simpler, or any thing of a form that is known by then."""
    known = [form for form, depth in zip(KINDS, (1, 1, 1, 2, 2), strict=True) if depth < len(below)]
    draw = rng.random()
    if draw < 0.2 and known:
        return f"any {_pick(known, rng)}"
    return _pick(below[0] if draw < 0.6 else below[-1], rng)


def _material(name: str) -> str:
    first, second = name.split()
    return second if first == "raw" else first


def _number(rng: Random) -> int:
    return (1, 1, 1, 2, 2, 3, 4)[int(rng.random() * 7)]


def _pick(words: Sequence[str], rng: Random) -> str:
    return words[int(rng.random() * len(words))]


def _drawn(words: Sequence[str], count: int, rng: Random) -> list[str]:
    rest = list(words)
    return [rest.pop(int(rng.random() * len(rest))) for _ in range(count)]
