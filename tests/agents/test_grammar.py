"""What is read in a reply of CodeAct: the published truth table, in both styles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.environments.maths.sums import begun
from worldlore.agents import grammar
from worldlore.agents.codeact import CodeAct, CodeActConfig
from worldlore.agents.retell import retold
from worldlore.errors import Unparsed
from worldlore.experience import Completion, Decision, Observation, Task, Trajectory

FENCED = {
    "one block": ("I add.\n```python\nx = 1\nprint(x)\n```\nThen I see.", "x = 1\nprint(x)", ""),
    "several blocks": ("```python\n1\n```\n```python\n2\n```", "1", "first block"),
    "a block never closed": ("So:\n```python\nprint(1)", "print(1)", ""),
    "one answer": ("It is clear.\nAnswer: 42", "Answer: 42", ""),
    "several answers": ("Answer: 41\nAnswer: 42", "Answer: 41", "first answer"),
    "both": ("```python\n1\n```\nAnswer: 1", None, ""),
    "neither": ("I do not know.", None, ""),
}
LABELLED = {
    "one block": ("Thought: I add.\nAction:\nx = 1\nprint(x)\nEnd Action", "x = 1\nprint(x)", ""),
    "several blocks": ("Action:\n1\nEnd Action\nAction:\n2\nEnd Action", "1", "first block"),
    "a block never closed": ("Action:\nprint(1)", "print(1)", ""),
    "one answer": ("Thought: It is clear.\nAnswer: 42", "Answer: 42", ""),
    "several answers": ("Answer: 41\nAnswer: 42", "Answer: 41", "first answer"),
    "both": ("Action:\n1\nEnd Action\nAnswer: 1", None, ""),
    "neither": ("```python\nprint(1)\n```", None, ""),
}
CASES = [("fenced", *case) for case in FENCED.values()] + [("labelled", *case) for case in LABELLED.values()]


@pytest.mark.parametrize(
    ("style", "text", "action", "reminder"), CASES, ids=[*FENCED, *(f"{n}, labelled" for n in LABELLED)]
)
def test_the_truth_table(style: grammar.Style, text: str, action: str | None, reminder: str) -> None:
    reading = grammar.read(text, style, answers=True)
    assert (reading.decision.action if reading.decision else None) == action
    assert reminder in reading.reminder and bool(reminder) == bool(reading.reminder)


@pytest.mark.parametrize(
    ("text", "action", "thought"),
    [
        ("I add.\n```python\n1\n```", "1", "I add."),
        ("So it is.\n\n**Answer:** 42**", "Answer: 42", "So it is."),
        ("Final Answer: 1/2", "Answer: 1/2", ""),
        ("Answer: `12`", "Answer: 12", ""),
        ("Answer:\n\\frac{1}{2}\n\nThat is all.", "Answer: \\frac{1}{2}", ""),
        ("```python\nprint('Answer: 4')\n```", "print('Answer: 4')", ""),
        ("```python\n'''\nAnswer: 4\n'''\n```", "'''\nAnswer: 4\n'''", ""),
        ("```\nprint(1)\n```", "print(1)", ""),
    ],
)
def test_what_stands_around_is_left_out(text: str, action: str, thought: str) -> None:
    assert grammar.read(text, "fenced", answers=True).decision == Decision(action, thought)


def test_fences_inside_labels_are_no_part_of_the_block() -> None:
    decision = grammar.read("Action:\n```python\nprint(1)\n```\nEnd Action", "labelled", answers=True).decision
    assert decision == Decision("print(1)")


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("labelled", "Action: x = 1\nprint(x)\nEnd Action"),
        ("labelled", "Action:\n    x = 1\n    print(x)\nEnd Action"),
        ("fenced", "1. I add.\n   ```python\n   x = 1\n   print(x)\n   ```"),
    ],
)
def test_a_block_behind_its_label_or_indented_as_a_whole_is_what_it_would_be_without(
    style: grammar.Style, text: str
) -> None:
    decision = grammar.read(text, style, answers=True).decision
    assert decision is not None and decision.action == "x = 1\nprint(x)"


def test_where_the_world_takes_no_answers_the_word_means_nothing() -> None:
    assert grammar.read("```python\ngo()\n```\nAnswer: 1", "fenced", answers=False).decision == Decision("go()")
    assert grammar.read("Answer: 1", "fenced", answers=False).decision is None


lines = st.lists(st.text("abc =()1\n", min_size=1, max_size=12).map(str.strip).filter(bool), min_size=1, max_size=3)


@given(
    lines.map("\n".join), st.sampled_from(["", "I think so."]), st.sampled_from(["fenced", "labelled"]), st.booleans()
)
def test_what_is_written_is_read_again(code: str, thought: str, style: grammar.Style, answer: bool) -> None:
    decision = Decision(f"Answer: {' '.join(code.split())}" if answer else code, thought)
    assert grammar.read(grammar.written(decision, style), style, answers=True).decision == decision


@given(st.text(max_size=200), st.sampled_from(["fenced", "labelled"]), st.booleans())
def test_any_text_is_read(text: str, style: grammar.Style, answers: bool) -> None:
    grammar.read(text, style, answers)


def playing(question: str = "What is 6 times 7?") -> Trajectory:
    task = Task("t", "sums", "train", question, {"answer": "42"})
    return Trajectory(task, 0, final=Observation(question, functions=("Answer: NUMBER (in digits)",)))


def acted(agent: CodeAct, *replies: str):
    acting = agent.act(playing())
    requests = [next(acting)]
    try:
        for reply in replies:
            requests.append(acting.send(Completion(reply)))  # noqa: PERF401
    except StopIteration as end:
        return end.value, requests
    raise AssertionError("it goes on asking")


def test_the_instruction_tells_how_an_answer_is_written() -> None:
    (message,) = CodeAct().conversation(playing())
    assert "Answer: NUMBER (in digits)" in message.content and "```python" in message.content
    assert "Functions:" not in message.content and message.content.endswith("What is 6 times 7?")
    (message,) = CodeAct(CodeActConfig(style="labelled")).conversation(playing())
    assert "End Action" in message.content and "```" not in message.content


def test_a_malformed_reply_is_asked_again() -> None:
    decision, requests = acted(CodeAct(), "Hm.", "Answer: 42")
    assert decision == Decision("Answer: 42")
    assert "nor one answer after 'Answer:'" in requests[1].messages[-1].content
    with pytest.raises(Unparsed):
        acted(CodeAct(), "Hm.", "Hm.")


def test_a_malformed_reply_can_be_a_step_that_the_world_answers() -> None:
    decision, requests = acted(CodeAct(CodeActConfig(malformed="step")), "```python\n1\n```\nAnswer: 1")
    assert decision == Decision("") and len(requests) == 1
    env = begun()
    assert "not both at once" in env.step(decision.action).observation.text
    env.close()


def test_after_a_reply_with_several_the_agent_is_reminded() -> None:
    agent, seen = CodeAct(), playing()
    decision, (request, *_) = acted(agent, "```python\n1\n```\n```python\n2\n```")
    from worldlore.experience import Call, Step

    step = Step(seen.final, decision, calls=(Call(request, Completion("```python\n1\n```\n```python\n2\n```")),))
    later = Trajectory(seen.task, 0, steps=(step,), final=Observation("1"))
    assert agent.conversation(later)[-1].content == "1\n" + grammar.SEVERAL.format(what="block")


def test_the_experts_course_is_retold_as_replies() -> None:
    env = begun()
    task = env.tasks("train")[0]
    from worldlore.agents.expert import Expert
    from worldlore.rollout.loop import Episode, Stage

    env.close()
    (played,) = Stage(begun, {}).play(Expert(), [Episode(task)])
    said = [step.calls[0].reply.text for step in retold(CodeAct(), played).steps]
    assert said == ["```python\nx = 6\n```", "```python\ny = x * 7\nprint(y)\n```", "Answer: 42"]
