"""What a grammar may say of the worlds with hidden rules: their slots, and what evidence hints at.

playground   a slot for each of the three mechanics, and one for the recipe of each category and of each type
door         one slot: which items open the door
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import combinations, combinations_with_replacement, product

from worldlore.environments.door import COLOURS, NAMED, SHAPES, SIZES, rule
from worldlore.environments.playground import PUBLISHED, Recipe
from worldlore.environments.playground.language import command_of, read_state
from worldlore.environments.playground.rules import SUBJECTS, SUPPLIES
from worldlore.environments.playground.things import CATEGORIES, CATEGORY, CODE, WATER, type_of
from worldlore.errors import ConfigError
from worldlore.experience import Transition
from worldlore.methods.worldllm.grammar import Slot, Space
from worldlore.methods.worldllm.worlds import DoorWorld, PlaygroundWorld, World

_SAID = {True: 0.5, False: 0.05}
"""How probable a recipe is told: of a category, of a single type."""
_ONE = 0.6
"""How probable a recipe asks for one supply."""


def space_of(world: World) -> Space:
    """The theories of a world; ConfigError where none are known."""
    if isinstance(world, PlaygroundWorld):
        return playground()
    if isinstance(world, DoorWorld):
        return door()
    raise ConfigError("theorist 'grammar' knows playground and door; elsewhere use theorist = 'model'")


def hints(world: World, transitions: Iterable[Transition]) -> Mapping[str, float]:
    """Sentences that would explain what was seen, with how often they would."""
    if not isinstance(world, PlaygroundWorld) or world.wording is None:
        return {}
    found: Counter[str] = Counter()
    for transition in transitions:
        change = world.wording.read(transition.change)
        if change and change.kind.startswith("transform"):
            found.update({recipe.sentence: 1 for recipe in _explaining(transition, type_of(change.codes[0]))})
    return found


def playground() -> Space:
    """Mechanics and recipes."""
    mechanics = [line for line in PUBLISHED.theory.split("\n") if line not in PUBLISHED.sentences]
    recipes = [Slot.of(_recipes(subject), _SAID[subject in CATEGORIES]) for subject in SUBJECTS]
    return Space((*(Slot.of({line: 1.0}, 0.5) for line in mechanics), *recipes))


def door() -> Space:
    """Conjunctions of attributes, what is not such, what is neither of two, nothing and everything."""
    weights: dict[str, float] = {}
    for parts in product(*((None, *words) for words in (SIZES, COLOURS, SHAPES))):
        told = sum(part is not None for part in parts)
        weights[rule(parts).sentence] = 4.0**-told
        if told:
            weights[f"The door opens with any item that is not {_described(parts)}."] = 4.0**-told
    for first, second in combinations((SIZES, COLOURS, SHAPES), 2):
        for pair in product(second, first):
            weights[f"The door opens with any item that is neither {pair[0]} nor {pair[1]}."] = 4.0**-2
    weights[NAMED["all_false"].sentence] = 1.0
    return Space((Slot.of(weights, 0.95),))


def _described(parts: tuple[str | None, ...]) -> str:
    size, colour, shape = parts
    if shape:
        return " ".join(["a", *filter(None, parts)])
    return f"both {size} and {colour}" if size and colour else str(size or colour)


def _recipes(subject: str) -> dict[str, float]:
    weights = {WATER: 0.25, **dict.fromkeys(CATEGORIES, 0.2)}
    weights |= {name: 0.15 / 11 for name in SUPPLIES if name not in weights}
    found = {Recipe(subject, (supply,)).sentence: _ONE * weight for supply, weight in weights.items()}
    for pair in combinations_with_replacement(SUPPLIES, 2):
        ways = 1 if pair[0] == pair[1] else 2
        found[Recipe(subject, pair).sentence] = (1 - _ONE) * ways * weights[pair[0]] * weights[pair[1]]
    return found


def _explaining(transition: Transition, grown: str) -> Iterator[Recipe]:
    """Recipes by which giving what was given lets a type grow."""
    view, command = read_state(transition.state), command_of(transition.action)
    given = view.held if command == "Release all" else (CODE.get(command.removeprefix("Release "), 0),)
    together = [type_of(code) for code in (view.on, *given) if code]
    if grown not in together:
        return
    together.remove(grown)
    names = [(kind,) if kind == WATER else (kind, CATEGORY[kind]) for kind in together]
    for subject in (grown, CATEGORY[grown]):
        for supplies in set(product(*names)):
            if 1 <= len(supplies) <= 2:
                yield Recipe(subject, supplies)
