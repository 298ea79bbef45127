"""The method from end to end: weights for two roles and a case base."""

from dataclasses import replace

import numpy as np
import pytest

from tests.methods.wkm.learning import HELD, ROLES, TRAINING, Talker, agent, household, practice, wkm
from tests.toys import KilledError, Pages
from worldlore.errors import ConfigError
from worldlore.experience import Lesson, Stop
from worldlore.methods.wkm import teaching
from worldlore.methods.wkm.contrast import Contrast, moments
from worldlore.methods.wkm.pairs import Pair
from worldlore.methods.wkm.synthesis import Known
from worldlore.methods.wkm.tuition import knowing
from worldlore.rollout.loop import Episode, Limits


def test_a_lesson_has_weights_for_both_roles_and_a_case_for_every_step(tiny, tmp_path):
    pages = Pages(folder=tmp_path)
    lesson = wkm().learn(agent(), practice(tiny, pages))
    steps = sum(len(t.steps) for t in pages.trajectories() if t.success)
    assert set(lesson.weights) == set(ROLES)
    assert len(lesson.casebase.cases) == len(lesson.casebase.vectors) == steps == lesson.metrics["state_knowledge"]
    assert np.allclose(np.linalg.norm(lesson.casebase.vectors, axis=1), 1, atol=1e-5)
    assert lesson.casebase.cases[0].before == ""
    assert lesson.metrics["empty"] == 0
    taught = agent(gamma=0.5).with_lesson(lesson)
    stage = practice(tiny, Pages()).stage
    (played,) = replace(stage, limits=Limits(steps=2)).play(taught, [Episode(HELD)])
    assert played.error is None
    assert played.steps[0].decision.grounds["voted"] == 2


def test_killed_and_resumed_it_learns_the_same(tiny, tmp_path):
    one = wkm().learn(agent(), practice(tiny, Pages(folder=tmp_path / "a")))
    again = Pages(life=3, folder=tmp_path / "b")
    with pytest.raises(KilledError):
        wkm().learn(agent(), practice(tiny, again))
    again.life = None
    two = wkm().learn(agent(), practice(tiny, again))
    assert one.casebase.cases == two.casebase.cases
    assert np.array_equal(one.casebase.vectors, two.casebase.vectors)
    for role in ROLES:
        a, b = ((lesson.weights[role] / "model.safetensors").read_bytes() for lesson in (one, two))
        assert a == b


VARIANTS = [
    ({"rejected": False}, {}),
    ({"pairs": "eto", "rejected": True}, {}),
    ({"states": False}, {"state": "none"}),
    ({"tasks": False}, {"task_knowledge": False}),
    ({"merged": True}, {}),
    ({"trains": []}, {}),
    ({"trains": ["world"]}, {}),
    ({"knowledge": "model"}, {}),
    ({}, {"state": "explicit"}),
    ({}, {"think": True}),
    ({}, {"candidates": "verbs", "verbs": ["go", "take", "look"]}),
    ({"training": {**TRAINING, "lora": {"rank": 2, "targets": ["q_proj", "v_proj"]}}}, {}),
]


@pytest.mark.parametrize(("method", "keys"), VARIANTS)
def test_every_variant_learns_and_plays(tiny, tmp_path, method, keys):
    here = practice(tiny, Pages(folder=tmp_path))
    lesson = wkm(**{"training": TRAINING, **method}).learn(agent(**keys), here)
    stage = replace(here.stage, limits=Limits(steps=2)).with_lesson(lesson)
    (played,) = stage.play(agent(**keys).with_lesson(lesson), [Episode(HELD)])
    assert played.stop in (Stop.MAX_STEPS, Stop.UNPARSED), played.error


def test_the_agent_is_told_task_knowledge_once_and_state_knowledge_never(tiny, tmp_path, monkeypatch):
    trained = []
    monkeypatch.setattr(teaching, "fitted", lambda p, units, *_, **k: (trained.append(units), Lesson())[1])
    wkm(rejected=False, states=False).learn(agent(state="none"), practice(tiny, Pages(folder=tmp_path)))
    acting, knowing = trained
    for turn in acting:
        said = "\n".join(message.content for message in turn.messages)
        assert said.count("Task knowledge:") == 1 and "State knowledge" not in said
    assert all(turn.reply.startswith("When you have to") for turn in knowing)


def test_the_world_model_learns_both_kinds_in_the_order_of_play():
    (course,) = household(1)
    contrast = Contrast([Pair(course)])
    states = tuple(contrast.state_knowledge(seen) for seen, _ in moments(course))
    one = Known(Pair(course), contrast.task_knowledge(Pair(course)), states)
    turns = knowing(agent(), one)
    assert turns[0].reply == one.task and [turn.reply for turn in turns[1:]] == list(one.states)
    last = [message.content for message in turns[-1].messages]
    assert last[1] == one.task and last[3::2] == list(one.states[:-1])
    assert all(text.endswith("State knowledge:") for text in last[2::2])


def test_what_is_not_asked_for_is_not_told_as_missing(tiny, tmp_path):
    here = practice(tiny, Pages(folder=tmp_path))
    lesson = wkm(tasks=False, rejected=False).learn(agent(task_knowledge=False), here)
    assert (lesson.metrics["task_knowledge"], lesson.metrics["empty"]) == (0, 0)


def test_a_case_base_is_made_only_where_it_is_asked(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(Talker, "embed", lambda self, requests: pytest.fail("nobody asks a case base here"))
    lesson = wkm(rejected=False).learn(agent(state="explicit"), practice(tiny, Pages(folder=tmp_path)))
    assert lesson.casebase is None


def test_a_budget_that_practice_spent_leaves_the_case_base_whole(tiny, tmp_path):
    here = practice(tiny, Pages(folder=tmp_path), calls=1)
    lesson = wkm().learn(agent(), here)
    assert here.budget.spent(here.cost)
    assert len(lesson.casebase.cases) == lesson.metrics["state_knowledge"] > 0


def test_practice_without_a_success_is_told(tiny, tmp_path):
    here = practice(tiny, Pages(folder=tmp_path), steps=3)
    with pytest.raises(ConfigError, match="solved none of the training tasks"):
        wkm(rejected=False).learn(agent(), here)


def test_a_budget_that_ends_before_the_knowledge_is_written_leaves_what_there_is(tiny, tmp_path):
    spent = sum(len(t.steps) for t in household(1)) + 20
    here = practice(tiny, Pages(folder=tmp_path), tasks=1, steps=spent)
    lesson = wkm(knowledge="model").learn(agent(), here)
    assert (lesson.metrics["state_knowledge"], lesson.metrics["task_knowledge"]) == (0, 0)
    assert "raise the budget" in lesson.metrics["ended"] and lesson.metrics["empty"] == 1 + len(household(1)[0].steps)
    assert lesson.casebase.cases == () and set(lesson.weights) == {"policy"}
    lesson = Lesson.load(lesson.save(tmp_path / "lesson") and tmp_path / "lesson")
    stage = replace(here.stage, limits=Limits(steps=2)).with_lesson(lesson)
    for keys in ({}, {"candidates": "verbs"}):
        (played,) = stage.play(agent(**keys).with_lesson(lesson), [Episode(HELD)])
        assert played.stop is Stop.MAX_STEPS, played.error
