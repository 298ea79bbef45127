"""Which rollouts to try next: the published search, and one that spends the budget where siblings are undecided.

Both are generators as `rollout.explore` wants them: they look at what has grown and yield windows of addresses.
Every constant is a key, with the published default and its section of the DensePolicy description.

    published   §1.3: prefer nodes whose siblings differ, far from the end, rarely chosen
    undecided   ours: first some rollouts from the root; then from the sibling about which one more rollout says most
                (is its value a gap away from the others'?); a task that always or never succeeds is left early
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal

from pydantic import Field

from worldlore.config import Config
from worldlore.experience import ROOT
from worldlore.methods.densepolicy.pairs import Thresholds, usable_pairs
from worldlore.methods.densepolicy.values import Estimate, Values, evaluate
from worldlore.rollout.explore import Search
from worldlore.rollout.growth import Address, Growth


class Searching(Config):
    """How a tree is searched."""

    rule: Literal["published", "undecided"] = "published"
    """How the next rollouts are chosen."""
    base: int = Field(default=10, ge=1)
    """Labels a step can have (published: 10 for maths, 8 for ALFWorld)."""
    window: int = Field(default=8, ge=1)
    """Rollouts tried at once (published: 8)."""
    pairs: int = Field(default=512, ge=1)
    """Stop at so many usable pairs (published: 512)."""
    rollouts: int = Field(default=1000, ge=1)
    """Stop at so many rollouts (published: 1000)."""
    empty: int = Field(default=1000, ge=1)
    """Stop after so many windows in which nothing new could be proposed (published: 1000)."""
    contrast: float = 0.8
    """Weight of the largest difference to a sibling, in the published rule (0.8)."""
    depth: float = 0.2
    """Weight of the mean remaining depth, in the published rule (0.2)."""
    curiosity: float = 2.0
    """Weight of being rarely chosen, in the published rule (2)."""
    first: int = Field(default=8, ge=1)
    """Rollouts from the root before siblings are compared, in the rule "undecided"."""


def searching(config: Searching, thresholds: Thresholds, estimate: Estimate) -> Search:
    """The search a configuration describes, for `rollout.explore.Growing`."""

    def search(growth: Growth, draw: Random) -> Generator[Sequence[Address], None, str]:
        return _Search(config, thresholds, estimate, growth, draw).windows()

    return search


@dataclass
class _Search:
    config: Searching
    thresholds: Thresholds
    estimate: Estimate
    growth: Growth
    draw: Random
    chosen: dict[int, int] = field(default_factory=dict[int, int])
    empty: int = 0

    def windows(self) -> Generator[Sequence[Address], None, str]:
        yield self._begin()
        while True:
            values = evaluate(self.growth.nodes, self.growth.leaves, self.growth.draws, self.estimate)
            reason = self._enough(values)
            if reason:
                return reason
            node = self._select(values)
            if node is None:
                return "nothing left to try"
            self.chosen[node] = self.chosen.get(node, 0) + 1
            window = self._propose(node)
            self.empty += not window
            if window:
                yield window

    def _begin(self) -> list[Address]:
        """One rollout for each first label, then greedy (§1.3); "undecided" goes on with labels at random."""
        c, depth = self.config, self.growth.depth
        if c.rule == "published":
            return [(i, *[0] * (depth - 1)) for i in range(min(c.base, c.rollouts))]
        return [(i, *self._labels(depth - 1)) for i in range(min(c.first, c.base, c.rollouts))]

    def _enough(self, values: Values) -> str:
        c, done = self.config, len(self.growth.leaves)
        if done >= c.rollouts:
            return f"{done} rollouts"
        if self.empty >= c.empty:
            return f"{self.empty} windows without a proposal"
        outcomes = {leaf.success for leaf in self.growth.leaves} - {None}
        if c.rule == "undecided" and done >= c.first and len(outcomes) == 1:
            return "always succeeds" if True in outcomes else "never succeeds"
        usable = usable_pairs(self._groups(), values, self.thresholds)
        return f"{usable} usable pairs" if usable >= c.pairs else ""

    def _groups(self) -> list[list[int]]:
        return [group for group in self.growth.children.values() if len(group) > 1]

    def _select(self, values: Values) -> int | None:
        """The node with the highest score; ties are drawn. Nodes at which the task has ended are left out."""
        scores = self._published(values) if self.config.rule == "published" else self._undecided(values)
        open_ = {n: s for n, s in scores.items() if not self.growth.over(n) and values.remaining[n] > 0}
        if not open_:
            return None
        best = max(open_.values())
        return self.draw.choice([n for n, s in open_.items() if s == best])

    def _published(self, values: Values) -> dict[int, float]:
        """0.8 c^(1/4) + 0.2 r/R + 2 √(1+n)/(2+n), §1.3.

        c: largest difference to a sibling; r: mean remaining depth, R: the limit of steps; n: visits and choices.
        """
        c, contrast = self.config, self._contrast(values)
        return {
            i: c.contrast * contrast.get(i, 0.0) ** 0.25
            + c.depth * values.remaining[i] / self.growth.depth
            + c.curiosity * math.sqrt(1 + n) / (2 + n)
            for i, v in enumerate(values.visits)
            for n in [v + self.chosen.get(i, 0)]
        }

    def _contrast(self, values: Values) -> dict[int, float]:
        found: dict[int, float] = {}
        for group in self._groups():
            known = [v for i in group if (v := values.value[i]) is not None]
            for i in group:
                v = values.value[i]
                found[i] = max((abs(v - other) for other in known), default=0.0) if v is not None else 0.0
        return found

    def _undecided(self, values: Values) -> dict[int, float]:
        """How much one more rollout may say about whether a pair of siblings is a gap apart.

        Each sibling's chance of success has a Beta(1 + wins, 1 + losses) posterior. A node's score is the largest
        share, over its siblings, of its variance in the variance of the difference, times how undecided it is
        that the difference exceeds the gap (normal approximation): p (1 - p).
        """
        scores: dict[int, float] = {}
        for group in self._groups():
            posterior = {i: _beta(values.wins[i], values.visits[i]) for i in group}
            for i in group:
                scores[i] = max(self._doubt(posterior[i], posterior[j]) for j in group if j != i)
                scores[i] /= 1 + self.chosen.get(i, 0)
        return scores

    def _doubt(self, mine: tuple[float, float], other: tuple[float, float]) -> float:
        variance = mine[1] + other[1]
        z = (abs(mine[0] - other[0]) - self.thresholds.gap) / math.sqrt(variance)
        p = 0.5 * math.erfc(-z / math.sqrt(2))
        return mine[1] / variance * p * (1 - p)

    def _propose(self, node: int) -> list[Address]:
        """Up to a window of new full-length addresses through a node (§1.3, steps 4 and 5)."""
        window, stem = self.config.window, self._address(node)
        fresh: dict[Address, None] = {}
        for _ in range(6 * window):
            address = (*stem, *self._labels(self.growth.depth - len(stem)))
            if not self._covered(address):
                fresh[address] = None
            if len(fresh) == 2 * window:
                break
        room = self.config.rollouts - len(self.growth.leaves)
        return self.draw.sample(list(fresh), min(window, len(fresh), room))

    def _labels(self, n: int) -> tuple[int, ...]:
        return tuple(self.draw.randrange(self.config.base) for _ in range(n))

    def _address(self, node: int) -> Address:
        """One of the addresses of a node: the lowest label at each fork."""
        way: list[int] = []
        while node != ROOT:
            parent = self.growth.nodes[node].parent
            way.append(min(label for label, n in self.growth.branches(parent).items() if n == node))
            node = parent
        return tuple(reversed(way))

    def _covered(self, address: Address) -> bool:
        """Whether its rollout would only repeat a known one: it leads to an end of the task, or was walked."""
        at, depth = self.growth.follow(address)
        if self.growth.over(at) or depth == len(address):
            return True
        return (at, address[depth]) in self.growth.dead


def _beta(wins: int, visits: int) -> tuple[float, float]:
    """Mean and variance of Beta(1 + wins, 1 + losses)."""
    a, n = 1 + wins, 2 + visits
    mean = a / n
    return mean, mean * (1 - mean) / (n + 1)
