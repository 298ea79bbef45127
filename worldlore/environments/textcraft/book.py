"""A book of recipes without circles.

A thing without a recipe can be had for the asking. A recipe may ask for a kind of thing ("any plank"), which each of
its members serves. The depth of a thing is how many recipes lie between it and what can be had, by its simplest one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random

SHOWN = 3
"""Members of a kind whose recipes are shown where the kind is asked for."""
Amount = tuple[str, int]
"""A thing or a kind, and how many."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a thing is made."""

    output: str
    """What comes of it."""
    count: int
    """How many."""
    inputs: tuple[Amount, ...]
    """What is used up; no name twice."""

    @property
    def command(self) -> str:
        """`craft 4 ash plank using 1 ash log`."""
        return crafting(self.output, self.count, self.inputs)


def crafting(output: str, count: int, inputs: Sequence[Amount]) -> str:
    """The command that makes a thing of these."""
    return f"craft {count} {output} using {', '.join(f'{number} {name}' for name, number in inputs)}"


class Book:
    """Recipes, and the kinds they ask for."""

    def __init__(self, recipes: Sequence[Recipe], kinds: Mapping[str, Sequence[str]]) -> None:
        self.kinds = {kind: tuple(members) for kind, members in kinds.items()}
        self.recipes: dict[str, tuple[Recipe, ...]] = {}
        for recipe in recipes:
            self.recipes[recipe.output] = (*self.recipes.get(recipe.output, ()), recipe)
        self._depths: dict[str, int] = {}

    @cached_property
    def things(self) -> frozenset[str]:
        """Everything that is made or used, kinds left out."""
        used = {name for recipe in self._every() for name, _ in recipe.inputs}
        members = {name for kind in self.kinds.values() for name in kind}
        return frozenset((used | members | set(self.recipes)) - set(self.kinds))

    def depth(self, name: str) -> int:
        """How deep a thing or a kind lies; what can be had lies at 0."""
        if name not in self._depths:
            if name in self.kinds:
                found = min(map(self.depth, self.kinds[name]))
            else:
                found = min((self._deep(recipe) for recipe in self.recipes.get(name, ())), default=0)
            self._depths[name] = found
        return self._depths[name]

    def simplest(self, name: str) -> Recipe | None:
        """The recipe of least depth, the first of equals; None for what can be had."""
        return min(self.recipes.get(name, ()), key=self._deep, default=None)

    def serves(self, name: str, asked: str) -> bool:
        """Whether a thing is what a recipe asks for."""
        return name == asked or name in self.kinds.get(asked, ())

    def members(self, asked: str) -> tuple[str, ...]:
        """The things that serve, simplest first."""
        return tuple(sorted(self.kinds[asked], key=self.depth)) if asked in self.kinds else (asked,)

    def needed(self, goal: str) -> list[Recipe]:
        """Every recipe on the way to a thing, each once; of a kind those of its simplest members."""
        found: dict[Recipe, None] = {}
        open_, seen = [goal], set[str]()
        while open_:
            name = open_.pop()
            if name in seen:
                continue
            seen.add(name)
            for recipe in self.recipes.get(name, ()):
                found[recipe] = None
                open_.extend(part for asked, _ in recipe.inputs for part in self.members(asked)[:SHOWN])
        return list(found)

    def shown(self, goal: str, distractors: int, rng: Random) -> list[Recipe]:
        """What is needed for a goal, and some recipes beside it that use the same things, in random order."""
        needed = self.needed(goal)
        used = sorted({name for recipe in needed for name, _ in recipe.inputs})
        others = dict.fromkeys(recipe for name in used for recipe in self._uses.get(name, ()))
        beside = [recipe for recipe in others if recipe not in needed and recipe.output != goal]
        every = needed + _drawn(beside, min(distractors, len(beside)), rng)
        return _drawn(every, len(every), rng)

    @cached_property
    def _uses(self) -> dict[str, list[Recipe]]:
        uses: dict[str, list[Recipe]] = {}
        for recipe in self._every():
            for name, _ in recipe.inputs:
                uses.setdefault(name, []).append(recipe)
        return uses

    def _every(self) -> Iterator[Recipe]:
        for recipes in self.recipes.values():
            yield from recipes

    def _deep(self, recipe: Recipe) -> int:
        return 1 + max(self.depth(name) for name, _ in recipe.inputs)


def _drawn(recipes: Sequence[Recipe], count: int, rng: Random) -> list[Recipe]:
    """Some of them in random order; with nothing but `random`, which draws alike in every release of Python."""
    rest = list(recipes)
    return [rest.pop(int(rng.random() * len(rest))) for _ in range(count)]
