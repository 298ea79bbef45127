"""What may be known of a world: the truth, a part of it, what is not true, nothing; in the grammar's sentences.

A sentence about what something needs is true in about seven cases of eight, on whatever it bears. So a theory is worth
believing, and what it does not tell is as uncertain as ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from recipes.embedded.playground.physics import Physics, rules, supplies
from worldlore.environments.playground import PUBLISHED, Recipe
from worldlore.environments.playground.things import CATEGORIES, CATEGORY, MEMBERS, TYPES

MECHANICS = tuple(line for line in PUBLISHED.theory.split("\n") if line not in PUBLISHED.sentences)
"""One stands where one goes, what is lifted comes last, things grow."""
_NONE, _WHOLE, _FOREIGN, _GARBLED = 0.1, 0.35, 0.05, 0.06
_FALSE = 0.08
_EXTRA = (0, 0, 0, 1, 1, 2)
_BABBLE = (
    "the",
    "a",
    "to",
    "give",
    "it",
    "is",
    "and",
    "not",
    "grown",
    "things",
    "plant",
    "baby",
    "when",
    "rule",
    "all",
)


@dataclass(frozen=True)
class Theory:
    """Something that may be known."""

    text: str
    """In words; nothing for no theory."""
    recipes: tuple[Recipe, ...]
    """What it tells of growing."""


def draw(rng: Random, world: Physics) -> Theory:
    """A theory of a world."""
    if rng.random() < _NONE:
        return Theory("", ())
    share = 1.0 if rng.random() < _WHOLE else rng.choice((0.3, 0.5, 0.7))
    recipes = _recipes(rng, world, share)
    lines = [*_mechanics(rng, world, max(share, 0.6)), *(recipe.sentence for recipe in recipes)]
    if rng.random() < 0.35:
        rng.shuffle(lines)
    if rng.random() < _GARBLED:
        lines = _garbled(rng, lines)
    return Theory("\n".join(lines), tuple(recipes))


def _mechanics(rng: Random, world: Physics, share: float) -> list[str]:
    told = [(holds and rng.random() < share) or (not holds and rng.random() < 0.05) for holds in world.holds]
    return [line for line, said in zip(MECHANICS, told, strict=True) if said]


def _recipes(rng: Random, world: Physics, share: float) -> list[Recipe]:
    true = world.rules if rng.random() >= _FOREIGN else rules(rng)
    told = {r.subject: _doubted(rng, r) for r in true.recipes if rng.random() < share}
    for _ in range(rng.choice(_EXTRA)):
        kind = rng.choice(TYPES)
        if rng.random() < 0.4:  # what the category needs, told of one type
            told.setdefault(kind, Recipe(kind, true.needs[kind]))
        elif rng.random() < 0.3:
            told.setdefault(kind, _doubted(rng, Recipe(kind, true.needs[kind]), 0.6))
    return sorted(told.values(), key=_place if rng.random() < 0.5 else _behind)


def _place(recipe: Recipe) -> tuple[int, bool]:
    return list(CATEGORIES).index(CATEGORY.get(recipe.subject, recipe.subject)), recipe.subject not in CATEGORIES


def _behind(recipe: Recipe) -> tuple[bool, int]:
    category, single = _place(recipe)
    return single, category


def _doubted(rng: Random, recipe: Recipe, false: float = _FALSE) -> Recipe:
    """The recipe, or one that is not true."""
    if rng.random() >= false:
        return recipe
    needs = recipe.supplies
    if rng.random() < 0.5:
        return Recipe(recipe.subject, supplies(rng))
    if rng.random() < 0.3:
        return Recipe(recipe.subject, needs[:1] if len(needs) == 2 else needs * 2)
    return Recipe(recipe.subject, tuple(_related(rng, need) for need in needs))


def _related(rng: Random, supply: str) -> str:
    return CATEGORY[supply] if supply in TYPES else rng.choice(MEMBERS[supply])


def _garbled(rng: Random, lines: list[str]) -> list[str]:
    """Some words are lost, or a line is added that says nothing."""
    if rng.random() < 0.5:
        babble = " ".join(rng.choice(_BABBLE) for _ in range(rng.randint(3, 30)))
        return [*lines[: (at := rng.randint(0, len(lines)))], babble, *lines[at:]]
    return [" ".join(word for word in line.split(" ") if rng.random() > 0.05) for line in lines]
