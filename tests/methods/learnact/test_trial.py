"""Scores, counts and the first failing call, on histories with known numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.experience import Action, Decision, Observation, Step, Task, Trajectory
from worldlore.methods.learnact.author import Candidate
from worldlore.methods.learnact.trial import blamed, counted, failed, first_failing, scored, tried

TASK = Task("t", "gripper", "train", "goal")
FORMULAS = ("correction", "ratio+success", "correction+ratio+success")


def step(*called, failure=None, error=None, inner=()) -> Step:
    info = {"called": list(called), "failure": failure, "error": error, "inner": list(inner), "valid": True}
    return Step(Observation("seen"), Decision("act()"), info=info)


GOOD, BAD, PLAIN = step("carry"), step("carry", failure=0), step()
RAISED = step("carry", error="Traceback\nNameError: x")


def played(*steps, success: bool | None = False) -> Trajectory:
    return Trajectory(TASK, 0, steps=steps, success=success)


def test_the_parts_of_a_score_and_the_three_formulas():
    """Three calls of which two went well, in eight steps; one of two episodes is a success."""
    history = [played(GOOD, PLAIN, BAD, PLAIN), played(PLAIN, GOOD, PLAIN, PLAIN, success=True)]
    score = scored(history, "correction")
    assert (score.success, score.correction, score.call_ratio, score.used_ratio) == (1 / 2, 2 / 3, 2 / 8, 3 / 8)
    assert score.total == 2 / 3
    assert scored(history, "ratio+success").total == 2 / 8 + 1 / 2
    assert scored(history, "correction+ratio+success").total == 2 / 3 + 2 / 8 + 1 / 2


def test_an_error_of_python_is_a_failed_call_too():
    assert scored([played(RAISED, GOOD)], "correction").total == 1 / 2


def test_a_failure_of_any_primitive_counts_not_only_of_the_last():
    inner = [["a", "no", False, 0.0], ["b", "yes", True, 0.0]]
    assert failed(step("carry", failure=0, inner=inner))


@pytest.mark.parametrize("history", [[], [played()], [played(PLAIN, PLAIN)], [played(success=None)]])
def test_without_calls_or_steps_nothing_is_divided_by_nothing(history):
    for formula in FORMULAS:
        assert scored(history, formula).total == 0.0


def test_an_episode_that_was_not_measured_counts_neither_as_success_nor_as_failure():
    assert scored([played(GOOD, success=True), played(success=None)], "ratio+success").success == 1.0


def test_a_step_without_programs_is_no_call():
    bare = Step(Observation("seen"), Decision("go"), info={"valid": False})
    assert not failed(bare)
    assert scored([played(bare)], "correction").used_ratio == 0.0


def test_the_first_failing_call_is_found_in_the_order_of_the_episodes():
    history = [played(GOOD, step(failure=0)), played(PLAIN, GOOD, RAISED, BAD), played(BAD)]
    found = first_failing(history)
    assert (found.trajectory, found.step, found.action) == (history[1], 2, "carry")
    assert found.at is RAISED
    assert first_failing(history[:1]) is None


def test_the_action_the_traceback_names_is_to_blame_else_the_first():
    trace = 'Traceback\n  File "<action>", line 1, in <module>\n  File "<b>", line 2, in b\nKeyError: 1'
    assert blamed(step("a", "b", error=trace)) == "b"
    assert blamed(step("a", "b", failure=3)) == "a"
    longer = 'Traceback\n  File "<go_all>", line 2, in go_all\n    go(1) in go(2)\nKeyError: 1'
    assert blamed(step("go", "go_all", error=longer)) == "go_all"
    assert blamed(step("a", "b")) is None


def test_calls_and_failures_are_counted_for_each_action():
    a, b = Action.of("def a():\n    go()"), Action.of("def b():\n    go()")
    history = [played(step("a"), step("a", "b", failure=0), step("b"), PLAIN)]
    assert [(x.calls, x.failures) for x in counted([a, b], history)] == [(2, 1), (2, 0)]
    one = tried(Candidate((a, b)), history, "correction")
    assert one.candidate.actions[0].calls == 2
    assert one.played == tuple(history)


steps = st.sampled_from([GOOD, BAD, PLAIN, RAISED, step("carry", "stack"), step(failure=1)])


@given(st.lists(st.builds(lambda s, w: played(*s, success=w), st.lists(steps), st.sampled_from([True, False, None]))))
def test_every_part_is_a_share_and_good_calls_are_never_more_than_calls(history):
    score = scored(history, "correction+ratio+success")
    parts = (score.success, score.correction, score.call_ratio, score.used_ratio)
    assert all(0.0 <= part <= 1.0 for part in parts)
    assert score.call_ratio <= score.used_ratio
    assert score.total == pytest.approx(score.correction + score.call_ratio + score.success)
    assert (first_failing(history) is None) == (score.correction == 1.0 or score.used_ratio == 0.0)
