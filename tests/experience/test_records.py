"""Tasks, trajectories, transitions, costs: what can be read off them."""

import subprocess
import sys
from dataclasses import FrozenInstanceError, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.experience import strategies as any_
from worldlore.experience import (
    Call,
    Completion,
    Cost,
    Decision,
    Failure,
    Generate,
    Observation,
    Scores,
    Step,
    Task,
    Trajectory,
    Transition,
    Usage,
    Vectors,
    content_hash,
    dumps,
    loads,
    transitions,
)

TASK = Task("a", "walk", "train", "go", {"door": 1, "rooms": ["hall", "bath"]})


@given(any_.tasks, any_.texts, any_.texts)
def test_a_tasks_key_is_its_content_whatever_it_is_called(task, name, split):
    assert replace(task, id=name, split=split).key == task.key
    assert loads(dumps(task), Task).key == task.key


@given(any_.tasks, any_.texts)
def test_another_goal_environment_or_world_is_another_key(task, text):
    assert replace(task, goal=task.goal + "!").key != task.key
    assert replace(task, environment=task.environment + "!").key != task.key
    assert replace(task, data={**task.data, "!new!" + text: 1}).key != task.key


def test_the_order_of_a_tasks_data_is_not_its_content():
    turned = replace(TASK, data={"rooms": ["hall", "bath"], "door": 1})
    assert turned.key == TASK.key


def test_keys_are_pinned_across_processes_and_versions():
    """Runs on disk and pinned task lists hold these hashes: a change here makes them all strangers."""
    assert content_hash({"b": [1, 2.5, None, "é"], "a": True}) == "7b6857938fc964d2"
    task = "Task('x', 'walk', 'test', 'go', {'rooms': ['hall', 'bath'], 'door': 1})"
    code = f"from worldlore.experience import Task; print({task}.key)"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == TASK.key


def test_records_do_not_change():
    with pytest.raises(FrozenInstanceError):
        TASK.goal = "stay"  # type: ignore[misc]


def step(seen: str, action: str, reward: float = 0.0, **info) -> Step:
    return Step(Observation(seen), Decision(action), reward, info)


def test_the_score_is_the_sum_of_the_rewards_and_absent_where_nothing_was_measured():
    steps = (step("a", "x", 0.25), step("b", "y", 0.5))
    assert Trajectory(TASK, 0, 0, steps, success=False).score == 0.75
    assert Trajectory(TASK, 0, 0, steps, success=None).score is None
    assert Trajectory(TASK, 0, success=False).score == 0


@given(any_.trajectories())
def test_a_trajectory_tells_all_its_calls_and_actions(trajectory):
    assert trajectory.calls == sum((s.calls for s in trajectory.steps), ()) + trajectory.unfinished
    assert trajectory.actions == tuple(s.decision.action for s in trajectory.steps)


def test_transitions_join_what_was_seen_before_and_after():
    played = Trajectory(TASK, 0, 0, (step("a", "x", kind="moved"), step("b", "y")), Observation("c"))
    assert transitions(played) == (Transition("a", "x", "b", "moved"), Transition("b", "y", "c"))
    assert transitions(replace(played, final=None))[-1].change == ""
    assert transitions(Trajectory(TASK, 0)) == ()


@given(any_.costs, any_.costs)
def test_costs_add_up_field_by_field(a, b):
    total = a + b
    assert all(getattr(total, f.name) == getattr(a, f.name) + getattr(b, f.name) for f in fields(Cost))
    assert total.tokens == a.tokens + b.tokens == total.prompt_tokens + total.completion_tokens
    assert a + Cost() == a
    back = total - b
    assert (back.steps, back.calls, back.tokens) == (a.steps, a.calls, a.tokens)


@given(st.lists(any_.costs, max_size=4))
def test_costs_can_be_summed(costs):
    assert sum(costs, Cost()).steps == sum(c.steps for c in costs)


def test_a_failed_reply_costs_nothing_and_any_other_what_it_says():
    usage = Usage(7, 3, 0.5)
    for reply in (Completion("a", usage=usage), Scores((), usage), Vectors((), usage)):
        assert Cost.of(Call(Generate(()), reply)) == Cost(calls=1, prompt_tokens=7, completion_tokens=3, money=0.5)
    assert Cost.of(Call(Generate(()), Failure("no"))) == Cost()


def test_advice_of_the_environments_expert_is_no_call_of_a_model():
    assert Cost.of(Call(Generate((), to="expert"), Completion("go north"))) == Cost()


def test_scores_tell_the_whole_continuations():
    assert Scores(((-1.0, -2.0), (), (-0.5,))).totals == (-3.0, 0, -0.5)
