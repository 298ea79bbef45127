"""Sources: who is asked for an opinion on the same candidates, and what comes of all opinions.

policy       scores them in the conversation it acts in; it always does, for it chooses among those of the winning kind
cases        nobody is asked: the nearest cases vote
theories     the role "world", told what was learned of the world, as agent "weighing" asks
another      the model in the role of that name, in the policy's conversation

Source of the numbers: WKM, sections 3.4 and 4.1 and appendix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from worldlore.agents.act import ActConfig
from worldlore.agents.fusing import Opinion, Verbs, fuse, kinds, shares, winner
from worldlore.agents.recall import Memory
from worldlore.agents.weighing import Weighing, WeighingConfig
from worldlore.experience import Message, Neighbour, Score, Trajectory

POLICY, CASES, THEORIES = "policy", "cases", "theories"
GAMMA, GAMMAS = 0.4, {"webshop": 0.5, "scienceworld": 0.7}
"""The published weight of the policy: in ALFWorld and worlds without one of their own, and in the others."""
SHOWN = 3
"""Neighbours that are kept in the record, the nearest."""


class SourcesConfig(ActConfig):
    """Keys of an agent that fuses: what is scored, and who is heard how much."""

    gamma: float | None = Field(default=None, ge=0, le=1)
    """Weight of the policy in the fusion; 1 - gamma is that of the cases. Unset: as published for the world."""
    weights: dict[str, Annotated[float, Field(ge=0)]] = {}
    """Instead of gamma: "policy", "cases", "theories", or a further role whose model scores the same -> weight."""
    fitted: bool = False
    """Take the weights that the lesson found for these sources."""
    neighbours: int = Field(default=3000, ge=1)
    """Cases that vote, at most."""
    candidates: Literal["actions", "verbs"] = "actions"
    """What is scored: whole actions where they are listed, or kinds of action as beginnings."""
    verbs: tuple[str, ...] = ()
    """How actions of each kind begin ("go to"), where actions are not listed; unset: as those in the case base do."""

    def given(self, environment: str) -> Mapping[str, float]:
        """Source -> weight in a world."""
        gamma = GAMMAS.get(environment, GAMMA) if self.gamma is None else self.gamma
        return self.weights or {POLICY: gamma, CASES: 1 - gamma}

    @property
    def sources(self) -> list[str]:
        """Who scores; the policy always does."""
        return [POLICY, *sorted(self.weights.keys() - {POLICY, CASES})]


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
