"""Worlds with other rules: the same things and words, drawn at random what makes what grow.

The categories are put in a random order; the first grows of water, each later one of water and of what has grown in
those before it. So nothing waits for itself, and everything can be grown. A recipe may ask for one supply or two, for
a category or for one type of it, and one type in two worlds of three is an exception to its category. Worlds whose
goals would need more things than a scene has are not drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from random import Random

from worldlore.environments.playground.rules import PUBLISHED, Recipe, Rules
from worldlore.environments.playground.scene import SIZE, pick
from worldlore.environments.playground.things import CATEGORIES, CATEGORY, MEMBERS, WATER

_ONE_TYPE = 0.25
_TWO = 0.4
_ALIKE = 0.5
_EXCEPTION = 2 / 3


@lru_cache(maxsize=4096)
def draw(seed: int) -> Rules:
    """The rules of a world; never the published ones."""
    rng = Random(seed)
    while True:
        rules = _attempt(rng)
        if rules.needs != PUBLISHED.needs and _fits(rules):
            return rules


def _attempt(rng: Random) -> Rules:
    order = list(CATEGORIES)
    order = [order.pop(int(rng.random() * len(order))) for _ in CATEGORIES]
    recipes = [Recipe(name, _supplies(rng, order[:level])) for level, name in enumerate(order)]
    if rng.random() < _EXCEPTION:
        name = pick(rng, MEMBERS[pick(rng, order)])
        recipe = Recipe(name, _supplies(rng, order[: order.index(CATEGORY[name])]))
        if all(recipe.supplies != other.supplies for other in recipes if other.subject == CATEGORY[name]):
            recipes.append(recipe)
    return Rules.of({recipe.subject: recipe.supplies for recipe in sorted(recipes, key=_place)})


def _place(recipe: Recipe) -> tuple[int, bool]:
    """Categories in their own order, an exception behind its category."""
    return list(CATEGORIES).index(CATEGORY.get(recipe.subject, recipe.subject)), recipe.subject not in CATEGORIES


def _supplies(rng: Random, before: Sequence[str]) -> tuple[str, ...]:
    first = _supply(rng, before)
    if rng.random() >= _TWO:
        return (first,)
    second = first if rng.random() < _ALIKE else _supply(rng, before)
    overlap = first != second and set(MEMBERS[first]) & set(MEMBERS[second])
    return (first, first) if overlap else (first, second)


def _supply(rng: Random, before: Sequence[str]) -> str:
    name = pick(rng, (WATER, *before))
    return pick(rng, MEMBERS[name]) if name != WATER and rng.random() < _ONE_TYPE else name


def _fits(rules: Rules) -> bool:
    """Whether the things for every goal fit in a scene, the standard goal's included."""
    most = {name: max(_things(rules, kind) for kind in kinds) for name, kinds in CATEGORIES.items()}
    return max(most.values()) <= SIZE and most["small_herbivorous"] + most["big_herbivorous"] <= SIZE


def _things(rules: Rules, kind: str) -> int:
    """The most things that growing one of a type can take, itself included."""
    supplies = rules.needs.get(kind, ())
    return 1 + sum(max(_things(rules, given) for given in MEMBERS[supply]) for supply in supplies)
