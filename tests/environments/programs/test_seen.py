"""What the agent is told of an action: of what went wrong, and of what went well."""

from __future__ import annotations

import pytest

from tests.environments.programs.worlds import GRIPPER, STILL, begun, does
from worldlore.environments import ENVIRONMENTS
from worldlore.errors import EnvironmentFailure


def test_an_error_of_python_undoes_nothing_and_is_told_with_the_line_and_what_took_effect() -> None:
    outcome = begun().step("go('right')\ngo('up')\ngo('left')\nlook().missing\ngo('right')")
    assert outcome.observation.text == (
        'go("up") had no effect: You cannot.\n'
        "The program failed in line 4, `look().missing`: AttributeError: 'str' object has no attribute 'missing'. "
        "3 of its calls took effect before that.\nYou are at 0."
    )
    assert (outcome.info["ending"], outcome.info["failure"], outcome.info["valid"]) == ("raised", 1, False)
    assert outcome.info["error"].startswith("Traceback")
    assert outcome.reward == pytest.approx(1 / 3)
    assert outcome.info["rung"]


def test_a_wrong_number_of_arguments_is_answered_as_python_does() -> None:
    env = begun()
    outcome = env.step("go('right'); go()")
    assert "TypeError: go() missing 1 required positional argument: 'where'. 1 of its calls" in outcome.observation.text
    assert "takes 0 positional arguments but 1 was given" in does(env, "look(1)")
    assert "unexpected keyword argument 'to'" in does(env, "go(to='left')")
    assert "keyword argument repeated" in does(env, "go(where='left', where='right')")
    assert env.inner.at == 1  # type: ignore[attr-defined]


def test_a_program_out_of_time_leaves_a_world_that_goes_on() -> None:
    env = begun(bounds={"seconds": 0.3})
    outcome = env.step("go('right')\nwhile True: pass")
    assert outcome.observation.text == (
        "The program ran longer than 0.3 s of wall clock and was ended. "
        "1 of its calls took effect before that.\nYou are at 1."
    )
    assert (outcome.info["ending"], outcome.info["valid"]) == ("timeout", False)
    assert does(env, "go('right')") == "You are at 2."


def test_a_program_that_ends_its_own_process_is_told_so() -> None:
    outcome = begun().step("look()\nimport os; os._exit(3)")
    assert outcome.info["ending"] == "killed"
    assert outcome.observation.text.startswith("The program ended its own process")


def test_a_line_that_failed_inside_a_function_of_the_program_is_the_one_told() -> None:
    told = does(begun(), "def step(n):\n    return 1 / n\n\nstep(0)")
    assert told.startswith("The program failed in line 2, `return 1 / n`: ZeroDivisionError: division by zero.")


@pytest.mark.parametrize("call", ["say('boom')", "x = 1; say('boom')", "try: say('boom')\nexcept BaseException: pass"])
def test_what_the_inner_world_throws_passes_unchanged_and_ends_the_episode(call: str) -> None:
    env = begun(session="persistent")
    with pytest.raises(RuntimeError, match="the floor gave way"):
        env.step(call)
    with pytest.raises(EnvironmentFailure, match="reset first"):
        env.step("look()")
    env.reset(env.tasks("train")[0], 0)
    assert does(env, "x = look(); print(x)") == "You are at 0."


# what is shown


def test_where_one_state_at_a_time_is_seen_it_stays_in_sight_whatever_fails() -> None:
    env = ENVIRONMENTS.build({"name": "programs", "inner": GRIPPER, "observe": "state"})
    task = env.tasks("train")[0]
    first = env.reset(task, 0).text
    state = first.removesuffix("\n" + task.goal)
    assert state != first
    for nothing in ('pick("ball1", "rooma", "left")', "pick(", "1 + 1", "print('hello')"):
        assert env.step(nothing).observation.text == state
    moved = env.step('pick("ball3", "rooma", "left"); pick("ball4", "rooma", "left")').observation.text
    assert "Left is carrying ball3." in moved and "no effect" not in moved
    moment = env.snapshot()
    env.step('move("rooma", "roomb")')
    env.restore(moment)
    assert env.step("nonsense").observation.text == moved
    env.close()


def test_what_is_printed_is_seen_and_what_the_world_said_is_not_said_twice() -> None:
    env = begun()
    assert does(env, "print('hello'); x = look()") == "hello\nYou are at 0."
    assert does(env, "print('now:', go('right'))") == "now: You are at 1."


def test_the_value_of_a_last_line_is_shown_where_no_primitive_was_called() -> None:
    env = begun()
    assert does(env, "[1 + 1]") == "[2]"
    assert does(env, "print('a'); 2 * 3") == "a\n6"
    assert does(env, "(look(), 5)") == "You are at 0."


def test_what_is_printed_is_cut() -> None:
    assert does(begun(shown=5), "print('abcdefgh')") == "abcde… (cut at 5 characters)"


@pytest.mark.parametrize("code", ["", "\n", "# nothing", "x = 1"])
def test_a_program_that_did_nothing_is_told_so(code: str) -> None:
    outcome = begun().step(code)
    assert outcome.observation.text == STILL
    assert not outcome.info["valid"]
    assert outcome.info["error"] is None
