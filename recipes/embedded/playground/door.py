"""Doors to learn from: rules told, in the grammar's sentences, as truth, part of it, what is not true, or nothing.

A part of a rule says less and is implied by it: of "any small red item", that the door opens with red ones only. As in
the playground a theory is worth believing, and not blindly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from random import Random

from worldlore.environments.door import CLOSED, COLOURS, ITEMS, NAMED, SHAPES, SIZES, Item, rule
from worldlore.experience import Transition
from worldlore.methods.worldllm.spaces import doors

OPENED = "The door is opened."
WITHHELD = {
    **{name: NAMED[name].opening for name in ("not_blue", "not_blue_key", "nor_green_large")},
    **{
        " ".join(filter(None, parts)): rule(parts).opening
        for parts in (
            ("small", "red", None),
            (None, "blue", "key"),
            ("large", None, "ball"),
            ("medium", "green", "card"),
        )
    },
}
"""Rules that are not among those to learn from: name -> the items that open the door."""
_NONE, _PART, _FALSE = 0.15, 0.07, 0.08
_OUTCOMES: Sequence[tuple[str, ...]] = ((CLOSED, OPENED),) * 5 + ((CLOSED,), (OPENED,), ())
_HARD = {
    ("any", 0): 0.3,
    ("no", 0): 0.3,
    ("any", 1): 1.5,
    ("any", 2): 2.0,
    ("any", 3): 1.5,
    ("not", 1): 1.0,
    ("not", 2): 2.0,
    ("not", 3): 1.0,
    ("both", 2): 1.5,
    ("neither", 2): 4.0,
}
"""Ways of speaking, and of how many attributes: how often a rule is told so."""


@dataclass(frozen=True)
class Said:
    """Something that may be said of a door."""

    sentence: str
    """In the grammar's words."""
    weight: float
    """The less the more it says."""
    opening: frozenset[Item]
    """The items that open the door if it is true."""

    @property
    def about(self) -> tuple[str, ...]:
        """The attributes that it names."""
        return tuple(word for word in self.sentence.rstrip(".").split() if word in (*COLOURS, *SIZES, *SHAPES))

    @property
    def how(self) -> str:
        """How it speaks of them."""
        return next(word for word in ("neither", "both", "not", "no", "any") if f" {word} " in self.sentence)

    def change(self, item: Item) -> Transition:
        """What happens to an item if it is true."""
        kind = "opened" if item in self.opening else "closed"
        return Transition(CLOSED, item.sentence, f"The door is {kind}.", kind)


@dataclass(frozen=True)
class Door:
    """A door, and what is known of it."""

    true: Said
    """Its rule."""
    theory: str
    """What is told; nothing for no theory."""
    outcomes: tuple[str, ...]
    """The changes that the question names."""


def draw(rng: Random) -> Door:
    """A door to learn from."""
    true = _rule(rng)
    return Door(true, _theory(rng, true), rng.choice(_OUTCOMES))


def simple(rng: Random, most: int, hows: Sequence[str] = ("any", "not", "neither", "both")) -> Door:
    """One whose rule is told, and names an attribute, or at most so many; it speaks in some ways only."""
    found = [said for said in taught() if 0 < len(said.about) <= most and said.how in hows]
    true = rng.choice([said for said in found if len(said.about) == rng.randint(1, most)] or found)
    return Door(true, true.sentence, rng.choice(_OUTCOMES))


def spoken(rng: Random) -> Door:
    """One whose rule is told, every way of speaking as often as `_HARD` has it."""
    true = rng.choice(_ways()[rng.choices(list(_HARD), list(_HARD.values()))[0]])
    return Door(true, true.sentence, rng.choice(_OUTCOMES))


def items(rng: Random, true: Said, count: int) -> list[Item]:
    """Most items; or, half of the time, as many that open the door as do not, each now and then more than once."""
    sides = [[item for item in ITEMS if (item in true.opening) == opens] for opens in (True, False)]
    if rng.random() < 0.5 and all(sides):
        return [rng.choice(rng.choice(sides)) for _ in range(count)]
    return rng.sample(ITEMS, count)


def parts(true: Said) -> list[Said]:
    """What says less of the same attributes, and is implied."""
    return [said for said in _sayings() if true.opening < said.opening and {*said.about} < {*true.about} and said.about]


def said(opening: frozenset[Item]) -> Said:
    """The shortest rule by which these items open a door."""
    return max((one for one in _sayings() if one.opening == opening), key=lambda one: one.weight)


def false(true: Said) -> Said:
    """The shortest rule that foretells most items otherwise."""
    return max(_sayings(), key=lambda one: (len(one.opening ^ true.opening), one.weight))


def _theory(rng: Random, true: Said) -> str:
    lot = rng.random()
    if lot < _NONE:
        return ""
    if lot < _NONE + _PART:
        return rng.choice([part for part in parts(true) if part in taught()] or [true]).sentence
    return _rule(rng).sentence if lot > 1 - _FALSE else true.sentence


def _rule(rng: Random) -> Said:
    """What a grammar may say of a door, simple rules and complex ones alike; no withheld ones."""
    found, simple = taught(), rng.random() < 0.5
    return rng.choices(found, [said.weight if simple else 1.0 for said in found])[0]


@lru_cache
def _sayings() -> list[Said]:
    return [Said(sentence, *told) for sentence, told in doors().items()]


@lru_cache
def taught() -> list[Said]:
    """All rules but the withheld ones."""
    return [said for said in _sayings() if said.opening not in WITHHELD.values()]


@lru_cache
def _ways() -> dict[tuple[str, int], list[Said]]:
    """Those that are told in a way, of a number of attributes."""
    return {way: [said for said in taught() if (said.how, len(said.about)) == way] for way in _HARD}
