"""Tasks and worlds from numbers.

A task's data say which home it is played in, what is to be done and the seed of what lies where; `build` makes the
same world of it everywhere, for only `Random.random()`, whose sequence Python guarantees, is drawn from.

    split         homes     things with targets
    train         known     common
    dev, test     known     common               other seeds than train
    test_unseen   new       withheld

A home's furniture is known or new by a checksum of what stands in it, and a thing with its target is common or
withheld by a checksum of the two, so what `test_unseen` asks was never met in training, by construction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from random import Random
from typing import Any, TypeVar
from zlib import crc32

from worldlore.environments.household import homes
from worldlore.environments.household.goals import FAMILIES, SENTENCES, Goal
from worldlore.environments.household.language import DIALECTS
from worldlore.environments.household.world import Piece, World, mask
from worldlore.errors import EnvironmentFailure
from worldlore.experience import Task

T = TypeVar("T")

VERSION = 1
"""Of the content: a task made by another version is refused, for it would be another world."""
SIZES = {"train": 4000, "dev": 200, "test": 400, "test_unseen": 200}
"""Tasks in each split."""
KNOWN_HOMES = 30
"""Homes of each room that `train`, `dev` and `test` are played in, as many as ALFWorld's."""
NEW_HOMES = 10
"""Homes of each room kept for `test_unseen`; they are numbered from 1000."""

_FIRST_NEW = 1000
_ROOMS = {
    "pick_and_place_simple": homes.ROOMS,
    "look_at_obj_in_light": ("living room", "bedroom"),
    "pick_clean_then_place_in_recep": ("kitchen", "kitchen", "bathroom"),
    "pick_heat_then_place_in_recep": ("kitchen",),
    "pick_cool_then_place_in_recep": ("kitchen",),
    "pick_two_obj_and_place": homes.ROOMS,
}
_WORKS_ON = {"clean": homes.CLEANABLE, "heat": homes.HEATABLE, "cool": homes.COOLABLE}
_SIDE_BY_SIDE = frozenset({"cabinet", "drawer", "shelf", "stoveburner"})
_SHARED = 0.2
_SMALLEST = 9


@dataclass(frozen=True)
class Furniture:
    """What stands in a home and where one stands in front of it."""

    receptacles: tuple[Piece, ...]
    """In ALFWorld's order."""
    places: tuple[int, ...]
    """Receptacle -> number of the place one reaches it from."""
    start: int
    """Number of the place in the middle of the room."""

    @cached_property
    def kinds(self) -> dict[str, tuple[int, ...]]:
        """Kind -> the receptacles of that kind."""
        found: dict[str, tuple[int, ...]] = {}
        for i, piece in enumerate(self.receptacles):
            found[piece.kind] = (*found.get(piece.kind, ()), i)
        return found


def task(split: str, index: int) -> Task:
    """The task of that index in a split."""
    family = FAMILIES[index % len(FAMILIES)]
    seed = list(SIZES).index(split) * 10**7 + index
    rng = Random(seed)
    room, home, goal = _choose(rng, family, new=split == "test_unseen")
    sentence = _one(rng, SENTENCES[family]).format(goal.thing, goal.target)
    data = {
        "family": family, "room": room, "home": home, "thing": goal.thing, "target": goal.target,
        "seed": seed, "version": VERSION,
    }  # fmt: skip
    return Task(f"{index:04d}-{family}-{goal.thing}-{goal.target}", "household", split, sentence, data)


def build(data: Mapping[str, Any], dialect: str) -> World:
    """The world a task is played in; EnvironmentFailure for a task of another version."""
    if data.get("version") != VERSION:
        raise EnvironmentFailure(
            f"the task was made by version {data.get('version')} of household's content, this is version {VERSION}; "
            "use the release of worldlore that made it"
        )
    goal = Goal(data["family"], data["thing"], data["target"])
    return _build(data["room"], data["home"], goal, data["seed"], dialect)


def withheld(thing: str, target: str) -> bool:
    """Whether training never asks for this thing with this target."""
    return crc32(f"{thing}>{target}".encode()) % 6 == 0


def _choose(rng: Random, family: str, new: bool) -> tuple[str, int, Goal]:
    while True:
        room = _one(rng, _ROOMS[family])
        home = _FIRST_NEW + _below(rng, NEW_HOMES) if new else _below(rng, KNOWN_HOMES)
        goals = [goal for goal in _goals(family, room, home) if withheld(goal.thing, goal.target) == new]
        if goals:
            thing = _one(rng, sorted({goal.thing for goal in goals}))
            return room, home, _one(rng, [goal for goal in goals if goal.thing == thing])


@cache
def _goals(family: str, room: str, home: int) -> tuple[Goal, ...]:
    """Everything of that kind that can be asked in that home."""
    kinds = frozenset(furniture(room, home).kinds)
    things = sorted(homes.room(room).counts.keys() - homes.FIXED)
    if family == "look_at_obj_in_light":
        lamps = [lamp for lamp in sorted(homes.LAMPS) if kinds & homes.room(room).homes.get(lamp, {}).keys()]
        return tuple(Goal(family, thing, lamp) for thing in things for lamp in lamps if _found(room, kinds, thing))
    treatment = Goal(family, "", "").treatment
    if treatment:
        things = [thing for thing in things if thing in _WORKS_ON[treatment]]
        kinds_left = kinds - {homes.APPLIANCE[treatment]}
    else:
        kinds_left = kinds
    return tuple(
        Goal(family, thing, target)
        for thing in things
        for target in sorted(kinds_left)
        if thing in homes.HOLDS[target] and _found(room, kinds - {target}, thing)
    )


def _found(room: str, kinds: frozenset[str], thing: str) -> bool:
    return bool(kinds & homes.room(room).homes[thing].keys())


@cache
def furniture(room: str, home: int) -> Furniture:
    """What stands in a home; homes from 1000 on have furniture no other home has."""
    rng = Random(homes.ROOMS.index(room) * 10**6 + home + 10**9)
    while True:
        counts = {kind: _one(rng, numbers) for kind, numbers in homes.room(room).furniture.items()}
        is_new = crc32(repr(sorted(counts.items())).encode()) % 4 == 0
        if is_new == (home >= _FIRST_NEW) and sum(counts.values()) >= _SMALLEST:
            return _arrange(rng, counts)


def _arrange(rng: Random, counts: Mapping[str, int]) -> Furniture:
    pieces = _in_order(counts)
    spots: list[int] = []
    for i, piece in enumerate(pieces):
        beside = i > 0 and piece.kind == pieces[i - 1].kind and piece.kind in _SIDE_BY_SIDE
        shares = beside and rng.random() < _SHARED
        spots.append(spots[-1] if shares else len(set(spots)))
    numbers = _shuffled(rng, range(1, len(set(spots)) + 2))
    return Furniture(pieces, tuple(numbers[spot] for spot in spots), numbers[-1])


@lru_cache(maxsize=256)
def _build(room: str, home: int, goal: Goal, seed: int, dialect: str) -> World:
    rng = Random(seed + 5 * 10**9)
    stands = furniture(room, home)
    lie = _lay(rng, room, stands, goal)
    things = _in_order({kind: len(where) for kind, where in lie.items()})
    first = tuple(lie[piece.kind][piece.number - 1] for piece in things)
    openable = mask(stands.receptacles, homes.OPENABLE)
    return World(
        room, stands.receptacles, stands.places, stands.start, things, first, openable, goal, DIALECTS[dialect]
    )


def _lay(rng: Random, room: str, stands: Furniture, goal: Goal) -> dict[str, list[int]]:
    """Kind of thing -> the receptacles its instances are in or on."""
    lie: dict[str, list[int]] = {}
    for kind, numbers in homes.room(room).counts.items():
        wanted = goal.count if kind == goal.thing else 1 if kind == goal.target else 0
        count = max(_one(rng, numbers), wanted)
        avoid = goal.target if kind == goal.thing else ""
        where = {k: often for k, often in homes.room(room).homes[kind].items() if k in stands.kinds and k != avoid}
        if where and count:
            lie[kind] = [_spot(rng, stands, where, (kind, avoid)) for _ in range(count)]
    return lie


def _spot(rng: Random, stands: Furniture, where: Mapping[str, float], thing: tuple[str, str]) -> int:
    """A receptacle for a thing of a kind, anywhere but in those of a kind to avoid."""
    kind, avoid = thing
    if rng.random() < homes.MISLAID:
        spare = [i for i, p in enumerate(stands.receptacles) if kind in homes.HOLDS[p.kind] and p.kind != avoid]
        if spare:
            return _one(rng, spare)
    return _one(rng, stands.kinds[_weighted(rng, where)])


def _in_order(counts: Mapping[str, int]) -> tuple[Piece, ...]:
    """ALFWorld's order: by kind, and within a kind from the highest number down."""
    return tuple(Piece(kind, number) for kind in sorted(counts) for number in range(counts[kind], 0, -1))


def _below(rng: Random, n: int) -> int:
    return int(rng.random() * n)


def _one(rng: Random, choices: Sequence[T]) -> T:
    return choices[_below(rng, len(choices))]


def _weighted(rng: Random, often: Mapping[str, float]) -> str:
    at = rng.random() * sum(often.values())
    for choice, weight in often.items():
        at -= weight
        if at < 0:
            return choice
    return list(often)[-1]


def _shuffled(rng: Random, items: Sequence[int]) -> list[int]:
    return [item for _, item in sorted((rng.random(), item) for item in items)]
