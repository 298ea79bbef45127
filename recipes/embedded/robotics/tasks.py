"""Tasks that no agent is measured on, drawn by the worlds' own generators, of sizes as the published instances have."""

from __future__ import annotations

from functools import cache
from random import Random

from worldlore.environments.robotics import Barman, Blockworld, Gripper, Robotics, Tyreworld
from worldlore.environments.robotics.family import Content, Instances, Sizes
from worldlore.experience import Task, content_hash

WORLDS: dict[str, type[Robotics]] = {
    "gripper": Gripper,
    "blockworld": Blockworld,
    "barman": Barman,
    "tyreworld": Tyreworld,
}
SHARES = {"gripper": 0.2, "blockworld": 0.32, "barman": 0.24, "tyreworld": 0.24}
"""How many of the episodes are of each world."""
DRAWN = {"gripper": (1, 12), "blockworld": (2, 7), "barman": (2, 6), "tyreworld": (1, 4)}
"""Least and greatest size."""
MEASURED = ("dev", "test_generated", "published")
"""Splits that share no task with what is drawn here."""
LARGE = 9
"""Now and then a bar has as many shots, and a car as many hubs; there is nothing to do at the further hubs."""
RARE = 0.12
"""How often."""


def drawn(name: str, rng: Random, share: float = 1.0) -> Task:
    """A task of a world, of sizes up to a share of the greatest."""
    family = WORLDS[name].family
    while True:
        content = _draw(name, rng, share)
        if content_hash(dict(content)) not in held(name):
            goal = family.language.goal(family.problem(content).goal)
            return Task(f"{name}-recipe", name, "recipe", goal, {"family": name, "index": 0, **content})


def _draw(name: str, rng: Random, share: float) -> Content:
    least, greatest = DRAWN[name]
    size, large = rng.randint(least, max(least, round(share * greatest))), rng.random() < RARE * (share == 1)
    content = WORLDS[name].family.draw(rng, LARGE if large and name == "barman" else size)
    if large and name == "tyreworld":
        return {**content, "wanted": [*content["wanted"], *[""] * (LARGE - size)]}
    return content


@cache
def held(name: str) -> frozenset[str]:
    """The contents of the tasks that agents are measured on: the defaults', and those of the sizes drawn here."""
    family, config = WORLDS[name].family, WORLDS[name].Config()
    found = set[str]()
    for small in (config.size, DRAWN[name]):
        try:
            instances = Instances(family, Sizes(config.train_tasks, config.dev_tasks, small, config.large))
            found |= {_hash(task) for split in MEASURED for task in instances.split(split)}
        except Exception:
            continue
    return frozenset(found)


def _hash(task: Task) -> str:
    return content_hash({key: value for key, value in task.data.items() if key not in ("family", "index")})
