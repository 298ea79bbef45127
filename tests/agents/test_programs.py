"""Agents whose actions are programs: what they are told, and what is read in their replies."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.agents.test_agents import PLAIN, SEEN, TASK, after, asked, case, decided
from worldlore.agents.act import Act, ActConfig
from worldlore.agents.react import React, ReactConfig
from worldlore.errors import ConfigError, Unparsed
from worldlore.experience import Action, Completion, Decision, Lesson, Observation, Trajectory

FUNCTIONS = ("goto(place): go there", "take(thing, place): pick it up")
START = Observation("You see a desk 1.\n\nYour task is to: put a mug in desk.", None, FUNCTIONS)
CODING = Trajectory(TASK, 0, final=START)
FETCH = Action.of('def fetch(thing, place="desk 1"):\n    goto(place)\n    take(thing, place)\n', about="Go and take.")
TWICE = Action.of("def twice(a, b):\n    fetch(a)\n    fetch(b)\n", notes=("hands must be free", "only for two"))
ASIDE = Action.of("def noun(text):\n    return text.split()[0]\n", about="Parse.", notes=("never told",))
LEARNED = Lesson(actions=(FETCH, TWICE, ASIDE))
NOTES = "Notes on the learned functions:\ntwice(a, b): hands must be free only for two"

FILE = """For commands.

## programs
Write Python.

## act
<!-- train 3 -->
You are here.
> goto("desk 1")
There.

## react
> Thought: far away.
Action: goto("desk 1")
There.
"""


@pytest.fixture
def world(tmp_path):
    """A prompt file of one's own."""
    (tmp_path / "my.md").write_text(FILE)
    return str(tmp_path / "my.md")


def opening(agent, seen=CODING) -> str:
    return asked(agent, seen).messages[0].content


def lines(steps: int) -> Trajectory:
    """An episode of some steps."""
    seen = CODING
    for i in range(steps):
        seen = after(seen, f'goto("desk {i}")', Decision(f'goto("desk {i}")'), f"At desk {i}.")
    return seen


def test_functions_are_told_before_the_task():
    request = asked(Act(ActConfig(manual="none")), CODING)
    told = f"{Act.programs.request}\n\nFunctions:\n{FUNCTIONS[0]}\n{FUNCTIONS[1]}\n\n{START.text}"
    assert request.messages[0].content == told
    assert request.sampling.stop == ("\nObservation:",)
    assert request.sampling.max_tokens == 192
    assert asked(Act(ActConfig(max_tokens=9)), CODING).sampling.max_tokens == 9


def test_functions_are_still_told_when_they_were_seen_long_ago():
    assert opening(PLAIN, lines(3)) == opening(PLAIN)


def test_learned_actions_that_act_are_told_with_what_they_do_and_when():
    told = opening(PLAIN.with_lesson(LEARNED))
    assert f"take(thing, place): pick it up\n\n{LEARNED_BLOCK}\n\n{NOTES}\n\n{START.text}" in told
    assert "noun" not in told
    assert "never told" not in told


LEARNED_BLOCK = "Learned functions, made of the others:\nfetch(thing, place='desk 1'): Go and take.\ntwice(a, b)"


def test_a_later_lesson_replaces_an_action_of_the_same_name():
    newer = replace(FETCH, about="Better.")
    told = opening(PLAIN.with_lesson(LEARNED).with_lesson(Lesson(actions=(newer,))))
    assert "fetch(thing, place='desk 1'): Better." in told
    assert told.count("fetch(") == 1


def test_descriptions_can_be_left_out():
    told = opening(Act(ActConfig(manual="none", describe=False)).with_lesson(LEARNED))
    assert "fetch(thing, place='desk 1')\ntwice(a, b)" in told
    assert "goto(place): go there" in told


def test_notes_stand_where_they_are_wanted(world):
    def parts(notes):
        agent = Act(ActConfig(manual=world, notes=notes)).with_lesson(LEARNED)
        return opening(agent).split("\n\n")

    note, example, task = (
        NOTES,
        'An example:\nYou are here.\n> goto("desk 1")\nThere.',
        "Your task is to: put a mug in desk.",
    )
    assert parts("before")[3:] == [note, example, "You see a desk 1.", task]
    assert parts("after")[3:] == [example, note, "You see a desk 1.", task]
    assert parts("goal")[3:] == [example, "You see a desk 1.", task, note]
    assert parts("none")[3:] == [example, "You see a desk 1.", task]


def test_examples_come_in_the_order_wanted(world):
    def examples(order, **keys):
        lesson = Lesson(cases=(case("put a mug in shelf", "look"),))
        told = opening(Act(ActConfig(manual=world, examples=order, **keys)).with_lesson(lesson))
        return [part.partition(":")[0] for part in told.split("\n\n") if part.startswith("An ")]

    assert examples("learned") == ["An earlier success", "An example"]
    assert examples("own") == ["An example", "An earlier success"]
    assert examples("none") == []
    assert examples("own", demonstration=False) == ["An earlier success"]
    assert examples("learned", cases=0) == ["An example"]


def test_each_agent_is_shown_its_own_demonstration_and_the_instruction_for_programs(world):
    told = opening(React(ReactConfig(manual=world)))
    assert told.startswith(f"Write Python. {React.programs.request}\n\nFunctions:")
    assert "Thought: far away." in told
    assert "train 3" not in told
    plain = opening(Act(ActConfig(manual=world)), SEEN)
    assert plain == f"For commands. {Act.format}\n\n{SEEN.final.text}"


def test_a_heading_nobody_reads_is_answered_with_the_nearest(tmp_path):
    (tmp_path / "my.md").write_text("## reakt\nx\n")
    with pytest.raises(ConfigError, match="no section 'reakt'; did you mean 'react'"):
        opening(Act(ActConfig(manual=str(tmp_path / "my.md"))))


@pytest.mark.parametrize(
    ("reply", "line"),
    [
        ('goto("desk 1")', 'goto("desk 1")'),
        ('  goto("desk 1").  ', 'goto("desk 1")'),
        ('>>> goto("desk 1")', 'goto("desk 1")'),
        ('> goto("desk 1")\nThere.', 'goto("desk 1")'),
        ('Action: goto("desk 1")', 'goto("desk 1")'),
        ('`goto("desk 1")`', 'goto("desk 1")'),
        ('```python\ngoto("desk 1")\ntake("a", "b")\n```', 'goto("desk 1")'),
        ('```\n\n  goto("desk 1"); look()\n', 'goto("desk 1"); look()'),
        ('I go there.\n```py\ngoto("desk 1")\n```\nDone.', 'goto("desk 1")'),
        ('Action:\ngoto("desk 1")', 'goto("desk 1")'),
        ('x = {"a": 1}', 'x = {"a": 1}'),
        ("python\nlook()", "look()"),
        ("```python\n# the desk\n\nlook()\n```", "look()"),
        ("# nothing to do", None),
        ("```python\n```", None),
        ("", None),
        (" \n>\n", None),
        (".", None),
    ],
)
def test_what_act_reads_as_python(reply, line):
    assert PLAIN.read_program(reply) == (Decision(line) if line else None)


@pytest.mark.parametrize(
    ("reply", "decision"),
    [
        ('Thought: far.\nAction: goto("desk 1")', Decision('goto("desk 1")', "far.")),
        ('Thought: far.\nAction:\n```python\ngoto("desk 1")\n```', Decision('goto("desk 1")', "far.")),
        ('Action: `goto("desk 1")`', Decision('goto("desk 1")')),
        ("Thought: far.", None),
        ('goto("desk 1")', None),
        ("Action:", None),
    ],
)
def test_what_react_reads_as_python(reply, decision):
    assert React().read_program(reply) == decision


names = st.text("abc123 ", min_size=1, max_size=8)


@given(st.lists(names, max_size=3), st.text("abc ", max_size=9).map(str.strip))
def test_what_would_be_said_is_read_as_the_line_that_was_decided(arguments, thought):
    line = f"move({', '.join(map(repr, arguments))})"
    assert PLAIN.read_program(PLAIN.reply_for(Decision(line))) == Decision(line)
    react = React()
    assert react.read_program(react.reply_for(Decision(line, thought))) == Decision(line, thought)


def test_a_reply_without_python_is_asked_again_and_then_given_up():
    assert decided(PLAIN, "```python\n```", "look()", seen=CODING) == Decision("look()")
    acting = PLAIN.act(CODING)
    next(acting)
    again = acting.send(Completion(" "))
    assert again.messages[-1].content == Act.programs.reminder
    with pytest.raises(Unparsed):
        acting.send(Completion(" "))


# the window


def test_a_window_keeps_the_opening_the_task_and_the_last_steps():
    agent = Act(ActConfig(manual="none", window=2)).with_lesson(LEARNED)
    assert asked(agent, lines(2)) == asked(PLAIN.with_lesson(LEARNED), lines(2))
    request = asked(agent, lines(5))
    head, *rest = (m.content for m in request.messages)
    before = opening(agent).removesuffix(START.text)
    assert head == f"{before}Your task is to: put a mug in desk.\n\nAt desk 2."
    assert rest == ['goto("desk 3")', "At desk 3.", 'goto("desk 4")', "At desk 4."]


@given(st.integers(0, 12), st.integers(0, 6))
def test_a_window_never_holds_more_than_its_steps_and_always_the_last_word(steps, window):
    messages = asked(Act(ActConfig(manual="none", window=window)), lines(steps)).messages
    assert len(messages) == 2 * min(steps, window) + 1
    assert messages[-1].content.endswith(lines(steps).final.text)
    assert "put a mug in desk" in messages[0].content


def test_a_task_that_was_not_told_in_the_first_observation_is_told_in_the_windows_own_words():
    silent = replace(CODING, final=Observation("dark", None, FUNCTIONS))
    seen = after(silent, "look()", Decision("look()"), "still dark")
    assert opening(Act(ActConfig(manual="none", window=0)), seen).endswith("The task: put a mug in desk\n\nstill dark")


def test_a_window_holds_for_commands_too():
    seen = after(SEEN, "look", Decision("look"), "Nothing.")
    (only,) = asked(Act(ActConfig(manual="none", window=0)), seen).messages
    assert only.content == "Your task is to: put a mug in desk.\n\nNothing."
