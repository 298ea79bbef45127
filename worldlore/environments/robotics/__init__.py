"""Robotics: worlds that are planned in, the four of LearnAct and any that is written in PDDL.

    gripper, blockworld, barman, tyreworld     LearnAct's, with its 60 published instances and a generator of more
    pddl                                       a domain and problems of your own

The state is told in full after every command that did something. The reward is how much more of the goal holds than
ever before in the episode, so it sums to the best share reached; the task is over when all of it holds, and nothing
else ends it. `info` notes whether a command did anything (`valid`) and the share of the goal that holds (`progress`).
Domains and instances are rebuilt from published facts and held to an independent simulator by a test.
"""

from worldlore.environments.robotics.environment import Barman, Blockworld, Gripper, Planning, Robotics, Tyreworld
from worldlore.environments.robotics.written import domain_to_pddl, problem_to_pddl

__all__ = [
    "Barman",
    "Blockworld",
    "Gripper",
    "Planning",
    "Robotics",
    "Tyreworld",
    "domain_to_pddl",
    "problem_to_pddl",
]
