"""How trees are grown and valued: the keys, and the explorer they describe."""

from __future__ import annotations

from worldlore.agents.base import Agent
from worldlore.config import Config
from worldlore.methods.densepolicy.labels import FROM_FIRST, VARIATIONS, Labels
from worldlore.methods.densepolicy.pairs import Thresholds
from worldlore.methods.densepolicy.search import Searching, searching
from worldlore.methods.densepolicy.values import Estimate, Values, evaluate
from worldlore.rollout.explore import Growing
from worldlore.rollout.growth import Grown


class Trees(Config):
    """Keys of tree exploration; the defaults are the published ones."""

    labels: Labels = "temperature"
    """What a branch's label means."""
    merge: bool = False
    """Siblings that decide the same become one node, so their rollouts add up (ours)."""
    estimate: Estimate = "children"
    """A node's value: the mean of its children, or the share of its rollouts that succeeded (ours)."""
    search: Searching = Searching()
    """How a tree is searched."""
    pairs: Thresholds = Thresholds()
    """When two siblings make a pair."""

    def growing(self, agent: Agent, depth: int) -> Growing:
        """The explorer these keys describe, for episodes of at most `depth` steps."""
        search = searching(self.search, self.pairs, self.estimate)
        return Growing(agent, search, VARIATIONS[self.labels], depth, self.merge, self.labels in FROM_FIRST)

    def values(self, grown: Grown) -> Values:
        """What the nodes of a tree are worth."""
        return evaluate(grown.tree.nodes, grown.tree.leaves, grown.draws, self.estimate)
