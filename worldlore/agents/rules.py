"""Action knowledge: which kinds of action a world has, what each needs and does, and what it may follow.

    go (after anything): walk to a place
    move, put (after go, open): put down what you carry

One line a kind, or several kinds that differ in nothing but their name; "start" is the beginning of an episode. Other
lines are told and rule nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from worldlore.experience import verb

START, ANYTHING = "start", "anything"
_RULE = re.compile(r"^\W*(?P<kinds>[^\s,(:]+(?:, *[^\s,(:]+)*) \(after (?P<after>[^)]*)\)", re.M)


@dataclass(frozen=True)
class Rules:
    """What may follow what."""

    text: str
    """As an agent is told."""
    after: Mapping[str, frozenset[str]]
    """Kind of action -> kinds it may follow."""

    @staticmethod
    def read(text: str) -> Rules:
        """The rules in a text."""
        found: dict[str, frozenset[str]] = {}
        for rule in _RULE.finditer(text):
            after = frozenset(_names(rule["after"]))
            found |= dict.fromkeys(_names(rule["kinds"]), after)
        return Rules(text.strip(), found)

    def allow(self, before: str, kind: str) -> bool:
        """Whether a kind may follow another one; where there are no rules everything may."""
        after = self.after.get(kind, frozenset[str]())
        return not self.after or before in after or ANYTHING in after

    def kept(self, kinds: Sequence[str]) -> bool:
        """Whether a path, from its beginning, does nothing that may not follow."""
        return all(self.allow(before, kind) for before, kind in zip((START, *kinds), kinds, strict=False))


def path(actions: Iterable[str]) -> tuple[str, ...]:
    """Actions as kinds of action."""
    return tuple(verb(action) for action in actions)


def _names(text: str) -> list[str]:
    return [name.strip().lower() for name in text.split(",") if name.strip()]
