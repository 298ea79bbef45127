"""The Theorist: who proposes theories. `LanguageModel` is the published one; `grammar.py` needs no language model.

    propose   a theory drawn with nothing but the evidence in view
    evolve    a theory drawn from an earlier one, perhaps with the episodes that one predicts worst
    density   how probable a text would have been as such a proposal: what Hastings' correction and weights need

Temperature 1, nucleus 1, at most 200 tokens; a longer theory is cut, and the cut text is the theory, as published.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from worldlore.errors import ConfigError, ModelError
from worldlore.experience import Completion, Failure, Generate, Message, Sampling, Score
from worldlore.methods.worldllm.statistician import MANNER, Array, role_of
from worldlore.methods.worldllm.worlds import Course, World
from worldlore.rollout.practice import Practice
from worldlore.rollout.scorebook import Worth

ROLE = "theorist"


@dataclass(frozen=True)
class Basis:
    """What a proposal is drawn from."""

    courses: tuple[Course, ...] = ()
    """Episodes in view."""
    given: str | None = None
    """The theory it goes on from; None for a first one."""
    worst: tuple[Course, ...] = ()
    """The episodes which that theory predicts worst."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A theory that was drawn."""

    text: str
    """The theory."""
    logq: float
    """How probable it was to be drawn, natural logarithm; nan where the model does not tell."""


class Theorist(ABC):
    """Proposes theories."""

    @abstractmethod
    def propose(self, bases: Sequence[Basis], rng: Random) -> list[Proposal]:
        """One theory drawn from each basis."""

    @abstractmethod
    def density(self, texts: Sequence[str], bases: Sequence[Basis]) -> Array:
        """Log-probability with which each text would have been drawn from its basis."""

    @property
    @abstractmethod
    def longest(self) -> str:
        """A theory as long as any it may propose, to see whether it fits the statistician's context."""


class LanguageModel(Theorist):
    """The role "theorist", or "policy" where nobody plays it."""

    def __init__(self, practice: Practice, world: World, temperature: float, max_tokens: int) -> None:
        self.practice, self.world = practice, world
        self.role = role_of(practice, ROLE, "generate")
        self.temperature, self.max_tokens = temperature, max_tokens

    def propose(self, bases: Sequence[Basis], rng: Random) -> list[Proposal]:
        """One sample of each prompt; the exchanges are kept in the run."""
        sampling = [Sampling(self.temperature, max_tokens=self.max_tokens, seed=rng.getrandbits(31)) for _ in bases]
        asked = [Generate(self.prompt(b), s, self.role) for b, s in zip(bases, sampling, strict=True)]
        return [_proposal(reply) for reply in self.practice.ask(asked)]

    def density(self, texts: Sequence[str], bases: Sequence[Basis]) -> Array:
        """By scoring each text as the reply to the prompt, its end of turn counted."""
        role_of(self.practice, self.role, "score")
        asked = [Score(self.prompt(b), (text,), self.role) for text, b in zip(texts, bases, strict=True)]
        worths = self.practice.score(asked)
        return np.array([_total(worth) for worth in worths], np.float64)

    @property
    def longest(self) -> str:
        """As many words as a reply may have tokens."""
        return "rule " * self.max_tokens

    def prompt(self, basis: Basis) -> tuple[Message, ...]:
        """The conversation: the world, what was seen, what is asked for."""
        parts = [self.world.setting, _seen(self.world, "What was seen so far", basis.courses)]
        if basis.given is None:
            parts.append(
                "Find rules that tell what each action changes. They should agree with everything that was seen, and "
                "say something of things that were not."
            )
        else:
            parts += [
                f"Rules that were thought of before, as a starting point:\n{basis.given}",
                _seen(self.world, "What these rules foretell worst", basis.worst),
                "Find better rules that tell what each action changes.",
            ]
        parts.append("The rules should be few, short and easy to understand. Write the rules and nothing else.")
        text = "\n\n".join(part for part in parts if part)
        return Message("system", MANNER), Message("user", text)


def _seen(world: World, heading: str, courses: Sequence[Course]) -> str:
    told = [world.told(course) for course in courses if course]
    return "\n".join([f"{heading}:", *told]) if told else ""


def _proposal(reply: object) -> Proposal:
    if isinstance(reply, Completion):
        return Proposal(reply.text.strip(), sum(reply.logprobs) if reply.logprobs is not None else float("nan"))
    assert isinstance(reply, Failure)
    raise _fault(reply)


def _total(worth: Worth | Failure) -> float:
    if isinstance(worth, Failure):
        raise _fault(worth)
    return worth.totals[0]


def _fault(reply: Failure) -> ConfigError | ModelError:
    if reply.kind == "context":
        return ConfigError(f"what the theorist is shown is too long: {reply.error}; lower subset, of [method.mh] say")
    return ModelError(f"the theorist's model could not answer: {reply.error}")
