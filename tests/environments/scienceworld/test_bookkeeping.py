"""Score, end, steps, splits and branching, on a stand-in for the simulator."""

from __future__ import annotations

import json
import weakref

import pytest

from tests.environments.scienceworld.standin import GOLD, StandInMachine, put, world
from worldlore.config import parse
from worldlore.environments import Branching
from worldlore.environments.scienceworld import KINDS, PUBLISHED, ScienceworldConfig, named
from worldlore.environments.scienceworld.simulator import World
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Task
from worldlore.experiments.chosen import shared


def begun(kind="boil", **keys):
    env = world(**keys)
    task = next(task for task in env.tasks("train") if task.data["family"] == kind)
    return env, env.reset(task, 0)


def rewards(env, *actions):
    return [env.step(action).reward for action in actions]


def test_the_reward_is_what_the_best_score_rises_by(machine):
    env, _ = begun()
    assert rewards(env, "half", "back", "half", "win") == [0.5, 0.0, 0.0, 0.5]


def test_a_task_done_as_asked_is_a_success(machine):
    env, _ = begun()
    outcome = env.step("win")
    assert (outcome.done, outcome.success, outcome.info["ended"]) == (True, True, "completed")
    with pytest.raises(EnvironmentFailure, match="over"):
        env.step("wait")


def test_a_negative_score_ends_the_task_and_keeps_the_best_score(machine):
    env, _ = begun()
    env.step("half")
    outcome = env.step("fail")
    assert (outcome.reward, outcome.done, outcome.success, outcome.info["ended"]) == (0.0, True, False, "failed")


def test_an_end_without_the_full_score_is_no_success_unless_the_threshold_says_so(machine):
    assert not done_half(begun()[0]).success
    assert done_half(begun(success=0.5)[0]).success


def done_half(env):
    env.step("half")
    return env.step("finish")


@pytest.mark.parametrize(("kind", "cap"), [("lifespan-longest-lived", 10), ("find-animal", 15), ("boil", 100)])
def test_an_episode_ends_after_the_published_number_of_steps(machine, kind, cap):
    env, _ = begun(kind)
    outcomes = [env.step("wait") for _ in range(cap)]
    assert [outcome.done for outcome in outcomes] == [False] * (cap - 1) + [True]
    assert (outcomes[-1].success, outcomes[-1].info["ended"]) == (False, "cap")


def test_without_caps_an_episode_ends_when_the_task_does(machine):
    env, _ = begun("lifespan-longest-lived", caps=False)
    assert not any(env.step("wait").done for _ in range(50))


def test_what_is_not_understood_is_told_and_noted(machine):
    env, _ = begun()
    assert [env.step(action).info["valid"] for action in ("wait", "xyzzy", "look around")] == [True, False, True]


def test_the_task_alone_is_told_first_and_the_room_where_it_is_asked_for(machine):
    assert begun()[1].text == "Task boil 0."
    assert begun(room=True)[1].text == "Task boil 0.\na bare room"


def test_admissible_actions_are_told_where_they_are_asked_for(machine):
    assert begun()[1].actions is None
    env, first = begun(admissible=True)
    assert first.actions == ("look around", "wait")
    assert env.step("wait").observation.actions == ("look around", "wait")
    assert env.step("win").observation.actions is None


def test_asking_what_is_possible_changes_nothing(machine):
    plain, told = begun()[0], begun(admissible=True)[0]
    assert [plain.step("draw").observation.text for _ in range(3)] == [
        told.step("draw").observation.text for _ in range(3)
    ]


def test_worlds_played_in_turn_are_as_they_are_alone(machine):
    env = world()
    tasks = env.tasks("train")[:2]
    alone = [[drawn(one, task) for _ in range(4)] for task in tasks for one in [loaded(task)]]
    one, other = (loaded(task) for task in tasks)
    both = [(drawn(one, tasks[0]), drawn(other, tasks[1])) for _ in range(4)]
    assert [list(column) for column in zip(*both, strict=True)] == alone


def loaded(task):
    env = world()
    env.reset(task, 0)
    return env


def drawn(env, task):
    return env.step("draw").observation.text


def test_the_expert_follows_the_solution_and_has_no_advice_for_other_ways(machine):
    env, _ = begun()
    followed = []
    while (action := env.expert()) is not None:
        followed.append(action)
        env.step(action)
    assert tuple(followed) == GOLD
    env, _ = begun()
    env.step("wait")
    assert env.expert() is None


def test_a_solution_that_is_too_long_is_shortened_and_tried(machine, monkeypatch):
    from tests.environments.scienceworld import standin

    walk = ["open door to hallway", "go to hallway", "look around", "open door to outside", "go to outside"]
    monkeypatch.setattr(standin, "GOLD", (*walk, *["wait1"] * 27, "win", "wait1"))
    env, _ = begun("lifespan-longest-lived")
    found = []
    while (action := env.expert()) is not None:
        found.append(action)
        env.step(action)
    assert found == ["teleport to outside", "wait", "wait", "wait", "win"]
    env, _ = begun("lifespan-longest-lived", simplifications=[])
    assert env.expert() == "open door to hallway"


def test_a_moment_can_be_put_back_in_another_object(machine):
    env, _ = begun()
    env.step("half")
    env.step("draw")
    moment, expected = env.snapshot(), env.step("draw")
    other = world()
    for again in (other, env, other):
        again.restore(moment)
        assert again.step("draw") == expected


def test_a_replay_that_leads_elsewhere_is_told(machine):
    env, _ = begun()
    env.step("look around")
    moment = env.snapshot()
    machine.dice = iter(range(5, 50))
    with pytest.raises(EnvironmentFailure, match="led elsewhere this time"):
        env.restore(moment)


def test_where_the_self_test_fails_nothing_branches(monkeypatch, machine):
    assert isinstance(world(), Branching)
    put(monkeypatch, StandInMachine(steady=False))
    env = world()
    assert not isinstance(env, Branching)
    assert env.reset(env.tasks("train")[0], 0).text == "Task boil 0."


def test_kinds_alternate_in_a_split(machine):
    tasks = world().tasks("test")
    assert [task.data["family"] for task in tasks[:24]] == list(PUBLISHED)
    assert len(tasks) == 24 * 3 and tasks[24].id == "boil-7"
    assert len(world(kinds="all").tasks("train")) == 30 * 4
    assert len(world(variations=1).tasks("dev")) == 24


def test_kinds_are_known_by_all_their_names(machine):
    assert [task.id for task in world(kinds=["task-1-boil"], variations=1).tasks("train")] == ["boil-0"]
    assert named("task-9-mendellian-genetics-(known-plant)").number == 28
    assert named("task-2a-test-conductivity-of-unknown-substances").cap == 30
    assert len(PUBLISHED) == 24 and sorted(kind.number for kind in KINDS.values()) == list(range(30))


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"kinds": ["boill"]}, "did you mean 'boil'"),
        ({"simplifications": ["eazy"]}, "did you mean 'easy'"),
        ({"variation": 3}, "did you mean 'variations'"),
        ({"memory": 1}, "memory"),
    ],
)
def test_wrong_keys_are_answered_with_what_is_right(keys, told):
    with pytest.raises(ConfigError, match=told):
        parse(ScienceworldConfig, keys, "environment 'scienceworld'")


def test_an_unknown_split_is_told(machine):
    with pytest.raises(ConfigError, match="did you mean 'test'"):
        world().tasks("tests")


def test_wires_are_never_forbidden_where_they_are_needed(machine):
    env = world(simplifications=["openDoors", "noElectricalAction"])
    told = {task.data["family"]: task.data["simplifications"] for task in env.tasks("dev")}
    assert told["boil"] == "openDoors,noElectricalAction" and told["power-component"] == "openDoors"


@pytest.fixture
def indices(tmp_path):
    lists = {
        "train": [["task-1-boil", 2], ["task-3-find-animal", 1], ["task-1-boil", 0]],
        "dev": [["task-1-boil", 0], ["task-3-find-animal", 7], ["task-8-inclined-plane-determine-angle", 1]],
    }
    for split, listed in lists.items():
        (tmp_path / f"{split}_indices.json").write_text(json.dumps(listed))
    return str(tmp_path)


def test_published_index_files_make_the_splits(machine, indices):
    env = world(indices=indices)
    assert [task.id for task in env.tasks("train")] == ["boil-2", "find-animal-1", "boil-0"]
    assert [task.id for task in env.tasks("dev")] == ["boil-0", "find-animal-7"]
    with pytest.raises(ConfigError, match=r"test_indices.json cannot be read .*expected ETO's file"):
        env.tasks("test")


def test_tasks_in_two_splits_can_be_told_and_left_out(machine, indices):
    env = world(indices=indices)
    both = shared(env, env.tasks("train"), env.tasks("dev"))
    assert [task.id for task in env.tasks("dev") if task.key in both] == ["boil-0"]
    assert [task.id for task in world(indices=indices, overlap="drop").tasks("dev")] == ["find-animal-7"]
    assert env.tasks("dev")[0].key == env.tasks("train")[2].key


def test_an_index_file_of_another_form_is_refused(machine, tmp_path):
    (tmp_path / "train_indices.json").write_text('{"boil": 3}')
    with pytest.raises(ConfigError, match="cannot be read"):
        world(indices=str(tmp_path)).tasks("train")


def test_a_simulator_that_fails_fails_the_episode(machine):
    env, _ = begun()
    machine.error = ConnectionResetError("gone")
    with pytest.raises(EnvironmentFailure, match="ConnectionResetError: gone"):
        env.step("wait")
    assert machine.closed == 1


def test_a_mistake_of_ours_is_not_the_simulators(machine):
    env, _ = begun()
    machine.error = KeyError("ours")
    with pytest.raises(KeyError):
        env.step("wait")
    assert not machine.closed


def test_a_step_before_the_reset_is_refused(machine):
    with pytest.raises(EnvironmentFailure, match="reset first"):
        world().step("wait")


def test_a_task_of_a_kind_unknown_here_can_be_played_with_its_own_data(machine):
    env = world()
    task = Task("x", "scienceworld", "train", "do it", {"family": "boil", "variation": 9, "simplifications": ""})
    assert env.reset(task, 0).text == "do it" and env.step("win").success


def test_an_object_nobody_holds_gives_its_simulator_back(machine):
    env = world()
    simulator = env._simulator
    users, seen = simulator.users, weakref.ref(env)
    del env
    assert seen() is None and simulator.users == users - 1
    env = world()
    env.close()
    env.close()
    assert simulator.users == users - 2


def test_a_world_whose_turn_comes_first_is_left_as_it_is(machine):
    simulator = world()._simulator
    one = World(simulator)
    one.load("boil", 5, "")
    assert machine.state == (5, 100, "")
