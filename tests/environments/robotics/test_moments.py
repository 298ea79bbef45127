"""Rewards, moments put back, and experts from wherever one is, in the four robotic worlds."""

from __future__ import annotations

import pickle
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.environments.robotics.worlds import WORLDS, each, make, solve
from worldlore.environments.robotics import Barman, Blockworld, Gripper, Robotics, Tyreworld
from worldlore.errors import EnvironmentFailure
from worldlore.experience import Task


@each
def test_rewards_are_how_much_more_of_the_goal_holds_than_ever_and_sum_to_one(world: type[Robotics]) -> None:
    env = make(world)
    fell = False
    for index, task in enumerate(env.tasks("published")):
        rng, best, total = Random(index), 0.0, 0.0
        seen = env.reset(task, 0)
        for _ in range(300):
            assert seen.actions is not None
            wander = rng.random() < 0.3 and world is not Barman
            outcome = env.step(rng.choice(seen.actions) if wander else env.expert() or "")
            seen, share = outcome.observation, outcome.info["progress"]
            fell |= share < best
            total, best = total + outcome.reward, max(best, share)
            assert total == pytest.approx(best)
            assert outcome.done == outcome.success == (share == 1.0)
            if outcome.done:
                break
        assert total == pytest.approx(1.0)
    assert fell or world in (Barman, Tyreworld), "what is reached was never lost again: the test says too little"


def test_a_goal_that_is_lost_and_reached_again_is_not_paid_twice() -> None:
    env = make(Gripper)
    env.reset(env.tasks("published")[0], 0)
    carry = ["pick ball1 rooma left", "move rooma roomb", "drop ball1 roomb left"]
    assert [env.step(command).reward for command in carry] == [0.0, 0.0, 0.25]
    lose = [env.step(command) for command in ("pick ball1 roomb left", "drop ball1 roomb left")]
    assert [outcome.reward for outcome in lose] == [0.0, 0.0]
    assert [outcome.info["progress"] for outcome in lose] == [0.0, 0.25]


def test_a_task_that_is_over_takes_no_step() -> None:
    env = make(Gripper)
    with pytest.raises(EnvironmentFailure, match="reset first"):
        env.step("move rooma roomb")
    solve(env, env.tasks("train")[0])
    assert env.expert() is None
    with pytest.raises(EnvironmentFailure, match="the task is over"):
        env.step("move rooma roomb")


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(WORLDS), st.integers(0, 200), st.lists(st.integers(0, 50), max_size=40), st.data())
def test_a_moment_put_back_goes_on_as_before(
    world: type[Robotics], number: int, choices: list[int], data: st.DataObject
) -> None:
    env, other = make(world), make(world)
    tasks = env.tasks("train")
    cut = data.draw(st.integers(0, len(choices)))
    seen = env.reset(tasks[number], 0)
    outcomes, moment = [], env.snapshot()
    for step, choice in enumerate(choices):
        if step == cut:
            moment = env.snapshot()
        command = (seen.actions or ("look around",))[choice % len(seen.actions or (1,))]
        outcomes.append((command, env.step(command)))
        seen = outcomes[-1][1].observation
        if outcomes[-1][1].done:
            break
    moment = pickle.loads(pickle.dumps(moment))
    for branch in (other, env):
        branch.restore(moment)
        for command, outcome in outcomes[cut:]:
            assert branch.step(command) == outcome


@pytest.mark.parametrize("world", [Gripper, Blockworld, Tyreworld], ids=lambda world: world.name)
def test_from_wherever_one_wandered_the_expert_finds_the_goal(world: type[Robotics]) -> None:
    env = make(world)
    for index, task in enumerate(env.tasks("dev")[:40]):
        assert wandered(env, task, index) is not None


def test_in_barman_the_expert_gives_up_only_where_the_goal_is_out_of_reach() -> None:
    from worldlore.environments.robotics.search import find_plan

    env, lost = make(Barman), 0
    for index, task in enumerate(env.tasks("dev")[:25]):
        if wandered(env, task, index) is None:
            play = env._playing()  # pyright: ignore[reportPrivateUsage]
            assert find_plan(play.scene.world, play.state, near=0, far=400) is None
            lost += 1
    assert 1 <= lost <= 5


def wandered(env: Robotics, task: Task, seed: int) -> int | None:
    """Steps of the expert after a random walk; None if it has no advice."""
    rng, seen = Random(seed), env.reset(task, 0)
    for _ in range(rng.randrange(60)):
        outcome = env.step(rng.choice(seen.actions or ()))
        seen = outcome.observation
        if outcome.done:
            return 0
    for step in range(100):
        command = env.expert()
        if command is None:
            return None
        outcome = env.step(command)
        assert outcome.info["valid"]
        if outcome.done:
            return step
    raise AssertionError(f"{task.id}: the expert walks in circles")
