"""What an agent sees of a grid, in words, and what it may do about it.

Places are told from where the agent stands and looks: so many steps ahead, so many to the right (negative: left). A
walk leads over cells in sight only, so nothing is revealed by what is possible. Of several things with one description
the nearer has the lower number; numbers are those of the moment.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

LEFT, RIGHT, FORWARD, PICKUP, DROP, TOGGLE = range(6)
"""Moves, numbered as minigrid numbers them."""
CHECK = "check available actions"
"""Asks what can be done."""
HEADINGS = ((0, 1), (1, 0), (0, -1), (-1, 0))
"""One step (to the right, ahead) for each heading: ahead, right, back, left."""
MOVABLE = frozenset({"key", "ball", "box"})
_ASKED = re.compile(r"(go to|pick ?up|go through|toggle and go through) (.+)")

Cell = tuple[int, int]
"""(steps to the right, steps ahead)."""
Pose = tuple[int, int, int]
"""A cell, and a heading."""


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing in sight."""

    name: str
    """As it is spoken of: "red ball 1", "blue closed door 2"."""
    kind: str
    """"ball", "key", "box" or "door"."""
    colour: str
    """"red", ..."""
    state: str
    """Of a door: "open", "closed" or "locked"; else ""."""
    cell: Cell
    """Where it is."""


@dataclass(frozen=True)
class View:
    """Everything in sight at a moment."""

    things: tuple[Thing, ...]
    """Nearest first."""
    free: frozenset[Cell]
    """Cells one can stand on, one's own left out."""
    walls: frozenset[Cell]
    """Cells that are wall."""
    carried: str
    """What is carried: "red ball"; "" for nothing."""

    @cached_property
    def text(self) -> str:
        """What is seen, in words."""
        seen = [f"There is a {thing.name}, {_where(thing.cell)}." for thing in self.things]
        walls = [_where(cell) for cell in map(self._wall, ((0, 1), (1, 0), (-1, 0))) if cell]
        told = f"Walls: {', '.join(walls)}." if walls else ""
        carried = f"You are carrying a {self.carried}." if self.carried else "You are not carrying anything."
        return " ".join(filter(None, (*(seen or ["You see no objects."]), told, carried)))

    @cached_property
    def courses(self) -> Mapping[str, tuple[int, ...]]:
        """Each possible action with the moves it stands for."""
        return dict(self._courses())

    def find(self, name: str) -> Thing | None:
        """The thing a name means; the number may be missing, and the state of a door."""
        numbered = name if re.search(r"\d$", name) else f"{name} 1"
        exact = (thing for thing in self.things if thing.name == numbered)
        return next(exact, None) or self._door(numbered)

    def meant(self, action: str) -> str:
        """An action in the words in which it is listed."""
        said = " ".join(action.lower().split())
        asked = _ASKED.fullmatch(said)
        thing = self.find(asked[2]) if asked else None
        return f"{asked[1].replace('pickup', 'pick up')} {thing.name}" if asked and thing else said

    def refusal(self, action: str) -> str:
        """Why an action that is not listed cannot be done."""
        asked = _ASKED.fullmatch(action)
        if asked is None:
            return _REFUSED.get(action, f"There is no such action. {_TOLD}")
        thing = self.find(asked[2])
        if thing is None:
            return f"You see no {asked[2]}."
        return _fault(asked[1], thing, self.carried) or (
            f"You stand in front of the {thing.name} already."
            if self._way(thing.cell) == ()
            else f"You see no free way to the {thing.name}."
        )

    def _courses(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        for thing in self.things:
            way = self._way(thing.cell)
            if way is None:
                continue
            if way:
                yield f"go to {thing.name}", way
            for verb, moves in _ENDS.items():
                if not _fault(verb, thing, self.carried):
                    yield f"{verb} {thing.name}", (*way, *moves)
        if (0, 1) in self.free:
            yield "move forward", (FORWARD,)
        yield "turn left", (LEFT,)
        yield "turn right", (RIGHT,)
        facing = next((thing for thing in self.things if thing.cell == (0, 1)), None)
        if self.carried and facing is None and (0, 1) in self.free:
            yield "drop", (DROP,)
        if facing is not None and facing.kind in ("door", "box") and not _locked(facing, self.carried):
            yield "toggle", (TOGGLE,)

    def _way(self, cell: Cell) -> tuple[int, ...] | None:
        """The moves to where one faces a cell; None where it cannot be reached."""
        pose = self._facing.get(cell)
        moves = list[int]()
        while pose is not None and pose != (0, 0, 0):
            pose, move = self._reached[pose]
            moves.append(move)
        return None if pose is None else tuple(reversed(moves))

    @cached_property
    def _reached(self) -> dict[Pose, tuple[Pose, int]]:
        """Each pose that can be reached, nearest first: the one before it, and the move between."""
        start: Pose = (0, 0, 0)
        found: dict[Pose, tuple[Pose, int]] = {start: (start, FORWARD)}
        queue = deque[Pose]([start])
        while queue:
            pose = queue.popleft()
            x, y, heading = pose
            ahead = _front(pose)
            nexts = [(FORWARD, (*ahead, heading))] if ahead in self.free or ahead == (0, 0) else []
            nexts += [(LEFT, (x, y, (heading - 1) % 4)), (RIGHT, (x, y, (heading + 1) % 4))]
            for move, then in nexts:
                if then not in found:
                    found[then] = (pose, move)
                    queue.append(then)
        return found

    @cached_property
    def _facing(self) -> dict[Cell, Pose]:
        """For each cell the nearest pose from which one faces it."""
        found: dict[Cell, Pose] = {}
        for pose in self._reached:
            found.setdefault(_front(pose), pose)
        return found

    def _wall(self, step: Cell) -> Cell | None:
        """The first wall in a direction, where it is in sight."""
        cells = [(step[0] * n, step[1] * n) for n in range(1, 8)]
        return next((cell for cell in cells if cell in self.walls), None)

    def _door(self, numbered: str) -> Thing | None:
        words = numbered.split()
        if len(words) != 3 or words[1] != "door" or not words[2].isdecimal():
            return None
        doors = [thing for thing in self.things if (thing.colour, thing.kind) == (words[0], "door")]
        number = int(words[2])
        return doors[number - 1] if 1 <= number <= len(doors) else None


_ENDS: dict[str, tuple[int, ...]] = {
    "pick up": (PICKUP,),
    "go through": (FORWARD, FORWARD),
    "toggle and go through": (TOGGLE, FORWARD, FORWARD),
}
"""What is done at the end of the walk."""
_TOLD = f'Say "{CHECK}" to be told what you can do.'
_REFUSED = {
    "move forward": "Something is in the way.",
    "drop": "There is nothing to drop, or no room for it in front of you.",
    "toggle": "There is nothing in front of you that you could toggle.",
}


def _fault(verb: str, thing: Thing, carried: str) -> str:
    """Why this cannot be done with a thing, wherever it is; "" where it can."""
    if verb == "go to":
        return ""
    if verb == "pick up":
        if thing.kind not in MOVABLE:
            return f"The {thing.name} cannot be picked up."
        return f"You are carrying the {carried} already." if carried else ""
    return _door_fault(verb, thing, carried) if thing.kind == "door" else f"The {thing.name} is no door."


def _door_fault(verb: str, thing: Thing, carried: str) -> str:
    if verb == "go through":
        return "" if thing.state == "open" else f"The {thing.name} is {thing.state}."
    if thing.state == "open":
        return f"The {thing.name} is open already."
    return f"The {thing.name} takes a {thing.colour} key." if _locked(thing, carried) else ""


def _locked(thing: Thing, carried: str) -> bool:
    return thing.state == "locked" and carried != f"{thing.colour} key"


def look(grid: Any, mask: Any, carried: Any) -> View:
    """A view from minigrid's grid around the agent, which stands in the middle of its last row."""
    cells = {(i - grid.width // 2, grid.height - 1 - j): grid.get(i, j) for i, j in zip(*mask.nonzero(), strict=True)}
    cells.pop((0, 0), None)
    cells = {(int(x), int(y)): held for (x, y), held in cells.items()}
    return View(
        things=tuple(_named(sorted(cells.items(), key=_nearness))),
        free=frozenset(cell for cell, held in cells.items() if held is None or held.can_overlap()),
        walls=frozenset(cell for cell, held in cells.items() if held is not None and held.type == "wall"),
        carried=f"{carried.color} {carried.type}" if carried is not None else "",
    )


def seen(world: Any) -> View:
    """What is seen in a world of minigrid."""
    grid, mask = world.gen_obs_grid()
    return look(grid, mask, world.carrying)


def _nearness(item: tuple[Cell, Any]) -> tuple[int, int, int]:
    (right, ahead), _ = item
    return abs(right) + ahead, -ahead, right


def _named(items: Sequence[tuple[Cell, Any]]) -> Iterator[Thing]:
    counts = Counter[str]()
    for cell, held in items:
        if held is None or held.type not in (*MOVABLE, "door"):
            continue
        state = ("open" if held.is_open else "locked" if held.is_locked else "closed") if held.type == "door" else ""
        words = " ".join(filter(None, (held.color, state, held.type)))
        counts[words] += 1
        yield Thing(f"{words} {counts[words]}", held.type, held.color, state, cell)


def _front(pose: Pose) -> Cell:
    x, y, heading = pose
    dx, dy = HEADINGS[heading]
    return x + dx, y + dy


def _where(cell: Cell) -> str:
    right, ahead = cell
    parts = [f"{_steps(ahead)} in front of you"] if ahead else []
    parts += [f"{_steps(abs(right))} to your {'right' if right > 0 else 'left'}"] if right else []
    return " and ".join(parts)


def _steps(count: int) -> str:
    return f"{count} step{'s' * (count != 1)}"
