"""The method, in order: grow trees, value their nodes, choose pairs, balance them, add those from files, train."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from worldlore.agents.base import Agent
from worldlore.experience import Appraisal, Lesson
from worldlore.methods.base import Method
from worldlore.methods.densepolicy.balance import Balance, balanced
from worldlore.methods.densepolicy.pairs import Pair, pairs_of
from worldlore.methods.densepolicy.survey import Survey
from worldlore.methods.densepolicy.trees import Trees
from worldlore.methods.densepolicy.values import Values
from worldlore.methods.fitting import fitted
from worldlore.methods.mixes import PairMix, mixed, opened
from worldlore.rollout.growth import Grown
from worldlore.rollout.practice import Practice
from worldlore.training import Contrast, Training


class DensePolicyConfig(Trees):
    """Keys of method "densepolicy"; the defaults are the published ones."""

    balance: Balance = Balance()
    """How many pairs of how many tasks."""
    mixes: tuple[PairMix, ...] = ()
    """Pairs from files that are trained on, too, as in method "preferences" (DensePolicy §2.5)."""
    train: bool = True
    """Train on the pairs; false: only grow trees and mark pairs, for `worldlore export`, with any model."""
    training: Training = Training()
    """The preference training."""


class DensePolicy(Method):
    """Contrasts between siblings become weights."""

    name = "densepolicy"
    Config = DensePolicyConfig

    def __init__(self, config: DensePolicyConfig) -> None:
        self.config = config

    def ready(self) -> None:
        """Asks for the files of the mixes."""
        opened(self.config.mixes)

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Grow trees on the training tasks and train on their pairs."""
        if self.config.train:
            practice.weights("policy")
        others = mixed(self.config.mixes)  # a file that cannot be read is told before hours of practice
        found: list[Pair] = []
        forest = Survey()
        growing = self.config.growing(agent, practice.stage.limits.steps)
        for grown in practice.explore(growing, self.config.search.rollouts):
            values, pairs = self._appraise(grown, practice)
            found += pairs
            forest += Survey.of(grown, values, pairs)
            practice.log(phase="practice", **forest.told())
        if not self.config.train:
            return Lesson(metrics={**forest.told(), "trained_pairs": 0})
        chosen = balanced(found, self.config.balance)
        units = [*(Contrast.of(pair.messages, pair.chosen, pair.rejected) for pair in chosen), *others.taken]
        trained = {"trained_pairs": len(units), "trained_tasks": len({pair.task for pair in chosen})}
        metrics: dict[str, Any] = {**forest.told(), **trained}
        if others.counts:
            metrics["mixes"] = others.counts
        return fitted(practice, units, self.config.training, metrics)

    def _appraise(self, grown: Grown, practice: Practice) -> tuple[Values, list[Pair]]:
        values = self.config.values(grown)
        pairs = pairs_of(grown.tree, values, self.config.pairs)
        practice.appraise(grown, _appraisal(values, pairs))
        return values, pairs


def _appraisal(values: Values, pairs: Sequence[Pair]) -> Appraisal:
    return Appraisal(values.value, values.visits, tuple((p.better, p.worse) for p in pairs if p.usable))
