"""How a world is spoken of, and how commands are understood.

A state is told literal by literal: each is put into its predicate's sentence, and the sentences are sorted. A command
is read word by word: the first word that names an operator which is possible now says what to do, the objects that are
named, in the order of the text, say with what. Other words are ignored, so "pick up ball1 in rooma with left" is
understood, and so is `pick(ball1, rooma, left)`.

    domain      as its author wrote it; operators and predicates are named by it
    sentences   predicate -> sentence, with places {0}, {1}, …; a predicate without one is told as it is written
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from worldlore.environments.base import Primitive
from worldlore.environments.robotics.strips import ANYTHING, Atom, Domain

NOT_UNDERSTOOD = "This action is not valid and therefore takes no effect. Please check valid actions."
"""The answer to what names no action that could be done now."""
NO_CHANGE = (
    "This action is not valid and therefore takes no effect. Please remember to satisfy the restriction of actions. "
    "You can also check valid actions."
)
"""The answer to an action that its restrictions rule out."""
REACHED = " The goal is satisfied."
"""Said behind the state that satisfies the goal."""
CHECK = "check valid actions"
"""The command that asks what can be done."""
LOOK = "look around"
"""The command that asks what there is."""

_WORD = re.compile(r"[^\s(),;:!?\"'`]+")


@dataclass(frozen=True)
class Language:
    """The words of one domain."""

    domain: Domain
    """What they are about."""
    primitives: tuple[Primitive, ...]
    """The commands, one for each operator and in their order."""
    sentences: Mapping[str, str] = field(default_factory=dict[str, str])
    """Predicate -> its sentence."""
    kinds: frozenset[str] = frozenset()
    """Predicates that only tell what sort of thing an object is."""
    tells_types: bool = False
    """Whether the types of objects are told like such predicates."""

    def literal(self, atom: Atom) -> str:
        """The sentence of one atom, with its full stop and as it stands inside another."""
        sentence = self.sentences.get(atom[0])
        return sentence.format(*atom[1:]) if sentence else " ".join((atom[0].replace("-", " "), *atom[1:])) + "."

    def said_of(self, atom: Atom) -> tuple[str, tuple[str, ...]]:
        """What the sentence of an atom says of its first object, and that object; where it begins otherwise, all."""
        sentence = self.sentences.get(atom[0], "")
        if not sentence.startswith("{0} ") or not sentence.endswith("."):
            return self.literal(atom), ()
        return sentence[4:-1].format(*atom[1:]), (atom[1],)

    def types(self, objects: Mapping[str, str]) -> Iterator[str]:
        """The sentences that tell the types of objects."""
        for name, kind in objects.items() if self.tells_types else ():
            if kind != ANYTHING:
                yield f"{name} is {article(kind)} {kind}."

    def goal(self, wanted: Sequence[Atom], avoided: Sequence[Atom] = ()) -> str:
        """The task in one sentence."""
        literals = [self.literal(atom).rstrip(".") for atom in wanted]
        literals += [f"it is not so that {self.literal(atom).rstrip('.')}" for atom in avoided]
        return f"The goal is to make all of this true: {', '.join(sorted(literals))}."

    def command(self, name: str, arguments: Sequence[str]) -> str:
        """The command of an action."""
        return self._primitive[name].render(arguments)

    @property
    def _primitive(self) -> Mapping[str, Primitive]:
        return {
            operator.name: primitive for operator, primitive in zip(self.domain.operators, self.primitives, strict=True)
        }


def article(noun: str) -> str:
    """`an` before a vowel, else `a`."""
    return "an" if noun[0] in "aeiou" else "a"


def words(command: str) -> list[str]:
    """The words of a command, in lower case, without brackets and punctuation."""
    return [word for found in _WORD.findall(command.lower()) if (word := found.strip("."))]


def plain(name: str) -> str:
    """A name as it is compared: hyphens and underscores are one."""
    return name.lower().replace("_", "-")
