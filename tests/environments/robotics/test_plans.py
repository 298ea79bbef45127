"""No plan is shorter than what is said to be the shortest."""

from __future__ import annotations

import pytest

from tests.environments.robotics.plans import Bar, Garage, balls_alike, shortest
from tests.environments.robotics.worlds import LENGTHS, make, world_of
from worldlore.environments.robotics import Barman, Blockworld, Gripper, Tyreworld


@pytest.mark.parametrize("index", range(20))
def test_no_plan_of_gripper_is_shorter(index: int) -> None:
    world = world_of(make(Gripper), index)
    assert shortest(world, 40, balls_alike(world)) == LENGTHS["gripper"][index]


@pytest.mark.parametrize("index", range(10))
def test_no_plan_of_blockworld_is_shorter(index: int) -> None:
    assert shortest(world_of(make(Blockworld), index), 20) == LENGTHS["blockworld"][index]


@pytest.mark.parametrize("index", range(10))
def test_no_plan_of_tyreworld_is_shorter(index: int) -> None:
    world, length = world_of(make(Tyreworld), index), LENGTHS["tyreworld"][index]
    rest, state = Garage(world).rest, world.start
    for remaining in range(length, 0, -1):
        assert rest(state) <= remaining, "what is said to be still needed is not"
        move = Tyreworld.family.advise(world, state)
        assert move is not None
        state = move.after(state)
    assert shortest(world, length - 1, rest=rest) is None


@pytest.mark.parametrize("index", [i for i, length in enumerate(LENGTHS["barman"]) if length < 23])
def test_no_plan_of_barman_is_shorter(index: int) -> None:
    world = world_of(make(Barman), index)
    bar = Bar(world)
    assert shortest(world, LENGTHS["barman"][index], bar.key, bar.rest) == LENGTHS["barman"][index]


@pytest.mark.real
@pytest.mark.parametrize("index", [5, 6, 7, 8, 11])
def test_no_plan_for_two_cocktails_is_shorter(index: int) -> None:
    world = world_of(make(Barman), index)
    bar = Bar(world)
    assert shortest(world, LENGTHS["barman"][index], bar.key, bar.rest) == LENGTHS["barman"][index]
