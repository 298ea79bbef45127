"""The generated catalogue: products from a seed, each from a random number of its own.

A product has five or six attributes of its shelf. One or two stand in its title, most in its bullet points, and one
that is in neither is told in the description; so some can be searched for and some have to be read. Only
`Random.random()`, whose sequence Python guarantees, is drawn from.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from random import Random
from typing import TypeVar

from worldlore.environments.webshop.attributes import ATTRIBUTES
from worldlore.environments.webshop.catalogue import Catalogue, Product, Review
from worldlore.environments.webshop.shelves import AXES, KINDS, Kind

T = TypeVar("T")

VERSION = 1
"""Of the content; tasks name it, for another version has other products."""
_SIGNS = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_HEADS = ("Brim", "Cald", "Dov", "Fenn", "Gars", "Hol", "Ister", "Jun", "Kerr", "Lom", "Mar", "Nev", "Orl", "Pell",
          "Quin", "Ros", "Stav", "Thorn", "Ul", "Vesp", "Wex", "Yar", "Zel")  # fmt: skip
_TAILS = ("ado", "brook", "cote", "dale", "ette", "fold", "gate", "holt", "ina", "kin", "low", "mere", "nook", "ora",
          "rick", "stead", "thorpe", "una", "wick", "yard")  # fmt: skip
_TITLES = (
    "{brand} {first} {name} for {use}, {second}{detail}",
    "{brand} {name}, {first}, {second}{detail}",
    "{first} {name} with {detail}, {second}{brand}",
    "{brand} {name} with {detail} - {first}, {second}for {use}",
    "{name} by {brand}, {first} with {detail}, {second}for {use}",
)
_BULLETS = ("{what}: {why}.", "{what} - {why}.", "Also {plain}: {why}.", "{what} ({why}).")
_PROMISES = (
    "In the parcel: {name} with {detail}, packed without plastic.",
    "Good for {use}, and a gift that gets used.",
    "Thirty days to change your mind; we answer within one.",
    "Drawn, tested and packed by the people at {brand}.",
)
_OPENINGS = (
    "{brand} began years ago with {name} for {use}, and we still improve something every spring.",
    "Good things do their work and stay out of the way. Our {name} with {detail} will do both for {use}.",
    "With {detail} and plain good sense: {name} for {use}, and for whoever borrows it.",
    "Made for {use}: {name} with {detail} that nobody will need to replace next year.",
)
_HIDDEN = (
    "One thing more, {what}: {why}.",
    "What the pictures do not show: {what}, that is, {why}.",
    "We nearly forgot: {what} ({why}).",
)
_CLOSINGS = (
    "Colours may differ a little from your screen.",
    "Please measure twice before you order.",
    "Write to us if anything is missing.",
    "Made in small runs, so some weeks it sells out.",
)
_REVIEWS = (
    ("Better than hoped", 5, "Bought it for {use} and came back to buy it again."),
    ("Does what it says", 5, "It really is {what}. Three months of daily use and no complaints."),
    ("Good value", 4, "I have seen fancier {name}, but you get what you pay for."),
    ("Nice, with a but", 4, "Love that it is {what}; the box arrived dented."),
    ("Fine", 3, "Ordinary {name}, nothing wrong with it. Delivery took a week."),
    ("Not for me", 2, "I expected something else for {use}. Sent it back without trouble."),
)


@lru_cache(maxsize=4)
def generated(size: int, seed: int = 0) -> Catalogue:
    """The catalogue of that many products; one of more products begins with the same ones."""
    return Catalogue(f"generated-{VERSION}-{seed}-{size}", tuple(map(_distinct(seed), range(size))))


class _distinct:  # noqa: N801  (called like a function)
    """Makes products, no two with one number."""

    def __init__(self, seed: int) -> None:
        self._seed, self._taken = seed, set[str]()

    def __call__(self, index: int) -> Product:
        rng = Random(self._seed * 10**8 + index)
        asin = _asin(rng)
        while asin in self._taken:
            asin = _asin(rng)
        self._taken.add(asin)
        return _product(rng, asin, KINDS[below(rng, len(KINDS))])


def _asin(rng: Random) -> str:
    return "B0" + "".join(one(rng, _SIGNS) for _ in range(8))


def _product(rng: Random, asin: str, kind: Kind) -> Product:
    attributes = tuple(some(rng, kind.attributes, 5 + below(rng, 2)))
    filling = {
        "brand": one(rng, _HEADS) + one(rng, _TAILS),
        "name": one(rng, kind.aliases),
        "detail": one(rng, kind.details),
        "use": one(rng, kind.uses),
    }
    pricing = _pricing(rng, *kind.prices)
    reviews = tuple(_reviews(rng, attributes, filling))
    return Product(
        asin=asin,
        title=_title(rng, attributes, filling),
        description=_description(rng, attributes[-1], filling),
        bullets=tuple(_bullets(rng, attributes[:-1], filling)),
        attributes=attributes,
        options={AXES[axis][0]: _values(rng, axis) for axis in kind.axes},
        pricing=pricing,
        price=round(pricing[0] + rng.random() * (pricing[-1] - pricing[0]), 2),
        category=kind.department,
        query=kind.name,
        path=kind.path,
        rating=f"{sum(r.score for r in reviews) / len(reviews):.1f}" if reviews else "N.A.",
        reviews=reviews,
    )


def _title(rng: Random, attributes: Sequence[str], filling: dict[str, str]) -> str:
    second = f"{attributes[1].title()}, " if rng.random() < 0.5 else ""
    told = {key: text if key == "brand" else text.title() for key, text in filling.items()}
    title = one(rng, _TITLES).format(first=attributes[0].title(), second=second, **told)
    return title.replace(", for ", " for ").replace(" For ", " for ")


def _bullets(rng: Random, attributes: Sequence[str], filling: dict[str, str]) -> Iterable[str]:
    """A bullet for each attribute and one of promises, shuffled; so which is indexed is chance."""
    lines = [
        one(rng, _BULLETS).format(what=attribute.capitalize(), plain=attribute, why=ATTRIBUTES[attribute])
        for attribute in attributes
    ]
    lines.append(one(rng, _PROMISES).format(**filling))
    return some(rng, lines, len(lines))


def _description(rng: Random, attribute: str, filling: dict[str, str]) -> str:
    opening = one(rng, _OPENINGS).format(**filling)
    hidden = one(rng, _HIDDEN).format(what=attribute, why=ATTRIBUTES[attribute])
    return f"{opening} {hidden} {one(rng, _CLOSINGS)}"


def _reviews(rng: Random, attributes: Sequence[str], filling: dict[str, str]) -> Iterable[Review]:
    for title, score, body in some(rng, _REVIEWS, below(rng, 4)):
        yield Review(title, score, body.format(what=one(rng, attributes), **filling))


def _values(rng: Random, axis: str) -> tuple[str, ...]:
    """Neighbouring values of an option, or any of them where they have no order."""
    _, known, fewest, most = AXES[axis]
    count = fewest + below(rng, most - fewest + 1)
    if AXES[axis][0] not in ("size", "item package quantity"):
        return tuple(some(rng, known, count))
    first = below(rng, len(known) - count + 1)
    return known[first : first + count]


def _pricing(rng: Random, low: int, high: int) -> tuple[float, ...]:
    """One price, or in three cases of ten the cheapest and the dearest of a range; cheap ones are more frequent."""
    price = round(low + (high - low) * rng.random() ** 2) - (0.01 if rng.random() < 0.7 else 0.5)
    return (price, round(price * (1.1 + 0.3 * rng.random()), 2)) if rng.random() < 0.3 else (price,)


def below(rng: Random, n: int) -> int:
    """A number from 0 to n - 1."""
    return int(rng.random() * n)


def one(rng: Random, choices: Sequence[T]) -> T:
    """One of the choices."""
    return choices[below(rng, len(choices))]


def some(rng: Random, choices: Sequence[T], count: int) -> list[T]:
    """That many of the choices, in random order."""
    order = sorted((rng.random(), place) for place in range(len(choices)))
    return [choices[place] for _, place in order[:count]]
