"""What there is in the playground: twelve types in four categories, each with a code and a name.

A thing is a code, an int from 1 to 25. Codes 1 to 11 are young (a seed, a baby), 14 to 24 the same types grown, 25 is
water; 0, 12 and 13 are nothing. A learning agent's action "go to" has the code of the thing as its number, and the
order of the types is that of the published system, so that policies and observations mean the same.
"""

from __future__ import annotations

TYPES = ("elephant", "giraffe", "rhinoceros", "pig", "cow", "sheep", "carrot", "potato", "beet", "berry", "pea")
"""The living types in the order of their codes, from 1."""
WATER = "water"
"""The one type that does not live."""
CATEGORIES = {
    "plant": ("carrot", "potato", "beet", "berry", "pea"),
    "small_herbivorous": ("pig", "cow", "sheep"),
    "big_herbivorous": ("elephant", "giraffe", "rhinoceros"),
}
"""The categories of living types, by the names that goals use."""
MEMBERS = {"living_thing": TYPES, "supply": (WATER,), **CATEGORIES} | {name: (name,) for name in (*TYPES, WATER)}
"""Name of a category or of a type -> the types it stands for."""
CATEGORY = {name: category for category, names in CATEGORIES.items() for name in names} | {WATER: "supply"}
"""Type -> its own category."""

GROWN = 13
"""What growing adds to a code."""
WATER_CODE = 25
"""The code of water."""
CODES = 26
"""Codes are less than this."""
YOUNG_CODE = {name: code for code, name in enumerate(TYPES, start=1)}
"""Living type -> its code while young."""


def _name(code: int) -> str:
    if code == WATER_CODE:
        return WATER
    young = code if code <= len(TYPES) else code - GROWN
    if not 1 <= young <= len(TYPES):
        return ""
    name = TYPES[young - 1]
    if code > len(TYPES):
        return name
    return f"{name} seed" if CATEGORY[name] == "plant" else f"baby {name}"


NAMES = tuple(_name(code) for code in range(CODES))
"""Code -> what the thing is called: "carrot seed", "baby pig", "pig"; "" where there is no such thing."""
CODE = {name: code for code, name in enumerate(NAMES) if name}
"""What a thing is called -> its code."""
RANK = tuple(sorted(NAMES).index(name) for name in NAMES)
"""Code -> its place in the alphabetical order of names, which decides the inventory slots of learning agents."""


def young(name: str) -> frozenset[int]:
    """The codes of the young of a category or type."""
    return frozenset(YOUNG_CODE[kind] for kind in MEMBERS[name] if kind != WATER)


def grown(name: str) -> frozenset[int]:
    """The codes of the grown of a category or type; water counts as grown."""
    return frozenset(WATER_CODE if kind == WATER else YOUNG_CODE[kind] + GROWN for kind in MEMBERS[name])


def type_of(code: int) -> str:
    """The type of a thing."""
    return WATER if code == WATER_CODE else TYPES[(code - 1) % GROWN]
