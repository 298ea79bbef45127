"""Blockworld: an arm builds towers, one block at a time.

An instance is the towers at first, bottom to top ("1<3<2, 4"), and which block is wanted on which ("3/2, 2/1"). The
expert searches: a block is worth moving to the table or to where it is wanted, nowhere else, so a shortest plan is
found at once for the sizes that are generated. Where even that takes too long it is content with a longer one.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from heapq import heappop, heappush
from itertools import pairwise
from random import Random
from typing import NamedTuple

from worldlore.environments.base import Primitive
from worldlore.environments.robotics.family import Content, Family, below, mixed
from worldlore.environments.robotics.language import Language
from worldlore.environments.robotics.strips import Atom, Domain, Problem, numbered, operator, predicates
from worldlore.environments.robotics.world import Move, World

DOMAIN = Domain(
    "blockworld",
    predicates("on x, y; on-table x; clear x; arm-empty; holding x"),
    (
        operator(
            "pickup",
            "b",
            "clear ?b; on-table ?b; arm-empty",
            "holding ?b; not clear ?b; not on-table ?b; not arm-empty",
        ),
        operator("putdown", "b", "holding ?b", "on-table ?b; clear ?b; arm-empty; not holding ?b"),
        operator(
            "stack",
            "a, b",
            "holding ?a; clear ?b",
            "on ?a ?b; clear ?a; arm-empty; not holding ?a; not clear ?b",
        ),
        operator(
            "unstack",
            "a, b",
            "on ?a ?b; clear ?a; arm-empty",
            "holding ?a; clear ?b; not on ?a ?b; not clear ?a; not arm-empty",
        ),
    ),
)

LANGUAGE = Language(
    DOMAIN,
    (
        Primitive("Pickup", ("b",), "Pickup {b}", "take block b from the table; it is clear and the arm is empty"),
        Primitive("Putdown", ("b",), "Putdown {b}", "put block b, which is held, on the table"),
        Primitive("Stack", ("a", "b"), "Stack {a} on {b}", "put block a, which is held, on block b, which is clear"),
        Primitive(
            "Unstack",
            ("a", "b"),
            "Unstack {a} from {b}",
            "take block a, which is clear, from block b; the arm is empty",
        ),
    ),
    {
        "on": "{0} is on {1}.",
        "on-table": "{0} is on the table.",
        "clear": "the {0} is clear.",
        "arm-empty": "your arm is empty.",
        "holding": "you are holding {0}.",
    },
)


def _instance(towers: str, goal: str) -> Content:
    return {"towers": towers, "goal": goal}


PUBLISHED = (
    _instance("1<3<2", "3/2, 2/1"),
    _instance("1<7<4, 3<6, 5<2", "1/7, 2/5, 3/2, 4/1, 5/6, 7/3"),
    _instance("2<3<1", "2/3, 3/1"),
    _instance("2<3<1, 4", "2/1, 3/4"),
    _instance("2<4<1<3", "1/2, 2/3, 3/4"),
    _instance("5<3<2<1<4", "1/3, 3/5"),
    _instance("1<2<4<3<5", "1/2, 3/5, 4/1"),
    _instance("1<3<2<5, 4, 6", "3/5, 4/3"),
    _instance("2<3<1<5<4<6", "1/6, 3/5, 6/2"),
    _instance("1, 2, 5, 6<3<7<4", "1/2, 2/6, 3/7, 5/3, 6/5, 7/4"),
)

TABLE, HELD = 0, -1
"""What a block may be on besides another block."""
_PATIENCE = 20_000
"""Arrangements the expert looks at before it is content with less than the best."""


def problem(content: Content) -> Problem:
    """The problem of an instance."""
    towers = [[f"b{n.strip()}" for n in tower.split("<")] for tower in content["towers"].split(",")]
    blocks = numbered("b", sum(map(len, towers)))
    atoms: set[Atom] = {("arm-empty",)}
    for tower in towers:
        atoms |= {("on-table", tower[0]), ("clear", tower[-1])}
        atoms |= {("on", upper, lower) for lower, upper in pairwise(tower)}
    pairs = [pair.strip().split("/") for pair in content["goal"].split(",")]
    goal = tuple(("on", f"b{upper}", f"b{lower}") for upper, lower in pairs)
    return Problem("blockworld", DOMAIN, dict.fromkeys(blocks, "object"), frozenset(atoms), goal)


def draw(rng: Random, size: int) -> Content:
    """So many blocks, two at least; some of what another arrangement of them has on each other is wanted."""
    while True:
        first, last = _arrangement(rng, max(2, size)), _arrangement(rng, max(2, size))
        pairs = sorted((up, low) for tower in last for low, up in pairwise(tower))
        wanted = [pair for pair in pairs if rng.random() < 0.8]
        had = {(up, low) for tower in first for low, up in pairwise(tower)}
        if set(wanted) - had:
            towers = ", ".join("<".join(map(str, tower)) for tower in sorted(first))
            return _instance(towers, ", ".join(f"{up}/{low}" for up, low in wanted))


def _arrangement(rng: Random, size: int) -> list[list[int]]:
    towers: list[list[int]] = []
    for block in mixed(rng, range(1, size + 1)):
        place = below(rng, 2 * (len(towers) + 1))
        if place < 2 * len(towers):
            towers[place // 2].append(block)
        else:
            towers.append([block])
    return towers


class Blocks(NamedTuple):
    """An arrangement: block - 1 -> what it is on."""

    on: tuple[int, ...]
    """A block, TABLE or HELD."""

    def tops(self) -> list[int]:
        """Blocks with nothing on them; one that is held is not among them."""
        under = set(self.on)
        return [b for b, on in enumerate(self.on, start=1) if b not in under and on != HELD]

    def moved(self, block: int, to: int) -> Blocks:
        """The arrangement with a block elsewhere."""
        return Blocks((*self.on[: block - 1], to, *self.on[block:]))


Goal = tuple[tuple[int, int], ...]


def advise(world: World, state: int) -> Move | None:
    """The first step of a shortest plan."""
    on = [TABLE] * len(world.problem.objects)
    for atom in world.atoms_in(state):
        if atom[0] == "on":
            on[_number(atom[1])] = _number(atom[2]) + 1
        elif atom[0] == "holding":
            on[_number(atom[1])] = HELD
    goal = tuple((_number(a) + 1, _number(b) + 1) for _, a, b in world.problem.goal)
    block, to = _next(Blocks(tuple(on)), goal)
    if on[block - 1] != HELD:
        below = on[block - 1]
        return world.named["unstack", (f"b{block}", f"b{below}")] if below else world.named["pickup", (f"b{block}",)]
    return world.named["stack", (f"b{block}", f"b{to}")] if to else world.named["putdown", (f"b{block}",)]


def _number(name: str) -> int:
    return int(name[1:]) - 1


@lru_cache(maxsize=50_000)
def _next(blocks: Blocks, goal: Goal) -> tuple[int, int]:
    """The block to be moved and where to: A*, with the moves that are certainly still needed as the estimate."""
    wanted = dict(goal)
    queue: list[tuple[int, int, int, Blocks, tuple[int, int]]] = [(_needed(blocks, wanted), 0, 0, blocks, (0, 0))]
    least = {blocks: 0}
    looked = 0
    weight = 1
    while queue:
        _, _, cost, now, first = heappop(queue)
        if all(now.on[a - 1] == b for a, b in goal):
            return first
        if cost > least[now]:
            continue
        looked += 1
        weight = 1 if looked < _PATIENCE else 5
        for block, to in _worth(now, wanted):
            then = now.moved(block, to)
            price = cost + (1 if now.on[block - 1] == HELD else 2)
            if price < least.get(then, 1 << 30):
                least[then] = price
                rest = _needed(then, wanted)
                heappush(queue, (price + weight * rest, rest, price, then, first if any(first) else (block, to)))
    raise AssertionError("every goal of blocks that is not contradictory can be reached")


def _worth(blocks: Blocks, wanted: dict[int, int]) -> Iterator[tuple[int, int]]:
    """Moves that may be part of a shortest plan: to the table, or to where the block is wanted."""
    tops = blocks.tops()
    held = [b for b, on in enumerate(blocks.on, start=1) if on == HELD]
    for block in held or tops:
        if wanted.get(block) in tops:
            yield block, wanted[block]
        if blocks.on[block - 1] != TABLE:
            yield block, TABLE


def _needed(blocks: Blocks, wanted: dict[int, int]) -> int:
    """Steps that are certainly still needed."""
    owner = {lower: upper for upper, lower in wanted.items()}
    steps = 0
    for block, on in enumerate(blocks.on, start=1):
        if on == HELD:
            steps += 1
            continue
        under = _tower(blocks, block)
        if _must_move(blocks, [block, *under], wanted, owner):
            goal = wanted.get(block, TABLE)
            again = goal in under and _must_move(blocks, under[under.index(goal) :], wanted, owner)
            steps += 4 if again else 2
    return steps


def _tower(blocks: Blocks, block: int) -> list[int]:
    """What is under a block, from the top."""
    under: list[int] = []
    while (block := blocks.on[block - 1]) > TABLE:
        under.append(block)
    return under


def _must_move(blocks: Blocks, tower: list[int], wanted: dict[int, int], owner: dict[int, int]) -> bool:
    """Whether the first block of a tower has to leave its place: it or one under it is where it must not stay."""
    for block in tower:
        on = blocks.on[block - 1]
        if wanted.get(block, on) != on or (on > TABLE and owner.get(on, block) != block):
            return True
    return False


BLOCKWORLD = Family(LANGUAGE, PUBLISHED, (4, 6, 8), problem, draw, advise)
"""The family."""
