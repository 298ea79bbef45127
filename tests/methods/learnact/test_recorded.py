"""learnact driven by what a language model really wrote: as learner and as player, in gripper and in household.

The replies were written by a language model (Claude), request by request as they came, and recorded (`recorded.py`);
for the traceback it was to make a slip that is common among models.
"""

import os
from pathlib import Path

import pytest

from tests.methods.learnact.recorded import Recorded
from tests.methods.learnact.stage import NOTHING, asked, method, practice, tasks
from tests.toys import Pages
from worldlore.agents.act import Act
from worldlore.environments import ENVIRONMENTS
from worldlore.experience import Action, Lesson

REPLIES = Path(__file__).parent / "replies"
GIVEN = (("aabb", "a"), ("aaab", "a"))
BY_HAND = '''def carry_pair(first, second, here, there):
    """Carry two balls to the other room."""
    move(here, there)
    pick(first, here, "left")
    pick(second, here, "right")
    drop(first, there, "left")
    return drop(second, there, "right")
'''
"""Written by hand, and wrong: it leaves before it picks up."""


def learned(name: str, known: Lesson = NOTHING, given=None, pages=None, **keys) -> Lesson:
    wanted = os.environ.get("WORLDLORE_RECORD")
    model = Recorded(REPLIES / f"{name}.jsonl", Path(wanted) if wanted else None)
    world = given[0].environment if given else "gripper"

    def make():
        return ENVIRONMENTS.build({"name": "programs", "inner": {"name": world}})

    pages = Pages() if pages is None else pages
    here = practice(pages, model, model, known, given or tasks(*GIVEN), make)
    lesson = method(**{"steps": 6, "instances": 2, **keys}).learn(Act().with_lesson(known), here)
    assert not model.missing, "other things are asked now than were recorded: record anew (see recorded.py)"
    assert model.used == set(model.replies)
    return lesson


def scores(lesson: Lesson, place: int) -> list[tuple[str, float]]:
    return [(one["kind"], pytest.approx(one["total"])) for one in lesson.metrics["rounds"][place]["pool"]]


def household(count: int):
    return ENVIRONMENTS.build({"name": "household"}).tasks("train")[:count]


def test_what_a_model_creates_for_gripper_solves_its_training_tasks():
    lesson = learned("gripper", samples=2)
    assert [a.name for a in lesson.actions] == ["carry_one", "carry_two", "fetch_one"]
    assert scores(lesson, 0) == [("created", 3.0), ("created", 3.0)]
    assert len(lesson.metrics["rounds"]) == 1, "nothing failed, so nothing is revised"
    (case,) = lesson.cases
    assert case.success
    assert len(case.steps) == 2


def test_what_a_model_creates_for_household_branches_on_what_it_sees():
    lesson = learned("household", given=household(2), samples=2, preset="alfworld", steps=8)
    assert [a.name for a in lesson.actions] == ["reach", "find", "deliver", "warm_up", "wash"]
    assert lesson.actions[1].source.startswith("import re")
    assert scores(lesson, 0) == [("created", 2.0), ("created", 1.75)]
    assert [case.success for case in lesson.cases] == [True]


def test_a_model_mends_an_action_written_by_hand_and_then_gives_advice_on_it():
    pages = Pages()
    lesson = learned("repair", Lesson(actions=(Action.of(BY_HAND, by="hand"),)), pages=pages, samples=1)
    pair = next(a for a in lesson.actions if a.name == "carry_pair")
    assert pair.by == "model"
    assert pair.source.index("pick(first") < pair.source.index("move(here")
    assert pair.notes == (
        "Call carry_pair only for two balls that both lie in the room where the robot is now; "
        "carry a single ball with carry_one.",
    )
    assert (pair.calls, pair.failures) == (3, 0)
    assert scores(lesson, 0) == [("given", 1.0), ("created", 2.527272727)]
    assert scores(lesson, 1) == [("created", 2.527272727), ("update", 2.6)]
    assert scores(lesson, 2) == [("update", 2.6), ("note", 3.0)]
    assert lesson.metrics["code_updates"] == 0.5
    assert [case.success for case in lesson.cases] == [True]
    assert not [record for record in pages.records if "faults" in record]


def test_a_model_puts_its_own_code_right_after_a_traceback():
    pages = Pages()
    lesson = learned("traceback", given=household(1), pages=pages, preset="alfworld", samples=1, steps=4, iterations=0)
    assert lesson.metrics["story"] == ["created after 1 repair"]
    told = asked(pages, "creation")[1].request.messages[-1].content
    assert 'File "<pick_from>", line 9, in pick_from' in told
    assert "AttributeError: 'NoneType' object has no attribute 'group'" in told
    assert "if found is None" in lesson.actions[0].source
    assert [case.success for case in lesson.cases] == [True]
