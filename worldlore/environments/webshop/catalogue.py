"""What a shop has, and its search: BM25 over what a page shows first.

A search looks at title, description, first bullet point and options, as published; what further bullet points say is
found only on the product's own pages. Words are lower-cased, stripped of the plural's s, and such as "the" are left
out. The constants are Lucene's in the published setting (k1 = 0.9, b = 0.4); of products with equal scores the one
that comes first in the catalogue is shown first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

BETWEEN = "›"  # noqa: RUF001
"""Stands between categories, as published."""
TOP = 50
"""Results of a search."""
_REMEMBERED = 10_000
_WORD = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?")
_EMPTY = """a an and are as at be but by for if in into is it no not of on or such that the their then there these
they this to was will with"""
_LEFT_OUT = frozenset(_EMPTY.split())


@dataclass(frozen=True, slots=True)
class Review:
    """What a buyer said."""

    title: str
    """In a few words."""
    score: int
    """Stars, 1 to 5."""
    body: str
    """In a sentence or more."""


@dataclass(frozen=True, slots=True)
class Product:
    """One thing for sale."""

    asin: str
    """Its number, ten characters."""
    title: str
    """As results and page tell it."""
    description: str
    """Its page "Description"."""
    bullets: tuple[str, ...]
    """Its page "Features"."""
    attributes: tuple[str, ...]
    """What it is, in two or three words each; told on its pages only in passing."""
    options: Mapping[str, tuple[str, ...]]
    """Name of an option -> its values, in lower case."""
    pricing: tuple[float, ...]
    """The price, or the cheapest and the dearest, in dollars."""
    price: float
    """What is paid."""
    category: str
    """Part of the shop."""
    query: str
    """What one would search for to find its like."""
    path: str
    """Its categories, from wide to narrow, with `BETWEEN` between."""
    rating: str = "N.A."
    """Average of the stars."""
    reviews: tuple[Review, ...] = ()
    """What buyers said."""

    @property
    def tag(self) -> str:
        """The price as it is shown: "$12.5", "$12.5 to $19.99"."""
        return " to ".join(f"${price}" for price in self.pricing)

    @property
    def indexed(self) -> str:
        """What a search looks at."""
        options = ", and ".join(f"{name}: {', '.join(values)}" for name, values in self.options.items())
        return " ".join([self.title, self.description, *self.bullets[:1], options])


def words(text: str) -> list[str]:
    """The words that count in a search."""
    return [_singular(word) for word in _WORD.findall(text.lower()) if word not in _LEFT_OUT]


def _singular(word: str) -> str:
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    return word[:-3] + "y" if word.endswith("ies") else word[:-1]


@dataclass(eq=False)
class Catalogue:
    """All products of a shop."""

    name: str
    """Which: two catalogues of one name have the same products."""
    products: Sequence[Product]
    """In the order in which equals are found."""
    _found: dict[str, tuple[int, ...]] = field(default_factory=dict[str, tuple[int, ...]])

    @cached_property
    def places(self) -> dict[str, int]:
        """Number of a product -> its place."""
        return {product.asin: place for place, product in enumerate(self.products)}

    def search(self, query: str) -> tuple[int, ...]:
        """The places of at most 50 products, the best first; none where no word of the query is found."""
        found = self._found.get(query)
        if found is None:
            if len(self._found) >= _REMEMBERED:
                self.forget()
            found = self._found[query] = self._rank(words(query))
        return found

    def forget(self) -> None:
        """Drop the remembered searches; they are made anew, with the same results."""
        self._found.clear()

    def _rank(self, query: Sequence[str]) -> tuple[int, ...]:
        if not query:
            return ()
        scores = np.round(self._index.get_scores(list(query)), 4)
        few = np.flatnonzero(scores > 0)
        if len(few) > TOP:
            few = few[scores[few] >= np.partition(scores[few], -TOP)[-TOP]]
        return tuple(int(place) for place in few[np.lexsort((few, -scores[few]))][:TOP])

    @cached_property
    def _index(self) -> Any:
        import bm25s

        index = bm25s.BM25(method="lucene", k1=0.9, b=0.4)
        index.index([words(product.indexed) for product in self.products], show_progress=False)
        return index
