"""The instances of the four robotic worlds: which there are, in which split, and that they can be solved."""

from __future__ import annotations

import hashlib
import json
from functools import partial
from itertools import combinations

import pytest

from tests.environments.robotics.worlds import LENGTHS, each, make, solve
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.environments.robotics import Gripper, Robotics
from worldlore.environments.robotics.environment import GripperConfig
from worldlore.environments.robotics.family import SPLITS
from worldlore.errors import ConfigError
from worldlore.experience import Task

TRAINING = {"gripper": [7, 9, 14], "blockworld": [4, 6, 8], "barman": [8, 7, 13], "tyreworld": [8, 4, 0]}
"""Published indices LearnAct learns from, in its order."""
PINNED = {
    "gripper": "a8cd57505e761636",
    "blockworld": "5c86e0fb0dc76e37",
    "barman": "ae908d77f84f4410",
    "tyreworld": "946cd1b7ffde77b5",
}


@each
def test_the_published_instances_are_all_there_and_the_expert_plans_as_short_as_can_be(world: type[Robotics]) -> None:
    env = make(world)
    tasks = env.tasks("published")
    assert [task.data["index"] for task in tasks] == list(range(len(LENGTHS[world.name])))
    assert [len(solve(env, task)) for task in tasks] == LENGTHS[world.name]


@each
def test_training_begins_with_learnacts_three_and_the_test_holds_the_others(world: type[Robotics]) -> None:
    env = make(world)
    train, test = env.tasks("train"), env.tasks("test")
    assert [task.data["index"] for task in train[:3]] == TRAINING[world.name]
    assert len(train) == 500
    held_out = [i for i in range(len(LENGTHS[world.name])) if i not in TRAINING[world.name]]
    assert [task.data["index"] for task in test] == held_out
    published = {task.data["index"]: task.key for task in env.tasks("published")}
    assert all(task.key == published[task.data["index"]] for task in (*train[:3], *test))


@each
def test_no_instance_is_in_two_splits_whatever_its_index(world: type[Robotics]) -> None:
    env = make(world)
    contents = {split: {content(task) for task in env.tasks(split)} for split in SPLITS if split != "published"}
    assert all(len(contents[split]) == len(env.tasks(split)) for split in contents)
    assert not any(contents[a] & contents[b] for a, b in combinations(contents, 2))


def content(task: Task) -> str:
    return json.dumps({key: value for key, value in task.data.items() if key != "index"}, sort_keys=True)


@each
def test_the_tasks_are_these_for_ever(world: type[Robotics]) -> None:
    keys = [task.key for split in SPLITS for task in make(world).tasks(split)]
    assert hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16] == PINNED[world.name]


@each
def test_the_size_of_train_changes_neither_its_beginning_nor_the_other_splits(world: type[Robotics]) -> None:
    few, many = make(world, train_tasks=20), make(world)
    assert list(few.tasks("train")) == list(many.tasks("train"))[:20]
    for split in ("dev", "test_generated"):
        assert list(few.tasks(split)) == list(many.tasks(split))


@each
def test_every_generated_instance_can_be_solved(world: type[Robotics]) -> None:
    env = make(world)
    for split, count in (("train", 25), ("dev", 15), ("test_generated", 6)):
        for task in env.tasks(split)[:count]:
            solve(env, task)


@each
def test_the_contract_is_kept(world: type[Robotics]) -> None:
    findings = list(check(partial(ENVIRONMENTS.build, {"name": world.name}), ["train", "test"], tasks=2))
    assert [finding for finding in findings if not finding.passed] == []
    assert "branching" in {finding.name for finding in findings}


def test_an_unknown_split_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'published'"):
        make(Gripper).tasks("publish")


def test_sizes_say_which_instances_are_made() -> None:
    env = Gripper(GripperConfig(train_tasks=30, dev_tasks=20, size=(5, 5), large=(7, 7)))
    assert {len(task.data["balls"]) for task in env.tasks("train")[3:]} == {5}
    assert {len(task.data["balls"]) for task in env.tasks("test_generated")} == {7}


def test_more_instances_than_there_are_is_an_error_that_says_so() -> None:
    with pytest.raises(ConfigError, match="larger"):
        Gripper(GripperConfig(train_tasks=500, size=(2, 3))).tasks("train")
    with pytest.raises(ConfigError, match="size"):
        ENVIRONMENTS.build({"name": "gripper", "size": [5, 4]})
