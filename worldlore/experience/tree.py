"""Many trajectories of one task, each step stored once.

A node is a step and the index of the node before it; a branch is found by walking up. `Tree.grow` merges equal
steps under equal histories and forgets nothing: `Tree.grow(trajectories).branches() == trajectories`.
Values lie beside nodes (in tuples of the same length), never in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from worldlore.experience.messages import Call
from worldlore.experience.task import Task
from worldlore.experience.trajectory import Observation, Step, Stop, Trajectory

ROOT = -1
"""The parent of a first step: the task itself, before anything was done."""


@dataclass(frozen=True, slots=True)
class Node:
    """One step of one or more trajectories."""

    parent: int
    """Index of the node before it, smaller than its own; ROOT for a first step."""
    step: Step
    """What happened."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """Where one trajectory ended."""

    node: int
    """Its last node; ROOT if it took no step."""
    attempt: int
    """Which try this was."""
    final: Observation | None
    """What was seen last."""
    stop: Stop | None
    """Why it ended."""
    success: bool | None
    """Whether the task was done."""
    error: str | None = None
    """What failed."""
    unfinished: tuple[Call, ...] = ()
    """Exchanges after the last step, which led to no decision."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The trajectories of one task from one seed."""

    task: Task
    """What was to be done."""
    seed: int
    """The environment's seed."""
    nodes: tuple[Node, ...] = ()
    """Parents before children."""
    leaves: tuple[Leaf, ...] = ()
    """One for each trajectory, in the order they came."""

    @staticmethod
    def grow(trajectories: Iterable[Trajectory]) -> Tree:
        """Merge trajectories of one task and seed; ValueError if there are none or they differ in either."""
        given = list(trajectories)
        if not given:
            raise ValueError("a tree needs at least one trajectory")
        first = given[0]
        if any((t.task, t.seed) != (first.task, first.seed) for t in given):
            raise ValueError(f"a tree holds trajectories of one task and seed; the first is {first.task.id!r}")
        nodes: list[Node] = []
        children: dict[int, list[int]] = {}
        leaves = [_insert(t, nodes, children) for t in given]
        return Tree(first.task, first.seed, tuple(nodes), tuple(leaves))

    def branches(self) -> tuple[Trajectory, ...]:
        """The trajectories the tree was grown from, in their order."""
        return tuple(self.branch(leaf) for leaf in self.leaves)

    def branch(self, leaf: Leaf) -> Trajectory:
        """The trajectory that ended in `leaf`."""
        steps = tuple(self.nodes[i].step for i in self.path(leaf.node))
        end = (leaf.final, leaf.stop, leaf.success, leaf.error, leaf.unfinished)
        return Trajectory(self.task, self.seed, leaf.attempt, steps, *end)

    def path(self, node: int) -> tuple[int, ...]:
        """The nodes from a first step down to `node`."""
        up: list[int] = []
        while node != ROOT:
            up.append(node)
            node = self.nodes[node].parent
        return tuple(reversed(up))

    def children(self) -> dict[int, list[int]]:
        """Each parent's children, in order; ROOT's are the first steps."""
        found: dict[int, list[int]] = {}
        for i, node in enumerate(self.nodes):
            found.setdefault(node.parent, []).append(i)
        return found

    def siblings(self) -> Iterator[Sequence[int]]:
        """Each group of two or more nodes with one parent."""
        return (group for group in self.children().values() if len(group) > 1)


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What a method made of a tree; every tuple but `pairs` has one entry a node."""

    values: tuple[float | None, ...]
    """Estimated chance of success from here on; None where nothing was measured."""
    visits: tuple[int, ...]
    """How many rollouts the estimate rests on."""
    pairs: tuple[tuple[int, int], ...] = ()
    """(better, worse) sibling nodes chosen for preference training."""


def _insert(trajectory: Trajectory, nodes: list[Node], children: dict[int, list[int]]) -> Leaf:
    at = ROOT
    for step in trajectory.steps:
        known = children.setdefault(at, [])
        same = next((i for i in known if nodes[i].step == step), None)
        if same is None:
            same = len(nodes)
            nodes.append(Node(at, step))
            known.append(same)
        at = same
    t = trajectory
    return Leaf(at, t.attempt, t.final, t.stop, t.success, t.error, t.unfinished)
