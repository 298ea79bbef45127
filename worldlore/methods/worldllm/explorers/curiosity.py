"""Curiosity: theories are asked about what an explorer saw, and it is paid by their answers.

Equal transitions are asked about once, and whatever the search has asked already is known. `disagreement` asks least,
as any reward may (`sample`): about a few transitions of each kind, first of all those that the search has weighed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from worldlore.environments.playground import KINDS
from worldlore.experience import Transition
from worldlore.methods.worldllm.explorers.keys import ExplorerConfig
from worldlore.methods.worldllm.explorers.rewards import (
    Array,
    Blend,
    Kinds,
    Values,
    by_kind,
    gain,
    progress,
    surprise,
    surprising_progress,
)
from worldlore.methods.worldllm.explorers.rollout import grid, kinds_of
from worldlore.methods.worldllm.inference import Belief
from worldlore.methods.worldllm.statistician import Statistician


@dataclass(frozen=True)
class Verdict:
    """What a search made of a rollout."""

    before: Belief | None
    """What was believed before; None where nothing was."""
    after: Belief
    """What is believed now."""
    evidence: tuple[Transition, ...]
    """On which the particles held before were weighed."""


class Curiosity:
    """Pays for rollouts; it remembers what it paid and what was seen."""

    def __init__(self, config: ExplorerConfig, statistician: Statistician) -> None:
        self.config, self.statistician = config, statistician
        self.blend = Blend(config.share)
        self.values = Values.of(config.values, config.count_exponent)

    def pay(self, seen: Sequence[Transition], verdict: Verdict) -> tuple[Array, Mapping[str, Any]]:
        """(steps, scenes) rewards for what was seen, told scene by scene; and what is worth noting of them."""
        kinds = kinds_of(seen, self.config.scenes)
        if self.config.reward == "custom":
            raw = self.values.pay(kinds)
        else:
            distinct = {step: i for i, step in enumerate(dict.fromkeys(seen))}
            found = self._judged(list(distinct), verdict)
            raw = grid(found[[distinct[step] for step in seen]], self.config.scenes)
        paid = self.blend.mix(raw, kinds) if self.blend.share else raw
        return paid, self._noted(raw, paid, kinds)

    def _judged(self, seen: Sequence[Transition], verdict: Verdict) -> Array:
        """The reward of each distinct transition, before blending: weighed, or the mean of its like that were."""
        sample = self._sample(seen, {*verdict.evidence})
        rewards = self._weighed(sample, verdict)
        return _spread(seen, dict(zip(sample, rewards.tolist(), strict=True)))

    def _weighed(self, seen: Sequence[Transition], verdict: Verdict) -> Array:
        if self.config.reward == "disagreement":
            return self._disagreement(seen, verdict)
        new, old = self._best(seen, verdict)
        if self.config.reward == "ll":
            return surprise(new)
        return surprising_progress(new, old) if self.config.reward == "alpll" else progress(new, old)

    def _best(self, seen: Sequence[Transition], verdict: Verdict) -> tuple[Array, Array | None]:
        """Log-probabilities under the best theory and the one before, None if that is the same or not asked for.

        What is asked first is the theory of no words, where there was none before.
        """
        best, before = verdict.after.best, verdict.before.best if verdict.before else ""
        if self.config.reward != "ll" and best == before:
            return np.zeros(len(seen)), None
        rows = self.statistician.weigh([best] if self.config.reward == "ll" else [best, before], seen)
        return rows[0], rows[-1]

    def _disagreement(self, seen: Sequence[Transition], verdict: Verdict) -> Array:
        """What each change taught the particles that were held before it was seen."""
        if verdict.before is None:
            return np.zeros(len(seen))
        theories = verdict.before.theories
        logprobs = self.statistician.weigh([theory.text for theory in theories], seen)
        return gain(logprobs, np.array([theory.probability for theory in theories]))

    def _sample(self, seen: Sequence[Transition], known: set[Transition]) -> list[Transition]:
        """All, or a few of each kind: those that the search weighed, then the first of each change, then others."""
        if self.config.weighed is None:
            return list(seen)
        met: set[str] = set()
        ranked: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for place, step in enumerate(seen):
            rank = 0 if step in known else 2 if step.change in met else 1
            ranked[step.kind].append((rank, place))
            met.add(step.change)
        return [seen[place] for found in ranked.values() for _, place in sorted(found)[: self.config.weighed]]

    @staticmethod
    def _noted(raw: Array, paid: Array, kinds: Kinds) -> Mapping[str, Any]:
        """The mean reward of each kind, the last raw one, and the mean over all."""
        flat, places = raw.ravel(), kinds.ravel()
        last = {KINDS[kind]: float(flat[np.flatnonzero(places == kind)[-1]]) for kind in np.unique(places)}
        means = by_kind(paid, kinds)
        told = {kind: float(mean) for kind, mean in zip(KINDS, means, strict=True) if not np.isnan(mean)}
        return {"kinds": told, "raw": last, "mean": float(paid.mean())}


def _spread(seen: Sequence[Transition], known: Mapping[Transition, float]) -> Array:
    """Known rewards, and for the rest the mean of the known ones with the same change, or else of the same kind."""
    changes, kinds = defaultdict[str, list[float]](list), defaultdict[str, list[float]](list)
    for step, reward in known.items():
        changes[step.change].append(reward)
        kinds[step.kind].append(reward)
    like = {name: float(np.mean(found)) for table in (kinds, changes) for name, found in table.items()}
    return np.array([known.get(step, like.get(step.change, like[step.kind])) for step in seen])
