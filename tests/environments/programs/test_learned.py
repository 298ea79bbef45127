"""Learned actions in a world of programs."""

from __future__ import annotations

from functools import partial

import pytest

from tests.environments.programs.worlds import LINE, begun, build, does, learned
from worldlore.errors import ConfigError
from worldlore.experience import Action, Lesson
from worldlore.rollout.loop import Stage


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
