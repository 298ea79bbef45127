"""Solved tasks as turns: what ships is what the world would say, and training can leave it out."""

from __future__ import annotations

import pytest

from tests.environments.maths.sums import Sums
from worldlore.agents import grammar
from worldlore.agents.codeact import CodeAct, CodeActConfig
from worldlore.agents.dialogues import BEGIN, NEXT, dialogues, without_examples
from worldlore.environments.maths.environment import MathsConfig
from worldlore.environments.maths.numbers import same
from worldlore.errors import ConfigError
from worldlore.experience import Observation, Task, Trajectory

TOLD = ("Answer: NUMBER",)


def seen(question: str = "What is 2 plus 2?", environment: str = "gsm8k") -> Trajectory:
    return Trajectory(Task("t", environment, "train", question), 0, final=Observation(question, functions=TOLD))


def agent(**keys) -> CodeAct:
    return CodeAct(CodeActConfig(**keys))


@pytest.mark.parametrize("name", ["gsm8k", pytest.param("math", marks=pytest.mark.real)])
def test_a_shipped_dialogue_went_as_it_is_told(name: str) -> None:
    for dialogue in dialogues(name):
        last = grammar.read(dialogue[-2].content, "fenced", answers=True).decision
        assert last is not None
        right = last.action.removeprefix("Answer: ")
        env = Sums(MathsConfig(sympy=name == "math"))
        env.correct = lambda given, wanted: given == wanted or same(given, wanted)  # type: ignore[method-assign]
        env.reset(Task("t", "sums", "train", dialogue[0].content, {"answer": right}), 0)
        for said, heard in zip(dialogue[1::2], dialogue[2::2], strict=True):
            decision = grammar.read(said.content, "fenced", answers=True).decision
            assert decision is not None
            assert env.step(decision.action).observation.text == heard.content
        env.close()


def test_there_are_eight_for_gsm8k_and_one_for_math() -> None:
    assert (len(dialogues("gsm8k")), len(dialogues("math"))) == (8, 1)


def test_solved_tasks_come_as_turns_between_the_instruction_and_the_task() -> None:
    messages = agent(shots=2).conversation(seen())
    assert [m.role for m in messages] == ["user", "assistant"] * (len(messages) // 2) + ["user"]
    assert messages[0].content.startswith("You solve word problems")
    assert messages[0].content.count(BEGIN) == 1
    assert messages[-1].content == f"Your answer is correct.\n\n{NEXT}\n\nWhat is 2 plus 2?"


@pytest.mark.parametrize("style", ["fenced", "labelled"])
def test_solved_tasks_are_written_in_the_agents_own_style(style: grammar.Style) -> None:
    replies = [m.content for m in agent(shots=8, style=style).conversation(seen()) if m.role == "assistant"]
    assert all(grammar.read(reply, style, answers=True).decision for reply in replies)
    assert any(("```" if style == "fenced" else "End Action") in reply for reply in replies)


def test_fewer_are_drawn_by_the_task_and_always_the_same_ones() -> None:
    shown = {agent(shots=3).conversation(seen(f"What is {n}?"))[0].content for n in range(8)}
    assert len(shown) > 1
    assert agent(shots=3).conversation(seen("What is 1?")) == agent(shots=3).conversation(seen("What is 1?"))


@pytest.mark.parametrize("shots", [1, 8])
@pytest.mark.parametrize("instruction", [None, "", "Solve this."])
def test_without_its_examples_a_conversation_is_the_one_that_showed_none(shots: int, instruction: str | None) -> None:
    shown = agent(shots=shots, instruction=instruction).conversation(seen())
    plain = agent(instruction=instruction).conversation(seen())
    assert without_examples(shown) == plain
    assert without_examples(plain) == plain


def test_more_than_there_are_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"agent.shots = 9, and the prompt file 'gsm8k' holds 8"):
        agent(shots=9).conversation(seen())
    with pytest.raises(ConfigError, match="holds none"):
        agent(shots=1).conversation(seen(environment="arithmetic"))


def test_an_instruction_of_ones_own_takes_the_place_of_the_worlds() -> None:
    (message,) = agent(instruction="Solve this.").conversation(seen())
    assert message.content == "Solve this.\n\nWhat is 2 plus 2?"
    (message,) = agent(instruction="").conversation(seen())
    assert message.content == "What is 2 plus 2?"
