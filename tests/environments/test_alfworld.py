"""The real package behind our contract, on game files laid out like ALFWorld's own."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.environments.real_games import write_game
from worldlore.config import parse
from worldlore.environments.check import check
from worldlore.environments.household import Household
from worldlore.errors import ConfigError, EnvironmentFailure

pytestmark = pytest.mark.real
pytest.importorskip("alfworld")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like the downloaded one, with six games for each of two splits and three that do not count."""
    root = tmp_path_factory.mktemp("alfworld")
    env = Household()
    for split, ours in (("train", "train"), ("valid_unseen", "test_unseen")):
        for task in env.tasks(ours)[:6]:
            write_game(task, root / "json_2.1.1" / split / folder_name(task.data) / "trial_1", "move")
    train, task = root / "json_2.1.1" / "train", env.tasks("train")[0]
    write_game(task, train / "pick_and_place_with_movable_recep-x" / "trial_1", "move")
    write_game(task, train / "pick_cool_then_place_in_recep-AppleSliced-None-Fridge-1" / "trial_1", "move")
    unsolvable = write_game(task, train / "unsolvable" / "trial_1", "move")
    unsolvable.write_text(json.dumps({**json.loads(unsolvable.read_text()), "solvable": False}))
    return root


def folder_name(data: Any) -> str:
    return f"{data['family']}-{data['thing']}-None-{data['target']}-{data['home']}"


def make(data: Path, dialect: str = "own") -> Any:
    from worldlore.environments.alfworld import Alfworld

    return Alfworld(parse(Alfworld.Config, {"data": str(data), "dialect": dialect}, "environment 'alfworld'"))


def test_the_tasks_are_the_solvable_games_sorted_by_path(data: Path) -> None:
    tasks = make(data).tasks("train")
    assert len(tasks) == 6
    assert [task.id for task in tasks] == sorted(task.id for task in tasks)
    assert {task.goal for task in tasks} == {task.goal for task in Household().tasks("train")[:6]}
    assert len({task.data["family"] for task in tasks}) == 6


def test_the_data_are_found_where_the_variable_points(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from worldlore.environments.alfworld import Alfworld

    monkeypatch.setenv("ALFWORLD_DATA", str(data))
    assert Alfworld().tasks("valid_unseen") == make(data).tasks("valid_unseen")


def test_missing_data_are_answered_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ALFWORLD_DATA", raising=False)
    from worldlore.environments.alfworld import Alfworld

    with pytest.raises(ConfigError, match=r"alfworld-download.*ALFWORLD_DATA"):
        Alfworld().tasks("train")
    with pytest.raises(ConfigError, match=r"no folder .*train: get them with `alfworld-download`"):
        make(tmp_path).tasks("train")
    with pytest.raises(ConfigError, match="did you mean 'valid_seen'"):
        make(tmp_path).tasks("valid_sen")


@pytest.mark.parametrize("dialect", ["own", "put"])
def test_what_wins_in_household_wins_here(data: Path, dialect: str) -> None:
    real, ours = make(data, dialect), Household(Household.Config(dialect="put" if dialect == "put" else "move"))
    by_goal = {task.goal: task for task in ours.tasks("train")[:6]}
    for task in real.tasks("train"):
        seen, expected = real.reset(task, 0), ours.reset(by_goal[task.goal], 0)
        assert seen == expected
        while (action := ours.expert()) is not None:
            outcome = real.step(action)
            assert outcome == ours.step(action)
        assert outcome.success and outcome.reward == 1.0
        with pytest.raises(EnvironmentFailure, match="over"):
            real.step("look")


@pytest.mark.parametrize("dialect", ["own", "put"])
def test_the_expert_wins_the_real_games_too(data: Path, dialect: str) -> None:
    real = make(data, dialect)
    for task in real.tasks("valid_unseen"):
        real.reset(task, 0)
        for action in ("inventory", "dance", "look"):
            real.step(action)
        steps = 0
        while (action := real.expert()) is not None and steps < 40:
            outcome, steps = real.step(action), steps + 1
        assert outcome.success, task.id


def test_alfworld_keeps_the_contract(data: Path) -> None:
    findings = list(check(partial(make, data), ("valid_unseen",), tasks=1, steps=6))
    assert [f for f in findings if not f.passed] == []
    assert len(findings) == 8


def test_the_engine_says_what_the_packages_own_classes_say(data: Path) -> None:
    import textworld
    from alfworld.agents.environment.alfred_tw_env import AlfredDemangler
    from textworld.envs import PddlEnv

    arguments = list(sys.argv)
    stock = AlfredDemangler(PddlEnv(textworld.EnvInfos(won=True, admissible_commands=True)), shuffle=False)
    env = make(data)
    for task in env.tasks("train")[::2]:
        stock.load(json.loads((data / "json_2.1.1" / task.data["game"]).read_text()))
        state, seen = stock.reset(), env.reset(task, 0)
        for step in range(10):
            assert (state["feedback"], tuple(state["admissible_commands"])) == (seen.text, seen.actions)
            action = seen.actions[step * 7 % len(seen.actions)] if step % 4 else "dance"
            state, _, done = stock.step(action)
            outcome = env.step(action)
            assert (done, float(done)) == (outcome.done, outcome.reward)
            if done:
                break
            seen = outcome.observation
    sys.argv[:] = arguments


def test_loading_a_game_leaves_the_command_line_alone(data: Path) -> None:
    before = list(sys.argv)
    env = make(data)
    env.reset(env.tasks("train")[0], 0)
    assert sys.argv == before


def test_a_game_file_that_changed_is_refused(data: Path, tmp_path: Path) -> None:
    env = make(data)
    task = env.tasks("train")[1]
    game = tmp_path / "json_2.1.1" / task.data["game"]
    moved = make(tmp_path)
    with pytest.raises(EnvironmentFailure, match="missing"):
        moved.reset(task, 0)
    game.parent.mkdir(parents=True)
    game.write_bytes((data / "json_2.1.1" / task.data["game"]).read_bytes() + b" ")
    with pytest.raises(EnvironmentFailure, match="not the one the task was made from"):
        moved.reset(task, 0)


def test_a_step_before_the_reset_is_refused(data: Path) -> None:
    with pytest.raises(EnvironmentFailure, match="reset first"):
        make(data).step("look")
