"""The agent that asks what is known: what it asks of whom, and how it decides."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.agents import AGENTS
from worldlore.errors import ConfigError, Unparsed
from worldlore.experience import (
    Call,
    Case,
    CaseBase,
    Completion,
    Embed,
    Generate,
    Lesson,
    Observation,
    Score,
    Scores,
    Step,
    Task,
    Theory,
    Trajectory,
    Vectors,
)
from worldlore.models.scripted import Scripted
from worldlore.rollout.loop import check_needs

TASK = Task("a", "household", "test", "put a mug in desk")
ACTIONS = ("go to desk 1", "go to shelf 1", "take mug 1 from shelf 1", "look")
START = Observation("You are in a room.\nYour task is to: put a mug in desk.", ACTIONS)
SEEN = Trajectory(TASK, 0, final=START)
BASE = CaseBase(
    (Case("", "nothing done", "take mug 2 from desk 1"), Case("", "all done", "look"), Case("go to x 1", "s", "look")),
    np.array([[1, 0], [0, 1], [1, 0]], np.float32),
)


def wkm(base=BASE, **keys):
    agent = AGENTS.build({"name": "wkm", "manual": "none", **keys})
    return agent.with_lesson(Lesson(casebase=base))


def play(agent, *replies, seen=SEEN):
    """The decision and what was asked on the way to it."""
    acting = agent.act(seen)
    asked = [next(acting), *(acting.send(reply) for reply in replies[:-1])]
    with pytest.raises(StopIteration) as end:
        acting.send(replies[-1])
    return end.value.value, asked


def totals(*worths):
    return Scores(tuple((worth,) for worth in worths))


KNOWN = (Completion("Mugs lie on shelves."), Completion("nothing done"))


def test_the_task_then_the_moment_then_the_cases_then_the_actions():
    decision, asked = play(wkm(gamma=0.4), *KNOWN, Vectors(((1.0, 0.0),)), totals(-1.0, -2.0, -3.0, -9.0))
    assert [type(request) for request in asked] == [Generate, Generate, Embed, Score]
    assert [request.to for request in asked] == ["world", "world", "world", "policy"]
    assert asked[0].messages[-1].content.endswith("Task knowledge:")
    assert asked[2].texts == ("nothing done",)
    assert asked[3].continuations == ACTIONS
    assert asked[3].messages[-1].content.endswith("Task knowledge: Mugs lie on shelves.")
    assert "nothing done" not in asked[3].messages[-1].content
    opinions = decision.grounds["opinions"]
    assert opinions["cases"] == {"take": 0.5, "look": 0.5}
    assert opinions["policy"]["go"] > 0.8
    assert decision.grounds["nearest"][0] == {
        "likeness": 1.0, "before": "", "state": "nothing done", "action": "take mug 2 from desk 1"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("gamma", "neighbours", "action"),
    [(1.0, 3000, "go to shelf 1"), (0.0, 1, "take mug 1 from shelf 1"), (0.6, 1, "go to shelf 1")],
)
def test_gamma_is_the_weight_of_the_policy(gamma, neighbours, action):
    agent = wkm(gamma=gamma, neighbours=neighbours)
    decision, _ = play(agent, *KNOWN, Vectors(((1.0, 0.0),)), totals(-2.0, -1.0, -3.0, -9.0))
    assert decision.action == action


def test_without_gamma_the_policy_has_the_published_weight_of_its_world():
    for world, weight in (("household", 0.4), ("alfworld", 0.4), ("webshop", 0.5), ("scienceworld", 0.7)):
        seen = replace(SEEN, task=replace(TASK, environment=world))
        decision, _ = play(wkm(neighbours=1), *KNOWN, Vectors(((1.0, 0.0),)), totals(-1, -2, -3, -9), seen=seen)
        policy = decision.grounds["opinions"]["policy"]
        assert decision.grounds["fused"]["take"] == pytest.approx(weight * policy["take"] + 1 - weight)
        assert wkm(gamma=0.9).keys.given(world) == pytest.approx({"policy": 0.9, "cases": 0.1})


def test_later_steps_look_back_on_what_was_said():
    first, asked = play(wkm(), *KNOWN, Vectors(((1.0, 0.0),)), totals(-1, -2, -3, -9))
    calls = tuple(map(Call, asked, (*KNOWN, Vectors(((1.0, 0.0),)), totals(-1, -2, -3, -9))))
    later = replace(SEEN, steps=(Step(START, first, calls=calls),), final=Observation("You see a mug 1.", ACTIONS))
    decision, asked = play(
        wkm(), Completion("mug in sight"), Vectors(((0.0, 1.0),)), totals(-1, -2, -3, -9), seen=later
    )
    said = [message.content for message in asked[0].messages]
    assert said[1::2] == ["Mugs lie on shelves.", "nothing done"]
    assert said[-1] == f"> {first.action}\nYou see a mug 1.\nState knowledge:"
    assert "Mugs lie on shelves." in asked[2].messages[0].content
    assert decision.grounds["voted"] == 1


def test_where_nothing_is_listed_the_policy_goes_on_from_the_winning_kind():
    seen = replace(SEEN, final=Observation("A shop."))
    agent = wkm(gamma=0.0, neighbours=1)
    decision, asked = play(
        agent, *KNOWN, Vectors(((0.0, 1.0),)), totals(-0.1, -3.0), Completion("look around"), seen=seen
    )
    assert (asked[3].continuations, asked[3].end_of_turn) == (("look", "take"), False)
    assert asked[4].begun == "look"
    assert decision.action == "look around"


THOUGHT = Completion("Thought: Mugs lie on shelves.\n")


def test_a_policy_that_thinks_is_scored_behind_its_thought():
    scores = totals(-2.0, -1.0, -3.0, -9.0)
    agent = wkm(gamma=1.0, think=True, manual="")
    decision, asked = play(agent, *KNOWN, Vectors(((1.0, 0.0),)), THOUGHT, scores)
    assert [type(request) for request in asked] == [Generate, Generate, Embed, Generate, Score]
    assert asked[3].to == "policy" and "Action:" in asked[3].sampling.stop
    assert "two lines: 'Thought:'" in asked[3].messages[0].content
    assert asked[4].continuations == tuple(f"Thought: Mugs lie on shelves.\nAction: {a}" for a in ACTIONS)
    assert (decision.thought, decision.action) == ("Mugs lie on shelves.", "go to shelf 1")
    assert set(decision.grounds["opinions"]["policy"]) == {"go", "take", "look"}
    calls = tuple(map(Call, asked, (*KNOWN, Vectors(((1.0, 0.0),)), THOUGHT, scores)))
    later = replace(SEEN, steps=(Step(START, decision, calls=calls),), final=Observation("You see a mug 1.", ACTIONS))
    shown = agent.conversation(later)
    assert shown[1].content == "Thought: Mugs lie on shelves.\nAction: go to shelf 1"


def test_a_policy_that_thinks_goes_on_from_its_thought_and_the_winning_kind():
    seen = replace(SEEN, final=Observation("A shop."))
    agent = wkm(gamma=0.0, neighbours=1, think=True)
    said = Completion("Thought: Mugs lie on shelves.\nAction: look around")
    decision, asked = play(agent, *KNOWN, Vectors(((0.0, 1.0),)), THOUGHT, totals(-0.1, -3.0), said, seen=seen)
    assert asked[4].continuations[0] == "Thought: Mugs lie on shelves.\nAction: look" and not asked[4].end_of_turn
    assert asked[5].begun == asked[4].continuations[0]
    assert (decision.thought, decision.action) == ("Mugs lie on shelves.", "look around")


def test_theories_are_asked_about_the_actions_alone_whatever_the_policy_thinks():
    agent = wkm(weights={"policy": 0.1, "theories": 0.9}, task_knowledge=False, think=True)
    said = (KNOWN[1], Vectors(((1.0, 0.0),)), THOUGHT, totals(-1, -2, -9, -9), totals(-9, -9, -9, -1))
    _, asked = play(agent, *said)
    assert asked[4].continuations == ACTIONS != asked[3].continuations


def test_a_policy_that_thinks_does_so_where_nothing_is_weighed():
    decision, _ = play(wkm(None, state="none", think=True), KNOWN[0], Completion("Thought: So.\nAction: look"))
    assert (decision.thought, decision.action) == ("So.", "look")


def test_explicit_state_is_told_and_nothing_is_weighed():
    decision, asked = play(wkm(None, state="explicit"), *KNOWN, Completion("look"))
    assert asked[2].messages[-1].content.endswith("State knowledge: nothing done")
    assert (decision.action, decision.grounds) == ("look", {})


def test_without_state_only_the_task_is_asked_about():
    agent = wkm(None, state="none")
    assert agent.needs == {"policy": {"generate"}, "world": {"generate"}}
    _, asked = play(agent, KNOWN[0], Completion("look"))
    assert [request.to for request in asked] == ["world", "policy"]


def test_further_models_may_have_a_say():
    agent = wkm(weights={"policy": 0.2, "judge": 0.8}, task_knowledge=False)
    assert agent.needs["judge"] == {"score"}
    decision, asked = play(agent, KNOWN[1], Vectors(((1.0, 0.0),)), totals(-1, -2, -9, -9), totals(-9, -9, -9, -1))
    assert [request.to for request in asked] == ["world", "world", "policy", "judge"]
    assert asked[0].messages[-1].content.endswith("State knowledge:")
    assert decision.action == "look"


def test_the_policy_scores_though_it_has_no_weight():
    agent = wkm(weights={"cases": 1.0})
    assert agent.needs["policy"] == {"generate", "score"}
    decision, _ = play(agent, *KNOWN, Vectors(((1.0, 0.0),)), totals(-1, -2, -3, -9))
    assert decision.action == "take mug 1 from shelf 1"


def test_where_a_model_cannot_score_task_knowledge_alone_is_offered():
    mute, able = Scripted.of(["look"]), Scripted.of(lambda request: "look", identity="able")
    with pytest.raises(ConfigError, match=r'cannot score .*; or play with task knowledge only: agent\.state = "none"'):
        check_needs(wkm(), {"policy": mute, "world": able})
    check_needs(wkm(None, state="none"), {"policy": mute, "world": able})
    check_needs(wkm(), {"policy": able, "world": able})


def test_a_weight_below_nothing_is_refused():
    with pytest.raises(ConfigError, match="greater than or equal to 0"):
        wkm(weights={"policy": 1.0, "cases": -0.5})


def test_without_fusion_a_reply_that_is_no_action_is_asked_again_as_agent_act_does():
    agent = wkm(None, state="none", task_knowledge=False)
    decision, asked = play(agent, Completion("\n"), Completion("look"))
    assert asked[1].messages[-1].content == agent.reminder
    assert decision.action == "look"


def test_without_a_case_base_it_says_what_to_do():
    acting = wkm(None, task_knowledge=False).act(SEEN)
    next(acting)
    with pytest.raises(ConfigError, match="learn one with method 'wkm'"):
        acting.send(Completion("s"))


def test_a_reply_without_an_action_is_told():
    acting = wkm(None, state="none", task_knowledge=False, again=0).act(SEEN)
    next(acting)
    with pytest.raises(Unparsed):
        acting.send(Completion(""))


def test_fitted_weights_take_the_place_of_those_given():
    lesson = Lesson(casebase=BASE, metrics={"fusion": {"weights": {"policy": 0.0, "cases": 1.0}}})
    agent = AGENTS.build({"name": "wkm", "manual": "none", "gamma": 1.0, "neighbours": 1, "fitted": True})
    scores = totals(-1.0, -2.0, -3.0, -9.0)
    decision, _ = play(agent.with_lesson(lesson), *KNOWN, Vectors(((1.0, 0.0),)), scores)
    assert decision.action == "take mug 1 from shelf 1"
    with pytest.raises(ConfigError, match=r"it brings none; learn them with method\.fusion"):
        play(agent.with_lesson(replace(lesson, metrics={})), *KNOWN, Vectors(((1.0, 0.0),)), scores)


def test_theories_are_a_source_that_the_world_model_speaks_for():
    theory = Lesson(casebase=BASE, theories=(Theory("What is taken is carried.", 1.0),))
    agent = wkm(weights={"policy": 0.1, "theories": 0.9}, task_knowledge=False).with_lesson(theory)
    assert agent.needs["world"] == {"generate", "embed", "score"}
    said = (KNOWN[1], Vectors(((1.0, 0.0),)), totals(-1, -2, -9, -9), totals(-9, -9, -9, -1))
    decision, asked = play(agent, *said)
    assert [request.to for request in asked] == ["world", "world", "policy", "world"]
    assert "What is taken is carried." in asked[3].messages[-1].content and asked[3].continuations == ACTIONS
    assert decision.action == "look" and set(decision.grounds["opinions"]) == {"policy", "cases", "theories"}


def test_a_case_base_without_cases_leaves_the_choice_to_the_policy():
    nothing = CaseBase((), np.zeros((0, 0), np.float32))
    decision, asked = play(wkm(nothing, gamma=0.0), *KNOWN, totals(-2.0, -1.0, -3.0, -9.0))
    assert [type(request) for request in asked] == [Generate, Generate, Score]
    assert (decision.action, decision.grounds["voted"]) == ("go to shelf 1", 0)
    decision, asked = play(wkm(nothing, candidates="verbs"), *KNOWN, Completion("look"))
    assert decision.action == "look" and [type(request) for request in asked] == [Generate] * 3


def test_a_world_model_that_was_not_trained_is_shown_examples():
    _, asked = play(wkm(None, state="none", few_shot=True), KNOWN[0], Completion("look"))
    opening = asked[0].messages[0].content
    assert "An example of task knowledge:\nWhen you have to" in opening and "An example of state knowledge:" in opening
    assert opening.endswith("put a mug in desk.\nTask knowledge:")


@given(st.lists(st.floats(-9, 0), min_size=4, max_size=4, unique=True))
def test_gamma_one_is_the_policys_likeliest_kind_and_gamma_nothing_the_cases(worths):
    said = (*KNOWN, Vectors(((1.0, 0.0),)), totals(*worths))
    alone, _ = play(wkm(gamma=1.0), *said)
    opinion = alone.grounds["opinions"]["policy"]
    assert opinion[alone.grounds["winner"]] == max(opinion.values())
    cases, _ = play(wkm(gamma=0.0, neighbours=1), *said)
    assert cases.action == "take mug 1 from shelf 1"
