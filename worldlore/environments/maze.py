"""Maze: find the way to a goal whose place is told, where walls are felt only next to one.

Positions are row and column, counted from the upper left corner; up is a row less. Actions and texts have the published
form (LMRL-Gym, as AgentGym serves it). The split `published` is its double-T maze from each of its 25 other cells;
the other splits are mazes drawn here. The reward is 1 for reaching the goal, which ends the task.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from functools import cache
from random import Random

from pydantic import Field, field_validator

from worldlore.config import Config
from worldlore.environments.base import Momentary, Outcome, Primitive
from worldlore.errors import unknown
from worldlore.experience import Observation, Task

Cell = tuple[int, int]
"""Row and column."""
Rows = tuple[str, ...]
"""A maze: "#" is wall, "." is free."""
MOVES = {"move up": (-1, 0), "move down": (1, 0), "move left": (0, -1), "move right": (0, 1)}
SIDES = {"to your right": (0, 1), "to your left": (0, -1), "above you": (-1, 0), "below you": (1, 0)}
"""Where a wall can be felt, in the order in which walls are told."""
DOUBLE_T: Rows = (
    "#############",
    "#.....#.....#",
    "###.#####.###",
    "###.#####.###",
    "###.#####.###",
    "###.......###",
    "######.######",
    "######.######",
    "######.######",
    "#############",
)
"""The published maze."""
GOAL = (8, 6)
_FIRST = {"train": 0, "dev": 10**7, "test": 2 * 10**7}
SPLITS = (*_FIRST, "published")


class MazeConfig(Config):
    """Keys of environment "maze"."""

    height: int = Field(default=9, ge=7, le=99)
    """Rows of a drawn maze, its border included; odd."""
    width: int = Field(default=13, ge=7, le=99)
    """Columns of a drawn maze, its border included; odd."""
    loops: float = Field(default=0.1, ge=0, le=1)
    """The share of inner walls that are opened, so that several ways lead to the goal."""
    position: bool = True
    """Tell where the goal is and where one stands; without it walls alone are told."""
    actions: bool = True
    """Tell the possible moves with every observation."""
    train_tasks: int = Field(default=400, ge=1, le=10**6)
    """Tasks in the split `train`."""
    dev_tasks: int = Field(default=50, ge=1, le=10**6)
    """Tasks in the split `dev`."""
    test_tasks: int = Field(default=100, ge=1, le=10**6)
    """Tasks in the split `test`."""

    @field_validator("height", "width")
    @classmethod
    def _odd(cls, size: int) -> int:
        if size % 2 == 0:
            raise ValueError(f"a maze has an odd number of rows and columns, such as {size + 1}, got {size}")
        return size


class Maze(Momentary[Cell]):
    """A maze in words; a moment is where one stands. The expert knows the maze and takes a shortest way."""

    name = "maze"
    Config = MazeConfig
    _rows: Rows
    _goal: Cell

    def __init__(self, config: MazeConfig | None = None) -> None:
        self.config = config or MazeConfig()
        self._splits: dict[str, tuple[Task, ...]] = {}

    @property
    def primitives(self) -> Sequence[Primitive]:
        """What a program may call."""
        return tuple(Primitive(move.replace(" ", "_"), (), move, "one step, unless there is a wall") for move in MOVES)

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of "train", "dev", "test" or "published"; `data` hold the maze, start and goal."""
        if split not in SPLITS:
            raise unknown("split of maze", split, SPLITS)
        if split not in self._splits:
            self._splits[split] = tuple(self._published() if split == "published" else self._drawn(split))
        return self._splits[split]

    def reset(self, task: Task, seed: int) -> Observation:
        """The start; the maze is the task's own, and `seed` changes nothing."""
        self._begin(task)
        return self._told("")

    def step(self, action: str) -> Outcome:
        """One move; where there is a wall one stays."""
        self._unfinished()
        move = MOVES.get(" ".join(action.lower().split()))
        if move is None:
            return Outcome(self._told(f"There is no such move; the moves are {', '.join(MOVES)}. "), info=_info(False))
        there = _moved(self._moment, move)
        if not _free(self._rows, there):
            return Outcome(self._told("You cannot move there. "), info=_info(False))
        self._moment = there
        won = self._over
        return Outcome(self._told("You have reached the goal. " if won else ""), float(won), won, won, _info(True))

    def expert(self) -> str | None:
        """The first move of a shortest way."""
        self._playing()
        left = distances(self._rows, self._goal)
        nearer = (move for move, by in MOVES.items() if left.get(_moved(self._moment, by), 10**9) < left[self._moment])
        return next(nearer, None)

    def _published(self) -> Iterator[Task]:
        cells = [cell for cell in _cells(DOUBLE_T) if cell != GOAL]
        for start in cells:
            yield self._made("published", f"double-t-{start[0]}-{start[1]}", "double t", DOUBLE_T, (start, GOAL))

    def _drawn(self, split: str) -> Iterator[Task]:
        c = self.config
        for index in range(getattr(c, f"{split}_tasks")):
            rng = Random(f"{c.height} {c.width} {c.loops} {_FIRST[split] + index}")
            rows = drawn(c.height, c.width, c.loops, rng)
            yield self._made(split, f"{split}-{index}", f"{c.height} x {c.width}", rows, _ends(rows, rng))

    def _made(self, split: str, name: str, family: str, rows: Rows, ends: tuple[Cell, Cell]) -> Task:
        start, goal = ends
        data = {"family": family, "rows": list(rows), "start": list(start), "goal": list(goal)}
        return Task(name, self.name, split, "find the way to the goal", data)

    @property
    def _over(self) -> bool:
        return self._moment == self._goal

    def _opening(self, task: Task) -> Cell:
        self._rows, self._goal = tuple(task.data["rows"]), tuple(task.data["goal"])
        return tuple(task.data["start"])

    def _told(self, before: str) -> Observation:
        (row, column), (goal_row, goal_column) = self._moment, self._goal
        place = (
            f"The goal is at position {goal_row}, {goal_column}. Your current position is at position {row}, {column}. "
        )
        walls = [side for side, by in SIDES.items() if not _free(self._rows, _moved(self._moment, by))]
        text = f"{before}{place if self.config.position else ''}{_walls(walls)}"
        free = [move for move, by in MOVES.items() if _free(self._rows, _moved(self._moment, by))]
        possible = () if self._over else tuple(free)
        return Observation(text, possible if self.config.actions else None)


def drawn(height: int, width: int, loops: float, rng: Random) -> Rows:
    """A maze whose free cells are all connected: a tree of ways, and some walls opened."""
    free: set[Cell] = {(1, 1)}
    way: list[Cell] = [(1, 1)]
    while way:
        row, column = way[-1]
        nexts = [(row + 2 * dr, column + 2 * dc) for dr, dc in MOVES.values()]
        nexts = [(r, c) for r, c in nexts if 0 < r < height - 1 and 0 < c < width - 1 and (r, c) not in free]
        if not nexts:
            way.pop()
            continue
        there = nexts[int(rng.random() * len(nexts))]
        free |= {there, ((row + there[0]) // 2, (column + there[1]) // 2)}
        way.append(there)
    inner = ((r, c) for r in range(1, height - 1) for c in range(1, width - 1) if (r + c) % 2 and (r, c) not in free)
    free |= {cell for cell in inner if rng.random() < loops}
    return tuple("".join(".#"[(r, c) not in free] for c in range(width)) for r in range(height))


@cache
def distances(rows: Rows, goal: Cell) -> dict[Cell, int]:
    """Steps from each free cell to the goal."""
    found, queue = {goal: 0}, deque([goal])
    while queue:
        cell = queue.popleft()
        for by in MOVES.values():
            there = _moved(cell, by)
            if there not in found and _free(rows, there):
                found[there] = found[cell] + 1
                queue.append(there)
    return found


def _ends(rows: Rows, rng: Random) -> tuple[Cell, Cell]:
    """A goal, and a start at least half as far from it as any cell is."""
    cells = _cells(rows)
    goal = cells[int(rng.random() * len(cells))]
    left = distances(rows, goal)
    far = [cell for cell in cells if 2 * left[cell] >= max(left.values())]
    return far[int(rng.random() * len(far))], goal


def _cells(rows: Rows) -> list[Cell]:
    return [(r, c) for r, row in enumerate(rows) for c, sign in enumerate(row) if sign == "."]


def _moved(cell: Cell, by: Cell) -> Cell:
    return cell[0] + by[0], cell[1] + by[1]


def _free(rows: Rows, cell: Cell) -> bool:
    return rows[cell[0]][cell[1]] == "."


def _walls(sides: Sequence[str]) -> str:
    if not sides:
        return "There are no walls around you."
    return f"There {'is a wall' if len(sides) == 1 else 'are walls'} {', '.join(sides)}."


def _info(valid: bool) -> dict[str, bool]:
    return {"valid": valid}
