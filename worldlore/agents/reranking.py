"""Another agent, each of whose replies is the best of several drafts; where none is sure enough, it is asked again.

    drafts        the same request, drawn several times at a temperature
    confidence    mean log-probability of a draft's tokens, in nats; that of the best one is compared with a threshold
    sure          the most confident draft is the reply, and nothing more is asked
    not sure      the different drafts are shown in random order at the end of the last turn, for one more reply

An empty draft takes no part; where all are empty, nothing more is asked.
What is shown stands in no history: the next step is asked as if the reply had come at once. How it went is among the
decision's grounds. It needs a model that tells log-probabilities. After an evaluation mode of a later version of
DensePolicy (its description's section 6), where confidence was a mean over characters and the threshold -0.1.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from random import Random
from typing import Any

from pydantic import Field, field_validator

from worldlore.agents.base import Acting, Agent
from worldlore.agents.telling import ended_with
from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import Completion, Decision, Generate, Lesson, Reply, Request, Trajectory

WEIGH = (
    "Several drafts of your reply are written below, and you are sure of none. Compare them, then reply in the usual "
    "form, with the one that is right or with a better one, and do not mention the drafts.\n\n{drafts}"
)


class RerankingConfig(Config):
    """Keys of agent "reranking"."""

    inner: dict[str, Any]
    """The agent whose replies are drafted: `name` and its keys."""
    drafts: int = Field(default=5, ge=1)
    """How many are drawn (published: 5)."""
    temperature: float = Field(default=0.8, ge=0)
    """At which temperature (published: 0.8)."""
    threshold: float = -0.35
    """Confidence from which the best draft is taken; published is -0.1 a character, about as much."""

    @field_validator("inner")
    @classmethod
    def _resolved(cls, inner: Mapping[str, Any]) -> dict[str, Any]:
        from worldlore.agents import AGENTS

        if inner.get("name") == "reranking":
            raise ConfigError("agent 'reranking': inner must be an agent of its own, not reranking again")
        return AGENTS.resolve(inner)


@dataclass(frozen=True)
class Reranking(Agent):
    """Drafts, then replies."""

    config: RerankingConfig
    """Its keys."""
    lessons: tuple[Lesson, ...] = ()
    """What the inner agent was taught."""

    name = "reranking"
    Config = RerankingConfig

    @property
    def needs(self) -> Mapping[str, frozenset[str]]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What the inner agent needs."""
        return self.inner.needs

    @cached_property
    def inner(self) -> Agent:
        """The agent whose replies are drafted."""
        from worldlore.agents import AGENTS

        agent: Agent = AGENTS.build(self.config.inner)
        for lesson in self.lessons:
            agent = agent.with_lesson(lesson)
        return agent

    def act(self, seen: Trajectory) -> Acting:
        """What the inner agent asks of the policy is drafted; what it asks of others goes through."""
        acting, draw = self.inner.act(seen), Random(f"{seen.task.key}:{seen.seed}:{seen.attempt}:{len(seen.steps)}")
        weighed: Weighed | None = None
        try:
            request = next(acting)
            while True:
                if isinstance(request, Generate) and request.to == "policy":
                    weighed = yield from self._weigh(request, draw)
                    request = acting.send(weighed.reply)
                else:
                    request = acting.send((yield request))
        except StopIteration as end:
            decision: Decision | None = end.value
        return weighed.noted(decision) if weighed and decision else decision

    def with_lesson(self, lesson: Lesson) -> Agent:
        """The inner agent, taught."""
        return replace(self, lessons=(*self.lessons, lesson))

    def reply_for(self, decision: Decision) -> str:
        """As the inner agent would write it."""
        return self.inner.reply_for(decision)

    def _weigh(self, request: Generate, draw: Random) -> Generator[Request, Reply, Weighed]:
        c, drafts = self.config, list[Completion]()
        for _ in range(c.drafts):
            draft = yield replace(request, sampling=replace(request.sampling, temperature=c.temperature))
            assert isinstance(draft, Completion)
            drafts.append(draft)
        spoken = [draft for draft in drafts if draft.text.strip()]
        if not spoken:
            return Weighed(drafts[0], None, 0, False)
        best = max(spoken, key=confidence)
        different = list(dict.fromkeys(draft.text.strip() for draft in spoken))
        if confidence(best) >= c.threshold or len(different) == 1:
            return Weighed(best, confidence(best), len(different), False)
        draw.shuffle(different)
        reply = yield replace(request, messages=ended_with(request.messages, _shown(different)))
        assert isinstance(reply, Completion)
        return Weighed(reply, confidence(best), len(different), True)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A reply, and how it was come by."""

    reply: Completion
    """What is taken for the policy's word."""
    confidence: float | None
    """Of the best draft; None where all of them were empty."""
    different: int
    """How many different drafts there were, empty ones left out."""
    asked: bool
    """Whether one more reply was asked for."""

    def noted(self, decision: Decision) -> Decision:
        """The decision, with its grounds and the reply it was read from."""
        drafts = {"confidence": self.confidence, "different": self.different, "asked": self.asked}
        read = None if self.asked else self.reply.text
        return replace(decision, read=read, grounds={**decision.grounds, "drafts": drafts})


def confidence(draft: Completion) -> float:
    """Mean log-probability of a reply's tokens; ConfigError where the model tells none."""
    if draft.logprobs is None:
        raise ConfigError(
            "agent 'reranking' weighs drafts by their log-probabilities, and the policy's model tells none; "
            "set models.policy.logprobs = true where it is an endpoint, or use 'local' or 'embedded'"
        )
    return sum(draft.logprobs) / max(1, len(draft.logprobs))


def _shown(drafts: Sequence[str]) -> str:
    return WEIGH.format(drafts="\n\n".join(f"Draft {number}:\n{text}" for number, text in enumerate(drafts, 1)))
