"""What is written by hand about the worlds."""

import pytest

from worldlore.agents.primer import known, task_example
from worldlore.environments.household.goals import FAMILIES
from worldlore.environments.scienceworld.kinds import PUBLISHED
from worldlore.experience import Task


@pytest.mark.parametrize(("world", "families"), [("household", FAMILIES), ("scienceworld", PUBLISHED)])
def test_every_kind_of_task_has_an_example_of_its_own(world, families):
    found = {family: task_example(world, Task("a", world, "train", "", {"family": family})) for family in families}
    assert len(set(found.values())) == len(families)
    for text in found.values():
        assert text.startswith("When you have to ") and " You should not " in text
        assert "The action workflows are: " in text and text.endswith(".") and "{" not in text


def test_a_kind_without_an_example_takes_the_first_one():
    task = Task("a", "scienceworld", "train", "", {"family": "mendelian-genetics-known-plant"})
    assert task_example("scienceworld", task).startswith(
        "When you have to find a living thing and bring it to a box in"
    )


def test_the_shop_has_one_for_all():
    assert known("webshop", "task knowledge").count("The action workflows are: ") == 1
