"""What a tree says of its nodes: chance of success, how much that rests on, and how far the end is.

A node's value is the mean of its children's values, its own outcome at the end (DensePolicy §1.4): the success of a
policy that chooses uniformly among the labels. Where equal decisions were merged, a child counts once for each
label that led to it, so merging changes nothing but the cost. There is no discount and no value model.
`estimate = "rollouts"` takes the share of the rollouts through a node that succeeded instead: less noisy where all
labels sample alike, and biased towards what a search preferred.
Everything is a tuple with one entry a node; nothing is written into the tree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from worldlore.experience import ROOT, Leaf, Node

Estimate = Literal["children", "rollouts"]


@dataclass(frozen=True, slots=True)
class Values:
    """One entry a node, each."""

    value: tuple[float | None, ...]
    """Estimated chance of success; None where every rollout through the node failed to be measured."""
    visits: tuple[int, ...]
    """Rollouts through the node, each counted once."""
    wins: tuple[int, ...]
    """Of these, how many succeeded."""
    remaining: tuple[float, ...]
    """Mean number of steps its rollouts took after it."""


def evaluate(
    nodes: Sequence[Node], leaves: Sequence[Leaf], draws: Sequence[int], estimate: Estimate = "children"
) -> Values:
    """Values of all nodes from the outcomes at the leaves."""
    depth = depths(nodes)
    visits, wins, after = [0] * len(nodes), [0] * len(nodes), [0] * len(nodes)
    _count(nodes, leaves, depth, (visits, wins, after))
    if estimate == "rollouts":
        value = [w / v if v else None for w, v in zip(wins, visits, strict=True)]
    else:
        value = _mean_of_children(nodes, leaves, draws)
    remaining = [a / v if v else 0.0 for a, v in zip(after, visits, strict=True)]
    return Values(tuple(value), tuple(visits), tuple(wins), tuple(remaining))


def _mean_of_children(nodes: Sequence[Node], leaves: Sequence[Leaf], draws: Sequence[int]) -> list[float | None]:
    total, weight = [0.0] * len(nodes), [0] * len(nodes)
    for node, outcome in _outcomes(leaves):
        total[node] += outcome
        weight[node] += 1
    value: list[float | None] = [None] * len(nodes)
    for i in reversed(range(len(nodes))):
        if weight[i]:
            value[i] = total[i] / weight[i]
        parent, mine = nodes[i].parent, value[i]
        if parent != ROOT and mine is not None:
            total[parent] += draws[i] * mine
            weight[parent] += draws[i]
    return value


def depths(nodes: Sequence[Node]) -> list[int]:
    """How many steps lead to each node, itself included."""
    found: list[int] = []
    for node in nodes:
        found.append(1 if node.parent == ROOT else found[node.parent] + 1)
    return found


def _outcomes(leaves: Sequence[Leaf]) -> set[tuple[int, float]]:
    """The distinct ends: (node, outcome). A rollout that takes the same way to the same end says nothing new."""
    return {(leaf.node, float(leaf.success)) for leaf in leaves if leaf.success is not None and leaf.node != ROOT}


def _count(nodes: Sequence[Node], leaves: Sequence[Leaf], depth: Sequence[int], into: tuple[list[int], ...]) -> None:
    visits, wins, after = into
    for leaf in leaves:
        if leaf.success is None:
            continue
        at = leaf.node
        while at != ROOT:
            visits[at] += 1
            wins[at] += leaf.success
            after[at] += depth[leaf.node] - depth[at]
            at = nodes[at].parent
