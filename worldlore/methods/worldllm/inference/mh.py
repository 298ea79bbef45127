"""Metropolis–Hastings, as published.

Several particles each hold a theory. In each phase they are weighed anew on fresh episodes alone, and then for some
iterations each proposes a theory grown from its own and moves there with probability min(1, exp(weight)), the weight
being the gain in log-likelihood and, with `hastings`, the difference of the proposal's log-probabilities in both
directions. A theory's probability is how often the phase's states held it. The prior is flat over texts, unless
`prior` says otherwise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np
from pydantic import Field

from worldlore.config import Config
from worldlore.methods.worldllm.inference.base import Belief, Inference, Study, distribution, together
from worldlore.methods.worldllm.statistician import Array
from worldlore.methods.worldllm.theorist import Basis, Proposal
from worldlore.methods.worldllm.worlds import Course


class MetropolisConfig(Config):
    """Keys of inference "mh"; the published defaults."""

    particles: int = Field(default=3, ge=1)
    """Theories held at once."""
    iterations: int = Field(default=10, ge=0)
    """Proposals of each, a phase."""
    subset: int = Field(default=5, ge=1)
    """How many of the latest episodes are weighed and shown."""
    hastings: bool = False
    """Correct for how probable the proposals were; the theorist must be able to score."""
    prior: bool = False
    """Weigh theories by the theorist's prior too, what it would propose having seen nothing; published: flat."""
    first: tuple[str, ...] = ()
    """Theories to begin with, in place of `particles` that the theorist proposes; "" is none at all."""
    worst: int = Field(default=0, ge=0)
    """Episodes a theory predicts worst that its proposal is shown."""
    shared_draw: bool = False
    """One uniform draw an iteration for all particles, as the published code does, in place of one each."""


class Metropolis(Inference):
    """The chains."""

    Config = MetropolisConfig

    def __init__(self, study: Study, config: MetropolisConfig) -> None:
        self.study, self.config = study, config
        self.texts: list[str] = []
        self.logliks: Array = np.zeros(0)
        self.origins: list[int] = []
        """For each particle the number of the proposal it holds; the first theories are -1, -2 and so on."""
        self._steps = 0

    def take(self, courses: Sequence[Course]) -> Belief:
        """The first time, the first theories; then a phase."""
        subset = tuple(courses[-self.config.subset :])
        self.evidence = together(subset)
        iterations = self.config.iterations if self.texts else 0
        first: dict[str, Any] = {}
        if not self.texts:
            self.texts = self._first(subset)
            self.origins = [-1 - k for k in range(len(self.texts))]
            first = {"first": list(self.texts)}
        self.logliks = self.study.logliks(self.texts, together(subset))
        visits = Counter[str]() if iterations else Counter(self.texts)
        found = dict(zip(self.texts, self.logliks, strict=True))
        proposed: list[dict[str, Any]] = []
        for _ in range(iterations):
            proposed += self._iterate(subset)
            visits.update(self.texts)
            found |= zip(self.texts, self.logliks, strict=True)
        texts, counts = list(visits), np.array(list(visits.values()), np.float64)
        logliks = np.array([found[text] for text in texts])
        theories = distribution(texts, np.log(counts), logliks, len(together(subset)))
        return Belief(theories, self.texts[int(self.logliks.argmax())], {**first, **self._record(proposed)})

    def _first(self, subset: tuple[Course, ...]) -> list[str]:
        if self.config.first:
            return list(self.config.first)
        bases = [Basis(subset)] * self.config.particles
        return [proposal.text for proposal in self.study.theorist.propose(bases, self.study.rng)]

    def _iterate(self, subset: tuple[Course, ...]) -> list[dict[str, Any]]:
        bases = self._bases(self.texts, subset)
        proposals = self.study.theorist.propose(bases, self.study.rng)
        logliks = self.study.logliks([p.text for p in proposals], together(subset))
        weights = logliks - self.logliks + self._correction(proposals, bases, subset) + self._prior_gain(proposals)
        accepted = [bool(log_u < weight) for log_u, weight in zip(self._draws(), weights, strict=True)]
        rows = [
            {"proposal": self._steps + k, "from": self.origins[k], "text": p.text, "loglik": float(ll), "accepted": yes}
            for k, (p, ll, yes) in enumerate(zip(proposals, logliks, accepted, strict=True))
        ]
        for k in np.flatnonzero(accepted):
            self.texts[k], self.logliks[k], self.origins[k] = proposals[k].text, logliks[k], self._steps + int(k)
        self._steps += len(proposals)
        return rows

    def _bases(self, texts: Sequence[str], subset: tuple[Course, ...]) -> list[Basis]:
        """What goes on from each theory, with the episodes it predicts worst, summed over their steps."""
        if not self.config.worst:
            return [Basis(subset, text) for text in texts]
        sums = [self.study.logliks(texts, course) for course in subset]
        orders = np.argsort(np.array(sums).reshape(len(subset), len(texts)), axis=0, kind="stable")
        worst = [tuple(subset[i] for i in order[: self.config.worst]) for order in orders.T]
        return [Basis(subset, text, shown) for text, shown in zip(texts, worst, strict=True)]

    def _correction(self, proposals: list[Proposal], bases: list[Basis], subset: tuple[Course, ...]) -> Array:
        """How much more probable the way back is than the way there."""
        if not self.config.hastings:
            return np.zeros(len(proposals))
        texts, theorist = [p.text for p in proposals], self.study.theorist
        there = np.array([p.logq for p in proposals])
        there = theorist.density(texts, bases) if np.isnan(there).any() else there
        return theorist.density(self.texts, self._bases(texts, subset)) - there

    def _prior_gain(self, proposals: list[Proposal]) -> Array:
        if not self.config.prior:
            return np.zeros(len(proposals))
        texts, theorist = [p.text for p in proposals], self.study.theorist
        return theorist.density(texts, [Basis()] * len(texts)) - theorist.density(self.texts, [Basis()] * len(texts))

    def _draws(self) -> list[float]:
        count = len(self.texts)
        draws = [self.study.rng.random() for _ in range(1 if self.config.shared_draw else count)]
        return [log(max(draw, 1e-300)) for draw in draws] * (count // len(draws))

    def _record(self, proposed: list[dict[str, Any]]) -> dict[str, Any]:
        rate = float(np.mean([row["accepted"] for row in proposed])) if proposed else None
        return {
            "particles": list(self.texts),
            "logliks": self.logliks.tolist(),
            "origins": list(self.origins),
            "distinct": len(set(self.texts)),
            "acceptance": rate,
            "proposed": proposed,
        }
