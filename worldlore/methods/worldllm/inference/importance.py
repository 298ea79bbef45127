"""Importance sampling: in each phase many first theories are drawn, and nothing is carried over.

As published, the best is the one of the highest likelihood, and weights are only told. With `weights = "real"` a
theory weighs its likelihood over the probability with which it was proposed, and as many theories as there are
particles are drawn again by weight. The prior is flat over texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pydantic import Field

from worldlore.config import Config
from worldlore.methods.worldllm.inference.base import (
    Belief,
    Inference,
    Study,
    distribution,
    effective,
    resampled,
    together,
)
from worldlore.methods.worldllm.statistician import Array
from worldlore.methods.worldllm.theorist import Basis
from worldlore.methods.worldllm.worlds import Course


class ImportanceConfig(Config):
    """Keys of inference "importance"; the published defaults."""

    particles: int = Field(default=3, ge=1)
    """Times `iterations`, how many theories are drawn; with real weights, how many are drawn again."""
    iterations: int = Field(default=10, ge=1)
    """See above."""
    subset: int = Field(default=5, ge=1)
    """How many of the latest episodes are weighed and shown."""
    weights: Literal["published", "real"] = "published"
    """"published": the likeliest theory is believed. "real": theories are drawn again by their weights."""


class Importance(Inference):
    """Draw, weigh, choose."""

    Config = ImportanceConfig
    opens = False

    def __init__(self, study: Study, config: ImportanceConfig) -> None:
        self.study, self.config = study, config

    def take(self, courses: Sequence[Course]) -> Belief:
        """One phase."""
        subset = tuple(courses[-self.config.subset :])
        self.evidence = together(subset)
        bases = [Basis(subset)] * (self.config.particles * self.config.iterations)
        proposals = self.study.theorist.propose(bases, self.study.rng)
        texts, logq = [p.text for p in proposals], np.array([p.logq for p in proposals])
        if np.isnan(logq).any() and self.config.weights == "real":  # as published, weights are only told
            logq = self.study.theorist.density(texts, bases)
        logliks = self.study.logliks(texts, together(subset))
        weights = logliks - logq
        chosen = self._chosen(logliks, weights)
        equal = np.zeros(len(chosen))
        theories = distribution([texts[i] for i in chosen], equal, logliks[chosen], len(together(subset)))
        rows = [
            {"text": text, "loglik": float(ll), **({} if np.isnan(weight) else {"weight": float(weight)})}
            for text, ll, weight in zip(texts, logliks, weights, strict=True)
        ]
        told = {} if np.isnan(weights).any() else {"ess": effective(weights)}
        record = {"proposed": rows, **told, "distinct": len(set(texts))}
        return Belief(theories, theories[0].text, record)

    def _chosen(self, logliks: Array, weights: Array) -> list[int]:
        if self.config.weights == "published":
            return [int(logliks.argmax())]
        return resampled(weights, self.config.particles, self.study.rng)
