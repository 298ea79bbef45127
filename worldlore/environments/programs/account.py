"""What one action did: its moves in the world, how its program ended, and what the agent is told of it.

The agent is told, in this order and as far as there is something to tell: the first call that had no effect, with the
world's own words; why the program ended before its end, and how much it had done by then; what it printed; what the
world said last that was no refusal. What the program printed of the world's words is not said twice. One primitive
called by itself is answered in the world's own words, whatever these are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from worldlore.environments.base import Environment, Outcome
from worldlore.environments.programs.vocabulary import Vocabulary

Observe = Literal["last", "all", "state"]
"""How much of what the world said an agent sees."""

NOTHING_DONE = "No primitive was called, so nothing has changed in the world."
"""What is said of an action that brought about nothing and showed nothing."""


_CALL = 300


class Move(NamedTuple):
    """One command of the world, and what came of it."""

    command: str
    text: str
    valid: bool
    reward: float


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended."""

    ending: str = "calls"
    """The sandbox's word; "calls" where no interpreter was needed."""
    shown: str = ""
    """What it printed or came to."""
    fault: str = ""
    """Why it ended before its end, as a sentence; "" if it did not."""
    error: str | None = None
    """The same for the record: a traceback where Python raised."""
    lost: bool = False
    """Whether the variables kept so far are gone."""
    rung: str | None = None
    """How well it was locked in, in words; None where no interpreter was needed."""


class Moves:
    """An action's moves, made one by one until the action may make no more."""

    def __init__(self, world: Environment, most: int, go_on: bool) -> None:
        self.world, self.most, self.go_on = world, most, go_on
        self.made: list[Move] = []
        self.last: Outcome | None = None
        self.halted = ""
        """Why no more may be made, other than that the task is over."""

    def make(self, command: str) -> bool:
        """Do a command; whether another may follow."""
        if len(self.made) >= self.most:
            self.halted = f"The program was stopped after {self.most} calls."
            return False
        outcome = self.last = self.world.step(command)
        valid = bool(outcome.info.get("valid", True))
        self.made.append(Move(command, outcome.observation.text, valid, float(outcome.reward)))
        if not valid and not self.go_on and not outcome.done:
            self.halted = "The program was stopped there."
        return not (outcome.done or self.halted)

    @property
    def reward(self) -> float:
        """What they earned together."""
        return sum((move.reward for move in self.made), 0.0)

    @property
    def end(self) -> tuple[bool, bool]:
        """Whether the task is over, and whether it is done as asked."""
        return (self.last.done, self.last.success) if self.last is not None else (False, False)

    @property
    def effects(self) -> int:
        """How many took effect."""
        return sum(move.valid for move in self.made)

    @property
    def failure(self) -> int | None:
        """Which was the first without effect."""
        return next((at for at, move in enumerate(self.made) if not move.valid), None)


@dataclass(frozen=True, slots=True)
class Account:
    """One action, told."""

    moves: Moves
    ended: Ended
    called: tuple[str, ...] = ()
    """Learned actions it calls itself."""
    lone: bool = False
    """Whether it is one command or one call of a primitive and nothing else."""

    def record(self) -> dict[str, object]:
        """For `Outcome.info`."""
        made, failure = self.moves.made, self.moves.failure
        return {
            "valid": bool(made) and failure is None and self.ended.error is None,
            "inner": [list(move) for move in made],
            "called": list(self.called),
            "failure": failure,
            "error": self.ended.error,
            "ending": self.ended.ending,
            "rung": self.ended.rung,
        }

    def told(self, observe: Observe, vocabulary: Vocabulary) -> str:
        """What the agent sees."""
        if self.lone and len(self.moves.made) == 1 and not (self.ended.error or self.ended.shown):
            return self.moves.made[0].text
        return "\n".join(part for part in self._parts(observe, vocabulary) if part) or NOTHING_DONE

    def _parts(self, observe: Observe, vocabulary: Vocabulary) -> Iterator[str]:
        moves, ended = self.moves, self.ended
        if moves.failure is not None:
            failed = moves.made[moves.failure]
            yield f"{cut(vocabulary.call(failed.command), _CALL)} had no effect: {failed.text}"
        yield moves.halted
        if ended.fault:
            yield f"{ended.fault} {_effects(moves.effects)}"
        if ended.lost and not moves.end[0]:
            yield "All variables and functions of earlier actions are gone; the next program begins without them."
        yield ended.shown
        seen = [move.text for move in moves.made if move.valid]
        for text in seen if observe == "all" else seen[-1:]:
            if text not in ended.shown:
                yield text


def cut(text: str, most: int) -> str:
    """At most so many characters, with a note where some are left out."""
    return text if len(text) <= most else f"{text[:most]}… (cut at {most} characters)"


def _effects(count: int) -> str:
    if not count:
        return "None of its calls took effect before that."
    return f"{count} of its calls took effect before that."
