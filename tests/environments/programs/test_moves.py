"""One action, several moves: what they do, when they end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.environments.programs.worlds import GRIPPER, begun, build, does
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.programs import interpreter
from worldlore.environments.programs.text import read
from worldlore.environments.programs.vocabulary import vocabulary
from worldlore.errors import EnvironmentFailure

CALLS = st.sampled_from(
    [f'{verb}("{ball}", "{room}", "left")' for verb in ("pick", "drop") for ball in ("ball1", "ball3", "ball9")
     for room in ("rooma", "roomb")]
    + ['move("rooma", "roomb")', 'move(r2="rooma", r1="roomb")', "move('rooma', 'rooma')", "move(1, None)"]
)  # fmt: skip
BRIEF = {**GRIPPER, "state": "brief"}


@given(st.lists(CALLS, max_size=8))
@settings(max_examples=40, deadline=None)
def test_calls_in_one_program_do_what_the_commands_do_one_by_one(calls: list[str]) -> None:
    env, bare = build(BRIEF), ENVIRONMENTS.build(BRIEF)
    task = env.tasks("train")[0]
    env.reset(task, 0), bare.reset(task, 0)
    outcome = env.step("\n".join(calls))
    words = vocabulary(tuple(bare.primitives))
    commands = [c for call in calls for c in read(call, words, variables=False).commands or ()]
    each = [bare.step(command) for command in commands]
    assert outcome.reward == pytest.approx(sum(o.reward for o in each))
    assert [move[0] for move in outcome.info["inner"]] == commands
    assert [move[1:3] for move in outcome.info["inner"]] == [[o.observation.text, o.info["valid"]] for o in each]
    assert env.inner.snapshot() == bare.snapshot()


@given(st.lists(CALLS, min_size=1, max_size=6), st.sampled_from(["last", "all"]), st.sampled_from(["go_on", "stop"]))
@settings(max_examples=25, deadline=None)
def test_with_an_interpreter_calls_say_and_leave_the_same_as_without(calls: list[str], observe, on_failure) -> None:
    fast = begun(BRIEF, session="persistent", observe=observe, on_failure=on_failure)
    slow = begun(BRIEF, session="persistent", observe=observe, on_failure=on_failure)
    slow.step("x = 1")
    quick, whole = fast.step("; ".join(calls)), slow.step("; ".join(calls))
    assert (quick.info["ending"], quick.info["rung"]) == ("calls", None)
    assert whole.info["ending"] in ("finished", "stopped")
    assert (whole.observation, whole.reward, whole.done) == (quick.observation, quick.reward, quick.done)
    same = quick.info.keys() - {"ending", "rung"}
    assert {k: whole.info[k] for k in same} == {k: quick.info[k] for k in same}
    assert fast.inner.snapshot() == slow.inner.snapshot()


def test_calls_with_literal_arguments_need_no_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interpreter, "Sandbox", None)
    monkeypatch.setattr(interpreter, "_sandboxes", {})
    env = begun()
    outcome = env.step('go("right"); say(word=-3)\nlook()  # see')
    assert outcome.observation.text == "You are at 1."
    assert outcome.info == {
        "valid": True,
        "inner": [
            ["go right", "You are at 1.", True, 1 / 3],
            ["say -3", "-3", True, 0.0],
            ["look", "You are at 1.", True, 0.0],
        ],
        "called": [],
        "failure": None,
        "error": None,
        "ending": "calls",
        "rung": None,
    }


@pytest.mark.parametrize("last", ["go('left')", "x = [go('left') for _ in '12']"])
def test_the_goal_ends_the_program_before_it_can_undo_it(last: str) -> None:
    env = begun()
    outcome = env.step(f"go('right'); go('right'); go('right')\n{last}")
    assert (outcome.done, outcome.success, outcome.reward) == (True, True, pytest.approx(1))
    assert [move[0] for move in outcome.info["inner"]] == ["go right"] * 3
    assert outcome.info["valid"]
    with pytest.raises(EnvironmentFailure, match="the task is over"):
        env.step("look()")


def test_the_first_call_without_effect_is_the_failure_though_later_ones_succeed() -> None:
    outcome = begun().step("for where in ('left', 'right', 'up', 'right'): go(where)")
    assert outcome.observation.text == 'go("left") had no effect: You cannot.\nYou are at 2.'
    assert (outcome.info["failure"], outcome.info["valid"]) == (0, False)
    assert [move[2] for move in outcome.info["inner"]] == [False, True, False, True]


def test_a_primitive_called_by_itself_is_answered_in_the_worlds_own_words() -> None:
    env = begun()
    assert does(env, "go('left')") == does(env, "go left") == "You cannot."
    assert does(env, "dance") == "You cannot."
    assert does(env, "x = go('left')") == 'go("left") had no effect: You cannot.'


def test_all_observations_of_moves_that_took_effect_are_seen_where_that_is_asked() -> None:
    env = begun(observe="all")
    assert does(env, "go('right'); go('up'); look(); go('left')") == (
        'go("up") had no effect: You cannot.\nYou are at 1.\nYou are at 1.\nYou are at 0.'
    )


@pytest.mark.parametrize("code", ["go('right'); go('up'); go('right')", "for w in ('right', 'up', 'right'): go(w)"])
def test_a_program_may_be_stopped_by_a_call_without_effect(code: str) -> None:
    env = begun(on_failure="stop")
    assert does(env, code) == 'go("up") had no effect: You cannot.\nThe program was stopped there.\nYou are at 1.'


@pytest.mark.parametrize("code", ["look(); look(); look(); look()", "while True: look()"])
def test_an_action_makes_no_more_moves_than_its_bound(code: str) -> None:
    outcome = begun(bounds={"calls": 3}).step(code)
    assert len(outcome.info["inner"]) == 3
    assert outcome.observation.text == "The program was stopped after 3 calls.\nYou are at 0."
