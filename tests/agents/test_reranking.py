"""Drafts of a reply: the most confident one, or one more reply where none is sure."""

import pytest

from worldlore.agents import AGENTS
from worldlore.config import parse
from worldlore.errors import ConfigError, Unparsed
from worldlore.experience import (
    Call,
    Completion,
    Decision,
    Generate,
    Lesson,
    Message,
    Observation,
    Step,
    Task,
    Trajectory,
)
from worldlore.experience.jsonl import dumps, loads

TASK = Task("t", "household", "train", "put a cup on the desk")
SEEN = Trajectory(TASK, 0, final=Observation("You are in a room."))


def agent(**keys):
    return AGENTS.build({"name": "reranking", "inner": {"name": "act"}, **keys})


def draft(text, each, tokens=4):
    return Completion(text, tokens=tuple(range(tokens)), logprobs=(each,) * tokens)


def played(acting, *replies):
    """What is asked, and the decision."""
    asked = [next(acting)]
    try:
        for reply in replies:
            asked.append(acting.send(reply))  # noqa: PERF401 - the end of the generator is the decision
    except StopIteration as end:
        return asked, end.value
    raise AssertionError("the agent asks on")


def test_the_most_confident_draft_is_the_reply():
    drafts = [draft("look", -0.3), draft("go to desk 1", -0.1), draft("go to bed 1", -0.2)]
    asked, decision = played(agent(drafts=3).act(SEEN), *drafts)
    assert decision == Decision(
        "go to desk 1", grounds={"drafts": {"confidence": pytest.approx(-0.1), "different": 3, "asked": False}}
    )
    assert {request.sampling.temperature for request in asked} == {0.8}
    assert len({request.messages for request in asked}) == 1


def test_confidence_is_a_mean_over_tokens_so_that_long_replies_are_not_less_sure():
    drafts = [draft("look", -0.2, tokens=1), draft("go to the desk 1", -0.1, tokens=9)]
    _, decision = played(agent(drafts=2).act(SEEN), *drafts)
    assert decision.action == "go to the desk 1"


def test_an_empty_draft_takes_no_part_though_it_is_surest_or_of_no_known_probability():
    for nothing in (draft(" ", -0.01, tokens=1), Completion("")):
        _, decision = played(agent(drafts=3).act(SEEN), nothing, draft("look", -0.2), nothing)
        assert (decision.action, decision.grounds["drafts"]["different"]) == ("look", 1)
    with pytest.raises(Unparsed, match="no action in the reply ''"):
        played(agent(drafts=2).act(SEEN), *[Completion("")] * 9)


def test_where_none_is_sure_the_different_drafts_are_shown_and_one_more_reply_is_asked():
    drafts = [draft(text, -1.0) for text in ("look", "go to desk 1", "look", "go to bed 1")]
    asked, decision = played(agent(drafts=4).act(SEEN), *drafts, Completion("go to desk 1"))
    *before, last = asked
    assert decision.action == "go to desk 1"
    assert decision.grounds["drafts"] == {"confidence": -1.0, "different": 3, "asked": True}
    assert last.sampling.temperature == 0.0
    (shown,) = last.messages
    assert shown.content.startswith(before[0].messages[0].content)
    assert all(shown.content.count(f":\n{text}") == 1 for text in ("look", "go to desk 1", "go to bed 1"))


def test_the_order_of_what_is_shown_is_drawn_anew_at_each_moment_and_the_same_again():
    drafts = [draft(f"go to desk {i}", -1.0) for i in range(5)]
    shown = {}
    for attempt in (0, 0, 1, 2, 3):
        seen = Trajectory(TASK, 0, attempt, final=SEEN.final)
        asked, _ = played(agent().act(seen), *drafts, Completion("look"))
        text = asked[-1].messages[0].content
        assert shown.setdefault(attempt, text) == text
    assert len(set(shown.values())) > 2


def test_drafts_that_say_the_same_need_no_weighing():
    _, decision = played(agent(drafts=2).act(SEEN), draft("look", -3.0), draft("look\n", -3.0))
    assert decision.action == "look"


def test_the_record_and_the_next_prompt_hold_the_reply_that_was_taken():
    drafts = [draft("go to desk 1", -0.1), draft("look", -0.3)]
    asked, decision = played(agent(drafts=2).act(SEEN), *drafts)
    calls = tuple(Call(request, reply) for request, reply in zip(asked, drafts, strict=True))
    step = Step(SEEN.final, decision, calls=calls)
    assert step.said() == (asked[0].messages, "go to desk 1")
    course = Trajectory(TASK, 0, steps=(step,), final=Observation("You arrive."))
    back = loads(dumps(course), Trajectory)
    assert back.steps[0].said() == step.said()
    request = next(agent().act(back))
    assert isinstance(request, Generate)
    assert request.messages[1] == Message("assistant", "go to desk 1")


def test_a_lesson_is_the_inner_agents():
    taught = agent().with_lesson(Lesson(knowledge={"all": "Cups are on desks."}))
    assert "Cups are on desks." in next(taught.act(SEEN)).messages[0].content
    assert agent().reply_for(Decision("look")) == "look"


def test_a_model_that_tells_no_probabilities_is_refused():
    with pytest.raises(ConfigError, match=r"models\.policy\.logprobs = true"):
        played(agent(drafts=1).act(SEEN), Completion("look"))


def test_an_inner_agent_must_be_one_of_its_own():
    with pytest.raises(ConfigError, match="not reranking again"):
        agent(inner={"name": "reranking", "inner": {"name": "act"}})
    with pytest.raises(ConfigError, match="did you mean 'react'"):
        agent(inner={"name": "reactt"})
    with pytest.raises(ConfigError, match="inner is missing"):
        parse(AGENTS.load("reranking").Config, {}, "agent 'reranking'")
