"""What a customer wants: a kind of thing, with attributes and options, for less than a price.

An instruction of the generated shop is made from a product that would do. Targets of `dev` and `test` are never
targets of `train`: a checksum of its number says which split a product belongs to, and kinds that are withheld are
asked for in `test_unseen` alone. The highest price is drawn as published: of the four full tens above the price, the
larger one of two.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any
from zlib import crc32

from worldlore.environments.webshop.catalogue import Catalogue, Product
from worldlore.environments.webshop.generate import one, some
from worldlore.environments.webshop.shelves import KINDS
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Task

SPLITS = ("train", "dev", "test", "test_unseen")
"""Splits of the generated shop."""
NO_LIMIT = 1_000_000.0
"""The highest price where none is told."""
PRICED = ", and price lower than "
"""What stands before the highest price in an instruction."""
_KINDS = {kind.name: kind for kind in KINDS}
_PATIENCE = 1000
_COUNTS = (1, 1, 2, 2, 2, 3)
_INSTRUCTIONS = (
    "i need {attributes} {name}{options}",
    "find me {attributes} {name}{options}",
    "please get {name} for {use}, {listed}{options}",
    "i would like {name}{options}, must be {listed}",
    "my sister asks for {attributes} {name}{options}",
    "show me {name} that must be {listed}{options}",
    "we are out of {name}, buy new ones, {listed}{options}",
    "looking for {attributes} {name} for {use}{options}",
)
_TOLD = {
    "color": "in {}", "size": "in size {}", "flavor name": "in {} flavor", "scent": "with {} scent",
    "style": "in {} style", "item package quantity": "in a pack of {}",
}  # fmt: skip
_FILLING = """i need find me please get for would like it should must be my sister asks show that is we are out of buy
new ones some looking and with in a an the to want wants am i'm you can help there any which has have having made
flavor scent style pack color colored price lower than dollars something one also preferably"""
_PASSED_OVER = frozenset(_FILLING.split())


@dataclass(frozen=True, slots=True)
class Goal:
    """What a purchase is held against."""

    asin: str
    """Number of the product it was made from."""
    attributes: tuple[str, ...]
    """What the product should be."""
    options: Mapping[str, str]
    """Name of an option -> the value wanted; where only values are known, their names are numbers."""
    price_upper: float
    """The highest price, in dollars."""

    @property
    def data(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "asin": self.asin,
            "attributes": list(self.attributes),
            "options": dict(self.options),
            "price_upper": self.price_upper,
        }

    @staticmethod
    def of(data: Mapping[str, Any]) -> Goal:
        """The goal that a task's data tell; EnvironmentFailure where they tell none."""
        try:
            return Goal(data["asin"], tuple(data["attributes"]), dict(data["options"]), float(data["price_upper"]))
        except KeyError as missing:
            raise EnvironmentFailure(
                f"a webshop task's data need asin, attributes, options and price_upper; {missing} is missing"
            ) from None


def made(goal: Goal, instruction: str, name: str, split: str, catalogue: Catalogue) -> Task:
    """The task of a goal; `data["family"]` is the part of the shop."""
    target = catalogue.products[catalogue.places[goal.asin]]
    data = {"family": target.category, **goal.data, "catalogue": catalogue.name}
    return Task(name, "webshop", split, instruction, data)


def drawn(catalogue: Catalogue, split: str, size: int) -> Iterator[Task]:
    """The first tasks of a split of the generated shop, no two asking for the same; ConfigError if there are fewer."""
    targets = [product for product in catalogue.products if split_of(product) == split]
    seen, missed, number = set[Hashable](), 0, 0
    while len(seen) < size:
        if not targets or missed > _PATIENCE:
            raise ConfigError(
                f"split {split!r} has {len(seen)} different tasks with {len(catalogue.products)} products, {size} were "
                "asked for; give environment.products a larger number"
            )
        rng = Random(crc32(f"{catalogue.name}/{split}".encode()) * 10**6 + number)
        number += 1
        goal, instruction = _draw(rng, one(rng, targets))
        task = made(goal, instruction, f"webshop-{split}-{len(seen)}", split, catalogue)
        missed = missed + 1 if wish(task) in seen else 0
        if not missed:
            seen.add(wish(task))
            yield task


def split_of(product: Product) -> str:
    """The split whose tasks have the product as their target."""
    if _KINDS[product.query].withheld:
        return "test_unseen"
    return {0: "test", 1: "dev"}.get(crc32(product.asin.encode()) % 10, "train")


def _draw(rng: Random, target: Product) -> tuple[Goal, str]:
    attributes = some(rng, target.attributes, one(rng, _COUNTS))
    options = {name: one(rng, values) for name, values in target.options.items() if rng.random() < 0.8}
    goal = Goal(target.asin, tuple(attributes), options, ceiling(rng, target.price))
    kind = _KINDS[target.query]
    sentence = one(rng, _INSTRUCTIONS).format(
        attributes=", ".join(attributes),
        listed=" and ".join(attributes),
        name=one(rng, kind.aliases),
        use=one(rng, kind.uses),
        options="".join(f" {_TOLD[name].format(value)}" for name, value in options.items()),
    )
    return goal, sentence + priced(goal)


def ceiling(rng: Random, price: float) -> float:
    """The highest price that an instruction asks for."""
    above = [10.0 * tens for tens in range(1, 100) if 10 * tens > price][:4]
    return max(some(rng, above, 2)) if len(above) >= 2 else NO_LIMIT


def priced(goal: Goal) -> str:
    """How an instruction tells the highest price."""
    return "" if goal.price_upper >= NO_LIMIT else f"{PRICED}{goal.price_upper:.2f} dollars"


def keywords(instruction: str) -> str:
    """The words of an instruction that are worth searching for."""
    wish = instruction.lower().partition(PRICED)[0]
    return " ".join(word for word in wish.replace(",", " ").split() if word.strip(".") not in _PASSED_OVER).strip(" .")


def wish(task: Task) -> Hashable:
    """What a task asks for, whatever its words: product, attributes, options."""
    goal = Goal.of(task.data)
    return goal.asin, frozenset(goal.attributes), frozenset(goal.options.values())
