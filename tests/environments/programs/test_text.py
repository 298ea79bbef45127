"""What an action's text is taken for: a command, a program, or broken Python."""

from __future__ import annotations

import pytest

from tests.environments.programs.worlds import HOUSEHOLD, Line, begun, does
from worldlore.environments.programs.text import Broken, Command, Program, read
from worldlore.environments.programs.vocabulary import vocabulary


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
