"""Programs around worlds: what an action does, what its agent is told, what is kept, what is put back."""

from __future__ import annotations

import threading
from functools import partial
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.agents.expert import Expert
from worldlore.environments import ENVIRONMENTS, Environment, Outcome, Primitive
from worldlore.environments.check import check
from worldlore.environments.programs import Programs, interpreter
from worldlore.environments.programs.text import Broken, Command, Program, read
from worldlore.environments.programs.vocabulary import vocabulary
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Action, Lesson, Observation, Task
from worldlore.rollout.loop import Episode, Stage

GRIPPER = {"name": "gripper"}
HOUSEHOLD = {"name": "household"}
LINE = {"name": "tests.environments.test_programs:Line"}
STILL = "No primitive was called, so nothing has changed in the world."


class Line(Environment):
    """Places 0 to 3, the last is the goal; it cannot be put back to an earlier moment."""

    name = "line"
    steps: ClassVar[int] = 0
    primitives = (
        Primitive("go", ("where",), "go {where}", "left or right"),
        Primitive("look", (), "look"),
        Primitive("say", ("word",), "say {word}", "say it"),
    )

    def __init__(self, config: object = None) -> None:
        self.at = self.best = 0

    def tasks(self, split):
        return [Task(f"{split} {i}", "line", split, "go to 3", {"i": i, "split": split}) for i in range(2)]

    def reset(self, task, seed):
        self.at = self.best = 0
        return self._seen()

    def step(self, action):
        type(self).steps += 1
        if action == "say boom":
            raise RuntimeError("the floor gave way")
        if action.startswith("say "):
            return Outcome(Observation(action.removeprefix("say ")), info={"valid": True})
        to = self.at + {"go left": -1, "go right": 1}.get(action, 0)
        valid = 0 <= to <= 3 and (to != self.at or action == "look")
        self.at, gained = (to if valid else self.at), valid and to > self.best
        self.best = max(self.best, self.at)
        over = self.at == 3
        seen = self._seen() if valid else Observation("You cannot.")
        return Outcome(seen, gained / 3, over, over, {"valid": valid})

    def expert(self):
        return "go right"

    def _seen(self):
        return Observation(f"You are at {self.at}.")


class Mute(Line):
    """Has nothing that a program may call."""

    name = "mute"
    primitives = ()


made: list[Programs] = []


@pytest.fixture(autouse=True)
def _closed():
    yield
    while made:
        made.pop().close()


def build(inner: dict, **keys) -> Programs:
    made.append(ENVIRONMENTS.build({"name": "programs", "inner": inner, **keys}))
    return made[-1]


def begun(inner: dict = LINE, **keys) -> Programs:
    env = build(inner, **keys)
    env.reset(env.tasks("train")[0], 0)
    return env


def does(env: Programs, action: str) -> str:
    return env.step(action).observation.text


def learned(source: str) -> Action:
    return Action.of(source)


# the contract


@pytest.mark.parametrize("session", ["fresh", "persistent"])
@pytest.mark.parametrize("inner", [GRIPPER, HOUSEHOLD, LINE], ids=["gripper", "household", "line"])
def test_a_world_of_programs_keeps_the_contract(inner: dict, session: str) -> None:
    factory = partial(ENVIRONMENTS.build, {"name": "programs", "inner": inner, "session": session})
    findings = list(check(factory, ["train", "test"], tasks=2, steps=12))
    assert {f.name: f.detail for f in findings if not f.passed} == {}
    assert "branching" in {f.name for f in findings}


@pytest.mark.parametrize("inner", [GRIPPER, HOUSEHOLD], ids=["gripper", "household"])
def test_tasks_goals_and_name_are_the_inner_worlds(inner: dict) -> None:
    env, bare = build(inner), ENVIRONMENTS.build(inner)
    assert env.name == bare.name
    assert list(env.tasks("test")[:5]) == list(bare.tasks("test")[:5])
    assert env.primitives == bare.primitives


@pytest.mark.parametrize("inner", [GRIPPER, HOUSEHOLD], ids=["gripper", "household"])
def test_every_admissible_command_is_told_as_the_call_that_gives_it(inner: dict) -> None:
    env, bare = build(inner), ENVIRONMENTS.build(inner)
    task = env.tasks("train")[1]
    seen, told = env.reset(task, 0), bare.reset(task, 0)
    words = vocabulary(tuple(bare.primitives))
    for _ in range(6):
        calls = [c for c in seen.actions if c != "help"]
        assert all(c.endswith(")") for c in calls)
        commands = [read(call, words, variables=False).commands for call in calls]
        assert commands == [(c,) for c in told.actions if c != "help"]
        seen, told = env.step(env.expert()).observation, bare.step(bare.expert()).observation


def test_the_functions_are_told_in_the_first_observation_only() -> None:
    env = build(LINE)
    first = env.reset(env.tasks("train")[0], 0)
    assert first.functions == ("go(where): left or right", "look()", "say(word): say it")
    assert env.step("look()").observation.functions is None


def test_an_expert_of_the_inner_world_plays_programs() -> None:
    stage = Stage(partial(build, GRIPPER), {})
    task = build(GRIPPER).tasks("train")[0]
    (played,) = stage.play(Expert(), [Episode(task)])
    assert played.success
    assert all(step.decision.action.endswith(")") for step in played.steps)


# one action, several moves

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


# what goes wrong


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


# texts


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("go right", Command),
        ("look", Command),
        ("0", Command),
        ("say (quietly", Command),
        ("go to the left, please", Command),
        ("«ü»" * 20, Command),
        ("-" * 100_000 + "1", Command),
        ("go('right'", Broken),
        ("go right\ngo left", Broken),
        ("if ready:", Broken),
        ("x = = 2", Broken),
        ("a\x00 = 1", Broken),
        ("x = " + "-" * 100_000 + "1", Broken),
        ("look()", Program),
        ("x = 1", Program),
        ("pass", Program),
        ("1 + 1", Program),
        ("say('\\d')", Program),
    ],
)
def test_a_text_is_a_command_a_program_or_broken_python(text: str, kind: type) -> None:
    words = vocabulary(Line.primitives)
    assert type(read(text, words, variables=False)) is kind


def test_a_bare_word_is_a_variable_where_these_are_kept_unless_it_is_a_primitives_command() -> None:
    words = vocabulary(Line.primitives)
    assert isinstance(read("x", words, variables=True), Program)
    assert isinstance(read("look", words, variables=True), Command)


@pytest.mark.parametrize(
    "call",
    ["go(1.5)", "go(['a'])", "go(b'a')", "go(*['a'])", "go(**{'where': 1})", "go(10**3)", "go(f'{1}')", "go()",
     f"go({2**70})", "print(1)", "look", "x = look()", "look() if 1 else 2"],
)  # fmt: skip
def test_only_calls_with_plain_literals_go_without_an_interpreter(call: str) -> None:
    assert read(f"look()\n{call}", vocabulary(Line.primitives), variables=True).commands is None  # type: ignore[union-attr]


def test_a_text_that_no_file_could_hold_is_made_fit_for_one() -> None:
    outcome = begun().step("say('\ud800')")
    outcome.observation.text.encode()
    repr(outcome.info["inner"]).encode()


def test_what_the_world_calls_admissible_is_a_command_whatever_it_looks_like() -> None:
    env = begun(HOUSEHOLD, session="persistent")
    env.step("help_me = 1")
    assert does(env, "help").startswith("Available commands")


def test_broken_python_is_answered_with_the_syntax_error() -> None:
    outcome = begun().step("go('right'")
    assert outcome.observation.text.startswith("The program failed in line 1, `go('right'`: SyntaxError: '(' was never")
    assert (outcome.info["ending"], outcome.info["inner"], outcome.info["valid"]) == ("raised", [], False)


# variables that are kept


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


# learned actions


def test_a_learned_action_is_one_step_and_its_moves_are_in_the_record() -> None:
    env = begun()
    env.equip([learned("def onward(times):\n    for _ in range(times):\n        go('right')\n")])
    outcome = env.step("x = [onward(2)]")
    assert outcome.observation.text == "You are at 2."
    assert [move[0] for move in outcome.info["inner"]] == ["go right"] * 2
    assert (outcome.info["called"], outcome.info["valid"]) == (["onward"], True)


def test_learned_actions_load_in_an_order_that_works() -> None:
    env = begun()
    later = "from __future__ import annotations\nimport math\n\ndef b(to: Nowhere = a()):\n    return go(to)\n"
    env.equip([learned(later), learned("def a():\n    return 'right'\n")])
    assert does(env, "x = b()") == "You are at 1."


def test_what_fails_inside_a_learned_action_is_told_with_its_own_line() -> None:
    env = begun()
    broken = "import re\n\n\ndef b(text):\n    # a comment\n    return re.match('x', text)[0]\n"
    env.equip([learned("def a():\n    return 1\n"), learned(broken)])
    outcome = env.step("b(look())")
    assert outcome.observation.text.startswith(
        "The program failed in line 1, `b(look())`, inside b in line 6, `return re.match('x', text)[0]`: TypeError:"
    )
    assert 'File "<b>", line 6, in b' in outcome.info["error"]


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        (["def look():\n    return 1\n"], "hides the primitive 'look'"),
        (["from os import path as go\n\ndef a():\n    return 1\n"], "hides the primitive 'go'"),
        (["def a():\n    return 1\n", "import os as a\n\ndef b():\n    return 1\n"], "hides the learned action 'a'"),
        (["from os import *\n\ndef a():\n    return 1\n"], "import by name"),
        (["def a():\n    return 1\n", "import nowhere\n\ndef b():\n    return 1\n"], "'b' cannot be loaded.*nowhere"),
        (["def a(x=look()):\n    return 1\n"], "'a' cannot be loaded: it calls a primitive while"),
        (["def a(x=b):\n    return 1\n", "def b(x=a):\n    return 1\n"], "need each other"),
    ],
)
def test_learned_actions_that_cannot_be_are_refused_by_name(sources: list[str], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        build(LINE).equip([learned(source) for source in sources])


def test_a_learned_action_whose_source_is_broken_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"'a' is broken: .*must be Python"):
        build(LINE).equip([Action("a", "def a(:")])
    with pytest.raises(ConfigError, match="'a' defines 'b'"):
        build(LINE).equip([Action("a", "def b(): return 1\n")])


def test_of_two_learned_actions_of_one_name_the_later_one_is_called() -> None:
    env = begun(session="persistent")
    env.equip([learned("def a():\n    return say(1)\n"), learned("def b():\n    return say(2)\n")])
    env.step("n = 1")
    env.equip([learned("def a():\n    return say(3)\n")])
    assert does(env, "a()") == "3"
    assert does(env, "n = b()") == "2"


def test_a_stage_gives_its_worlds_the_lessons_actions() -> None:
    stage = Stage(partial(build, LINE), {}).with_lesson(Lesson(actions=(learned("def a(): return look()\n"),)))
    env = stage.environment()
    env.reset(env.tasks("train")[0], 0)
    assert env.step("a()").info["called"] == ["a"]


# what cannot be


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "inner: Field required"),
        ({"inner": {"name": "griper"}}, "did you mean 'gripper'"),
        ({"inner": {"name": "gripper", "stat": "full"}}, "no key 'stat'; did you mean 'state'"),
        ({"inner": {"name": "programs", "inner": GRIPPER}}, "not programs again"),
        ({"inner": {"name": "tests.environments.test_programs:Mute"}}, "'mute' has no primitives.*give its class"),
        ({"inner": GRIPPER, "rung": "landlok"}, "did you mean 'landlock'"),
        ({"inner": GRIPPER, "session": "long"}, "'fresh' or 'persistent'"),
    ],
)
def test_keys_that_cannot_be_are_refused_with_what_to_do(keys: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        ENVIRONMENTS.build({"name": "programs", **keys})


def test_the_resolved_table_names_the_inner_worlds_defaults() -> None:
    table = ENVIRONMENTS.resolve({"name": "programs", "inner": GRIPPER})
    assert table["inner"] == ENVIRONMENTS.resolve(GRIPPER)
    assert ENVIRONMENTS.resolve(table) == table


def test_a_program_does_not_run_below_the_rung_that_is_demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(bounds, rung):
        raise ConfigError(f"the sandbox must stand on {rung.name}")

    monkeypatch.setattr(interpreter, "Sandbox", lacking)
    monkeypatch.setattr(interpreter, "_sandboxes", {})
    env = begun(rung="NAMESPACES")
    assert does(env, "look()") == "You are at 0."
    with pytest.raises(ConfigError, match="must stand on NAMESPACES"):
        env.step("x = look()")


def test_many_worlds_share_one_sandbox_and_play_at_once() -> None:
    envs = [begun(session="persistent") for _ in range(12)]
    assert len({id(env._sandbox()) for env in envs}) == 1
    told: dict[int, list[str]] = {}

    def play(at: int) -> None:
        envs[at].step(f"n = {at}")
        told[at] = [does(envs[at], "say(n)") for _ in range(3)]

    threads = [threading.Thread(target=play, args=(at,)) for at in range(len(envs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {at: [str(at)] * 3 for at in range(len(envs))}
