"""The real levels behind our contract."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.agents import AGENTS
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Task
from worldlore.rollout.loop import Episode, Limits, Stage

pytestmark = pytest.mark.real
pytest.importorskip("minigrid", reason="pip install 'worldlore[babyai]' brings minigrid")

from worldlore.environments.babyai.environment import Babyai  # noqa: E402
from worldlore.environments.babyai.expert import Guide  # noqa: E402
from worldlore.environments.babyai.levels import PUBLISHED  # noqa: E402
from worldlore.environments.babyai.view import DROP, FORWARD, PICKUP  # noqa: E402
from worldlore.environments.babyai.worlds import made  # noqa: E402

CAPABLE = [name for name in PUBLISHED if name not in ("PutNextS7N4Carrying", "KeyInBox", "OpenDoorsOrderN4Debug")]
"""Levels that the bot can do."""
SMALL = ("GoToLocal", "PickupLoc", "OpenRedBlueDoorsDebug", "UnlockLocal")


def world(**keys: object) -> Babyai:
    return ENVIRONMENTS.build({"name": "babyai", **keys})


def begun(level: str, seed: int = 0, **keys: object) -> Babyai:
    env = world(**keys)
    env.reset(task_of(level, seed), 0)
    return env


def task_of(level: str, seed: int = 0) -> Task:
    return Task(f"{level}-{seed}", "babyai", "train", made(level, seed).mission, {"family": level, "seed": seed})


def test_the_environment_keeps_its_contract() -> None:
    factory = partial(ENVIRONMENTS.build, {"name": "babyai", "train_tasks": 40, "test_tasks": 8, "dev_tasks": 8})
    found = list(check(factory, ("train", "dev", "test", "published"), tasks=3))
    assert [f.detail for f in found if not f.passed] == []
    assert "branching" in {f.name for f in found}


def test_the_published_tasks_are_forty_levels_with_seed_nought() -> None:
    tasks = world().tasks("published")
    assert len(PUBLISHED) == len(set(PUBLISHED)) == len(tasks) == 40
    assert [(t.data["family"], t.data["seed"]) for t in tasks] == [(level, 0) for level in PUBLISHED]
    more = world(published_tasks=90, levels=["GoToLocal"]).tasks("published")
    assert (more[85].data["family"], more[85].data["seed"]) == (PUBLISHED[5], 2)


def test_a_mission_keeps_its_order() -> None:
    missions = {task.goal for task in world(levels=["GoToSeq", "SynthSeq"], train_tasks=20).tasks("train")}
    assert any(" then " in goal for goal in missions) and any("after you" in goal for goal in missions)


def test_the_wrong_order_of_doors_fails_the_task() -> None:
    env = begun("OpenDoorsOrderN4Debug")
    while not (door := env._seen().find("purple door 1")):
        env.step("turn left")
    outcome = env.step(f"toggle and go through {door.name}")
    assert outcome.info["valid"] and outcome.done and not outcome.success and outcome.reward == 0
    assert outcome.observation.text.endswith("The task has failed.") and outcome.observation.actions == ()


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    for seed in range(12):
        made("BossLevel", seed)
    assert capfd.readouterr() == ("", "")


def test_the_expert_does_what_the_bot_does_to_the_letter() -> None:
    for level in ("GoToObjMazeS7", "UnlockPickupDist", "MoveTwoAcrossS8N9"):
        env, shown, moves = begun(level), made(level, 0), list[int]()
        guide, over = Guide(level, 0), False
        while not over and len(moves) < 200:
            assert guide._bot is not None
            moves.append(guide._next)
            over = shown.step(moves[-1])[2]
            if not over:
                guide._world.step(moves[-1])
                guide._next, guide._done = guide._thought(moves[-1]), list(moves)
        while not env._playing().over:
            env.step(env.expert() or "")
        assert list(env._playing().moves)[: len(moves)] == moves


def test_the_expert_does_what_it_can_do() -> None:
    stage = Stage(
        partial(ENVIRONMENTS.build, {"name": "babyai", "levels": CAPABLE}), {}, Limits(steps=150, step_seconds=60)
    )
    tasks = world(levels=CAPABLE).tasks("train")[: len(CAPABLE)]
    played = list(stage.play(AGENTS.build({"name": "expert"}), [Episode(task) for task in tasks]))
    assert sum(bool(one.success) for one in played) >= 0.85 * len(CAPABLE)
    assert all(one.score in (0.0, 1.0) for one in played)


def test_a_bot_that_would_plan_for_ever_gives_up() -> None:
    env = begun("UnlockToUnlock", 4)
    steps = 0
    while steps < 150 and (action := env.expert()) is not None and not env.step(action).done:
        steps += 1
    assert steps < 150


def test_a_bot_is_advised_again_after_somebody_else_acted() -> None:
    env = begun("UnlockPickupDist")
    before = env.snapshot()
    first = env.expert()
    for action in ("turn left", "turn left", "turn left", "turn left"):
        env.step(action)
    assert env.expert() is not None
    env.restore(before)
    assert env.expert() == first


@pytest.mark.parametrize("level", ["KeyInBox", "PutNextS7N4Carrying"])
def test_where_the_bot_cannot_there_is_no_advice_in_the_end(level: str) -> None:
    env, steps = begun(level), 0
    while (action := env.expert()) is not None and not env.step(action).done:
        steps += 1
        assert steps < 60


def test_success_counts_one_however_long_it_took() -> None:
    env = begun("PickupLoc", 0)
    for _ in range(env._playing().world.max_steps + 10):
        assert not env.step("turn left").done
    while not env._playing().over:
        outcome = env.step(env.expert() or "")
    assert outcome.reward == 1.0 and outcome.success


def test_an_action_is_the_moves_it_stands_for() -> None:
    env = begun("PickupLoc")
    for action in list(env._seen().courses):
        env.restore(start := env.snapshot())
        course = env._seen().courses[action]
        outcome = env.step(action)
        assert outcome.info["moves"] <= len(course)
        assert outcome.info["moves"] == len(course) or outcome.done or course[-1] == FORWARD
        env.restore(start)


def test_what_was_picked_up_is_carried_and_dropped() -> None:
    env = begun("PutNextLocalS6N4")
    taken = next(a for a in env._seen().courses if a.startswith("pick up"))
    name = taken.removeprefix("pick up ")[:-2]
    assert f"You are carrying a {name}" in env.step(taken).observation.text
    assert env._playing().moves[-1] == PICKUP
    outcome = env.step("drop")
    while not outcome.info["valid"]:
        outcome = env.step("turn left")
        outcome = env.step("drop")
    assert env._playing().moves[-1] == DROP


def test_asking_what_can_be_done_moves_nothing() -> None:
    env = begun("GoToLocal")
    outcome = env.step("check available actions")
    assert outcome.info == {"valid": True, "moves": 0} and "You can: " in outcome.observation.text
    assert env._playing().moves == ()


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SMALL), st.integers(0, 50), st.lists(st.integers(0, 30), max_size=8), st.integers(0, 8))
def test_restored_and_continued_is_continued(level: str, seed: int, choices: list[int], at: int) -> None:
    env, other = begun(level, seed), world()
    moment, at = env.snapshot(), min(at, len(choices))
    seen, done = [], []
    for number, choice in enumerate(choices):
        if number == at:
            moment = env.snapshot()
        possible = list(env._seen().courses)
        if env._playing().over:
            break
        done.append(possible[choice % len(possible)])
        seen.append(env.step(done[-1]))
    rest = done[at:] if at < len(choices) else done
    expected = seen[at:] if at < len(choices) else seen
    for branch in (env, other, env):
        branch.restore(moment)
        assert [branch.step(action) for action in rest] == expected


def test_faults_tell_what_to_do() -> None:
    with pytest.raises(ConfigError, match="did you mean 'GoToLocal'"):
        world(levels=["GoToLocl"])
    with pytest.raises(ConfigError, match="name a level"):
        world(levels=[])
    with pytest.raises(ConfigError, match="no split of babyai 'tests'"):
        world().tasks("tests")
    with pytest.raises(EnvironmentFailure, match="reset first"):
        world().step("turn left")
