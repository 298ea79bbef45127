"""What makes what grow: the hidden rules of a playground, as data, as tables and in words.

A recipe says what the young of a category or of one type need to be given: one or two supplies, each of them water, a
grown thing of a category or a grown thing of a type. The recipe of a type goes before that of its category. Every
living type has exactly one recipe, so of things brought together at most one can grow, in at most one way. The
published rules are three recipes; `hidden.py` draws others.

Giving works in both directions: what grows, or one of its supplies, lies underfoot, and all the rest is let go.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import permutations, product
from typing import Any

import numpy as np

from worldlore.environments.playground.things import CATEGORIES, CATEGORY, CODES, TYPES, WATER, YOUNG_CODE, grown
from worldlore.errors import ConfigError, unknown

SUBJECTS = (*CATEGORIES, *TYPES)
"""What a recipe can be about."""
SUPPLIES = (WATER, *CATEGORIES, *TYPES)
"""What a recipe can ask for."""
_SAID = {"plant": "plant", "small_herbivorous": "small herbivore", "big_herbivorous": "large herbivore"}
_MEANT = {said: name for name, said in _SAID.items()}
_SENTENCE = re.compile(r"to grow (?:a|an|the) (?P<subject>.+?), give it (?P<supplies>.+?)\.?", re.IGNORECASE)
_MECHANICS = (
    "When you go to an object, you are standing on it.",
    "When you pick up the object you are standing on, it is in your inventory, "
    "after the object that was there before, if any.",
    "When you give what an object needs to grow, or give the object that grows to what it needs, "
    "the objects transform into the grown object: a seed becomes its plant, a baby becomes the adult of its kind.",
)


@dataclass(frozen=True)
class Recipe:
    """What the young of a category or of one type need to grow."""

    subject: str
    """A category ("plant") or a living type ("carrot")."""
    supplies: tuple[str, ...]
    """One or two of "water", categories and types, sorted; of living things the grown ones are meant."""

    def __post_init__(self) -> None:
        if self.subject not in SUBJECTS:
            raise unknown("category or type that grows", self.subject, SUBJECTS)
        for supply in self.supplies:
            if supply not in SUPPLIES:
                raise unknown("supply", supply, SUPPLIES)
        if not 1 <= len(self.supplies) <= 2:
            raise ConfigError(f"{self.subject} must need one or two supplies, got {list(self.supplies)}")
        object.__setattr__(self, "supplies", tuple(sorted(self.supplies, key=SUPPLIES.index)))

    @property
    def sentence(self) -> str:
        """In words: "To grow a baby pig, give it a grown plant.".

        >>> Recipe("big_herbivorous", ("plant", "plant")).sentence
        'To grow a baby large herbivore, give it two grown plants.'
        """
        return f"To grow a {_young(self.subject)}, give it {_given(self.supplies)}."

    @classmethod
    def parse(cls, sentence: str) -> Recipe:
        """The recipe a sentence of this form tells; ConfigError where it tells none."""
        found = _SENTENCE.fullmatch(sentence.strip())
        said = found["subject"].lower().removeprefix("baby ").removesuffix(" seed") if found else ""
        supplies = _supplies(found["supplies"].lower()) if found else ()
        subject = _MEANT.get(said, said)
        if subject not in SUBJECTS or not supplies or any(supply not in SUPPLIES for supply in supplies):
            form = cls("small_herbivorous", ("plant",)).sentence
            raise ConfigError(f"no recipe is told by {sentence!r}; the form is {form!r}")
        return cls(subject, supplies)


def recipes_in(theory: str) -> tuple[Recipe, ...]:
    """The recipes that a theory's sentences tell, each once; what else it says is passed over."""
    found: dict[Recipe, None] = {}
    for sentence in re.split(r"(?<=\.)\s+|\n", theory):
        try:
            found[Recipe.parse(re.sub(r"^\W*\d*\W*", "", sentence))] = None
        except ConfigError:
            continue
    return tuple(found)


def _young(subject: str) -> str:
    said = _SAID.get(subject, subject)
    return f"{said} seed" if CATEGORY.get(subject, subject) == "plant" else f"baby {said}"


def _given(supplies: Sequence[str]) -> str:
    if len(supplies) == 2 and supplies[0] == supplies[1]:
        return "two waters" if supplies[0] == WATER else f"two grown {_plural(_SAID.get(supplies[0], supplies[0]))}"
    return " and ".join(WATER if s == WATER else f"a grown {_SAID.get(s, s)}" for s in supplies)


def _plural(said: str) -> str:
    if said in ("sheep", "rhinoceros"):
        return said
    return said[:-1] + "ies" if said.endswith("y") else said + ("es" if said.endswith("o") else "s")


_SINGULAR = {_plural(_SAID.get(name, name)): name for name in SUBJECTS} | {"waters": WATER}


def _supplies(told: str) -> tuple[str, ...]:
    if told.startswith("two "):
        name = _SINGULAR.get(told.removeprefix("two ").removeprefix("grown "), "")
        return (name, name)
    parts = [re.sub(r"^(a |an )?(grown )?", "", part.strip()) for part in told.split(" and ")]
    return tuple(_MEANT.get(part, part) for part in parts)


@dataclass(frozen=True)
class Rules:
    """All recipes of a world."""

    recipes: tuple[Recipe, ...]
    """Those of categories and, going before them, those of single types; each subject once."""

    def __post_init__(self) -> None:
        subjects = [recipe.subject for recipe in self.recipes]
        if len(set(subjects)) < len(subjects):
            raise ConfigError(f"a category or type has two recipes: {', '.join(sorted(subjects))}")
        missing = [kind for kind in TYPES if kind not in subjects and CATEGORY[kind] not in subjects]
        if missing:
            raise ConfigError(f"no recipe says how these grow: {', '.join(missing)}")

    @cached_property
    def needs(self) -> dict[str, tuple[str, ...]]:
        """Living type -> the supplies it needs."""
        told = {recipe.subject: recipe.supplies for recipe in self.recipes}
        return {kind: told.get(kind) or told[CATEGORY[kind]] for kind in TYPES}

    @cached_property
    def single(self) -> np.ndarray:
        """(26, 26) int8: what lies underfoot, what is let go -> which of them grows, 1 or 2; 0 where nothing does."""
        table = np.zeros((CODES, CODES), np.int8)
        for kind, code in YOUNG_CODE.items():
            if len(self.needs[kind]) == 1:
                for supply in grown(self.needs[kind][0]):
                    table[code, supply], table[supply, code] = 1, 2
        return table

    @cached_property
    def double(self) -> np.ndarray:
        """(26, 26, 26) int8: the same for two things that are let go together, 1, 2 or 3."""
        table = np.zeros((CODES, CODES, CODES), np.int8)
        for kind, code in YOUNG_CODE.items():
            if len(self.needs[kind]) == 2:
                for pair in product(*map(grown, self.needs[kind])):
                    for place in set(permutations((code, *pair))):
                        table[place] = 1 + place.index(code)
        return table

    @cached_property
    def grows(self) -> dict[tuple[int, ...], int]:
        """What lies underfoot and what is let go -> the place of what grows among them; for one world at a time."""
        found = {(int(a), int(b)): int(self.single[a, b]) - 1 for a, b in np.argwhere(self.single)}
        return found | {(int(a), int(b), int(c)): int(self.double[a, b, c]) - 1 for a, b, c in np.argwhere(self.double)}

    @property
    def sentences(self) -> tuple[str, ...]:
        """The recipes in words, one sentence each."""
        return tuple(recipe.sentence for recipe in self.recipes)

    @property
    def theory(self) -> str:
        """Everything that happens here in plain words: the true theory."""
        return "\n".join((*_MECHANICS, *self.sentences))

    @property
    def data(self) -> dict[str, list[str]]:
        """The recipes as JSON."""
        return {recipe.subject: list(recipe.supplies) for recipe in self.recipes}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Rules:
        """The rules that `data` tells; equal data give the same object while they are in use."""
        return _of(tuple((subject, tuple(supplies)) for subject, supplies in data.items()))


@lru_cache(maxsize=256)
def _of(told: tuple[tuple[str, tuple[str, ...]], ...]) -> Rules:
    return Rules(tuple(Recipe(subject, supplies) for subject, supplies in told))


PUBLISHED = Rules.of(
    {"plant": ("water",), "small_herbivorous": ("plant",), "big_herbivorous": ("plant", "plant")},
)
"""The rules of the published world."""
