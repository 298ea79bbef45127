"""Actions mined from successes: the author that needs no language model.

What trajectories have in common becomes actions (anti-unification), those that shorten their description are kept
(minimum description length), written as Python with loops and guards, tried by telling the trajectories again in them,
and repaired where a call failed. Then the policy may rehearse: it is fine-tuned on more trajectories told in learned
actions.

    corpus.py        trajectories as primitive calls
    patterns.py      bodies with variables, loops and guards, and where they match
    generalising.py  anti-unification
    guards.py        sentences that tell when a call is made
    proposals.py     bodies worth weighing
    compression.py   which are kept
    naming.py, writing.py    Python
    rewriting.py     trajectories in the fewest actions
    joining.py       still fewer, where the task then still succeeds
    repair.py        preconditions from failures
    miner.py         the author
"""

from worldlore.methods.learnact.mined.config import MinedConfig
from worldlore.methods.learnact.mined.miner import Miner

__all__ = ["MinedConfig", "Miner"]
