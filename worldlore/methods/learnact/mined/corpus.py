"""What is mined: successful trajectories as sequences of primitive calls, with what was seen around each call.

Only calls that had an effect are kept. `seen[k]` is the text before call k, so there is one text more than calls. A
word is known before a call if the task or anything seen until then mentions it: an action whose arguments nobody
could have known is no action, however often it would have shortened the trajectories.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from worldlore.environments.base import Primitive
from worldlore.experience import Step, Trajectory

Value = str | tuple[str, ...]
"""An argument: a word, or a list of words."""
Slot = tuple[str, int]
"""A parameter of a primitive: its name, and which one."""


@dataclass(frozen=True, slots=True)
class Call:
    """A function and its arguments."""

    name: str
    """Of a primitive, or of a mined action."""
    arguments: tuple[Value, ...]
    """In order."""

    def __str__(self) -> str:
        """As Python: `carry(["ball1", "ball2"], "rooma", "roomb")`."""
        given = (json.dumps(a if isinstance(a, str) else list(a), ensure_ascii=False) for a in self.arguments)
        return f"{self.name}({', '.join(given)})"


@dataclass(frozen=True)
class Example:
    """One trajectory."""

    calls: tuple[Call, ...]
    """Primitive calls, each with words for arguments."""
    seen: tuple[str, ...]
    """The text before each call, and the last one."""

    def known(self, argument: Value, at: int) -> bool:
        """Whether every word of an argument was mentioned before call `at`."""
        words = (argument,) if isinstance(argument, str) else argument
        return all(self._since(word) <= at for word in words)

    def _since(self, word: str) -> int:
        if word not in self._mentions:
            pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)", re.IGNORECASE)
            found = (k for k, text in enumerate(self.seen) if pattern.search(text))
            self._mentions[word] = next(found, len(self.seen))
        return self._mentions[word]

    @cached_property
    def _mentions(self) -> dict[str, int]:
        return {}


@dataclass(frozen=True)
class Corpus:
    """The examples of one world."""

    examples: tuple[Example, ...]
    """Each a success."""
    primitives: tuple[Primitive, ...]
    """What their calls are made of."""

    @cached_property
    def named(self) -> dict[str, Primitive]:
        """Name -> primitive."""
        return {primitive.name: primitive for primitive in self.primitives}

    def bits(self, slot: Slot) -> float:
        """What it costs to name a word in this place: the choice among all that stood there."""
        return math.log2(max(2, len(self._words.get(slot, ()))))

    @cached_property
    def _words(self) -> dict[Slot, set[Value]]:
        found: dict[Slot, set[Value]] = {}
        for call in (call for example in self.examples for call in example.calls):
            for place, word in enumerate(call.arguments):
                found.setdefault((call.name, place), set()).add(word)
        return found


def corpus_of(trajectories: Iterable[Trajectory], primitives: Sequence[Primitive]) -> Corpus:
    """The successes among some trajectories, each course of events once."""
    examples = (example_of(t, primitives) for t in trajectories if t.success)
    different = {(e.seen[0], e.calls): e for e in examples if e.calls}
    return Corpus(tuple(different.values()), tuple(primitives))


def example_of(trajectory: Trajectory, primitives: Sequence[Primitive]) -> Example:
    """The primitive calls of a trajectory, those inside programs included."""
    assert trajectory.final is not None
    after = [*(step.observation.text for step in trajectory.steps[1:]), trajectory.final.text]
    calls: list[Call] = []
    seen = [trajectory.steps[0].observation.text if trajectory.steps else trajectory.final.text]
    for step, text in zip(trajectory.steps, after, strict=True):
        for command, told in _done(step, text):
            call = parsed(command, primitives)
            if call is not None:
                calls.append(call)
                seen.append(told)
    return Example(tuple(calls), tuple(seen))


def parsed(command: str, primitives: Iterable[Primitive]) -> Call | None:
    """The call that a command stands for."""
    found = ((p.name, p.parse(command)) for p in primitives)
    return next((Call(name, arguments) for name, arguments in found if arguments is not None), None)


def _done(step: Step, after: str) -> list[tuple[str, str]]:
    """The commands of a step that had an effect, and what was seen then."""
    if "inner" in step.info:
        return [(command, text) for command, text, valid, *_ in step.info["inner"] if valid]
    return [(step.decision.action, after)] if step.info.get("valid", True) else []
