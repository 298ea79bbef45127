"""WKM: an agent that asks a world knowledge model before the task and at every step (arXiv 2405.14205).

    task knowledge    asked of the role "world" once, and told to the policy with the task
    state knowledge   asked of "world" at every step; the policy does not see it: it is a question to the case base
    the decision      the policy's probabilities over what may be done, mixed with what followed in the nearest cases

Fusion is over kinds of action ("go", "take"), the first step included. Where the environment lists what is possible,
whole actions are scored, end of turn and all, and the policy chooses among those of the winning kind; elsewhere kinds
are scored as beginnings of the reply, and the policy goes on from the winner. Everything said and both distributions
are in the record: `calls`, and `grounds` of the decision.

Source of the numbers: WKM, sections 3.4 and 4.1 and appendix (gamma 0.4 for ALFWorld, 0.5 for WebShop, 0.7 for
ScienceWorld; 3,000 neighbours; 512 and 128 tokens of knowledge).
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from pydantic import Field

from worldlore.agents.act import Act, ActConfig
from worldlore.agents.base import Agent
from worldlore.agents.fusing import Opinion, Verbs, fuse, kinds, shares, votes, winner
from worldlore.agents.witness import Witness
from worldlore.errors import ConfigError
from worldlore.experience import (
    CaseBase,
    Completion,
    Decision,
    Embed,
    Generate,
    Lesson,
    Message,
    Neighbour,
    Reply,
    Request,
    Sampling,
    Score,
    Scores,
    Trajectory,
    Vectors,
    verb,
)

Asking = Generator[Request, Reply, Any]
SHOWN = 3
"""Neighbours that are kept in the record, the nearest."""


class WkmConfig(ActConfig):
    """Keys of agent "wkm": those of "act", and what it makes of knowledge."""

    gamma: float = Field(default=0.4, ge=0, le=1)
    """Weight of the policy in the fusion; 1 - gamma is that of the cases."""
    weights: dict[str, Annotated[float, Field(ge=0)]] = {}
    """Instead of gamma: "policy", "cases", or any further role whose model scores the same candidates -> weight."""
    neighbours: int = Field(default=3000, ge=1)
    """Cases that vote, at most."""
    task_knowledge: bool = True
    """Ask for task knowledge, and tell it to the policy."""
    state: Literal["fusion", "explicit", "none"] = "fusion"
    """What becomes of state knowledge: a question to the case base, told to the policy, or never asked for."""
    candidates: Literal["actions", "verbs"] = "actions"
    """What is scored: whole actions where they are listed, or kinds of action as beginnings."""
    verbs: tuple[str, ...] = ()
    """Kinds of action there are, where actions are not listed; unset: those in the case base."""
    embedder: str = "world"
    """Role that turns state knowledge into a vector."""
    purpose: bool = True
    """Tell the world knowledge model what it is for; a small one that was trained for it needs no telling."""
    task_tokens: int = Field(default=512, ge=1)
    """Longest task knowledge."""
    state_tokens: int = Field(default=128, ge=1)
    """Longest state knowledge."""


@dataclass(frozen=True)
class Wkm(Act):
    """Asks what is known, then weighs."""

    config: ActConfig = WkmConfig()
    """Its keys."""
    base: CaseBase | None = None
    """What was done in which situation."""

    name = "wkm"
    Config = WkmConfig

    @property
    def needs(self) -> Mapping[str, frozenset[str]]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What is asked of each role, by the keys."""
        c = self.keys
        asked: dict[str, set[str]] = {"policy": {"generate"}}
        if c.task_knowledge or c.state != "none":
            asked["world"] = {"generate"}
        if c.state == "fusion":
            asked.setdefault(c.embedder, set()).add("embed")
            for role in self._scoring:
                asked.setdefault(role, set()).add("score")
        return {role: frozenset(verbs) for role, verbs in asked.items()}

    def act(self, seen: Trajectory) -> Asking:
        """What is known of the task, then of the moment, then the decision."""
        witness = yield from self._informed(Witness.of(seen, self.keys.purpose))
        messages = self.conversed(seen, witness)
        if self.keys.state != "fusion":
            return (yield from self.asked(messages, False))
        if self.base is None:
            raise ConfigError(
                "agent 'wkm' fuses with a case base, and the lesson brings none; learn one with method 'wkm', or set "
                'agent.state = "none"'
            )
        near = yield from self._near(self.base, witness.states[-1], seen)
        return (yield from self._fused(messages, seen, near))

    def with_lesson(self, lesson: Lesson) -> Agent:
        """Told the lesson's knowledge and cases, and given its case base."""
        return replace(self, memory=self.memory.with_lesson(lesson), base=lesson.casebase or self.base)

    def conversed(self, seen: Trajectory, witness: Witness) -> tuple[Message, ...]:
        """What the policy is shown: the episode, with the task knowledge behind the task."""
        messages = self.conversation(seen)
        told = [f"Task knowledge: {witness.task}"] if witness.task else []
        opening = "\n".join([messages[0].content, *told])
        shown = (Message("user", opening), *messages[1:])
        if self.keys.state != "explicit" or not witness.states:
            return shown
        last = shown[-1].content
        return (*shown[:-1], Message("user", f"{last}\nState knowledge: {witness.states[-1]}"))

    def _informed(self, witness: Witness) -> Generator[Request, Reply, Witness]:
        """Ask for the knowledge that is not there yet."""
        c = self.keys
        if c.task_knowledge and not witness.seen.steps:
            text = yield from self._told(witness.task_question(), c.task_tokens)
            witness = replace(witness, task=text)
        if c.state != "none":
            text = yield from self._told(witness.state_question(), c.state_tokens)
            witness = replace(witness, states=(*witness.states, text))
        return witness

    def _told(self, messages: tuple[Message, ...], tokens: int) -> Generator[Request, Reply, str]:
        reply = yield Generate(messages, Sampling(max_tokens=tokens), to="world")
        assert isinstance(reply, Completion)
        return reply.text.strip()

    def _near(self, base: CaseBase, state: str, seen: Trajectory) -> Generator[Request, Reply, list[Neighbour]]:
        reply = yield Embed((state,), to=self.keys.embedder)
        assert isinstance(reply, Vectors)
        before = seen.steps[-1].decision.action if seen.steps else ""
        return base.nearest(reply.values[0], before, self.keys.neighbours)

    def _fused(self, messages: tuple[Message, ...], seen: Trajectory, near: list[Neighbour]) -> Asking:
        actions = tuple(dict.fromkeys((seen.final and seen.final.actions) or ()))
        if actions and self.keys.candidates == "actions":
            return (yield from self._among(messages, actions, near))
        return (yield from self._begun(messages, near))

    def _among(self, messages: tuple[Message, ...], actions: Sequence[str], near: list[Neighbour]) -> Asking:
        """One of the possible actions."""
        opinions: dict[str, Opinion] = {}
        liked: list[float] = []
        for role in self._scoring:
            scores = yield Score(messages, tuple(self.reply_for(Decision(action)) for action in actions), role)
            assert isinstance(scores, Scores)
            found = shares(scores.totals)
            liked = found if role == "policy" or not liked else liked
            opinions[role] = kinds(actions, found)
        chosen, grounds = self._weighed(opinions, near)
        best = max((i for i, a in enumerate(actions) if verb(a) == chosen), key=lambda i: liked[i])
        return Decision(actions[best], grounds=grounds)

    def _begun(self, messages: tuple[Message, ...], near: list[Neighbour]) -> Asking:
        """A kind of action, which the policy then goes on from."""
        names = Verbs(self.keys.verbs or self._known)
        opinions: dict[str, Opinion] = {}
        for role in self._scoring:
            scores = yield Score(messages, names.names, role, end_of_turn=False)
            assert isinstance(scores, Scores)
            opinions[role] = names.shares(scores.totals)
        chosen, grounds = self._weighed(opinions, near)
        reply = yield Generate(messages, self._sampling(self._form(False)), begun=chosen)
        assert isinstance(reply, Completion)
        return replace(self.read(reply.text) or Decision(chosen), grounds=grounds)

    def _weighed(self, opinions: dict[str, Opinion], near: list[Neighbour]) -> tuple[str, dict[str, Any]]:
        preferred = opinions["policy"]
        heard: dict[str, Opinion] = {**opinions, "cases": votes(near, preferred)}
        fused = fuse(heard, self._weights)
        chosen = winner(fused, preferred)
        nearest = [{"likeness": round(n.likeness, 4), **_told_of(n)} for n in near[:SHOWN]]
        grounds = {"opinions": heard, "fused": fused, "winner": chosen, "voted": len(near), "nearest": nearest}
        return chosen, grounds

    @property
    def keys(self) -> WkmConfig:
        """The configuration, as what it is."""
        assert isinstance(self.config, WkmConfig)
        return self.config

    @property
    def _weights(self) -> Mapping[str, float]:
        return self.keys.weights or {"policy": self.keys.gamma, "cases": 1 - self.keys.gamma}

    @property
    def _scoring(self) -> list[str]:
        """Roles that score; the policy always does, for it chooses among the actions of the winning kind."""
        return ["policy", *sorted(self._weights.keys() - {"policy", "cases"})]

    @property
    def _known(self) -> tuple[str, ...]:
        assert self.base is not None
        return tuple(sorted({verb(case.action) for case in self.base.cases}))


def _told_of(neighbour: Neighbour) -> dict[str, str]:
    case = neighbour.case
    return {"before": case.before, "state": case.state, "action": case.action}
