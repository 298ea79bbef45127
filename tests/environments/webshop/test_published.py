"""Trajectories as ETO and WKM publish them; these are made up."""

from __future__ import annotations

import json

import pytest

from worldlore.environments.webshop import Webshop
from worldlore.environments.webshop.published import read
from worldlore.errors import StoreError
from worldlore.experience import Stop


def told(task, label: str = "Observation:\n") -> list[dict[str, str]]:
    """The expert's episode as a conversation."""
    env = Webshop()
    turns = [("human", "You shop."), ("gpt", "OK"), ("human", label + env.reset(task, 0).text)]
    done = False
    while not done:
        action = env.expert() or ""
        outcome = env.step(action)
        turns += [("gpt", f"Thought: I think so.\nAction: {action}"), ("human", label + outcome.observation.text)]
        done = outcome.done
    return [{"from": who, "value": text} for who, text in turns[:-1]]


@pytest.fixture
def tasks():
    return Webshop().tasks("train")[:3]


def written(folder, content):
    path = folder / "trajectories.json"
    path.write_text(json.dumps(content))
    return path


def test_conversations_become_trajectories_of_the_tasks_they_are_about(tmp_path, tasks) -> None:
    path = written(tmp_path, [{"conversations": told(task), "reward": 1.0} for task in tasks])
    for task, trajectory in zip(tasks, read(path, tasks), strict=True):
        assert trajectory.task == task
        assert (trajectory.success, trajectory.score, trajectory.stop) == (True, 1.0, Stop.TERMINATED)
        env = Webshop()
        seen = env.reset(task, 0)
        for step in trajectory.steps:
            assert step.observation.text == seen.text
            assert step.decision.thought == "I think so."
            seen = env.step(step.decision.action).observation


def test_what_was_not_measured_is_absent_and_an_unknown_task_is_told_by_its_instruction(tmp_path, tasks) -> None:
    (trajectory,) = read(written(tmp_path, [{"conversations": told(tasks[0], label="")}]))
    assert trajectory.success is None and trajectory.score is None
    assert trajectory.task.goal == tasks[0].goal and trajectory.task != tasks[0]


def test_a_task_is_known_again_under_another_highest_price(tmp_path, tasks) -> None:
    text = json.dumps([{"conversations": told(tasks[0])}])
    for limit in range(10, 1000, 10):
        text = text.replace(f"lower than {limit}.00", "lower than 990.00")
    (trajectory,) = read(written(tmp_path, json.loads(text)), tasks)
    assert trajectory.task == tasks[0]


def test_pairs_are_read_in_both_shapes(tmp_path, tasks) -> None:
    pair = {"chosen": {"conversations": told(tasks[0])}, "rejected": told(tasks[1])[:-1]}
    path = written(tmp_path, [pair])
    (chosen,), (rejected,) = read(path, tasks), read(path, tasks, "rejected")
    assert (chosen.task, rejected.task) == (tasks[0], tasks[1])
    assert chosen.final is None and chosen.actions[-1] == "click[buy now]"
    assert rejected.final is not None and rejected.stop is Stop.MAX_STEPS


@pytest.mark.parametrize(
    ("reply", "action", "thought"),
    [
        ("Thought: Buy.\nAction: click[Buy Now]", "click[Buy Now]", "Buy."),
        ("Action: search[lamp].", "search[lamp]", ""),
        ("I will buy it", "I will buy it", ""),
        ("Thought: a\nb\n\nAction:  click[< Prev]\n", "click[< Prev]", "a\nb"),
    ],
)
def test_replies_are_read_whatever_stands_around_them(tmp_path, tasks, reply, action, thought) -> None:
    turns = [*told(tasks[0])[:3], {"from": "gpt", "value": reply}]
    (trajectory,) = read(written(tmp_path, [{"conversations": turns}]))
    assert (trajectory.steps[0].decision.action, trajectory.steps[0].decision.thought) == (action, thought)


@pytest.mark.parametrize("record", [{}, [], {"conversations": [{"from": "human", "value": "hello"}]}, 7])
def test_another_form_is_refused(tmp_path, record) -> None:
    with pytest.raises(StoreError, match="record 0 is no conversation in the shop"):
        read(written(tmp_path, [record]))


def test_a_file_that_is_not_there_is_told(tmp_path) -> None:
    with pytest.raises(StoreError, match="cannot be read as JSON"):
        read(tmp_path / "none.json")
