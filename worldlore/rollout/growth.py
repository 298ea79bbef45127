"""A tree while it grows: which address leads where, what was seen there, and how it ended.

A node is addressed by a tuple of labels, one a step: "at step 0 take branch i0, at step 1 branch i1, …". A label
fixes how a step is sampled, not its text (DensePolicy §1.1); a step is drawn once and shared by every rollout
through it. Where siblings that decide the same are merged, several labels lead to one node; `draws` counts them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from worldlore.environments.base import Outcome
from worldlore.experience import ROOT, Cost, Decision, Leaf, Node, Stop, Task, Trajectory, Tree

Address = tuple[int, ...]
Fork = tuple[int, int]
"""A node and a label: the way to one of its children."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A finished tree, with what its search knew."""

    tree: Tree
    """The rollouts."""
    draws: tuple[int, ...]
    """For each node, how many labels of its parent led to it."""
    reason: str
    """Why the search ended."""
    cost: Cost
    """What it cost; replayed steps count."""
    mismatches: int = 0
    """Replayed observations that differed from the recorded ones; always 0 in a sound environment."""


@dataclass
class Growth:
    """A tree being grown; a search reads it between windows."""

    task: Task
    """What is to be done."""
    seed: int
    """The environment's seed."""
    depth: int
    """The longest address: the limit of steps."""
    nodes: list[Node] = field(default_factory=list[Node])
    """Parents before children."""
    draws: list[int] = field(default_factory=list[int])
    """How many labels lead to each node."""
    ends: list[bool | None] = field(default_factory=list[bool | None])
    """For each node, whether the task ended there and how: None while it goes on."""
    children: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    """The nodes below each node (ROOT: the first steps), in order."""
    known: dict[Fork, int] = field(default_factory=dict[Fork, int])
    """Which node a fork leads to."""
    labels: dict[int, list[int]] = field(default_factory=dict[int, list[int]])
    """The labels that lead on from each node (ROOT: to the first steps), in the order they were drawn."""
    dead: dict[Fork, Leaf] = field(default_factory=dict[Fork, Leaf])
    """Forks of which no step came, and how that ended."""
    leaves: list[Leaf] = field(default_factory=list[Leaf])
    """One for each rollout."""
    runs: set[Address] = field(default_factory=set[Address])
    """How each rollout went: its address, up to where it ended."""
    cost: Cost = field(default_factory=Cost)
    """What it has cost so far."""
    mismatches: int = 0
    """Replayed observations that differed."""
    start: Trajectory | None = None
    """What is seen before the first step."""
    after: list[Trajectory] = field(default_factory=list[Trajectory])
    """What has been seen once each node is done."""
    snapshots: dict[int, Any] = field(default_factory=dict[int, Any])
    """The environment's moment after a node (ROOT: the beginning), where it gives snapshots."""
    busy: set[Fork] = field(default_factory=set[Fork])
    """Forks somebody is drawing just now."""

    def seen(self, at: int) -> Trajectory:
        """The trajectory up to a node."""
        assert self.start is not None
        return self.start if at == ROOT else self.after[at]

    def over(self, at: int) -> bool:
        """Whether the task has ended at a node."""
        return at != ROOT and self.ends[at] is not None

    def follow(self, address: Address) -> tuple[int, int]:
        """The deepest known node on an address, and how many of its labels lead there."""
        at = ROOT
        for depth, label in enumerate(address):
            if (at, label) not in self.known or self.over(at):
                return at, depth
            at = self.known[at, label]
        return at, len(address)

    def add(self, fork: Fork, seen: Trajectory, outcome: Outcome) -> int:
        """A new node: the last step of `seen`."""
        self.nodes.append(Node(fork[0], seen.steps[-1]))
        self.draws.append(1)
        self.after.append(seen)
        self.ends.append(outcome.success if outcome.done else None)
        node = len(self.nodes) - 1
        self._lead(fork, node)
        self.children.setdefault(fork[0], []).append(node)
        return node

    def join(self, fork: Fork, node: int) -> None:
        """Let one more label lead to a node."""
        self._lead(fork, node)
        self.draws[node] += 1

    def branches(self, parent: int) -> dict[int, int]:
        """Label -> the node it leads to, for the steps drawn from a node."""
        return {label: self.known[parent, label] for label in self.labels.get(parent, ())}

    def twin(self, parent: int, decision: Decision) -> int | None:
        """A child of `parent` that decided the same."""
        return next((n for n in self.children.get(parent, ()) if self.nodes[n].step.decision == decision), None)

    def leaf(self, at: int) -> Leaf:
        """How a rollout ends that stops at a node."""
        stop = Stop.TERMINATED if self.over(at) else Stop.MAX_STEPS
        success = at != ROOT and self.ends[at] is True
        return Leaf(at, len(self.leaves), self.seen(at).final, stop, success)

    def keep(self, run: Address, leaf: Leaf) -> None:
        """One more rollout, unless it only went where another one did: that drew nothing and says nothing new."""
        if run in self.runs:
            return
        self.runs.add(run)
        self.leaves.append(replace(leaf, attempt=len(self.leaves)))
        self.cost += Cost(episodes=1)

    def grown(self, reason: str) -> Grown:
        """The finished tree."""
        tree = Tree(self.task, self.seed, tuple(self.nodes), tuple(self.leaves))
        return Grown(tree, tuple(self.draws), reason, self.cost, self.mismatches)

    def _lead(self, fork: Fork, node: int) -> None:
        self.known[fork] = node
        self.labels.setdefault(fork[0], []).append(fork[1])
