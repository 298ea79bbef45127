"""Fusion: several opinions on what to do next, each a distribution over kinds of action, as one.

The fused weight of a kind is the weighted sum of its probabilities (WKM, section 3.4: gamma for the agent, 1 - gamma
for what is remembered). An opinion of nothing, as where no case was found, has no weight. So with all weight on one
opinion the winner is that opinion's own, and equal opinions are returned as they are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from math import exp

from worldlore.experience import Neighbour, verb

Opinion = Mapping[str, float]
"""Kind of action -> probability; empty where there is no opinion."""
ENOUGH = 4
"""Different actions of a kind whose shared words are its grammar and not by chance the same things."""


def shares(totals: Sequence[float]) -> list[float]:
    """Log-probabilities of alternatives as probabilities that add up to 1."""
    top = max(totals, default=0.0)
    weights = [exp(total - top) for total in totals] if top > float("-inf") else [1.0] * len(totals)
    return [weight / sum(weights) for weight in weights]


def kinds(actions: Sequence[str], probabilities: Sequence[float]) -> dict[str, float]:
    """The opinion that a distribution over whole actions is."""
    found: dict[str, float] = {}
    for action, probability in zip(actions, probabilities, strict=True):
        found[verb(action)] = found.get(verb(action), 0.0) + probability
    return found


def openings(actions: Iterable[str]) -> tuple[str, ...]:
    """How actions of each kind begin: with the words that all of them share, where enough differ to tell.

    A model may write those words as one token ("go to"), which the first of them alone would not be part of.

    >>> openings(["look", *(f"go to shelf {n}" for n in range(4)), "go to bed 1"])
    ('go to', 'look')
    """
    found: dict[str, set[str]] = {}
    for action in actions:
        found.setdefault(verb(action), set()).add(action)
    return tuple(sorted(_opening(kind, alike) for kind, alike in found.items()))


def _opening(kind: str, actions: Collection[str]) -> str:
    if len(actions) < ENOUGH:
        return kind
    shared = takewhile(lambda words: len(set(words)) == 1, zip(*(action.split() for action in actions), strict=False))
    return " ".join(words[0] for words in shared) or kind


def votes(neighbours: Iterable[Neighbour], possible: Iterable[str]) -> dict[str, float]:
    """The opinion of cases: each votes for the kind of action that followed, of those that are possible now."""
    allowed = set(possible)
    counts = Counter(kind for n in neighbours if (kind := verb(n.case.action)) in allowed)
    return {kind: count / counts.total() for kind, count in counts.items()}


def fuse(opinions: Mapping[str, Opinion], weights: Mapping[str, float]) -> dict[str, float]:
    """Kind -> probability, by the weight of each opinion's name; opinions of nothing left out."""
    heard = {name: weights.get(name, 0.0) for name, opinion in opinions.items() if opinion}
    whole = sum(heard.values())
    if not whole:  # only voices without weight: better those than none
        heard, whole = dict.fromkeys(heard, 1.0), float(len(heard))
    found: dict[str, float] = {}
    for name, weight in heard.items():
        for kind, probability in opinions[name].items():
            found[kind] = found.get(kind, 0.0) + weight * probability / whole
    return found


def winner(fused: Opinion, preferred: Opinion) -> str:
    """The likeliest kind; among equals the one the preferred opinion likes best, then the first by name."""
    return min(fused, key=lambda kind: (-fused[kind], -preferred.get(kind, 0.0), kind))


@dataclass(frozen=True, slots=True)
class Verbs:
    """Kinds of action scored as the beginnings of replies."""

    names: tuple[str, ...]
    """"go", "take", …; a name may be the beginning of another."""

    def shares(self, totals: Sequence[float]) -> dict[str, float]:
        """The opinion that log-probabilities of these beginnings are.

        What begins with "wait1" begins with "wait" too; so the probability of the longer one is taken off the shorter.
        """
        begun = dict(zip(self.names, shares(totals), strict=True))
        own = {name: max(0.0, share - self._longer(name, begun)) for name, share in begun.items()}
        whole = sum(own.values())
        return {name: share / whole for name, share in own.items()} if whole else begun

    def _longer(self, name: str, begun: Mapping[str, float]) -> float:
        """Probability of the names that go on from this one, each counted once."""
        longer = [other for other in self.names if other != name and other.startswith(name)]
        nearest = [n for n in longer if not any(n != m and n.startswith(m) for m in longer)]
        return sum(begun[other] for other in nearest)
