"""BabyAI in words: the real levels of the package `minigrid` (Chevalier-Boisvert et al., arXiv 1810.08272).

    levels        the levels by name, the forty that are published as a test; the tasks of each split
    worlds        worlds made of them
    view          what is in sight, in words; which actions that allows, each with its moves
    expert        the package's bot, and its moves told as our actions
    environment   the environment: tasks, steps, branching

One sees the seven by seven cells ahead, as far as walls and doors allow, and everything is told from there: what is
where in steps, doors with their state, walls, what is carried. An action is a walk and what is done at its end ("pick
up red ball 1"), found over the cells in sight, or a single move ("turn left"). A mission is told as the level words
it, order included.

Only `worlds` and `expert` need the package.
"""

from worldlore.environments.babyai.environment import Babyai, BabyaiConfig
from worldlore.environments.babyai.levels import PUBLISHED, SPLITS
from worldlore.environments.babyai.view import View, look

__all__ = ["PUBLISHED", "SPLITS", "Babyai", "BabyaiConfig", "View", "look"]
