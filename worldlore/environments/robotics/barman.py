"""Barman: drinks are mixed by two hands, with shot glasses, dispensers and one shaker.

An instance is the number of shots, the two ingredients of each cocktail in their order ("13": ingredient1, then
ingredient3) and what is wanted in which shot ("s1c2": cocktail2 in shot1, "s2i3": ingredient3 in shot2). Everything
begins clean, empty and on the table. The operators are those of the planning competition of 2011 without costs.

A shaker filled with what no cocktail is made of cannot be emptied: there is no way back from some mistakes.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from worldlore.environments.base import Primitive
from worldlore.environments.robotics.bartender import advise
from worldlore.environments.robotics.family import Content, Family, below, mixed, pick
from worldlore.environments.robotics.language import Language
from worldlore.environments.robotics.strips import Atom, Domain, Problem, numbered, operator, predicates

_SHOT = "shot: shot, ingr: ingredient"
_LEVELS = "l: level, l1: level"

DOMAIN = Domain(
    "barman",
    predicates(
        "ontable c: container; holding h: hand, c: container; handempty h: hand; empty c: container;"
        "contains c: container, b: beverage; clean c: container; used c: container, b: beverage;"
        "dispenses d: dispenser, i: ingredient; shaker-empty-level s: shaker, l: level;"
        "shaker-level s: shaker, l: level; next l: level, l1: level; unshaked s: shaker; shaked s: shaker;"
        "cocktail-part1 c: cocktail, i: ingredient; cocktail-part2 c: cocktail, i: ingredient"
    ),
    (
        operator(
            "grasp",
            "hand: hand, container: container",
            "ontable ?container; handempty ?hand",
            "holding ?hand ?container; not ontable ?container; not handempty ?hand",
        ),
        operator(
            "leave",
            "hand: hand, container: container",
            "holding ?hand ?container",
            "ontable ?container; handempty ?hand; not holding ?hand ?container",
        ),
        operator(
            "fill-shot",
            f"{_SHOT}, hand1: hand, hand2: hand, dispenser: dispenser",
            "holding ?hand1 ?shot; handempty ?hand2; dispenses ?dispenser ?ingr; empty ?shot; clean ?shot",
            "contains ?shot ?ingr; used ?shot ?ingr; not empty ?shot; not clean ?shot",
        ),
        operator(
            "refill-shot",
            f"{_SHOT}, hand1: hand, hand2: hand, dispenser: dispenser",
            "holding ?hand1 ?shot; handempty ?hand2; dispenses ?dispenser ?ingr; empty ?shot; used ?shot ?ingr",
            "contains ?shot ?ingr; not empty ?shot",
        ),
        operator(
            "empty-shot",
            "hand: hand, shot: shot, beverage: beverage",
            "holding ?hand ?shot; contains ?shot ?beverage",
            "empty ?shot; not contains ?shot ?beverage",
        ),
        operator(
            "clean-shot",
            "shot: shot, beverage: beverage, hand1: hand, hand2: hand",
            "holding ?hand1 ?shot; handempty ?hand2; empty ?shot; used ?shot ?beverage",
            "clean ?shot; not used ?shot ?beverage",
        ),
        operator(
            "pour-shot-to-clean-shaker",
            f"{_SHOT}, shaker: shaker, hand: hand, {_LEVELS}",
            "holding ?hand ?shot; contains ?shot ?ingr; empty ?shaker; clean ?shaker; shaker-level ?shaker ?l;"
            "next ?l ?l1",
            "contains ?shaker ?ingr; empty ?shot; unshaked ?shaker; shaker-level ?shaker ?l1;"
            "not contains ?shot ?ingr; not empty ?shaker; not clean ?shaker; not shaker-level ?shaker ?l",
        ),
        operator(
            "pour-shot-to-used-shaker",
            f"{_SHOT}, shaker: shaker, hand: hand, {_LEVELS}",
            "holding ?hand ?shot; contains ?shot ?ingr; unshaked ?shaker; shaker-level ?shaker ?l; next ?l ?l1",
            "contains ?shaker ?ingr; empty ?shot; shaker-level ?shaker ?l1;"
            "not contains ?shot ?ingr; not shaker-level ?shaker ?l",
        ),
        operator(
            "empty-shaker",
            f"hand: hand, shaker: shaker, cocktail: cocktail, {_LEVELS}",
            "holding ?hand ?shaker; contains ?shaker ?cocktail; shaked ?shaker; shaker-level ?shaker ?l;"
            "shaker-empty-level ?shaker ?l1",
            "empty ?shaker; shaker-level ?shaker ?l1;"
            "not contains ?shaker ?cocktail; not shaked ?shaker; not shaker-level ?shaker ?l",
        ),
        operator(
            "clean-shaker",
            "hand1: hand, hand2: hand, shaker: shaker",
            "holding ?hand1 ?shaker; handempty ?hand2; empty ?shaker",
            "clean ?shaker",
        ),
        operator(
            "shake",
            "cocktail: cocktail, i1: ingredient, i2: ingredient, shaker: shaker, hand1: hand, hand2: hand",
            "holding ?hand1 ?shaker; handempty ?hand2; contains ?shaker ?i1; contains ?shaker ?i2;"
            "cocktail-part1 ?cocktail ?i1; cocktail-part2 ?cocktail ?i2; unshaked ?shaker",
            "contains ?shaker ?cocktail; shaked ?shaker;"
            "not contains ?shaker ?i1; not contains ?shaker ?i2; not unshaked ?shaker",
        ),
        operator(
            "pour-shaker-to-shot",
            f"beverage: beverage, shot: shot, hand: hand, shaker: shaker, {_LEVELS}",
            "holding ?hand ?shaker; shaked ?shaker; contains ?shaker ?beverage; empty ?shot; clean ?shot;"
            "shaker-level ?shaker ?l; next ?l1 ?l",
            "contains ?shot ?beverage; shaker-level ?shaker ?l1;"
            "not empty ?shot; not clean ?shot; not shaker-level ?shaker ?l",
        ),
    ),
    types={
        "hand": "object", "level": "object", "beverage": "object", "dispenser": "object", "container": "object",
        "ingredient": "beverage", "cocktail": "beverage", "shot": "container", "shaker": "container",
    },
)  # fmt: skip


def _command(name: str, parameters: str, about: str) -> Primitive:
    places = parameters.split()
    command = " ".join((name, *(f"{{{p}}}" for p in places)))
    return Primitive(name.replace("-", "_"), tuple(places), command, about)


_FILL = "shot ingr hand1 hand2 dispenser"
_POUR = "shot ingr shaker hand l l1"
LANGUAGE = Language(
    DOMAIN,
    (
        _command("grasp", "hand container", "take a container from the table with an empty hand"),
        _command("leave", "hand container", "put the container that the hand holds on the table"),
        _command("fill-shot", _FILL, "fill a clean, empty shot held by hand1 at a dispenser; hand2 is empty"),
        _command("refill-shot", _FILL, "fill an empty shot held by hand1 with what it was used for; hand2 is empty"),
        _command("empty-shot", "hand shot beverage", "pour away the beverage in the shot that the hand holds"),
        _command(
            "clean-shot",
            "shot beverage hand1 hand2",
            "clean an empty shot, used for a beverage and held by hand1; hand2 is empty",
        ),
        _command(
            "pour-shot-to-clean-shaker",
            _POUR,
            "pour the shot that the hand holds into an empty, clean shaker, whose level rises from l to l1",
        ),
        _command(
            "pour-shot-to-used-shaker",
            _POUR,
            "pour the shot that the hand holds into an unshaked shaker, whose level rises from l to l1",
        ),
        _command(
            "empty-shaker",
            "hand shaker cocktail l l1",
            "pour away the cocktail in the shaked shaker that the hand holds; its level falls from l to its lowest, l1",
        ),
        _command("clean-shaker", "hand1 hand2 shaker", "clean the empty shaker that hand1 holds; hand2 is empty"),
        _command(
            "shake",
            "cocktail i1 i2 shaker hand1 hand2",
            "mix a cocktail of its first and second ingredient in the shaker that hand1 holds; hand2 is empty",
        ),
        _command(
            "pour-shaker-to-shot",
            "beverage shot hand shaker l l1",
            "pour from the shaked shaker that the hand holds into a clean, empty shot; the level falls from l to l1",
        ),
    ),
    {
        "ontable": "{0} is on the table.",
        "holding": "your {0} hand is holding {1}.",
        "handempty": "your {0} hand is empty.",
        "empty": "{0} is empty.",
        "contains": "{0} contains {1}.",
        "clean": "{0} is clean.",
        "used": "{0} is used with {1}.",
        "dispenses": "{0} dispenses {1}.",
        "shaker-empty-level": "the level of {0} when it is empty is {1}.",
        "shaker-level": "the level of {0} is {1}.",
        "next": "the level after {0} is {1}.",
        "unshaked": "{0} is unshaked.",
        "shaked": "{0} is shaked.",
        "cocktail-part1": "the first ingredient of {0} is {1}.",
        "cocktail-part2": "the second ingredient of {0} is {1}.",
    },
)


def _instance(shots: int, recipes: str, goal: str) -> Content:
    return {"shots": shots, "recipes": recipes, "goal": goal}


PUBLISHED = (
    _instance(4, "13,23,12", "s1c1 s2i2"),
    _instance(4, "31,32,31", "s2c3"),
    _instance(4, "13,23,21", "s3c3"),
    _instance(4, "21,23,12", "s1c1"),
    _instance(5, "21,12,13,32", "s1c1"),
    _instance(5, "31,21,12,23", "s1c2 s2c3"),
    _instance(5, "21,23,21,12", "s1c4 s2c1"),
    _instance(5, "23,13,32,21", "s1c3 s2c2"),
    _instance(6, "13,13,12,21,21", "s1c2 s2c3"),
    _instance(6, "21,12,31,23,13", "s1c5"),
    _instance(6, "13,31,31,13,12", "s1c4"),
    _instance(6, "31,12,12,31,23", "s1c5 s2c1"),
    _instance(8, "23,21,13,12,21,13", "s1c2 s7i3"),
    _instance(4, "13,23,12", "s1i1"),
    _instance(4, "31,32,31", "s2i2 s3i3"),
    _instance(5, "31,21,12,23", "s1i1 s2c3"),
    _instance(5, "31,21,12,23", "s1i1 s2i2 s3i3"),
    _instance(5, "21,12,13,32", "s1c1 s2i3"),
    _instance(9, "31,13,23,21,12,13,13", "s9i1 s6i2 s3i3"),
    _instance(9, "23,32,21,23,32,12,23", "s1c6"),
)

PAIRS = ("12", "13", "21", "23", "31", "32")
LEVELS = ("l0", "l1", "l2")


def problem(content: Content) -> Problem:
    """The problem of an instance."""
    recipes: Sequence[str] = content["recipes"].split(",")
    shots, cocktails = numbered("shot", content["shots"]), numbered("cocktail", len(recipes))
    ingredients, dispensers = numbered("ingredient", 3), numbered("dispenser", 3)
    kinds = {"shot": shots, "cocktail": cocktails, "ingredient": ingredients, "dispenser": dispensers}
    kinds |= {"shaker": ["shaker1"], "hand": ["left", "right"], "level": LEVELS}
    atoms: set[Atom] = {(state, c) for c in (*shots, "shaker1") for state in ("ontable", "clean", "empty")}
    atoms |= {("dispenses", d, i) for d, i in zip(dispensers, ingredients, strict=True)}
    atoms |= {("handempty", "left"), ("handempty", "right"), ("next", "l0", "l1"), ("next", "l1", "l2")}
    atoms |= {("shaker-empty-level", "shaker1", "l0"), ("shaker-level", "shaker1", "l0")}
    for cocktail, (first, second) in zip(cocktails, recipes, strict=True):
        atoms |= {("cocktail-part1", cocktail, f"ingredient{first}")}
        atoms |= {("cocktail-part2", cocktail, f"ingredient{second}")}
    goal = tuple(_wish(word) for word in content["goal"].split())
    return Problem("barman", DOMAIN, {o: kind for kind, all_ in kinds.items() for o in all_}, frozenset(atoms), goal)


def _wish(word: str) -> Atom:
    """For "s12c3", that shot12 contains cocktail3."""
    at = max(word.find("c"), word.find("i"))
    kind = "cocktail" if word[at] == "c" else "ingredient"
    return "contains", f"shot{word[1:at]}", f"{kind}{word[at + 1 :]}"


def draw(rng: Random, size: int) -> Content:
    """So many shots, two at least, and a recipe less; up to two cocktails and two ingredients are wanted."""
    shots = max(2, size)
    recipes = [pick(rng, PAIRS) for _ in range(max(2, shots - 1))]
    cocktails = [f"c{1 + below(rng, len(recipes))}" for _ in range(below(rng, 3))]
    ingredients = [f"i{1 + below(rng, 3)}" for _ in range(below(rng, 3))]
    drinks = [*cocktails, *ingredients][:shots] or ["c1"]
    places = sorted(mixed(rng, range(1, shots + 1))[: len(drinks)])
    return _instance(
        shots, ",".join(recipes), " ".join(f"s{s}{drink}" for s, drink in zip(places, drinks, strict=True))
    )


BARMAN = Family(LANGUAGE, PUBLISHED, (8, 7, 13), problem, draw, advise)
"""The family."""
