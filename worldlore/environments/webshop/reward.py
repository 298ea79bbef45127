"""What a purchase is worth, as published: the share of wishes it meets, times how far it is the kind of thing wanted.

    reward = type x (attributes met + options met + price met) / (attributes + options + 1)

    attributes  like one of the product's, or told in its title, bullet points or description
    options     like one of the values chosen; a value that names a colour stands for the colour
    price       at most the highest price
    type        1 where the product is searched for in the same words, shares two categories, or more than a fifth of
                the nouns in the target's title; else 1/2; but 0.1 where it shares less than a tenth of those nouns,
                and 0 where it shares none

Two phrases are alike as `matching.py` says. Nouns are found by a rule of our own or, as published, by a spaCy
pipeline: the key `tagger`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from worldlore.config import missing_extra
from worldlore.environments.webshop.catalogue import BETWEEN, Product
from worldlore.environments.webshop.goals import Goal
from worldlore.environments.webshop.matching import matches
from worldlore.errors import ConfigError

Nouns = Callable[[str], frozenset[str]]
"""From a title to the nouns in it, in lower case."""
COLORS = (
    "amber", "apricot", "aqua", "beige", "black", "blonde", "blue", "bronze", "brown", "burgundy", "camel", "charcoal",
    "coral", "cream", "gold", "gray", "green", "grey", "indigo", "ivory", "khaki", "lavender", "lilac", "magenta",
    "maroon", "mint", "mustard", "navy", "olive", "orange", "peach", "pink", "plum", "purple", "red", "rose", "rust",
    "silver", "tan", "teal", "turquoise", "violet", "white", "wine", "yellow",
)  # fmt: skip
"""The colours that an option's value may stand for; the first that occurs in it counts."""
_WORD = re.compile(r"[^\W\d_][\w'-]*")
_NO_NOUNS = """a an and are as at be but by for from has have how if in into is it its more most no nor not of off on
or our out over own per so such than that the their them then these they this those to too up very was we were what
when which while who will with within without you your all any both each every few many much other some big deep dry
easy extra fast fine firm flat free full good great hard heavy high hot large long low mini new non old plain pure
quick real rich safe self short slim small smart soft solid strong super thick thin true ultra warm wide double
single"""
_NO_NOUN = frozenset(_NO_NOUNS.split())
_ADJECTIVE = re.compile(r".{2,}(able|ible|ful|less|ous|ive|ical|proof|ly|ish|est)$")


@dataclass(frozen=True, slots=True)
class Reward:
    """What a purchase is worth, and why."""

    type: float
    """How far it is the kind of thing wanted: 1, 0.5, 0.1 or 0."""
    attributes: tuple[bool, ...]
    """Which attributes it has."""
    options: tuple[bool, ...]
    """Which options were chosen."""
    price: bool
    """Whether it costs little enough."""

    @property
    def value(self) -> float:
        """Between 0 and 1."""
        met = sum(self.attributes) + sum(self.options) + self.price
        return self.type * met / (len(self.attributes) + len(self.options) + 1)

    @property
    def record(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "type": self.type,
            "attributes": list(self.attributes),
            "options": list(self.options),
            "price": self.price,
        }


def judge(bought: Product, chosen: Mapping[str, str], goal: Goal, target: Product, nouns: Nouns) -> Reward:
    """The reward of buying a product with these options."""
    values = [_color(value) for value in chosen.values()]
    return Reward(
        kinship(bought, target, nouns),
        tuple(_has(bought, attribute) for attribute in goal.attributes),
        tuple(matches(_color(wanted), values) for wanted in goal.options.values()),
        bought.price <= goal.price_upper,
    )


def kinship(bought: Product, target: Product, nouns: Nouns) -> float:
    """How far a product is the kind of thing that the target is."""
    wanted = nouns(target.title)
    share = len(wanted & nouns(bought.title)) / len(wanted) if wanted else 0.2
    if share < 0.1:
        return 0.1 if share else 0.0
    alike = bought.query == target.query or len(_categories(bought) & _categories(target)) >= 2
    return 1.0 if alike or share > 0.2 else 0.5


@lru_cache(maxsize=20_000)
def plain_nouns(title: str) -> frozenset[str]:
    """The words of a title that are neither little words, nor numbers, nor adjectives by their look."""
    found = (word.lower() for word in _WORD.findall(title))
    return frozenset(word for word in found if word not in _NO_NOUN and not _ADJECTIVE.fullmatch(word))


@cache
def nouns_by(tagger: str) -> Nouns:
    """The nouns by our rule, or by the spaCy pipeline of that name; ConfigError where it is not installed."""
    if not tagger:
        return plain_nouns
    try:
        import spacy  # pyright: ignore[reportMissingImports]
    except ModuleNotFoundError as error:
        raise missing_extra(f"environment.tagger = {tagger!r}", error, {}) from error
    try:
        pipeline = spacy.load(tagger)
    except OSError as error:
        raise ConfigError(f"no spaCy pipeline {tagger!r}; get it with: python -m spacy download {tagger}") from error
    return lru_cache(maxsize=20_000)(lambda title: _tagged(pipeline, title))


def _tagged(pipeline: Any, title: str) -> frozenset[str]:
    return frozenset(token.text.lower() for token in pipeline(title) if token.pos_ in ("NOUN", "PROPN"))


def _categories(product: Product) -> set[str]:
    return {part.strip() for part in product.path.split(BETWEEN)}


def _has(product: Product, attribute: str) -> bool:
    told = (product.title, " ".join(product.bullets), product.description)
    return matches(attribute, product.attributes) or any(attribute in text.lower() for text in told)


def _color(value: str) -> str:
    return next((color for color in COLORS if color in value), value)
