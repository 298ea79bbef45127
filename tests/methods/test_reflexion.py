"""Reflexion: hints from failures, and what an agent told them does."""

from dataclasses import replace

import pytest

from tests.methods.test_methods import practice
from tests.toys import KilledError, Pages, Walk, saying, tasks, walker, wanderer
from worldlore.agents.act import Act, ActConfig
from worldlore.agents.react import React, ReactConfig
from worldlore.experience import Decision, Failure, Lesson, Observation, Step, Stop, Trajectory
from worldlore.methods import METHODS
from worldlore.methods.reflexion import FRAME, LEAD, told


def reflexion(**keys):
    return METHODS.build({"name": "reflexion", **keys})


def slow(request):
    """Goes left until it was told to hurry; then right. As a learner it says so."""
    text = request.messages[0].content
    if FRAME in text:
        return f"Hint: hurry\n to goal {text.split('goal ')[1][0]}"
    return "right" if text.count("hurry") >= 2 else "left"


def reflected(pages, model=None, agent=None, budget=None, **keys) -> Lesson:
    here = practice(pages, model or saying(slow), budget=budget or {})
    return reflexion(**keys).learn(agent or walker(), here)


def requests(pages):
    return [call.request for call in pages.exchanges()]


def test_a_failure_becomes_a_hint_until_all_tasks_succeed():
    pages = Pages()
    lesson = reflected(pages, rounds=5)
    assert lesson.knowledge == {"reflections": f"{LEAD}\n- hurry to goal 2\n- hurry to goal 2"}
    won, lost = {"played": 3, "wins": 3}, {"played": 3, "wins": 0}
    assert lesson.metrics == {"hints": 2, "rounds": [{"hints": 0, **lost}, {"hints": 1, **lost}, {"hints": 2, **won}]}
    assert [r["phase"] for r in pages.records] == ["round", "reflection", "round", "reflection", "round"]
    assert len(pages.lines) == 9


def test_an_agent_told_the_hints_follows_them():
    taught = walker().with_lesson(reflected(Pages()))
    here = practice(Pages(), saying(slow))
    assert all(t.success for t in here.rollouts(taught))
    assert not any(t.success for t in here.rollouts(walker()))


def test_nothing_is_asked_where_nothing_fails():
    pages = Pages()
    assert reflected(pages, wanderer()) == Lesson(
        metrics={"hints": 0, "rounds": [{"hints": 0, "played": 3, "wins": 3}]}
    )
    assert requests(pages) == []


def test_the_first_failing_task_is_reflected_on_and_rounds_are_bounded():
    def stubborn(request):
        if FRAME in request.messages[0].content:
            return "try again"
        return "left" if "goal 3" in request.messages[0].content else "right"

    pages = Pages()
    lesson = reflected(pages, saying(stubborn))
    assert lesson.metrics["rounds"] == [{"hints": k, "played": 3, "wins": 2} for k in range(3)]
    assert len(requests(pages)) == 2
    assert all("goal 3" in r.messages[0].content for r in requests(pages))


def test_practice_is_on_the_first_tasks_with_short_episodes():
    pages = Pages()
    reflected(pages, saying(lambda r: "stay"), tasks=2, steps=3, rounds=0)
    assert [(t.task.id, len(t.steps)) for t in pages.trajectories()] == [("train-0", 3), ("train-1", 3)]
    reflected(pages := Pages(), saying(lambda r: "stay"), tasks=9, rounds=0, steps=None)
    assert [len(t.steps) for t in pages.trajectories()] == [4] * 4


def test_the_latest_hints_are_told_where_only_some_may_be():
    def count(request):
        text = request.messages[0].content
        return f"hint {sum(c.isdigit() for c in text)}" if FRAME in text else "left"

    pages = Pages()
    lesson = reflected(pages, saying(count), rounds=3, most=1)
    assert lesson.metrics["hints"] == 3
    assert lesson.knowledge["reflections"].count("\n- ") == 1


def test_the_learner_is_asked_where_there_is_one():
    pages = Pages()
    here = practice(pages, saying(slow))
    learner = saying(lambda r: "from the learner")
    here = replace(here, stage=replace(here.stage, models={**here.stage.models, "learner": learner}))
    lesson = reflexion(rounds=1).learn(walker(), here)
    assert lesson.knowledge["reflections"].endswith("- from the learner")
    assert requests(pages)[0].to == "learner"


@pytest.mark.parametrize("reply", [" \n", Failure("it does not fit", "context")])
def test_a_learner_without_an_answer_ends_the_rounds_and_is_logged(reply):
    pages = Pages()
    lesson = reflected(pages, saying(lambda r: reply if FRAME in r.messages[0].content else "left"))
    assert lesson.knowledge == {}
    assert pages.records[-1]["error"] == lesson.metrics["stopped"]
    assert lesson.metrics["stopped"] in ("the learner's reply is empty", "it does not fit")


def test_a_spent_budget_ends_the_rounds():
    pages = Pages()
    lesson = reflected(pages, budget={"calls": 1})
    assert lesson.metrics["hints"] == 0
    assert "calls are spent" in pages.records[-1]["error"]
    short = reflected(Pages(), budget={"episodes": 2})
    assert short.metrics["rounds"] == [{"hints": 0, "played": 2, "wins": 0}]


@pytest.mark.parametrize("life", [0, 2, 3, 4, 6, 7, 9])
def test_killed_and_run_again_it_learns_the_same(life):
    whole = Pages()
    lesson = reflected(whole)
    pages = Pages(life)
    with pytest.raises(KilledError):
        reflected(pages)
    pages.life = None
    assert reflected(pages) == lesson
    assert (pages.lines, pages.asked) == (whole.lines, whole.asked)


def attempt() -> Trajectory:
    steps = (Step(Observation("dark"), Decision("look", "why not")), Step(Observation("still dark"), Decision("look")))
    return Trajectory(tasks(1)[0], 0, 0, steps, Observation("night"), Stop.MAX_STEPS, False)


def test_an_attempt_is_told_without_thoughts_unless_they_are_wanted():
    assert told(attempt(), thoughts=False) == "dark\n> look\nstill dark\n> look\nnight"
    assert told(attempt(), thoughts=True).startswith("dark\n> Thought: why not\nAction: look\nstill dark\n> look\n")


FILE = "Walk.\n## reflexion act\nLeft was wrong.\nHint: go right.\n\n## reflexion react\nThinking was wrong.\n"


@pytest.mark.parametrize(("agent", "example"), [(Act, "Left was wrong."), (React, "Thinking was wrong.")])
def test_the_learner_is_shown_the_example_of_the_prompt_file(tmp_path, agent, example):
    (tmp_path / "walk.md").write_text(FILE)
    made = agent(ReactConfig(manual="none") if agent is React else ActConfig(manual="none"))
    say = saying(lambda r: "hurry" if FRAME in r.messages[0].content else "Action: left")
    for manual, found in ((str(tmp_path / "walk.md"), True), ("none", False), ("", False)):
        pages = Pages()
        reflected(pages, say, made, rounds=1, manual=manual)
        (request,) = requests(pages)
        assert (f"An example:\n{example}" in request.messages[0].content) == found
        assert request.messages[0].content.endswith("Hint:")


def test_practice_refuses_tasks_of_the_test():
    here = replace(practice(Pages(), saying(slow), world=Walk), tested=frozenset({tasks(1)[0].key}))
    with pytest.raises(Exception, match="the test asks the same task"):
        reflexion().learn(walker(), here)
