"""Plans for any world, by search.

A search in breadth finds a shortest plan where few states lie around. Where there are too many, the state whose
relaxed plan is shortest is followed first: a plan for a world in which nothing is ever deleted, found backwards from
the goal through the move that first makes each atom true. Both count states and not seconds, so that the same state
always gets the same plan, or none.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

from worldlore.environments.robotics.world import Move, World, bits

NEAR = 5_000
"""States that are looked at in breadth."""
FAR = 2_000
"""States whose relaxed plans are compared."""

Came = dict[int, tuple[int, Move]]
"""State -> the one before it, and the move between them."""


def find_plan(
    world: World, state: int, lost: set[int] | None = None, near: int = NEAR, far: int = FAR
) -> list[tuple[int, Move]] | None:
    """States and the moves out of them, from here to the goal; None where none is found.

    States from which there certainly is none are put into `lost`, and not looked at where they are in it already.
    """
    lost = set() if lost is None else lost
    if relaxed(world, state) is None:
        lost.add(state)
    plan = None if state in lost else _in_breadth(world, state, lost, near)
    return plan if plan or state in lost else _by_promise(world, state, far)


def _in_breadth(world: World, state: int, lost: set[int], limit: int) -> list[tuple[int, Move]] | None:
    came: Came = {}
    seen, queue = {state}, deque([state])
    while queue and len(seen) <= limit:
        now = queue.popleft()
        for move in world.possible(now):
            then = move.after(now)
            if then in seen or then in lost:
                continue
            seen.add(then)
            came[then] = now, move
            if world.won(then):
                return _path(came, state, then)
            queue.append(then)
    if not queue:
        lost |= seen
    return None


def _by_promise(world: World, state: int, limit: int) -> list[tuple[int, Move]] | None:
    came: Came = {}
    seen, queue = {state}, [(0, 0, state)]
    while queue and len(seen) <= limit:
        _, _, now = heappop(queue)
        for move in world.possible(now):
            then = move.after(now)
            if then in seen:
                continue
            seen.add(then)
            came[then] = now, move
            if world.won(then):
                return _path(came, state, then)
            rest = relaxed(world, then)
            if rest is not None:
                heappush(queue, (rest, len(seen), then))
    return None


def _path(came: Came, first: int, last: int) -> list[tuple[int, Move]]:
    path: list[tuple[int, Move]] = []
    while last != first:
        last, move = came[last]
        path.append((last, move))
    return path[::-1]


def relaxed(world: World, state: int) -> int | None:
    """Moves of a plan where nothing is deleted or forbidden; None where even that does not reach the goal."""
    by: dict[int, Move] = {}
    reached, waiting = state, list(world.moves)
    while reached & world.goal != world.goal:
        possible = [move for move in waiting if reached & move.needs == move.needs]
        waiting = [move for move in waiting if reached & move.needs != move.needs]
        before = reached
        for move in possible:
            for bit in bits(move.adds & ~reached):
                by[bit] = move
            reached |= move.adds
        if reached == before:
            return None
    return len(_used(by, world.goal & ~state))


def _used(by: dict[int, Move], wanted: int) -> set[Move]:
    used, waiting = set[Move](), list(bits(wanted))
    while waiting:
        move = by.get(waiting.pop())
        if move is not None and move not in used:
            used.add(move)
            waiting += bits(move.needs)
    return used
