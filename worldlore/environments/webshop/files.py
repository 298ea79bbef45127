"""WebShop's own products and instructions, read from a folder of the user's.

    items_shuffle.json      or items_shuffle_1000.json: the products
    items_ins_v2.json       or items_ins_v2_1000.json: their attributes, and synthetic instructions
    items_human_ins.json    people's instructions; not needed for synthetic goals
    reviews.json            optional: what buyers said
    train_indices.json      optional, with test_indices.json: which goals are in a split, as ETO and WKM have it

Goals are numbered as published, in the order that shuffling with seed 233 gives. Without index files the splits are
WebShop's: 500 goals for the test, 1,000 for `dev`, all others for training; of fewer than 2,000 goals a fifth and a
tenth. What the published code draws before it sets a seed, the price within a range and the highest price asked for,
is drawn here from the key `seed`, the product and the instruction, so it is the same in every run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product as combinations
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from zlib import crc32

from worldlore.environments.webshop.catalogue import Catalogue, Product, Review
from worldlore.environments.webshop.goals import Goal, ceiling, made, priced
from worldlore.errors import ConfigError
from worldlore.experience import Task

PRODUCTS = ("items_shuffle.json", "items_shuffle_1000.json")
ATTRIBUTES = ("items_ins_v2.json", "items_ins_v2_1000.json")
HUMAN = ("items_human_ins.json",)
REMEDY = (
    "put WebShop's items_shuffle.json (or items_shuffle_1000.json), items_ins_v2.json (or items_ins_v2_1000.json) and "
    "items_human_ins.json into one folder, and name it with environment.data"
)
SHUFFLE = 233
"""Seed of the published order of goals."""
_UNPRICED = 100.0
_NUMBER = re.compile(r"[^\d.]")
_LONGEST = 10


class Wish(NamedTuple):
    """A goal of the files."""

    goal: Goal
    """What is wanted."""
    instruction: str
    """In words, the highest price included."""


def ready(folder: str, goals: str) -> None:
    """ConfigError where a file is missing."""
    for names in (PRODUCTS, ATTRIBUTES, *([HUMAN] if goals == "human" else [])):
        _found(folder, names)


@lru_cache(maxsize=2)
def catalogue(folder: str, products: int | None, seed: int) -> Catalogue:
    """The products of the files, the first so many of them."""
    file = _found(folder, PRODUCTS)
    told = _read(file)[:products]
    attributes, said = _read(_found(folder, ATTRIBUTES)), _reviews(Path(folder).expanduser() / "reviews.json")
    made: dict[str, Product] = {}
    for number, entry in enumerate(told):
        try:
            asin = entry["asin"]
            if asin != "nan" and len(asin) <= _LONGEST and asin not in made:
                made[asin] = _product(entry, attributes.get(asin, {}), said.get(asin, ("N.A.", ())), seed)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigError(f"{file}: product {number} is not as WebShop writes it: {error!r}") from error
    return Catalogue(f"files-{_print(folder)}-{seed}-{len(told)}", tuple(made.values()))


def split(shop: Catalogue, folder: str, name: str, goals: str) -> list[Task]:
    """The tasks of "train", "dev" or "test"; ConfigError for "test_unseen"."""
    if name == "test_unseen":
        raise ConfigError("WebShop's files have no split 'test_unseen'; choose train, dev or test")
    every = wishes(shop, folder, goals)
    return [
        made(every[number].goal, every[number].instruction, f"webshop-goal-{number}", name, shop)
        for number in _numbers(folder, name, len(every))
        if number < len(every)
    ]


@lru_cache(maxsize=2)
def wishes(shop: Catalogue, folder: str, goals: str) -> tuple[Wish, ...]:
    """Every goal, in the published order."""
    seed = int(shop.name.split("-")[-2])
    ordered = list(_human(shop, folder, seed) if goals == "human" else _synthetic(shop, folder, seed))
    Random(SHUFFLE).shuffle(ordered)
    return tuple(ordered)


def _human(shop: Catalogue, folder: str, seed: int) -> Iterator[Wish]:
    told = _read(_found(folder, HUMAN))
    for product in shop.products:
        for number, entry in enumerate(told.get(product.asin, ())):
            if entry["instruction_attributes"]:
                options = entry.get("instruction_options") or ()
                goal = Goal(
                    product.asin,
                    tuple(entry["instruction_attributes"]),
                    dict(options) if isinstance(options, dict) else {str(i): v for i, v in enumerate(options)},
                    ceiling(_rng(seed, product.asin, f"{number}"), product.price),
                )
                yield Wish(goal, entry["instruction"].strip(".") + priced(goal))


def _synthetic(shop: Catalogue, folder: str, seed: int) -> Iterator[Wish]:
    told = _read(_found(folder, ATTRIBUTES))
    for product in shop.products:
        entry = told.get(product.asin, {})
        if not entry.get("instruction") or not entry.get("instruction_attributes"):
            continue
        upper = ceiling(_rng(seed, product.asin, "synthetic"), product.price)
        names = sorted(product.options)
        for values in combinations(*(product.options[name] for name in names)):
            options = dict(zip(names, values, strict=True))
            goal = Goal(product.asin, tuple(entry["instruction_attributes"]), options, upper)
            listed = ", and ".join(f"{name}: {value}" for name, value in options.items())
            yield Wish(goal, entry["instruction"] + (f" with {listed}" if listed else "") + priced(goal))


def _numbers(folder: str, name: str, total: int) -> Sequence[int]:
    """The numbers of the goals in a split."""
    paths = {which: Path(folder).expanduser() / f"{which}_indices.json" for which in ("train", "test")}
    if all(path.is_file() for path in paths.values()):
        chosen: dict[str, list[int]] = {which: _read(path) for which, path in paths.items()}
        taken = set(chosen["train"]) | set(chosen["test"])
        return chosen.get(name) or [number for number in range(total) if number not in taken]
    test, dev = (500, 1000) if total >= 2000 else (total // 5, total // 10)
    return {"test": range(test), "dev": range(test, test + dev), "train": range(test + dev, total)}[name]


def _product(
    entry: Mapping[str, Any], more: Mapping[str, Any], said: tuple[str, Sequence[Review]], seed: int
) -> Product:
    pricing = _pricing(entry.get("pricing"))
    bullets = entry["small_description"] or ()
    return Product(
        asin=entry["asin"],
        title=entry["name"],
        description=str(entry["full_description"] or ""),
        bullets=tuple(bullets) if isinstance(bullets, list) else (str(bullets),),
        attributes=tuple(more.get("attributes", ())),
        options=dict(_options(entry.get("customization_options") or {})),
        pricing=pricing,
        price=pricing[0] + _rng(seed, entry["asin"], "price").random() * (pricing[-1] - pricing[0]),
        category=entry["category"],
        query=entry["query"].lower().strip(),
        path=entry["product_category"],
        rating=said[0],
        reviews=tuple(said[1]),
    )


def _pricing(told: str | None) -> tuple[float, ...]:
    """One price or two; what has no price costs 100 dollars, as published."""
    numbers = [_NUMBER.sub("", part) for part in (told or "").split("$")[1:]]
    return tuple(float(number) for number in numbers if number)[:2] or (_UNPRICED,)


def _options(told: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, values in told.items():
        if values is not None:
            yield name.lower(), tuple(value["value"].strip().replace("/", " | ").lower() for value in values)


def _reviews(path: Path) -> dict[str, tuple[str, tuple[Review, ...]]]:
    told = _read(path) if path.is_file() else []
    return {
        entry["asin"]: (
            str(entry["average_rating"]),
            tuple(
                Review(r.get("title", ""), int(float(r.get("score", r.get("stars", 0)))), r.get("review", ""))
                for r in entry["reviews"]
            ),
        )
        for entry in told
    }


def _rng(seed: int, asin: str, what: str) -> Random:
    return Random(crc32(f"{seed}/{asin}/{what}".encode()))


def _found(folder: str, names: Sequence[str]) -> Path:
    """The first of the files that is there."""
    paths = [Path(folder).expanduser() / name for name in names]
    for path in paths:
        if path.is_file():
            return path
    raise ConfigError(f"no {' or '.join(names)} in {folder!r}: {REMEDY}")


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"{path} is not JSON: {error}; get the file again") from error


def _print(folder: str) -> str:
    """A short fingerprint of the product file: its size, its beginning and its end."""
    path = _found(folder, PRODUCTS)
    size = path.stat().st_size
    with path.open("rb") as file:
        first = file.read(65_536)
        file.seek(max(0, size - 65_536))
        return hashlib.sha256(b"%d/%b/%b" % (size, first, file.read())).hexdigest()[:12]
