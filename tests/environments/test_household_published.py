"""Trajectories in ALFWorld as ETO and WKM publish them; these are made up."""

import json

import pytest

from worldlore.environments.household import Household
from worldlore.environments.household.published import read
from worldlore.errors import StoreError
from worldlore.experience import Stop, Task

GAME = "train/pick_and_place_simple-Mug-None-Shelf-1/trial_T2019/game.tw-pddl"


def told(task, label="Observation: ") -> list[dict[str, str]]:
    """The expert's episode as a conversation, with the banner cut off the first observation as published."""
    env = Household()
    first = env.reset(task, 0).text.partition("\n\n")[2]
    turns = [("human", "You act in a house."), ("gpt", "OK"), ("human", first)]
    while (action := env.expert()) is not None:
        seen = env.step(action).observation.text
        turns += [("gpt", f"Thought: I think so.\nAction: {action}"), ("human", label + seen)]
    return [{"from": who, "value": text} for who, text in turns]


@pytest.fixture
def task():
    return Household().tasks("train")[0]


def written(folder, content):
    path = folder / "trajectories.json"
    path.write_text(json.dumps(content))
    return path


def test_conversations_become_trajectories_that_win_when_played(tmp_path, task):
    record = {"conversations": told(task), "reward": 1.0, "game_file": f"/somewhere/json_2.1.1/{GAME}"}
    known = Task("a", "alfworld", "train", task.goal, {"game": GAME})
    (found,) = read(written(tmp_path, [record]), [known])
    assert (found.task, found.success, found.score, found.stop) == (known, True, 1.0, Stop.TERMINATED)
    env = Household()
    seen = env.reset(task, 0)
    for step in found.steps:
        assert step.observation.text in seen.text and step.decision.thought == "I think so."
        outcome = env.step(step.decision.action)
        seen = outcome.observation
    assert outcome.success and found.final.text == seen.text


def test_a_game_that_is_not_here_is_told_by_its_goal_family_and_name(tmp_path, task):
    (found,) = read(written(tmp_path, [{"conversations": told(task, ""), "game_file": GAME}]))
    assert (found.task.goal, found.task.environment) == (task.goal, "alfworld")
    assert found.task.data["family"] == "pick_and_place_simple"
    assert (found.success, found.score) == (None, None)


def test_pairs_are_read_in_both_shapes_and_share_their_game(tmp_path, task):
    pair = {"chosen": {"conversations": told(task), "game_file": GAME}, "rejected": told(task)[:-1]}
    path = written(tmp_path, [pair])
    (chosen,), (rejected,) = read(path), read(path, member="rejected")
    assert chosen.task == rejected.task
    assert rejected.final is None and rejected.actions == chosen.actions and rejected.stop is Stop.MAX_STEPS


def test_an_action_that_did_nothing_is_told_apart(tmp_path, task):
    turns = told(task)
    refused = [{"from": "gpt", "value": "Action: fly"}, {"from": "human", "value": "Observation: Nothing happens."}]
    (found,) = read(written(tmp_path, [{"conversations": [*turns[:3], *refused, *turns[3:]], "reward": 1}]))
    assert [step.info.get("valid") for step in found.steps] == [False] + [None] * (len(found.steps) - 1)
    assert found.score == 1


@pytest.mark.parametrize(
    ("reply", "action", "thought"),
    [
        ("Thought: Go.\nAction: Go to desk 1.", "go to desk 1", "Go."),
        ("Action: look\nand then some", "look", ""),
        ("I look", "I look", ""),
    ],
)
def test_replies_are_read_as_published_runs_were(tmp_path, task, reply, action, thought):
    turns = told(task)
    turns[3]["value"] = reply
    (found,) = read(written(tmp_path, [{"conversations": turns}]))
    assert (found.steps[0].decision.action, found.steps[0].decision.thought) == (action, thought)


@pytest.mark.parametrize("content", [[{"conversations": [{"from": "human", "value": "hello"}]}], [3], [{}]])
def test_a_file_of_another_form_is_refused(tmp_path, content):
    with pytest.raises(StoreError, match="record 0 is no conversation in ALFWorld"):
        read(written(tmp_path, content))


def test_a_file_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(StoreError, match="cannot be read as JSON"):
        read(tmp_path / "x.json")


def test_a_file_that_holds_no_list_is_refused(tmp_path):
    with pytest.raises(StoreError, match="holds no list of conversations; give a file as ETO or WKM published them"):
        read(written(tmp_path, {"conversations": []}))
