"""A problem made ready to be played: a state is one number, an action a few masks.

Every atom that can ever hold has a bit. A step is then two operations on numbers, and a snapshot is the number itself.
Which actions are possible is asked a byte of the state at a time: for each byte and each value it can have, the
actions it rules out are one number too, worked out when that value is first met.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from worldlore.environments.robotics.ground import ground
from worldlore.environments.robotics.strips import Atom, Problem


@dataclass(frozen=True, slots=True)
class Move:
    """An action of a world."""

    name: str
    """Name of its operator."""
    arguments: tuple[str, ...]
    """Its objects."""
    needs: int
    """What must hold."""
    forbids: int
    """What must not hold."""
    adds: int
    """What holds afterwards."""
    keeps: int
    """What is not deleted."""

    def possible(self, state: int) -> bool:
        """Whether the state allows it."""
        return state & self.needs == self.needs and not state & self.forbids

    def after(self, state: int) -> int:
        """The state it leads to."""
        return state & self.keeps | self.adds


class World:
    """A problem, its bits and its moves."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        actions, met = ground(problem)
        self.atoms: tuple[Atom, ...] = tuple(sorted(met | {*problem.goal}))
        """Bit -> the atom it stands for."""
        self.out_of_reach = tuple(atom for atom in problem.goal if atom not in met)
        """Atoms of the goal that can never hold."""
        self.bit = {atom: 1 << i for i, atom in enumerate(self.atoms)}
        """Atom -> its bit."""
        self.start = self.mask(problem.start)
        self.goal = self.mask(problem.goal)
        self.avoid = self.mask(problem.avoid)
        self.wishes = tuple(self.bit[atom] for atom in dict.fromkeys(problem.goal))
        """A bit for each atom that is to hold at the end."""
        self.fears = tuple(self.bit[atom] for atom in dict.fromkeys(problem.avoid) if atom in self.bit)
        """A bit for each atom that is not to hold at the end and can."""
        self._harmless = len(set(problem.avoid)) - len(self.fears)
        every = (1 << len(self.atoms)) - 1
        self.moves: tuple[Move, ...] = tuple(
            Move(
                action.operator.name,
                action.arguments,
                self.mask(action.needs),
                self.mask(action.forbids),
                self.mask(action.adds),
                every & ~self.mask(action.deletes),
            )
            for action in actions
        )
        self.named = {(move.name, move.arguments): move for move in self.moves}
        """Operator and objects -> the move."""
        self._bytes = (len(self.atoms) + 7) // 8
        self._ruled_out: list[list[int | None]] = [[None] * 256 for _ in range(self._bytes)]

    def mask(self, atoms: Iterable[Atom]) -> int:
        """Bits of atoms; those that can never hold have none."""
        mask = 0
        for atom in atoms:
            mask |= self.bit.get(atom, 0)
        return mask

    def atoms_in(self, state: int) -> Iterator[Atom]:
        """What holds in a state."""
        return (atom for atom, bit in self.bit.items() if state & bit)

    def holds(self, state: int, *atom: str) -> bool:
        """Whether an atom holds."""
        return bool(state & self.bit.get(atom, 0))

    def possible(self, state: int) -> list[Move]:
        """The moves a state allows that also change it, in order."""
        allowed = self._all & ~self._blocked(state)
        found = []
        while allowed:
            low = allowed & -allowed
            move = self.moves[low.bit_length() - 1]
            if move.after(state) != state:
                found.append(move)
            allowed ^= low
        return found

    def won(self, state: int) -> bool:
        """Whether the goal is reached."""
        return state & self.goal == self.goal and not state & self.avoid

    def progress(self, state: int) -> float:
        """Share of the goal's literals that hold."""
        done = sum(bool(state & bit) for bit in self.wishes) + sum(not state & bit for bit in self.fears)
        return (done + self._harmless) / (len(self.wishes) + len(self.fears) + self._harmless)

    @cached_property
    def static(self) -> int:
        """What no operator changes."""
        return self.mask(atom for atom in self.atoms if atom[0] in self.problem.domain.static)

    @cached_property
    def _all(self) -> int:
        return (1 << len(self.moves)) - 1

    @cached_property
    def _wanting(self) -> Sequence[tuple[int, int]]:
        """Bit -> the moves that need it, the moves that forbid it."""
        wanting = [[0, 0] for _ in self.atoms]
        for i, move in enumerate(self.moves):
            for side, mask in enumerate((move.needs, move.forbids)):
                for bit in bits(mask):
                    wanting[bit][side] |= 1 << i
        return [(need, forbid) for need, forbid in wanting]

    def _blocked(self, state: int) -> int:
        blocked = 0
        for place, value in enumerate(state.to_bytes(self._bytes, "little")):
            ruled_out = self._ruled_out[place][value]
            blocked |= self._rule_out(place, value) if ruled_out is None else ruled_out
        return blocked

    def _rule_out(self, place: int, value: int) -> int:
        """The moves that a value of a byte of the state makes impossible."""
        ruled_out = 0
        for i, (need, forbid) in enumerate(self._wanting[place * 8 : place * 8 + 8]):
            ruled_out |= forbid if value >> i & 1 else need
        self._ruled_out[place][value] = ruled_out
        return ruled_out


def bits(mask: int) -> Iterator[int]:
    """Numbers of the bits that are set, from the lowest."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
