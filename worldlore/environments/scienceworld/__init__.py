"""ScienceWorld itself: the `scienceworld` package's simulator behind our contract (Wang et al., arXiv 2203.07540).

    kinds         the thirty kinds of task, and which of them WKM and ETO play for how many steps
    tasks         splits: the package's, or those of published index files
    java          the process the simulator runs in
    simulator     worlds that take turns in it
    expert        the package's solution, made to fit the published number of steps
    environment   the environment in words: score, end, admissible actions, expert, branching
    published     trajectories as ETO and WKM publish them

The package's `reset` and `step` are left alone: they make the gold path at every reset and the list of all possible
actions at every step, and nobody asked. Figures published for ScienceWorld are of release 1.1.3; here it is 1.2.3 or
later.
"""

from worldlore.environments.scienceworld.environment import Repeatable, Scienceworld, ScienceworldConfig
from worldlore.environments.scienceworld.kinds import KINDS, PUBLISHED, Kind, named
from worldlore.environments.scienceworld.tasks import SPLITS

__all__ = [
    "KINDS",
    "PUBLISHED",
    "SPLITS",
    "Kind",
    "Repeatable",
    "Scienceworld",
    "ScienceworldConfig",
    "named",
]
