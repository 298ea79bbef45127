"""Intrinsic rewards: what an explorer earns for a step, from what theories made of it. Pure arithmetic.

Arrays are (steps, scenes), so that reading one row after another follows time. With log p the log-probability (nats)
of a change under the new best theory, log p' under the best one before:

    ll             -log p
    alp            |log p - log p'|, absolute learning progress; 0 where the best theory is still the same
    alpexp         alp, blended with what its kind earned before (`Blend`)
    alpll          -log p |log p - log p'|; 0 where the best theory is still the same
    custom         a value for each kind, divided by how often it was seen so far (`Values`)
    disagreement   how much a change taught the particles that were held before it was seen (`gain`)

The first five are WorldLLM's (arXiv 2506.06725, section on curiosity-driven experimenters).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from worldlore.environments.playground import KINDS

Array = NDArray[np.float64]
Kinds = NDArray[np.int8]
"""Places in `KINDS`."""


def surprise(new: Array) -> Array:
    """What the best theory did not expect."""
    return -new


def progress(new: Array, old: Array | None) -> Array:
    """How much the best theory's opinion changed; `old` is None where it is still the same one."""
    return np.zeros_like(new) if old is None else np.abs(new - old)


def surprising_progress(new: Array, old: Array | None) -> Array:
    """Surprise times progress."""
    return surprise(new) * progress(new, old)


def gain(logprobs: Array, weights: Array) -> Array:
    """Information (nats) that each observed change carries about which particle is right.

    `logprobs` is [particles, transitions], `weights` what the particles weighed before. It is the divergence of the
    weights after the change from those before. Its mean over changes, each as probable as all particles together hold
    it, is the mutual information between particle and change: so one observed change estimates that without bias.
    """
    prior = (weights / weights.sum())[:, None]
    likelihood = np.exp(logprobs - logprobs.max(0))
    posterior = prior * likelihood / (prior * likelihood).sum(0)
    return np.maximum(0.0, xlogy(posterior, posterior / np.where(prior > 0, prior, 1)).sum(0))


@dataclass
class Blend:
    """Draws each reward towards a moving mean of what its kind earned in earlier rollouts."""

    share: float
    """Weight of the moving mean, alpha; 0 leaves rewards as they are."""
    means: Array = field(default_factory=lambda: np.zeros(len(KINDS)))
    """Of each kind."""

    def mix(self, rewards: Array, kinds: Kinds) -> Array:
        """(1 - alpha) r + alpha m; and then m becomes alpha m + (1 - alpha) times the kind's mean r, 0 if unseen."""
        mixed = (1 - self.share) * rewards + self.share * self.means[kinds]
        self.means = self.share * self.means + (1 - self.share) * np.nan_to_num(by_kind(rewards, kinds))
        return mixed


@dataclass
class Values:
    """What each kind is worth, less for what was seen often."""

    values: Array
    """Of each kind."""
    exponent: float | None = None
    """Divide by the number of times the kind was seen, this time included, to this power; None: do not."""
    counts: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(KINDS), np.int64))
    """How often each kind was seen in the explorer's life."""

    @staticmethod
    def of(values: Mapping[str, float], exponent: float | None = None) -> Values:
        """From values by name; a kind that is not named is worth nothing."""
        return Values(np.array([values.get(kind, 0.0) for kind in KINDS]), exponent)

    def pay(self, kinds: Kinds) -> Array:
        """A reward for each step, in the order of time."""
        one_hot = np.eye(len(KINDS), dtype=np.int64)[kinds.ravel()]
        seen = (self.counts + np.cumsum(one_hot, axis=0))[np.arange(kinds.size), kinds.ravel()].reshape(kinds.shape)
        self.counts = self.counts + one_hot.sum(0)
        worth = self.values[kinds]
        return worth if self.exponent is None else worth / seen**self.exponent


def by_kind(rewards: Array, kinds: Kinds) -> Array:
    """The mean reward of each kind; nan for one that is absent."""
    sums = np.bincount(kinds.ravel(), rewards.ravel(), len(KINDS))
    counts = np.bincount(kinds.ravel(), minlength=len(KINDS))
    return np.divide(sums, counts, out=np.full(len(KINDS), np.nan), where=counts > 0)
