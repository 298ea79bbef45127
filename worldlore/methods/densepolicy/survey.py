"""A forest in numbers: how many pairs its tasks gave, how far siblings are apart, what was drawn twice, at what cost.

    pairs_per_task     usable pairs of a tree, the mean over all trees, those without any included
    value_spread       greatest less least value among siblings, the mean over all groups of which two were measured
    duplicate_rate     share of the steps drawn that repeat a sibling: the same action with the same thought
    …_per_pair         what practice cost, for each usable pair; absent where there is none

Surveys add up, so a forest is surveyed tree by tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

from worldlore.experience import Cost
from worldlore.methods.densepolicy.pairs import Pair
from worldlore.methods.densepolicy.values import Values
from worldlore.rollout.growth import Grown


@dataclass(frozen=True, slots=True)
class Survey:
    """Counts and sums over trees."""

    trees: int = 0
    """Trees, one a task."""
    rollouts: int = 0
    """Their rollouts."""
    wins: int = 0
    """Rollouts that succeeded."""
    nodes: int = 0
    """Steps, each counted once."""
    drawn: int = 0
    """Steps as they were drawn, merged ones counted each time."""
    repeated: int = 0
    """Of these, how many repeat a sibling."""
    groups: int = 0
    """Groups of siblings of which at least two were measured."""
    spread: float = 0.0
    """Sum over groups of what lies between the greatest and the least value."""
    pairs: int = 0
    """Pairs of siblings with different values."""
    usable: int = 0
    """Of these, how many meet the thresholds."""
    gap: float = 0.0
    """Sum over usable pairs of the difference of their values."""
    with_pairs: int = 0
    """Trees with a usable pair."""
    cost: Cost = Cost()
    """What growing cost."""

    @classmethod
    def of(cls, grown: Grown, values: Values, pairs: Sequence[Pair]) -> Self:
        """One tree."""
        tree, usable = grown.tree, [pair for pair in pairs if pair.usable]
        steps = ((node.parent, node.step.decision.action, node.step.decision.thought) for node in tree.nodes)
        spreads = _spreads(grown, values)
        return cls(
            trees=1,
            rollouts=len(tree.leaves),
            wins=sum(leaf.success is True for leaf in tree.leaves),
            nodes=len(tree.nodes),
            drawn=sum(grown.draws),
            repeated=sum(grown.draws) - len(set(steps)),
            groups=len(spreads),
            spread=sum(spreads),
            pairs=len(pairs),
            usable=len(usable),
            gap=sum(pair.gap for pair in usable),
            with_pairs=int(bool(usable)),
            cost=grown.cost,
        )

    def __add__(self, other: Survey) -> Survey:
        return Survey(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Survey)))

    def told(self) -> dict[str, float]:
        """As metrics."""
        cost = self.cost
        spent = {"steps": cost.steps, "calls": cost.calls, "tokens": cost.tokens} if self.usable else {}
        return {
            "trees": self.trees,
            "rollouts": self.rollouts,
            "wins": self.wins,
            "nodes": self.nodes,
            "pairs": self.pairs,
            "usable_pairs": self.usable,
            "mean_gap": self.gap / self.usable if self.usable else 0.0,
            "tasks_with_pairs": self.with_pairs,
            "pairs_per_task": self.usable / max(self.trees, 1),
            **({"value_spread": self.spread / self.groups} if self.groups else {}),
            **({"duplicate_rate": self.repeated / self.drawn} if self.drawn else {}),
            **{f"{name}_per_pair": value / self.usable for name, value in spent.items()},
        }


def _spreads(grown: Grown, values: Values) -> list[float]:
    groups = ([v for i in group if (v := values.value[i]) is not None] for group in grown.tree.siblings())
    return [max(group) - min(group) for group in groups if len(group) > 1]
