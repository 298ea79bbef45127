"""WKM: an agent that asks a world knowledge model before the task and at every step (arXiv 2405.14205).

    task knowledge    asked of the role "world" once, and told to the policy with the task
    state knowledge   asked of "world" at every step; the policy does not see it: it is a question to the case base
    the decision      the policy's probabilities over what may be done, mixed with what followed in the nearest cases

Any further source may be given a weight (`sources.py`), and weights may be fitted (method "wkm", key `fusion`).
Fusion is over kinds of action ("go", "take"), the first step included. Where the environment lists what is possible,
whole actions are scored, end of turn and all, and the policy chooses among those of the winning kind; elsewhere kinds
are scored as beginnings of the reply, and the policy goes on from the winner. A policy that thinks writes its thought
first, and all candidates are scored behind it. Everything said and both distributions are in the record: `calls`, and
`grounds` of the decision.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from worldlore.agents.act import Act, ActConfig, Form
from worldlore.agents.base import Agent
from worldlore.agents.fusing import Opinion, openings, votes
from worldlore.agents.react import React, thought_in
from worldlore.agents.sources import (
    CASES,
    POLICY,
    THEORIES,
    Candidates,
    SourcesConfig,
    Weighed,
    role_of,
    theory_question,
)
from worldlore.agents.telling import must_command
from worldlore.agents.witness import Witness, WitnessConfig
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
    Scores,
    Step,
    Trajectory,
    Vectors,
    verb,
)

Asking = Generator[Request, Reply, Any]
THOUGHT = 256
"""Longest reply with a thought in it, in tokens, where the keys tell none."""


class WkmConfig(WitnessConfig, SourcesConfig):
    """Keys of agent "wkm": those of "act", of its sources, and of the world knowledge model it asks."""

    think: bool = False
    """Write a thought before each action, as published; for a model that writes so, or learns to from such courses."""


@dataclass(frozen=True)
class Wkm(Act):
    """Asks what is known, then weighs."""

    config: ActConfig = WkmConfig()
    """Its keys."""
    base: CaseBase | None = None
    """What was done in which situation."""
    found: Mapping[str, float] | None = None
    """Weights that were fitted."""

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
            for source in self.keys.sources:
                asked.setdefault(role_of(source), set()).add("score")
        return {role: frozenset(verbs) for role, verbs in asked.items()}

    def act(self, seen: Trajectory) -> Asking:
        """What is known of the task, then of the moment, then the decision."""
        must_command(self.name, seen)
        if self.keys.state == "fusion":
            return (yield from self._carried_out((yield from self.weigh(seen)), seen.task.environment))
        witness = yield from self._informed(self.witness(seen))
        return (yield from self.asked(self.conversed(seen, witness), False))

    def weigh(self, seen: Trajectory) -> Generator[Request, Reply, Weighed]:
        """All that goes before a decision by fusion."""
        witness = yield from self._informed(self.witness(seen))
        if self.base is None:
            raise ConfigError(
                "agent 'wkm' fuses with a case base, and the lesson brings none; learn one with method 'wkm', or set "
                'agent.state = "none"'
            )
        near = yield from self._near(self.base, witness.states[-1], seen)
        return (yield from self._sounded(self.conversed(seen, witness), seen, near))

    def with_lesson(self, lesson: Lesson) -> Agent:
        """Told the lesson's knowledge and cases, and given its case base and the weights it found."""
        found: Mapping[str, Any] = lesson.metrics.get("fusion") or {}
        base, weights = lesson.casebase or self.base, found.get("weights") or self.found
        return replace(self, memory=self.memory.with_lesson(lesson), base=base, found=weights)

    def remedy(self, verb: str) -> str:
        """Without log-probabilities or vectors nothing is weighed, and task knowledge is told all the same."""
        if verb == "generate":
            return ""
        return 'play with task knowledge only: agent.state = "none", and method.states = false where it learns'

    def plain(self) -> Act:
        """The agent that asks nobody and knows nothing, and writes as this one does."""
        if not self.keys.think:
            return Act(self.config, self.memory)
        longest = THOUGHT if self.config.max_tokens is None else self.config.max_tokens
        return React(self.config.model_copy(update={"max_tokens": longest}), self.memory)

    def read(self, text: str) -> Decision | None:
        """As the plain agent reads it."""
        return self.plain().read(text)

    def reply_for(self, decision: Decision) -> str:
        """As the plain agent says it."""
        return self.plain().reply_for(decision)

    def witness(self, seen: Trajectory, task: str = "", states: tuple[str, ...] = ()) -> Witness:
        """What the world knowledge model has said so far; for an episode that was not played with it, what is given."""
        opening = self.keys.introduced(seen.task)
        return Witness(seen, task, states, opening) if task or states else Witness.of(seen, opening)

    def conversed(self, seen: Trajectory, witness: Witness) -> tuple[Message, ...]:
        """What the policy is shown: the episode, with the task knowledge behind the task."""
        messages = self.conversation(seen)
        told = [f"Task knowledge: {witness.task}"] if witness.task else []
        opening = "\n".join([messages[0].content, *told])
        said = (Message("user", opening), *messages[1:])
        if self.keys.state != "explicit" or not witness.states:
            return said
        last = said[-1].content
        return (*said[:-1], Message("user", f"{last}\nState knowledge: {witness.states[-1]}"))

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
        """The cases like this moment; without any case nobody is asked for a vector."""
        if not base.cases:
            return []
        reply = yield Embed((state,), to=self.keys.embedder)
        assert isinstance(reply, Vectors)
        before = seen.steps[-1].decision.action if seen.steps else ""
        return base.nearest(reply.values[0], before, self.keys.neighbours)

    def _sounded(
        self, messages: tuple[Message, ...], seen: Trajectory, near: Sequence[Neighbour]
    ) -> Generator[Request, Reply, Weighed]:
        """Every source's opinion; none where nothing is known that could be done."""
        candidates = self._candidates(seen)
        if not candidates.names:
            return Weighed(messages, candidates, {}, (), near)
        thought = yield from self._thought(messages)
        said = tuple(self.reply_for(Decision(name, thought)) for name in candidates.names)
        spoken = replace(candidates, said=said)
        opinions: dict[str, Opinion] = {}
        liked: Sequence[float] = ()
        for source in self.keys.sources:
            if source == THEORIES:
                question = theory_question(seen, candidates.names, self.memory, self.keys.manual)
                scores = yield candidates.score(question, role_of(source))
            else:
                scores = yield spoken.score(messages, source)
            assert isinstance(scores, Scores)
            liked = scores.totals if source == POLICY else liked
            opinions[source] = candidates.opinion(scores.totals)
        opinions[CASES] = votes(near, opinions[POLICY])
        return Weighed(messages, spoken, opinions, liked, near, thought)

    def _thought(self, messages: tuple[Message, ...]) -> Generator[Request, Reply, str]:
        """What the policy thinks before it acts; nothing where it does not think."""
        if not self.keys.think:
            return ""
        sampling = self._sampling(self._form(False))
        reply = yield Generate(messages, replace(sampling, stop=(*sampling.stop, "Action:")))
        assert isinstance(reply, Completion)
        return thought_in(reply.text)

    def _candidates(self, seen: Trajectory) -> Candidates:
        """Whole actions where they are listed, else kinds of action."""
        actions = tuple(dict.fromkeys((seen.final and seen.final.actions) or ()))
        if actions and self.keys.candidates == "actions":
            return Candidates(actions, True)
        return Candidates(self.keys.verbs or self._known, False)

    def _carried_out(self, weighed: Weighed, environment: str) -> Asking:
        """The decision: of the winning kind, as the policy likes it best."""
        if not weighed.opinions:
            return (yield from self.asked(weighed.messages, False))
        chosen, grounds = weighed.winner(self.weights(environment))
        names, said = weighed.candidates.names, weighed.candidates.said
        best = max((i for i, name in enumerate(names) if verb(name) == chosen), key=lambda i: weighed.liked[i])
        decision = Decision(names[best], weighed.thought, grounds=grounds)
        if weighed.candidates.whole:
            return decision
        reply = yield Generate(weighed.messages, self._sampling(self._form(False)), begun=said[best])
        assert isinstance(reply, Completion)
        return replace(self.read(reply.text) or decision, grounds=grounds)

    def _said(self, step: Step) -> str:
        """What it wrote, if that holds what it did; of a choice among candidates the whole reply."""
        wrote = super()._said(step)
        decided = self.read(wrote)
        return wrote if decided and decided.action == step.decision.action else self.reply_for(step.decision)

    def _form(self, programs: bool) -> Form:
        return self.plain()._form(programs)

    def _sampling(self, form: Form) -> Sampling:
        return self.plain()._sampling(form)

    @property
    def keys(self) -> WkmConfig:
        """The configuration, as what it is."""
        assert isinstance(self.config, WkmConfig)
        return self.config

    def weights(self, environment: str) -> Mapping[str, float]:
        """Source -> weight in a world: fitted, given, or by gamma."""
        if self.keys.fitted:
            if self.found is None:
                raise ConfigError(
                    "agent.fitted asks for weights that the lesson found, and it brings none; learn them with "
                    'method.fusion = { split = "dev" }, or set agent.fitted = false'
                )
            return self.found
        return self.keys.given(environment)

    @property
    def _known(self) -> tuple[str, ...]:
        """How actions of each kind begin in the case base."""
        assert self.base is not None
        return openings(case.action for case in self.base.cases)
