"""The four robotic worlds, made and solved."""

from __future__ import annotations

import pytest

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.robotics import Barman, Blockworld, Gripper, Robotics, Tyreworld
from worldlore.environments.robotics.world import World
from worldlore.experience import Task

WORLDS: list[type[Robotics]] = [Gripper, Blockworld, Barman, Tyreworld]
LENGTHS = {
    "gripper": [11, 17, 23, 29, 35, 10, 16, 16, 26, 29, 30, 12, 11, 12, 36, 35, 34, 18, 16, 30],
    "blockworld": [8, 18, 6, 6, 12, 8, 12, 8, 14, 14],
    "barman": [12, 10, 10, 10, 10, 23, 23, 23, 23, 10, 10, 23, 12, 2, 5, 11, 8, 12, 8, 10],
    "tyreworld": [12, 21, 30, 39, 8, 5, 16, 14, 14, 14],
}
"""Moves of an optimal plan of each published instance."""


def make(world: type[Robotics], **keys: object) -> Robotics:
    return ENVIRONMENTS.build({"name": world.name, **keys})


def solve(env: Robotics, task: Task, limit: int = 100) -> list[str]:
    """The expert's commands, each of which has to do something."""
    env.reset(task, 0)
    commands: list[str] = []
    while len(commands) < limit:
        command = env.expert()
        assert command is not None
        commands.append(command)
        outcome = env.step(command)
        assert outcome.info["valid"]
        if outcome.done:
            return commands
    raise AssertionError(f"{task.id} was not solved")


def world_of(env: Robotics, index: int) -> World:
    return World(env.family.problem(env.family.published[index]))


each = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
