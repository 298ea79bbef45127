"""What a grammar may say of the worlds with hidden rules: their slots, and what evidence hints at.

playground   a slot for each of the three mechanics, and one for the recipe of each category and of each type
door         one slot: which items open the door
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from itertools import combinations, combinations_with_replacement, product

from worldlore.environments.door import COLOURS, ITEMS, NAMED, SHAPES, SIZES, Item, kind_of, rule
from worldlore.environments.playground import PUBLISHED, Recipe
from worldlore.environments.playground.language import Wording, command_of, read_state
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
    """Sentences that would explain what was seen: how often they would, or how much they weigh if they agree."""
    if isinstance(world, PlaygroundWorld) and world.wording is not None:
        return _growth(world.wording, transitions)
    return _agreeing(transitions) if isinstance(world, DoorWorld) else {}


def telling(transitions: Iterable[Transition]) -> list[Transition]:
    """Those that hints may be drawn from: where one only goes or takes, there is nothing to explain."""
    return [step for step in transitions if step.kind not in ("standing", "holding1", "holding2")]


def _growth(wording: Wording, transitions: Iterable[Transition]) -> Mapping[str, float]:
    found: Counter[str] = Counter()
    for transition in transitions:
        change = wording.read(transition.change)
        if change and change.kind.startswith("transform"):
            found.update({recipe.sentence: 1 for recipe in _explaining(transition, type_of(change.codes[0]))})
    return found


def _agreeing(transitions: Iterable[Transition]) -> Mapping[str, float]:
    seen = {(Item.parse(t.action), kind_of(t.change) == "opened") for t in transitions}
    agree = {
        sentence: weight
        for sentence, (weight, opening) in doors().items()
        if all((item in opening) == opened for item, opened in seen)
    }
    return agree if seen else {}


def playground() -> Space:
    """Mechanics and recipes."""
    mechanics = [line for line in PUBLISHED.theory.split("\n") if line not in PUBLISHED.sentences]
    recipes = [Slot.of(_recipes(subject), _SAID[subject in CATEGORIES]) for subject in SUBJECTS]
    return Space((*(Slot.of({line: 1.0}, 0.5) for line in mechanics), *recipes))


def door() -> Space:
    """Conjunctions of attributes, what is not such, what is neither of two, nothing and everything."""
    return Space((Slot.of({sentence: weight for sentence, (weight, _) in doors().items()}, 0.95),))


@cache
def doors() -> dict[str, tuple[float, frozenset[Item]]]:
    """Sentence -> how much it weighs, the less the more it says; the items that open the door."""
    everything, found = frozenset(ITEMS), dict[str, tuple[float, frozenset[Item]]]()
    for parts in product(*((None, *words) for words in (SIZES, COLOURS, SHAPES))):
        told, told_by = sum(part is not None for part in parts), rule(parts)
        found[told_by.sentence] = (4.0**-told, told_by.opening)
        if told:
            sentence = f"The door opens with any item that is not {_described(parts)}."
            found[sentence] = (4.0**-told, everything - told_by.opening)
    for first, second in combinations((SIZES, COLOURS, SHAPES), 2):
        for pair in product(second, first):
            sentence = f"The door opens with any item that is neither {pair[0]} nor {pair[1]}."
            found[sentence] = (4.0**-2, frozenset(item for item in ITEMS if not {*pair} & {*item}))
    return found | {NAMED["all_false"].sentence: (1.0, frozenset())}


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
