"""What training learns from: turns to imitate, and contrasts between a better and a worse course of things.

A unit is written in words and becomes token lines by the page that sampling uses (`models/render.py`): a line is a
prompt and the reply to it, and only the reply's tokens, the end of its turn included, carry a loss. A step-level
preference is a contrast with one turn a side; of a whole trajectory it has many, whose log-probabilities add up.
Units of one tree are kept together, because they share most of their tokens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

from worldlore.experience import Message


@dataclass(frozen=True, slots=True)
class Turn:
    """A reply to imitate."""

    messages: tuple[Message, ...]
    """The conversation so far."""
    reply: str
    """What the assistant should say."""
    weight: float = 1.0
    """How much it counts in supervised training."""
    tree: str = ""
    """Turns of one tree are trained together; "" stands for the words before the assistant's first."""


@dataclass(frozen=True, slots=True)
class Contrast:
    """A better and a worse course, each of one turn or more."""

    chosen: tuple[Turn, ...]
    """What was better."""
    rejected: tuple[Turn, ...]
    """What was worse."""
    weight: float = 1.0
    """How much it counts."""
    tree: str = ""
    """Contrasts of one tree are trained together; "" stands for the words before the assistant's first."""

    @staticmethod
    def of(messages: tuple[Message, ...], chosen: str, rejected: str, weight: float = 1.0, tree: str = "") -> Contrast:
        """Two replies to one conversation."""
        return Contrast((Turn(messages, chosen),), (Turn(messages, rejected),), weight, tree)


@dataclass(frozen=True, slots=True)
class Line:
    """A turn in tokens."""

    tokens: tuple[int, ...]
    """Prompt and reply."""
    reply: int
    """Index of the reply's first token; from here on tokens carry the loss."""


@dataclass(frozen=True, slots=True)
class Example:
    """A unit in tokens."""

    chosen: tuple[Line, ...]
    """What is to become likelier."""
    rejected: tuple[Line, ...]
    """What is to become less likely; empty for a turn to imitate."""
    weight: float
    """How much it counts."""
    tree: str
    """Examples of one tree are trained together."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """Both sides."""
        return self.chosen + self.rejected

    @property
    def tokens(self) -> tuple[int, int]:
        """How many tokens of the chosen and of the rejected side carry a loss."""
        better, worse = (sum(len(line.tokens) - line.reply for line in side) for side in (self.chosen, self.rejected))
        return better, worse


class Renders(Protocol):
    """The part of a chat template that training needs."""

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """The conversation, open for the assistant's next words."""
        ...

    def reply(self, text: str) -> list[int]:
        """The assistant's words and the end of its turn."""
        ...


def examples(units: Sequence[Turn] | Sequence[Contrast], template: Renders, max_length: int) -> Iterator[Example]:
    """Units in tokens, in order; those with a line of more than `max_length` tokens, or no weight, are left out."""
    for unit in units:
        made = _example(unit, template)
        if made.weight > 0 and all(len(line.tokens) <= max_length for line in made.lines):
            yield made


def _example(unit: Turn | Contrast, template: Renders) -> Example:
    chosen, rejected = ((unit,), ()) if isinstance(unit, Turn) else (unit.chosen, unit.rejected)
    tree = unit.tree or _opening(chosen[0].messages)
    better, worse = (tuple(_line(turn, template) for turn in side) for side in (chosen, rejected))
    return Example(better, worse, unit.weight, tree)


def _opening(messages: Sequence[Message]) -> str:
    return "\n".join(m.content for m in takewhile(lambda m: m.role != "assistant", messages))


def _line(turn: Turn, template: Renders) -> Line:
    prompt = template.prompt(turn.messages)
    return Line((*prompt, *template.reply(turn.reply)), len(prompt))
