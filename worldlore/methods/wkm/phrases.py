"""Actions as phrases: without numbers, with what the goal names told apart from what it does not.

take mug 1 from desk 2    of "put a clean mug in shelf"   ->   take mug from desk; wanted: mug; other: desk
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worldlore.experience import Step, verb

_THING = re.compile(r"\b([a-z][\w-]*) \d+\b")
_NUMBER = re.compile(r" \d+\b")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One action, in words."""

    verb: str
    """What is done."""
    words: str
    """The whole of it, without numbers."""
    wanted: tuple[str, ...]
    """Things in it that the goal names."""
    others: tuple[str, ...]
    """Things in it that the goal does not name."""

    def told(self, with_others: bool) -> str:
        """In words; without the other things, and what joins them, if they are not to be told."""
        if with_others or not self.others:
            return self.words
        return " ".join([self.verb, *self.wanted])


def phrase(action: str, goal: str) -> Phrase:
    """An action as a phrase."""
    things = _THING.findall(action.lower())
    named = set(re.findall(r"[\w-]+", goal.lower()))
    wanted = tuple(dict.fromkeys(thing for thing in things if thing in named))
    others = tuple(dict.fromkeys(thing for thing in things if thing not in named))
    return Phrase(verb(action), _NUMBER.sub("", action.strip()), wanted, others)


def in_sight(text: str, goal: str) -> list[str]:
    """What the goal names and an observation shows, with its number."""
    named = set(re.findall(r"[\w-]+", goal.lower()))
    shown = re.findall(r"\b([a-z][\w-]*) (\d+)\b", text.lower())
    return list(dict.fromkeys(f"{thing} {number}" for thing, number in shown if thing in named))


def valid(step: Step) -> bool:
    """Whether an action did anything, as far as the environment tells."""
    return step.info.get("valid") is not False


def listing(words: Sequence[str], joint: str = "and") -> str:
    """Words in a row: `a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {joint} {words[-1]}" if words else ""
