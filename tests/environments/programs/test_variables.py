"""Variables that are kept from action to action, lost, and put back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.environments.programs.worlds import LINE, Line, begun, does, learned
from worldlore.environments import Outcome
from worldlore.environments.programs import Programs


def test_variables_and_functions_are_kept_within_an_episode_and_not_longer() -> None:
    env = begun(session="persistent")
    env.step("def twice(f, *a):\n    f(*a)\n    return f(*a)\nn = 40")
    assert does(env, "twice(go, 'right'); print(n + 2)") == "42\nYou are at 2."
    env.reset(env.tasks("train")[1], 0)
    assert "NameError: name 'n' is not defined" in does(env, "print(n)")


def test_fresh_programs_know_nothing_of_each_other() -> None:
    env = begun()
    env.step("n = 40")
    assert "NameError" in does(env, "print(n)")


def test_a_name_that_hides_a_primitive_is_what_calls_mean_from_then_on() -> None:
    env = begun(session="persistent")
    env.step("def look(): return say('mine')")
    assert does(env, "look()") == "mine"


def test_an_error_keeps_the_variables() -> None:
    env = begun(session="persistent")
    env.step("n = 1\nn / 0")
    assert does(env, "n") == "1"


def test_a_line_of_an_earlier_action_is_not_taken_for_one_of_this_action() -> None:
    env = begun(session="persistent")
    env.step("a = 1\nb = 2\ndef bad(): return a / 0")
    outcome = env.step("bad()")
    assert "failed in line 1, `bad()`: ZeroDivisionError" in outcome.observation.text
    assert 'File "<an earlier action>", line 3' in outcome.info["error"]


@pytest.mark.parametrize("end", ["while True: pass", "import os; os._exit(1)"])
def test_lost_variables_are_told_and_the_learned_actions_are_there_again(end: str) -> None:
    env = begun(session="persistent", bounds={"seconds": 0.3})
    env.equip([learned("def onward(): return go('right')\n")])
    env.step("n = 40")
    assert "All variables and functions of earlier actions are gone" in does(env, end)
    assert does(env, "x = onward()") == "You are at 1."
    told = does(env, "print(n)")
    assert "NameError" in told
    assert "are gone" not in told


@given(st.lists(st.sampled_from(["n += 1", "say(n)", "go('right'); n *= 2", "go('left')", "n / 0"]), max_size=4))
@settings(max_examples=12, deadline=None)
def test_a_moment_is_put_back_with_its_variables_in_any_object_and_without_a_move_more(cells: list[str]) -> None:
    env, other = (begun(session="persistent", inner={**LINE}) for _ in range(2))
    env.step("n = 1")
    for cell in cells[:2]:
        env.step(cell)
    if env._playing().over:
        return
    moment = env.snapshot()
    rest = [*cells[2:], "print(n, look())"]
    expected = _until_over(env, rest)
    other.step("n = 100; go('right')")
    for again in (other, env):
        again.restore(moment)
        before = Line.steps
        given = _until_over(again, rest)
        assert given == expected
        assert Line.steps - before == sum(len(o.info["inner"]) for o in given)


def _until_over(env: Programs, actions: list[str]) -> list[Outcome]:
    return [env.step(action) for action in actions if not env._playing().over]


def test_a_program_that_does_otherwise_the_second_time_costs_the_variables_and_the_agent_is_told() -> None:
    env = begun(session="persistent")
    env.step("import time; n = time.time_ns(); say(n)")
    env.restore(env.snapshot())
    told = does(env, "print(n)")
    assert "NameError" in told
    assert "All variables and functions of earlier actions are gone" in told


def test_chance_is_the_same_in_every_object_and_not_the_same_in_every_action() -> None:
    def draws(session: str) -> list[str]:
        env = begun(session=session)
        return [does(env, "import random; random.random()") for _ in range(2)]

    for session in ("fresh", "persistent"):
        first = draws(session)
        assert first == draws(session)
        assert first[0] != first[1]


def test_an_object_that_is_closed_or_begins_anew_keeps_no_interpreter() -> None:
    env = begun(session="persistent")
    env.step("n = 1")
    session = env._interpreter._session  # type: ignore[union-attr]
    env.reset(env.tasks("train")[0], 0)
    assert not session.alive  # type: ignore[union-attr]
    env.step("n = 1")
    session = env._interpreter._session  # type: ignore[union-attr]
    env.close()
    assert not session.alive  # type: ignore[union-attr]
