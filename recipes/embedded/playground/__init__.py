"""Changes in the playground and at the door, told a theory."""

from __future__ import annotations

from itertools import chain, combinations_with_replacement
from pathlib import Path
from typing import Any

from recipes.embedded.language import Language
from recipes.embedded.playground.corpus import Changes
from recipes.embedded.playground.stages import GROUP, STAGES, STEP
from recipes.embedded.playground.theories import MECHANICS
from worldlore.environments.door import COLOURS, SHAPES, SIZES
from worldlore.environments.playground import Recipe
from worldlore.environments.playground.rules import SUBJECTS, SUPPLIES
from worldlore.environments.playground.things import MEMBERS, NAMES, TYPES, YOUNG_CODE
from worldlore.methods.worldllm.spaces import doors
from worldlore.methods.worldllm.worlds import DOOR

_CATEGORIES = ("plant", "small herbivore", "large herbivore")
_PLURALS = ("potatoes", "berries", *(f"{name}s" for name in (*_CATEGORIES, *TYPES) if name not in ("potato", "berry")))


def names() -> list[str]:
    """Every thing and category, one and many, young and grown; and what items at the door are like; longest first."""
    young = ("plant seed", "baby small herbivore", "baby large herbivore")
    found = {*filter(None, NAMES), *_CATEGORIES, *_PLURALS, *young, *COLOURS, *SIZES, *SHAPES}
    return sorted(found - {"sheeps", "rhinoceross"}, key=lambda name: (-len(name), name))


def sentences() -> dict[str, list[str]]:
    """All that a grammar of theories can say; and what a door is, whose words would else be taken for the item's."""
    pairs = chain(((supply,) for supply in SUPPLIES), combinations_with_replacement(SUPPLIES, 2))
    recipes = [Recipe(subject, supplies) for supplies in pairs for subject in SUBJECTS]
    found = {
        recipe.sentence: [f"grows: {recipe.subject}", *map("needs: {}".format, recipe.supplies)] for recipe in recipes
    }
    found |= {line: [line] for line in MECHANICS}
    return found | {sentence: _described(sentence) for sentence in doors()} | {DOOR.setting: ["door"]}


def _described(sentence: str) -> list[str]:
    """The attributes that a rule of a door names, and how it speaks of them."""
    said = sentence.rstrip(".").split()
    return [f"{'' if word in _ATTRIBUTES else 'how: '}{word}" for word in said if word in _ATTRIBUTES or word in _HOW]


def alike() -> dict[str, list[str]]:
    """What is said to grow is alike the young things it is about, what is said to be needed the grown ones.

    What is said of a door is alike the attributes of items.
    """
    young = {f"grows: {name}": [NAMES[YOUNG_CODE[kind]] for kind in MEMBERS[name]] for name in SUBJECTS}
    grown = {f"needs: {name}": list(MEMBERS[name]) for name in SUPPLIES}
    return young | grown | {word: [word] for word in _ATTRIBUTES}


def _look(folder: Path) -> dict[str, Any]:
    from recipes.embedded.playground.measure import look

    return look(folder)


def _results(folder: Path) -> dict[str, Any]:
    from recipes.embedded.playground.measure import results

    return results(folder)


_ATTRIBUTES = (*COLOURS, *SIZES, *SHAPES)
_HOW = ("any", "no", "not", "neither", "both")
_SETTINGS: dict[str, Any] = {
    "vocabulary": 1024,
    "longest": 100,
    "width": 128,
    "tied": False,
    "alike": True,
    "layers": 3,
    "heads": 4,
    "inner": 384,
    "steps": STAGES[-1].until,
    "games": STEP * GROUP,
    "group": GROUP,
    "world": 0.0,
    "course": (
        *((0, 0.02), (50, 1.0), (400, 0.2), (450, 0.3), (500, 0.8), (2600, 0.8), (3400, 0.4), (4300, 0.0)),
        *((4301, 0.5), (4900, 0.2), (4950, 0.5), (5500, 0.5), (6300, 0.0), (6310, 0.15), (6900, 0.0)),
    ),
}

LANGUAGE = Language(
    Changes, names, _SETTINGS, _look, _results, sentences=sentences, alike=alike, first=100_000_008, count=6000
)
"""The statistician's."""
