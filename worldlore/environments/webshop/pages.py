"""The pages of the shop: what stands on them, and where each click leads.

    search ── search[words] ──> results ── a product's number ──> item ──> description, features, reviews
      <──────── back to search ─────<──── < prev, next > ────>    <── < prev ──<
                                                                  └── buy now ──> done

A page is the published text form, its parts joined by " [SEP] ". As published it does not tell which options were
chosen already, and a search may be made on any page. The last page is the one a buyer sees: what was bought, and the
score.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from worldlore.environments.webshop.catalogue import TOP, Catalogue, Product

SHOWN = 10
"""Products on a page of results."""
SEARCH, RESULTS, ITEM, DONE = "search", "results", "item", "done"
SUBPAGES = ("description", "features", "reviews", "attributes")
"""The pages behind a product's own; the last one only where the shop is asked to show it."""
_BACK, _PREVIOUS, _NEXT, _BUY = "Back to Search", "< Prev", "Next >", "Buy Now"
assert TOP % SHOWN == 0


class Place(NamedTuple):
    """Where the customer is."""

    page: str
    """"search", "results", "item", one of `SUBPAGES`, or "done"."""
    query: str = ""
    """What was searched for."""
    number: int = 1
    """Which page of the results."""
    product: int = -1
    """Which product, by its place in the catalogue."""
    chosen: tuple[tuple[str, str], ...] = ()
    """Options of the product and their values, in the order they were first chosen."""


@dataclass(frozen=True)
class Shop:
    """A catalogue and the pages made of it."""

    catalogue: Catalogue
    """What is for sale."""
    attributes: bool = False
    """Whether a product's attributes have a page."""

    def listed(self, place: Place) -> tuple[int, ...]:
        """The products on a page of results."""
        found = self.catalogue.search(place.query)
        return found[SHOWN * (place.number - 1) : SHOWN * place.number]

    def product(self, place: Place) -> Product:
        """The product whose page this is."""
        return self.catalogue.products[place.product]

    @cached_property
    def subpages(self) -> tuple[str, ...]:
        """The pages behind a product's own, in their order."""
        return SUBPAGES if self.attributes else SUBPAGES[:-1]

    def links(self, place: Place) -> dict[str, Place]:
        """What can be clicked, in lower case -> where it leads."""
        if place.page in (SEARCH, DONE):
            return {}
        links = {_BACK.lower(): Place(SEARCH)}
        if place.page == RESULTS:
            return links | self._from_results(place)
        if place.page == ITEM:
            return links | self._from_item(place)
        return links | {_PREVIOUS.lower(): place._replace(page=ITEM)}

    def _from_results(self, place: Place) -> dict[str, Place]:
        links: dict[str, Place] = {}
        if place.number > 1:
            links[_PREVIOUS.lower()] = place._replace(number=place.number - 1)
        if SHOWN * place.number < len(self.catalogue.search(place.query)):
            links[_NEXT.lower()] = place._replace(number=place.number + 1)
        for product in self.listed(place):
            asin = self.catalogue.products[product].asin.lower()
            links[asin] = Place(ITEM, place.query, place.number, product)
        return links

    def _from_item(self, place: Place) -> dict[str, Place]:
        links = {_PREVIOUS.lower(): Place(RESULTS, place.query, place.number)}
        links |= {page: place._replace(page=page) for page in self.subpages}
        links[_BUY.lower()] = place._replace(page=DONE)
        for name, values in self.product(place).options.items():
            links |= {value: place._replace(chosen=_with(place.chosen, name, value)) for value in values}
        return links

    def text(self, place: Place, instruction: str, score: float | None = None) -> str:
        """The page as it is read."""
        if place.page == SEARCH:
            return _joined("WebShop", "Instruction:", instruction, "Search")
        if place.page == DONE:
            return self._receipt(place, score or 0.0)
        return _joined("Instruction:", instruction, _BACK, *self._body(place))

    def _body(self, place: Place) -> Iterator[str]:
        if place.page == RESULTS:
            yield from self._results(place)
            return
        yield _PREVIOUS
        product = self.product(place)
        if place.page == ITEM:
            yield from self._item(product)
        elif place.page == "description":
            yield product.description
        elif place.page == "features":
            yield from product.bullets or ("No Features",)
        elif place.page == "reviews":
            yield from _reviews(product)
        else:
            yield from (*product.attributes, product.category, product.query, product.path)

    def _results(self, place: Place) -> Iterator[str]:
        total = len(self.catalogue.search(place.query))
        yield f"Page {place.number} (Total results: {total})"
        if place.number > 1:
            yield _PREVIOUS
        if SHOWN * place.number < total:
            yield _NEXT
        for product in map(self.catalogue.products.__getitem__, self.listed(place)):
            yield from (product.asin, product.title, product.tag)

    def _item(self, product: Product) -> Iterator[str]:
        for name, values in product.options.items():
            yield from (name, *values)
        yield from (product.title, f"Price: {product.tag}", f"Rating: {product.rating}")
        yield from (page.title() for page in self.subpages)
        yield _BUY

    def _receipt(self, place: Place, score: float) -> str:
        product, chosen = self.product(place), json.dumps(dict(place.chosen), ensure_ascii=False)
        bought = ("Purchased", "asin", product.asin, "options", chosen)
        return _joined("Thank you for shopping with us!", *bought, "Your score (min 0.0, max 1.0)", f"{score:.4g}")


def _with(chosen: tuple[tuple[str, str], ...], name: str, value: str) -> tuple[tuple[str, str], ...]:
    return tuple(({**dict(chosen), name: value}).items())


def _reviews(product: Product) -> Iterator[str]:
    for review in product.reviews:
        yield from (f'"{review.title}"', str(review.score), review.body)
    if not product.reviews:
        yield "No reviews found"


def _joined(*parts: str) -> str:
    return " [SEP] ".join(part.strip() for part in parts)
