"""From a tree to preference pairs: siblings whose values clearly differ (DensePolicy §2.2).

A pair is two children of one node. It is *usable* when the values differ by at least the gap and both children were
visited often enough: at least min(floor(2^d), cap) times, d being the mean number of steps that remained after the
child — the further the end, the noisier an estimate. All pairs of different value and different text are told; the
usable ones are marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from worldlore.agents.dialogues import without_examples
from worldlore.config import Config
from worldlore.experience import Message, Node, Tree
from worldlore.methods.densepolicy.values import Values, depths


class Thresholds(Config):
    """When a pair is usable."""

    gap: float = 0.5
    """Least difference of the two values (published: 0.5)."""
    visits: int = 8
    """Cap of the visits asked of each side (published: 8)."""
    per_node: int | None = None
    """At most so many pairs among the children of one node, widest gaps first (published: no limit)."""
    per_task: int | None = None
    """At most so many pairs a task, widest gaps first (published: no limit)."""
    examples: bool = False
    """Keep the solved tasks that a prompt shows before its own; without, they are left out of what is trained on, and
    instruction and task are one turn (published)."""

    def needed(self, remaining: float) -> int:
        """Visits asked of a node whose rollouts took `remaining` more steps on average."""
        return min(int(2.0 ** min(remaining, 30.0)), self.visits)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two replies to the same question, one of which led to success more often."""

    task: str
    """Key of the task."""
    family: str
    """The task's family, where the environment names one."""
    depth: int
    """Which step of the episode they are."""
    better: int
    """Node of the reply to prefer."""
    worse: int
    """Node of the other."""
    gap: float
    """Difference of the values."""
    usable: bool
    """Whether the thresholds hold."""
    messages: tuple[Message, ...]
    """What both replied to."""
    chosen: str
    """The better reply."""
    rejected: str
    """The worse reply."""


def pairs_of(tree: Tree, values: Values, thresholds: Thresholds) -> list[Pair]:
    """Every pair of siblings with different values and texts, usable ones marked and within the caps."""
    depth = depths(tree.nodes)
    found = [
        pair
        for group in tree.siblings()
        for a, b in combinations(group, 2)
        for pair in _pair(tree, values, thresholds, (a, b), depth[a])
    ]
    return list(_capped(tree.nodes, found, thresholds))


def usable_pairs(groups: Sequence[Sequence[int]], values: Values, thresholds: Thresholds) -> int:
    """How many sibling pairs meet the thresholds: the search's target."""
    return sum(_meets(values, thresholds, a, b) for group in groups for a, b in combinations(group, 2))


def _pair(tree: Tree, values: Values, thresholds: Thresholds, nodes: tuple[int, int], depth: int) -> Iterator[Pair]:
    (a, va), (b, vb) = ((n, values.value[n]) for n in nodes)
    if va is None or vb is None or va == vb:
        return
    better, worse = (a, b) if va > vb else (b, a)
    good, bad = tree.nodes[better].step.said(), tree.nodes[worse].step.said()
    if good is None or bad is None or good[0] != bad[0] or good[1].strip() == bad[1].strip():
        return
    family = str(tree.task.data.get("family", ""))
    usable = _meets(values, thresholds, a, b)
    messages = good[0] if thresholds.examples else without_examples(good[0])
    yield Pair(tree.task.key, family, depth, better, worse, abs(va - vb), usable, messages, good[1], bad[1])


def _meets(values: Values, thresholds: Thresholds, a: int, b: int) -> bool:
    va, vb = values.value[a], values.value[b]
    if va is None or vb is None or abs(va - vb) < thresholds.gap:
        return False
    return all(values.visits[n] >= thresholds.needed(values.remaining[n]) for n in (a, b))


def _capped(nodes: Sequence[Node], pairs: list[Pair], thresholds: Thresholds) -> Iterator[Pair]:
    """Usable pairs beyond a cap are let go, the narrowest gaps first."""
    per_node: dict[int, int] = {}
    kept = 0
    for pair in sorted(pairs, key=lambda p: (-p.gap, p.better, p.worse)):
        if pair.usable:
            parent = nodes[pair.better].parent
            if thresholds.per_task is not None and kept >= thresholds.per_task:
                continue
            if thresholds.per_node is not None and per_node.get(parent, 0) >= thresholds.per_node:
                continue
            per_node[parent] = per_node.get(parent, 0) + 1
            kept += 1
        yield pair
