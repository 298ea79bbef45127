"""What all ways of inference share: evidence comes in collection by collection, and each time a belief comes out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from random import Random
from typing import Any

import numpy as np
from scipy.special import logsumexp, softmax

from worldlore.experience import Theory, Transition
from worldlore.methods.worldllm.statistician import Array, Statistician
from worldlore.methods.worldllm.theorist import Theorist
from worldlore.methods.worldllm.worlds import Course


@dataclass
class Study:
    """Who takes part in a search."""

    statistician: Statistician
    """Weighs theories."""
    theorist: Theorist
    """Proposes them."""
    rng: Random
    """Draws."""

    def logliks(self, theories: Sequence[str], evidence: Sequence[Transition]) -> Array:
        """Log-probability of all evidence under each theory."""
        return self.statistician.weigh(theories, evidence).sum(1)


@dataclass(frozen=True)
class Belief:
    """What is thought of the world after a collection."""

    theories: tuple[Theory, ...]
    """A distribution, the most probable first; "" stands for no theory."""
    best: str
    """The one that experimenters are told."""
    record: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What happened, for the log."""


class Inference(ABC):
    """A search for theories; it keeps what it needs from one collection to the next."""

    opens: bool = True
    """Whether there is a collection before the first phase, to begin with."""
    evidence: tuple[Transition, ...] = ()
    """What the latest theories were weighed on, those that were held before included (importance holds none)."""

    @abstractmethod
    def take(self, courses: Sequence[Course]) -> Belief:
        """Think again, now that these episodes were seen."""


def together(courses: Sequence[Course]) -> tuple[Transition, ...]:
    """The transitions of all episodes."""
    return tuple(chain.from_iterable(courses))


def distribution(texts: Sequence[str], logweights: Array, logliks: Array, evidence: int) -> tuple[Theory, ...]:
    """Theories with normalised weights, equal ones taken together, the most probable first."""
    shares: dict[str, float] = {}
    found: dict[str, float] = {}
    for text, share, loglik in zip(texts, softmax(logweights), logliks, strict=True):
        shares[text] = shares.get(text, 0.0) + float(share)
        found[text] = float(loglik)
    theories = [Theory(text, min(1.0, share), evidence, found[text]) for text, share in shares.items()]
    return tuple(sorted(theories, key=lambda theory: -theory.probability))


def mixture(logprobs: Array, theories: Sequence[Theory]) -> Array:
    """Log-probability of each transition under all theories together: what is expected, not knowing which holds.

    `logprobs` is [theories, transitions].
    """
    weights = np.array([theory.probability for theory in theories])
    return np.asarray(logsumexp(logprobs, axis=0, b=(weights / weights.sum())[:, None]))


def effective(logweights: Array) -> float:
    """Effective sample size of weights."""
    return float(1 / (softmax(logweights) ** 2).sum())


def resampled(logweights: Array, count: int, rng: Random) -> list[int]:
    """Indices drawn by weight, systematically: one draw places `count` even points."""
    points = (np.arange(count) + rng.random()) / count
    places = np.searchsorted(np.cumsum(softmax(logweights)), points, side="right")
    return np.minimum(places, len(logweights) - 1).tolist()
