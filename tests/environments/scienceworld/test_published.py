"""Trajectories as ETO and WKM publish them; these are made up."""

from __future__ import annotations

import json

import pytest

from worldlore.environments.scienceworld.published import read
from worldlore.errors import StoreError
from worldlore.experience import Stop, Task

TASK = Task("boil-12", "scienceworld", "train", "Boil it.", {"family": "boil", "variation": 12, "simplifications": ""})


def conversation(*said, task="Task Description:\nBoil it.", label="Observation: "):
    """Instruction, "OK", the task, and then replies and observations in turn."""
    turns = [("human", "You do experiments."), ("gpt", "OK"), ("human", task)]
    turns += [("human" if i % 2 else "gpt", (label if i % 2 else "") + text) for i, text in enumerate(said)]
    return [{"from": who, "value": text} for who, text in turns]


SAID = ("Thought: The stove is there.\nAction: go to kitchen", "You move.", "Action: focus on water.", "You focus.")


def written(folder, content):
    path = folder / "trajectories.json"
    path.write_text(json.dumps(content))
    return path


def test_a_conversation_becomes_a_trajectory_of_the_task_its_id_names(tmp_path):
    for told in ("0_12", "boil_12", "task-1-boil_12"):
        path = written(tmp_path, [{"id": told, "conversations": conversation(*SAID), "reward": 1.0}])
        (found,) = read(path, [TASK])
        assert found.task == TASK and found.actions == ("go to kitchen", "focus on water")
        assert [step.observation.text for step in found.steps] == ["Boil it.", "You move."]
        assert found.steps[0].decision.thought == "The stove is there." and found.final.text == "You focus."
        assert (found.success, found.score, found.stop) == (True, 1.0, Stop.TERMINATED)


@pytest.mark.parametrize(
    ("reward", "score", "success"), [(None, None, None), (0.4, 0.4, False), (-1.0, 0.0, False), (1.2, 1.0, True)]
)
def test_the_reward_becomes_a_score_in_range_and_what_was_not_measured_is_absent(tmp_path, reward, score, success):
    record = {"id": "0_12", "conversations": conversation(*SAID)} | ({} if reward is None else {"reward": reward})
    (found,) = read(written(tmp_path, [record]))
    assert (found.score, found.success) == (score, success)


def test_a_task_nobody_knows_can_be_played_under_the_published_conditions(tmp_path):
    (found,) = read(written(tmp_path, [{"id": "28_3", "conversations": conversation(*SAID, task="Breed peas.")}]))
    data = {"family": "mendelian-genetics-known-plant", "variation": 3, "simplifications": "easy"}
    assert (found.task.goal, found.task.data) == ("Breed peas.", data)


def test_pairs_are_read_in_both_shapes(tmp_path):
    chosen = {"id": "0_12", "conversations": conversation(*SAID), "reward": 1.0}
    rejected = conversation("Action: wait", "You wait.", label="")
    for pair in ({"chosen": chosen, "rejected": rejected}, {"chosen": chosen, "rejected": {"conversations": rejected}}):
        path = written(tmp_path, [pair])
        (good,), (bad,) = read(path, [TASK]), read(path, [TASK], "rejected")
        assert (good.task, bad.task) == (TASK, TASK)
        assert bad.actions == ("wait",) and bad.success is None and bad.final.text == "You wait."


def test_a_last_reply_without_an_observation_is_kept(tmp_path):
    (found,) = read(written(tmp_path, [{"id": "0_12", "conversations": conversation(*SAID[:3])}]))
    assert len(found.steps) == 2 and found.final is None


@pytest.mark.parametrize(
    ("reply", "action", "thought"),
    [
        ("Thought: a\nb\nAction: wait1", "wait1", "a\nb"),
        ("Action:  pour water into pot, \n", "pour water into pot", ""),
        ("I would rather not", "I would rather not", ""),
    ],
)
def test_replies_are_read_whatever_stands_around_them(tmp_path, reply, action, thought):
    (found,) = read(written(tmp_path, [{"id": "0_12", "conversations": conversation(reply)}]))
    assert (found.steps[0].decision.action, found.steps[0].decision.thought) == (action, thought)


@pytest.mark.parametrize(
    "record",
    [
        {},
        [],
        7,
        {"id": "0_12"},
        {"id": "99_1", "conversations": conversation(*SAID)},
        {"id": "stew_1", "conversations": conversation(*SAID)},
        {"conversations": conversation(*SAID)},
        {"id": "0_12", "conversations": conversation(*SAID)[:1]},
        {"id": "0_12", "conversations": conversation(*SAID)[:2]},
        {"id": "0_12", "conversations": [*conversation(*SAID), *conversation(*SAID)[1:2], *conversation(*SAID)[1:2]]},
    ],
)
def test_another_form_is_refused(tmp_path, record):
    with pytest.raises(StoreError, match="record 0 is no conversation in ScienceWorld"):
        read(written(tmp_path, [record]))


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(StoreError, match="cannot be read as JSON"):
        read(tmp_path / "none.json")
