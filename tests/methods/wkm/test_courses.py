"""Courses from files."""

import json
from dataclasses import replace

import pytest

from tests.methods.wkm.learning import TASK, agent, household, practice, wkm
from tests.toys import Pages
from worldlore.environments.household import Household, HouseholdConfig
from worldlore.errors import ConfigError, WorldloreError
from worldlore.methods.wkm.courses import published


@pytest.mark.parametrize("key", ["also", "cases"])
def test_a_file_that_is_not_there_is_told_before_anything_is_practised(tiny, tmp_path, key):
    pages = Pages(folder=tmp_path)
    with pytest.raises(WorldloreError, match=r"absent\.json"):
        wkm(**{key: [str(tmp_path / "absent.json")]}).learn(agent(), practice(tiny, pages))
    assert not list(pages.trajectories())


def test_published_courses_of_the_tests_tasks_are_refused(tiny, tmp_path):
    seen = household(1)[0].steps[0].observation.text
    turns = [("human", "Act."), ("gpt", "OK"), ("human", seen), ("gpt", "Thought: So.\nAction: look")]
    file = tmp_path / "courses.json"
    file.write_text(json.dumps([{"conversations": [{"from": who, "value": text} for who, text in turns]}]))
    here = practice(tiny, Pages(folder=tmp_path))
    (course,) = published(file, here.tasks)
    with pytest.raises(ConfigError, match=r"the test asks the same task; .* or say test\.trained = true"):
        wkm(courses=str(file)).learn(agent(), replace(here, tested={course.chosen.task.key}))


def test_another_runs_pairs_of_the_tests_tasks_are_refused_though_practice_does_not_know_these_tasks(tiny, tmp_path):
    one = practice(tiny, Pages(folder=tmp_path / "one"))
    wkm(rejected=False, trains=[]).learn(agent(), one)
    pairs = tmp_path / "one" / "knowledge" / "pairs.json"
    others = Household(HouseholdConfig()).tasks("train")[5:7]
    two = replace(practice(tiny, Pages(folder=tmp_path / "two")), tasks=others, tested={one.tasks[0].key})
    with pytest.raises(ConfigError, match="holds courses of tasks that the test asks; take the pairs of a run"):
        wkm(courses=str(pairs), trains=[]).learn(agent(), two)


def test_published_pairs_take_the_place_of_courses_that_are_played(tiny, tmp_path):
    turns = [("human", "Act."), ("gpt", "OK")]
    for step in household(1)[0].steps:
        turns += [("human", step.observation.text), ("gpt", f"Thought: So.\nAction: {step.decision.action}")]
    told = [{"from": who, "value": text} for who, text in turns]
    file = tmp_path / "pairs.json"
    file.write_text(json.dumps([{"chosen": {"conversations": told, "reward": 1}, "rejected": told[:-2]}] * 2))
    pages = Pages(folder=tmp_path)
    lesson = wkm(courses=str(file)).learn(agent(), practice(tiny, pages))
    assert list(pages.trajectories()) == []
    assert lesson.metrics["pairs"] == 2 and len(lesson.casebase.cases) == 2 * len(household(1)[0].steps)
    (one, two) = published(file, practice(tiny, pages).tasks)
    assert one.chosen.actions == two.chosen.actions and one.rejected.actions == one.chosen.actions[:-1]
    assert published(file, practice(tiny, pages).tasks, "eto") == []
    file.write_text(json.dumps([{"conversations": told}]))
    assert [pair.rejected for pair in published(file, practice(tiny, pages).tasks)] == [None]
    with pytest.raises(ConfigError, match="the world here is 'walk'"):
        published(file, [replace(TASK, environment="walk")])
