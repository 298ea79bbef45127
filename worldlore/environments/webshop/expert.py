"""The expert: a thrifty customer who reads, compares, and buys within ten steps.

It knows what is wanted, word by word, as the instruction tells it: the kind, the attributes, the options, the highest
price. Of the shop it knows what it was shown. It searches for the instruction's words, opens what promises most, reads
the features where wishes are open, turns to another product where that promises more and steps are left for it,
chooses the options and buys. It is a function of the moment: after any detour it goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from worldlore.environments.webshop.catalogue import Product, words
from worldlore.environments.webshop.goals import Goal
from worldlore.environments.webshop.matching import matches
from worldlore.environments.webshop.pages import ITEM, RESULTS, SEARCH, Place, Shop

PATIENCE = 10
"""Steps it means to be done in."""
_LIKELY, _AVAILABLE = 0.4, 0.9
_SWITCH, _POOR = 0.04, 0.5
Seen = frozenset[tuple[str, int]]
"""Which page of which product was shown."""


@dataclass(frozen=True)
class Customer:
    """Someone who wants something, somewhere in the shop."""

    shop: Shop
    """Where."""
    goal: Goal
    """What is wanted."""
    kind: str
    """What kind of thing, in a word or two."""
    query: str
    """What to search for."""
    seen: Seen
    """What was shown so far."""
    steps: int
    """Steps taken so far."""

    def advise(self, place: Place) -> str | None:
        """The next action; None where nothing is left to do."""
        if place.page == SEARCH:
            return f"search[{self.query or self.kind}]"
        if place.page == RESULTS:
            return self._pick(place)
        if place.page == ITEM:
            return self._inspect(place)
        return "click[< prev]" if self.shop.links(place) else None

    def _search_again(self, place: Place) -> str | None:
        """Another search, after one that found nothing."""
        if place.query not in (self.query, self.kind):
            return f"search[{self.query or self.kind}]"
        return f"search[{self.kind}]" if place.query != self.kind else None

    def _pick(self, place: Place) -> str | None:
        listed = self.shop.listed(place)
        if not listed:
            return self._search_again(place)
        best = max(listed, key=self._promise)
        if self._promise(best) < _POOR and place.query != self.query:
            return f"search[{self.query}]"
        if self._promise(best) < _POOR and place.number < 3 and "next >" in self.shop.links(place):
            return "click[next >]"
        return f"click[{self._product(best).asin.lower()}]"

    def _inspect(self, place: Place) -> str:
        product, left = place.product, PATIENCE - self.steps
        missing = self._missing(place)
        if self._open(product) and left >= len(missing) + 3:
            return "click[features]"
        others = [other for other in self.shop.listed(place) if other != product]
        best = max(others, key=self._promise, default=product)
        if left >= len(self.goal.options) + 3 and self._promise(best) > self._promise(product) + _SWITCH:
            return "click[< prev]"
        return f"click[{missing[0]}]" if missing else "click[buy now]"

    def _missing(self, place: Place) -> list[str]:
        """The values still to be chosen, as far as the product has them."""
        chosen = dict(place.chosen)
        choices = self._choices(self._product(place.product))
        return [value for name, value in choices.items() if chosen.get(name) != value]

    def _choices(self, product: Product) -> dict[str, str]:
        """Options of a product and their values that meet a wish, each option for one wish."""
        found: dict[str, str] = {}
        for name, wanted in self.goal.options.items():
            options = {name: product.options[name]} if name in product.options else product.options
            offered = [(option, value) for option, values in options.items() if option not in found for value in values]
            fitting = [pair for pair in offered if matches(wanted, [pair[1]])]
            found.update(sorted(fitting, key=lambda pair: pair[1] != wanted)[:1])
        return found

    def _open(self, product: int) -> bool:
        """Whether the features may say more about it."""
        return ("features", product) not in self.seen and not all(self._told(product))

    def _told(self, product: int) -> list[bool]:
        text = " ".join(self._read(product)).lower()
        return [wish in text or set(wish.split()) <= set(text.split()) for wish in self.goal.attributes]

    def _read(self, product: int) -> Iterable[str]:
        """What was read of a product; its title and price stand among the results."""
        shown = self._product(product)
        yield shown.title
        if ("features", product) in self.seen:
            yield from shown.bullets
        if ("description", product) in self.seen:
            yield shown.description

    def _promise(self, product: int) -> float:
        """The reward it may bring, from what was shown."""
        shown = self._product(product)
        unread = _LIKELY if ("features", product) not in self.seen else _LIKELY / 4
        met = sum(1.0 if told else unread for told in self._told(product))
        opened = (ITEM, product) in self.seen
        met += len(self._choices(shown)) if opened else _AVAILABLE * len(self.goal.options)
        low, high = shown.pricing[0], shown.pricing[-1]
        met += 1.0 if high <= self.goal.price_upper else 0.5 if low <= self.goal.price_upper else 0.0
        return self._kinship(shown) * met / (len(self.goal.attributes) + len(self.goal.options) + 1)

    def _kinship(self, shown: Product) -> float:
        """Whether the title names the kind of thing: its last word at least."""
        wanted, told = words(self.kind), set(words(shown.title))
        return 1.0 if not wanted or wanted[-1] in told else 0.4

    def _product(self, product: int) -> Product:
        return self.shop.catalogue.products[product]
