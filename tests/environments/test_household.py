"""Household by itself: its tasks, its rules in words, its expert, its moments."""

from __future__ import annotations

import pickle
import sys
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.config import parse
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.environments.household import Household, homes
from worldlore.environments.household.generate import SIZES, build, furniture
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Task


def play(env: Household, task: Task, limit: int = 60) -> int | None:
    """Steps the expert needs."""
    env.reset(task, 0)
    for step in range(1, limit):
        action = env.expert()
        assert action is not None
        if env.step(action).done:
            return step
    return None


@pytest.mark.parametrize("split", SIZES)
def test_nearly_every_task_is_done_by_the_expert_in_thirty_steps(split: str) -> None:
    env = Household(Household.Config(actions=False))
    steps = [play(env, task) for task in env.tasks(split)[:300]]
    counted = sorted(s for s in steps if s is not None)
    assert len(counted) == len(steps)
    assert sum(s <= 30 for s in counted) >= 0.99 * len(counted)
    assert 6 <= counted[len(counted) // 2] <= 14


def test_no_task_is_done_before_it_is_begun() -> None:
    env = Household()
    for task in env.tasks("train")[:300]:
        env.reset(task, 0)
        assert env._play is not None
        assert not env._play.world.goal.holds(env._play)


def test_the_expert_knows_only_what_it_saw() -> None:
    env, other = Household(), Household()
    for task in env.tasks("dev")[:60]:
        env.reset(task, 0)
        moved = {**task.data, "seed": task.data["seed"] + 5 * 10**8}
        other.reset(Task(task.id, "household", "dev", task.goal, moved), 0)
        while (action := env.expert()) is not None:
            assert other.expert() == action
            if env.step(action) != other.step(action):
                break


@settings(max_examples=60, deadline=None)
@given(index=st.integers(0, 199), seed=st.integers(0, 10**6), detour=st.integers(0, 40))
def test_the_expert_finds_its_way_from_any_moment(index: int, seed: int, detour: int) -> None:
    env, rng = Household(), Random(seed)
    seen = env.reset(env.tasks("dev")[index], 0)
    for _ in range(detour):
        assert seen.actions is not None
        outcome = env.step(rng.choice(seen.actions))
        if outcome.done:
            return
        seen = outcome.observation
    for _ in range(60):
        action = env.expert()
        assert action is not None and seen.actions is not None and action in seen.actions
        outcome = env.step(action)
        if outcome.done:
            return
        seen = outcome.observation
    pytest.fail("the expert did not arrive")


@settings(max_examples=60, deadline=None)
@given(index=st.integers(0, 199), seed=st.integers(0, 10**6), dialect=st.sampled_from(["move", "put"]))
def test_exactly_the_admissible_commands_do_something(index: int, seed: int, dialect: str) -> None:
    env, rng = Household(Household.Config(dialect=dialect)), Random(seed)  # type: ignore[arg-type]
    seen = env.reset(env.tasks("test_unseen")[index], 0)
    for _ in range(12):
        assert seen.actions == tuple(sorted(set(seen.actions or ())))
        moment = env.snapshot()
        for action in seen.actions:
            assert env.step(action).observation.text != "Nothing happens."
            env.restore(moment)
        for action in every_command(env) - set(seen.actions):
            assert env.step(action).observation.text == "Nothing happens."
            assert env.snapshot() == moment
        outcome = env.step(rng.choice(seen.actions))
        if outcome.done:
            return
        seen = outcome.observation


def every_command(env: Household) -> set[str]:
    """A sample of the language in this world."""
    assert env._play is not None
    world, rng = env._play.world, Random(0)
    things = [piece.name for piece in rng.sample(world.things, 4)]
    places = [piece.name for piece in rng.sample(world.receptacles, 4)]
    verbs = ("go to", "open", "close", "use", "examine")
    alone = {f"{verb} {name}" for verb in verbs for name in (*things, *places)}
    pairs = {
        template.format(a, b)
        for template in ("take {} from {}", "move {} to {}", "put {} in/on {}", "clean {} with {}", "heat {} with {}",
                         "cool {} with {}", "slice {} with {}")
        for a in things for b in (*places, *things)
    }  # fmt: skip
    return {*alone, *pairs, "look", "inventory", "help"}


def test_a_moment_can_be_restored_many_times_and_into_another_object() -> None:
    env, other = Household(), Household()
    task = env.tasks("train")[5]
    env.reset(task, 0)
    for _ in range(4):
        env.step(env.expert() or "look")
    moment = pickle.loads(pickle.dumps(env.snapshot()))
    futures = []
    for player in (env, other, env):
        player.restore(moment)
        futures.append([player.step(player.expert() or "look") for _ in range(3)])
    assert futures[0] == futures[1] == futures[2]


def test_household_keeps_the_contract() -> None:
    assert [f for f in check(Household, ("dev", "test_unseen"), tasks=6) if not f.passed] == []


def test_the_session_of_a_kitchen_reads_like_alfworld() -> None:
    env = Household()
    task = next(t for t in env.tasks("train") if t.data["family"] == "pick_heat_then_place_in_recep")
    first = env.reset(task, 0)
    assert first.text.startswith(
        "-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room. Looking quickly"
    )
    assert first.text.endswith(f"\n\nYour task is to: {task.goal}.")
    assert env.step("look").observation.text == (
        "You are in the middle of a room. Looking quickly around you, you see nothing."
    )
    assert env.step("go to fridge 1").observation.text == "You arrive at fridge 1. The fridge 1 is closed."
    opened = env.step("open fridge 1").observation.text
    assert opened.startswith("You open the fridge 1. The fridge 1 is open. In it, you see ")
    assert env.step("go to fridge 1").observation.text == "Nothing happens."
    assert env.step("inventory").observation.text == "You are not carrying anything."
    assert env.step("close fridge 1").observation.text == "You close the fridge 1."
    assert env.step("go to microwave 1").observation.text == "You arrive at microwave 1. The microwave 1 is closed."
    assert env.step("look").observation.text == "You are facing the microwave 1. Next to it, you see nothing."


def test_the_older_dialect_puts_and_names_places() -> None:
    env = Household(Household.Config(dialect="put"))
    task = env.tasks("train")[0]
    env.reset(task, 0)
    texts = []
    while (action := env.expert()) is not None:
        texts.append((action, env.step(action).observation.text))
    assert texts[0][1].startswith("You arrive at loc ")
    assert texts[-1][0].startswith("put ") and " in/on " in texts[-1][0]
    assert texts[-1][1].startswith("You put the ") and " in/on the " in texts[-1][1]


def test_without_actions_nothing_else_changes() -> None:
    told, untold = Household(), Household(Household.Config(actions=False))
    task = told.tasks("dev")[3]
    assert told.reset(task, 0).text == untold.reset(task, 0).text
    while (action := told.expert()) is not None:
        one, two = told.step(action), untold.step(action)
        assert (one.observation.text, one.reward, one.done) == (two.observation.text, two.reward, two.done)
        assert two.observation.actions is None


def test_a_step_out_of_turn_is_refused() -> None:
    env = Household()
    with pytest.raises(EnvironmentFailure, match="reset first"):
        env.step("look")
    assert play(env, env.tasks("dev")[0])
    with pytest.raises(EnvironmentFailure, match="over"):
        env.step("look")


def test_a_task_of_another_content_version_is_refused() -> None:
    env = Household()
    task = env.tasks("dev")[0]
    with pytest.raises(EnvironmentFailure, match="version 99"):
        env.reset(Task(task.id, "household", "dev", task.goal, {**task.data, "version": 99}), 0)


def test_unknown_words_are_answered_with_the_nearest_known() -> None:
    with pytest.raises(ConfigError, match="did you mean 'test_unseen'"):
        Household().tasks("test_unsen")
    with pytest.raises(ConfigError, match="did you mean 'dialect'"):
        parse(Household.Config, {"dialct": "put"}, "environment 'household'")
    assert isinstance(ENVIRONMENTS.build({"name": "household", "dialect": "put"}), Household)


def test_things_have_their_homes_where_they_may_be_put() -> None:
    for kind in homes.ROOMS:
        room = homes.room(kind)
        for thing, places in room.homes.items():
            assert places.keys() <= room.furniture.keys()
            assert thing in homes.FIXED or all(thing in homes.HOLDS[place] for place in places)


def test_rooms_have_between_nine_and_thirty_receptacles() -> None:
    sizes = [
        len(furniture(room, home).receptacles) for room in homes.ROOMS for home in (*range(30), *range(1000, 1010))
    ]
    assert 9 <= min(sizes) < max(sizes) <= 30


def test_listings_run_by_kind_and_from_the_highest_number_down() -> None:
    world = build(Household().tasks("train")[3].data, "move")
    for pieces in (world.receptacles, world.things):
        assert all((a.kind, -a.number) < (b.kind, -b.number) for a, b in pairwise(pieces))


def test_without_its_package_alfworld_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "worldlore.environments.alfworld", raising=False)
    monkeypatch.setitem(sys.modules, "textworld", None)
    with pytest.raises(ConfigError, match=r"needs the package 'textworld'.*pip install 'worldlore\[alfworld\]'"):
        ENVIRONMENTS.load("alfworld")
