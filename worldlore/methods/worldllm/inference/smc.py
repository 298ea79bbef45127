"""Sequential Monte Carlo over all evidence so far: theories with honest probabilities.

Particles are drawn from the prior, what the theorist would propose having seen nothing. When evidence comes in, they
are led from what was believed before to the new posterior, prior times likelihood of all that is remembered, in
tempered steps: each as large as keeps the effective sample size at a share of the particles; then particles are drawn
again by weight, and each makes some Metropolis–Hastings moves, with Hastings' correction, that leave the tempered
distribution as it is (Del Moral, Doucet and Jasra, doi:10.1111/j.1467-9868.2006.00553.x).

Where the particles stand says which theories there are; how probable each of those is, prior times likelihood says
exactly, which their number and weights would only estimate.

What the memory forgot no longer counts as evidence. The theorist must be able to score its proposals.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np
from pydantic import Field

from worldlore.config import Config
from worldlore.experience import Transition
from worldlore.methods.worldllm.inference.base import (
    Belief,
    Inference,
    Study,
    distribution,
    effective,
    resampled,
    together,
)
from worldlore.methods.worldllm.memory import Memory
from worldlore.methods.worldllm.statistician import Array
from worldlore.methods.worldllm.theorist import Basis
from worldlore.methods.worldllm.worlds import Course

_SMALLEST = 1e-3
"""The smallest tempered step."""


class SequentialConfig(Config):
    """Keys of inference "smc"."""

    particles: int = Field(default=16, ge=2)
    """Theories held at once."""
    moves: int = Field(default=2, ge=1)
    """Proposals of each after every tempered step."""
    last_moves: int = Field(default=5, ge=0)
    """More proposals of each once all evidence counts in full."""
    ess: float = Field(default=0.5, gt=0, lt=1)
    """Share of the particles that the effective sample size may fall to."""
    memory: int = Field(default=200, ge=1)
    """Transitions remembered."""
    subset: int = Field(default=5, ge=0)
    """How many of the latest episodes a proposal is shown."""


class Sequential(Inference):
    """The particles and what they are weighed on."""

    Config = SequentialConfig

    def __init__(self, study: Study, config: SequentialConfig) -> None:
        self.study, self.config = study, config
        self.memory = Memory(config.memory, study.rng)
        self.texts: list[str] = []
        self.origins: list[int] = []
        """For each particle the number of the proposal it holds; the first theories are -1, -2 and so on."""
        self.proposed = 0
        """Proposals so far."""
        self.logweights: Array = np.zeros(config.particles)

    def take(self, courses: Sequence[Course]) -> Belief:
        """From the old posterior to the new one."""
        first: dict[str, Any] = {}
        if not self.texts:
            drawn = self.study.theorist.propose([Basis()] * self.config.particles, self.study.rng)
            self.texts = [proposal.text for proposal in drawn]
            self.origins = [-1 - k for k in range(len(drawn))]
            first = {"first": list(self.texts)}
        before = self.memory.transitions
        self.memory.add(together(courses))
        self.evidence = self.memory.transitions
        shown = tuple(courses[max(0, len(courses) - self.config.subset) :])
        path = _Path(self, before, self.memory.transitions, shown)
        path.walk()
        held = list(dict.fromkeys(self.texts))
        logliks = self.study.logliks(held, self.memory.transitions)
        theories = distribution(held, path.target(held), logliks, len(self.memory))
        record = {
            **first,
            "ess": effective(self.logweights),
            "steps": path.steps,
            "tempering": path.tempering,
            "acceptance": path.accepted / max(1, path.proposed),
            "distinct": len(theories),
            "origins": list(self.origins),
            "proposed": path.moves,
            "proposals": path.proposed,
            "remembered": self.memory.counts,
        }
        return Belief(theories, theories[0].text, record)


class _Path:
    """The tempered way from one posterior to the next."""

    def __init__(
        self, smc: Sequential, before: Sequence[Transition], after: Sequence[Transition], shown: tuple[Course, ...]
    ) -> None:
        self.smc, self.study = smc, smc.study
        self.before, self.after, self.shown = before, after, shown
        self.steps = self.proposed = self.accepted = 0
        self.tempering: list[list[float]] = []
        """After each step how much of the new evidence counts, and the effective sample size."""
        self.moves: list[dict[str, Any]] = []
        """The proposals that changed a particle: number, the one they came from, text."""

    def walk(self) -> None:
        """All steps, the moves included."""
        smc, done = self.smc, 0.0
        old, new = self._logliks(smc.texts)
        while done < 1:
            step = self._step(new - old, 1 - done)
            smc.logweights = smc.logweights + step * (new - old)
            done = 1.0 if step == 1 - done else done + step
            self.tempering.append([done, effective(smc.logweights)])
            if done < 1 or effective(smc.logweights) < smc.config.ess * len(smc.texts):
                self._resample()
            for _ in range(smc.config.moves + (smc.config.last_moves if done == 1 else 0)):
                self._move(done)
            old, new = self._logliks(smc.texts)
            self.steps += 1

    def _step(self, gain: Array, left: float) -> float:
        """The largest step that leaves enough particles effective."""
        smc = self.smc
        floor = smc.config.ess * len(smc.texts)
        if effective(smc.logweights + left * gain) >= floor:
            return left
        low, high = 0.0, left
        for _ in range(30):
            middle = (low + high) / 2
            if effective(smc.logweights + middle * gain) >= floor:
                low = middle
            else:
                high = middle
        return min(left, max(low, _SMALLEST))

    def _resample(self) -> None:
        smc = self.smc
        chosen = resampled(smc.logweights, len(smc.texts), self.study.rng)
        smc.texts, smc.origins = [smc.texts[i] for i in chosen], [smc.origins[i] for i in chosen]
        smc.logweights = np.zeros(len(chosen))

    def _move(self, done: float) -> None:
        """One proposal of each particle."""
        theorist, texts, rng = self.study.theorist, self.smc.texts, self.study.rng
        there = [Basis(self.shown, text) for text in texts]
        proposals = theorist.propose(there, rng)
        others, logq = [p.text for p in proposals], np.array([p.logq for p in proposals])
        logq = theorist.density(others, there) if np.isnan(logq).any() else logq
        back = theorist.density(texts, [Basis(self.shown, text) for text in others])
        gain = self.target(others, done) - self.target(texts, done) + back - logq
        for k, weight in enumerate(gain):
            if log(max(rng.random(), 1e-300)) < weight:
                self._moved(k, others[k])
                self.accepted += 1
        self.proposed += len(others)
        self.smc.proposed += len(others)

    def _moved(self, k: int, text: str) -> None:
        """A particle goes to the theory proposed to it."""
        smc, number = self.smc, self.smc.proposed + k
        if text != smc.texts[k]:
            self.moves.append({"proposal": number, "from": smc.origins[k], "text": text, "accepted": True})
            smc.texts[k], smc.origins[k] = text, number

    def target(self, texts: Sequence[str], done: float = 1.0) -> Array:
        """Log of prior times likelihood; the old evidence gives way to the new as `done` goes to 1."""
        old, new = self._logliks(texts)
        prior = self.study.theorist.density(texts, [Basis()] * len(texts))
        return prior + (1 - done) * old + done * new

    def _logliks(self, texts: Sequence[str]) -> tuple[Array, Array]:
        """Log-likelihoods of what was remembered before and of what is now."""
        return self.study.logliks(texts, self.before), self.study.logliks(texts, self.after)
