"""Environments by name."""

from worldlore.config import Family
from worldlore.environments.base import Branching, Environment, Outcome, Primitive

ENVIRONMENTS = Family(
    "environment",
    {
        "household": "worldlore.environments.household:Household",
        "alfworld": "worldlore.environments.alfworld:Alfworld",
        "programs": "worldlore.environments.programs:Programs",
        "gripper": "worldlore.environments.robotics:Gripper",
        "playground": "worldlore.environments.playground:Playground",
        "door": "worldlore.environments.door:Door",
        "blockworld": "worldlore.environments.robotics:Blockworld",
        "barman": "worldlore.environments.robotics:Barman",
        "tyreworld": "worldlore.environments.robotics:Tyreworld",
        "webshop": "worldlore.environments.webshop:Webshop",
        "scienceworld": "worldlore.environments.scienceworld:Scienceworld",
        "pddl": "worldlore.environments.robotics.own:Pddl",
        "gsm8k": "worldlore.environments.maths:Gsm8k",
        "math": "worldlore.environments.maths:Mathematics",
        "arithmetic": "worldlore.environments.maths:Arithmetic",
        "agentgym": "worldlore.environments.agentgym:Agentgym",
        "gymnasium": "worldlore.environments.gymnasium:Gymnasium",
        "openenv": "worldlore.environments.openenv:Openenv",
        "babyai": "worldlore.environments.babyai.environment:Babyai",
        "textcraft": "worldlore.environments.textcraft:Textcraft",
        "maze": "worldlore.environments.maze:Maze",
        "wordle": "worldlore.environments.wordle:Wordle",
    },
    {
        "alfworld": "alfworld",
        "textworld": "alfworld",
        "fast_downward": "alfworld",
        "gymnasium": "gym",
        "websockets": "openenv",
        "minigrid": "babyai",
    },
    base="worldlore.environments.base:Environment",
)

__all__ = ["ENVIRONMENTS", "Branching", "Environment", "Outcome", "Primitive"]
