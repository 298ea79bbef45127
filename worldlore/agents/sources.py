"""Sources: who is asked for an opinion on the same candidates, and what comes of all opinions.

policy       scores them in the conversation it acts in; it always does, for it chooses among those of the winning kind
cases        nobody is asked: the nearest cases vote
theories     the role "world", told what was learned of the world, as agent "weighing" asks
another      the model in the role of that name, in the policy's conversation
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worldlore.agents.fusing import Opinion, Verbs, fuse, kinds, shares, winner
from worldlore.agents.recall import Memory
from worldlore.agents.weighing import Weighing, WeighingConfig
from worldlore.experience import Message, Neighbour, Score, Trajectory

POLICY, CASES, THEORIES = "policy", "cases", "theories"
SHOWN = 3
"""Neighbours that are kept in the record, the nearest."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """What is scored."""

    names: tuple[str, ...]
    """Whole actions, or how those of each kind begin: "look", "go to"."""
    whole: bool
    """Whole actions, end of turn and all; else beginnings of a reply."""
    said: tuple[str, ...] = ()
    """Each as a reply has it, behind the same thought; none: as they are."""

    def score(self, messages: tuple[Message, ...], role: str) -> Score:
        """The request for their log-probabilities."""
        return Score(messages, self.said or self.names, role, end_of_turn=self.whole)

    def opinion(self, totals: Sequence[float]) -> Opinion:
        """The distribution over kinds of action that log-probabilities are."""
        found = shares(totals) if self.whole else list(Verbs(self.names).shares(totals).values())
        return kinds(self.names, found)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A moment before its decision."""

    messages: tuple[Message, ...]
    """The policy's conversation."""
    candidates: Candidates
    """What may be done."""
    opinions: Mapping[str, Opinion]
    """Source -> what it thinks; the cases among them."""
    liked: Sequence[float]
    """The policy's log-probability of each candidate."""
    near: Sequence[Neighbour]
    """The cases that voted."""
    thought: str = ""
    """What the policy thought before."""

    def winner(self, weights: Mapping[str, float]) -> tuple[str, dict[str, Any]]:
        """The kind of action that wins, and how, for the record."""
        fused = fuse(self.opinions, weights)
        chosen = winner(fused, self.opinions[POLICY])
        nearest = [{"likeness": round(n.likeness, 4), **_told(n)} for n in self.near[:SHOWN]]
        told = {"fused": fused, "winner": chosen, "voted": len(self.near), "nearest": nearest}
        return chosen, {"opinions": dict(self.opinions), **told}


def role_of(source: str) -> str:
    """The role that is asked for a source's opinion."""
    return "world" if source == THEORIES else source


def theory_question(seen: Trajectory, names: Sequence[str], memory: Memory, manual: str) -> tuple[Message, ...]:
    """How the model of the world is asked about actions, told what was learned."""
    return Weighing(WeighingConfig(manual=manual), memory).question(seen, names)


def _told(neighbour: Neighbour) -> dict[str, str]:
    case = neighbour.case
    return {"before": case.before, "state": case.state, "action": case.action}
