"""One episode: a state, the best share of the goal reached so far, and what commands do to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from worldlore.environments.robotics.language import (
    CHECK,
    LOOK,
    NO_CHANGE,
    NOT_UNDERSTOOD,
    REACHED,
    Language,
    plain,
    words,
)
from worldlore.environments.robotics.strips import Operator
from worldlore.environments.robotics.world import Move, World

Telling = Literal["full", "brief", "grouped", "whole"]
"""How a state is told."""


class Moment(NamedTuple):
    """Everything that can change, as a value."""

    state: int
    """What holds."""
    best: float
    """The best share of the goal that held so far."""


class Reply(NamedTuple):
    """What a command brought about."""

    text: str
    """What is seen."""
    reward: float
    """How much more of the goal held than ever before."""
    valid: bool
    """Whether it did anything; asking is something."""


class Scene:
    """A world and its words; nothing in it changes in the course of an episode."""

    _REMEMBERED = 20_000

    def __init__(self, world: World, language: Language) -> None:
        self.world, self.language = world, language
        typed = 1 << len(world.atoms)
        told = [(language.literal(atom), bit) for atom, bit in world.bit.items()]
        told += [(sentence, typed) for sentence in language.types(world.problem.objects)]
        self._sentences = sorted((sentence.capitalize(), bit) for sentence, bit in told)
        self._always = typed
        self._kinds = world.mask(atom for atom in world.atoms if atom[0] in language.kinds) | typed
        self._operators = {plain(operator.name): operator for operator in world.problem.domain.operators}
        self._objects = {plain(name): name for name in world.problem.objects}
        self._objects |= {name.lower(): name for name in world.problem.objects}
        self._commands = {move: language.command(move.name, move.arguments) for move in world.moves}
        self._known: dict[int, tuple[list[Move], tuple[str, ...]]] = {}

    def tell(self, state: int, telling: Telling = "full", first: bool = False) -> str:
        """Every literal that holds, as sentences, sorted; what never changes is told briefly the first time only."""
        if telling == "full":
            return self._told(state | self._always)
        shown = state & ~(self._kinds if first or telling == "whole" else self._kinds | self.world.static)
        return self._told(shown) if telling == "brief" else self._grouped(shown)

    def _told(self, shown: int) -> str:
        return " ".join(sentence for sentence, bit in self._sentences if shown & bit)

    def _grouped(self, shown: int) -> str:
        groups: dict[str, list[str]] = {}
        for atom, bit in self.world.bit.items():
            if shown & bit:
                said, of = self.language.said_of(atom)
                groups.setdefault(said, []).extend(of)
        told = (f"{said}: {', '.join(of)}." if of else said for said, of in groups.items())
        return " ".join(sorted(sentence.capitalize() for sentence in told))

    def command(self, move: Move) -> str:
        """The command of a move."""
        return self._commands[move]

    def possible(self, state: int) -> tuple[list[Move], tuple[str, ...]]:
        """The moves a state allows, and their commands in alphabetical order."""
        known = self._known.get(state)
        if known is None:
            if len(self._known) >= self._REMEMBERED:
                self._known.clear()
            moves = self.world.possible(state)
            known = self._known[state] = moves, tuple(sorted(self._commands[move] for move in moves))
        return known

    def understand(self, command: str, state: int) -> Move | str:
        """The move that is meant, or the answer to a command that means none that can be made."""
        said = words(command)
        for at, word in enumerate(said):
            operator = self._operators.get(plain(word))
            if operator is not None and self._thinkable(operator.name, state):
                return self._move(operator, [*said[:at], *said[at + 1 :]], state)
        return NOT_UNDERSTOOD

    def asks(self, command: str) -> bool:
        """Whether a command asks what can be done; the name of an operator or an object asks nothing."""
        asking = [word for word in words(command) if "check" in word]
        return any(plain(word) not in self._operators and self._object(word) is None for word in asking)

    def _move(self, operator: Operator, others: Sequence[str], state: int) -> Move | str:
        arity = len(operator.parameters)
        named = [name for word in others if (name := self._object(word)) is not None][:arity]
        if len(named) < arity:
            return NOT_UNDERSTOOD
        move = self.world.named.get((operator.name, tuple(named)))
        return move if move and move.possible(state) and move.after(state) != state else NO_CHANGE

    def _object(self, word: str) -> str | None:
        return self._objects.get(word) or self._objects.get(plain(word))

    def _thinkable(self, operator: str, state: int) -> bool:
        """Whether an operator can be carried out now with some objects."""
        return any(move.name == operator for move in self.possible(state)[0])


class Play:
    """One episode in a scene."""

    def __init__(self, scene: Scene, telling: Telling) -> None:
        self.scene = scene
        self.telling: Telling = telling
        self.state = scene.world.start
        """What holds."""
        self.best = 0.0
        """The best share of the goal that held so far."""

    @property
    def won(self) -> bool:
        """Whether the goal holds."""
        return self.scene.world.won(self.state)

    @property
    def progress(self) -> float:
        """Share of the goal that holds."""
        return self.scene.world.progress(self.state)

    @property
    def admissible(self) -> tuple[str, ...]:
        """Commands that change something."""
        return self.scene.possible(self.state)[1]

    def opening(self, goal: str) -> str:
        """What is seen first, and the task."""
        return f"{self._told(first=True)}\n{goal}"

    def do(self, command: str) -> Reply:
        """Carry out a command."""
        text, valid = self._answer(command)
        share = self.progress
        reward, self.best = max(0.0, share - self.best), max(self.best, share)
        return Reply(text + REACHED if self.won else text, reward, valid)

    def snapshot(self) -> Moment:
        """The moment."""
        return Moment(self.state, self.best)

    def restore(self, moment: Moment) -> None:
        """Put the moment back."""
        self.state, self.best = moment

    def _answer(self, command: str) -> tuple[str, bool]:
        """What a command does, said in words; whether it was a valid one."""
        if self.scene.asks(command):
            return f"Valid actions are: {', '.join((*self.admissible, CHECK, LOOK))}.", True
        if " ".join(words(command)) == LOOK:
            return self._told(first=True), True
        meant = self.scene.understand(command, self.state)
        if isinstance(meant, str):
            return meant, False
        self.state = meant.after(self.state)
        return self._told(), True

    def _told(self, first: bool = False) -> str:
        return self.scene.tell(self.state, self.telling, first)
