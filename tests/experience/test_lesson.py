"""Lessons: folders a person can read, and what two of them make together."""

import pytest
from hypothesis import given

from tests.experience import strategies as any_
from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Decision, Lesson, Observation, Step, Task, Trajectory


def case(goal: str = "go") -> Trajectory:
    return Trajectory(Task("a", "walk", "train", goal), 0, 0, (Step(Observation("o"), Decision("a")),), success=True)


@pytest.fixture
def weights(tmp_path):
    folder = tmp_path / "somewhere"
    (folder / "deep").mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"\0\1")
    (folder / "deep" / "config.json").write_text("{}")
    return folder


def test_a_lesson_is_a_folder_that_reads_back(tmp_path, weights):
    lesson = Lesson(
        {"tips": "Look first.\n", "v1.2": "é ☕"}, (), (case(), case("stay")), {"policy": weights}, {"wins": 3}
    )
    saved = lesson.save(tmp_path / "lesson")
    assert saved == Lesson.load(tmp_path / "lesson")
    assert (saved.knowledge, saved.cases, saved.metrics) == (lesson.knowledge, lesson.cases, lesson.metrics)
    assert saved.weights == {"policy": tmp_path / "lesson" / "weights" / "policy"}
    assert (saved.weights["policy"] / "model.safetensors").read_bytes() == b"\0\1"
    assert (saved.weights["policy"] / "deep" / "config.json").read_text() == "{}"
    assert (tmp_path / "lesson" / "knowledge" / "tips.md").read_text() == "Look first.\n"


def test_a_lesson_that_taught_nothing_reads_back(tmp_path):
    assert Lesson().save(tmp_path / "lesson") == Lesson()


def test_saving_a_lesson_where_it_lies_leaves_its_weights(tmp_path, weights):
    saved = Lesson(weights={"policy": weights}).save(tmp_path / "lesson")
    assert saved.save(tmp_path / "lesson") == saved


@given(any_.trajectories())
def test_cases_are_kept_exactly(tmp_path_factory, trajectory):
    lesson = Lesson(cases=(trajectory,))
    assert lesson.save(tmp_path_factory.mktemp("lesson")) == lesson


def test_a_folder_that_is_no_lesson_is_told(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(ConfigError, match=r"is no lesson: it may hold actions/NAME\.py, knowledge/NAME\.md"):
        Lesson.load(tmp_path)
    with pytest.raises(ConfigError, match=r"^no folder .*absent; give"):
        Lesson.load(tmp_path / "absent")


@pytest.mark.parametrize(
    ("part", "text"),
    [("actions/twice.py", "def twice():\n    go()\n"), ("knowledge/tip.md", "Go."), ("cases.jsonl", "")],
)
def test_a_lesson_written_by_hand_may_be_a_single_file(tmp_path, part, text):
    (tmp_path / part).parent.mkdir(exist_ok=True)
    (tmp_path / part).write_text(text)
    lesson = Lesson.load(tmp_path)
    assert lesson.metrics == {}
    assert [action.name for action in lesson.actions] == (["twice"] if "actions" in part else [])
    assert dict(lesson.knowledge) == ({"tip": "Go."} if "knowledge" in part else {})


@pytest.mark.parametrize("text", ["{", "", "[1]"])
def test_damaged_metrics_are_told(tmp_path, text):
    Lesson().save(tmp_path)
    (tmp_path / "metrics.json").write_text(text)
    with pytest.raises(StoreError, match=r"metrics\.json"):
        Lesson.load(tmp_path)


def test_damaged_cases_are_told(tmp_path):
    Lesson(cases=(case(),)).save(tmp_path)
    (tmp_path / "cases.jsonl").write_text("{}\n")
    with pytest.raises(StoreError, match=r"cases\.jsonl, line 1"):
        Lesson.load(tmp_path)


def test_two_lessons_make_one(weights, tmp_path):
    other = tmp_path / "other"
    both = Lesson({"a": "A"}, (), (case(),), {"policy": weights}, {"x": 1, "y": 1}) + Lesson(
        {"b": "B"}, (), (case(), case("stay")), {"world": other}, {"y": 2}
    )
    assert both == Lesson(
        {"a": "A", "b": "B"}, (), (case(), case("stay")), {"policy": weights, "world": other}, {"x": 1, "y": 2}
    )
    assert both + Lesson() == both == Lesson() + both
    assert both + both == both


def test_two_weights_for_one_role_are_refused(weights, tmp_path):
    with pytest.raises(ConfigError, match="two lessons both bring weights for policy"):
        Lesson(weights={"policy": weights}) + Lesson(weights={"policy": tmp_path})


def test_two_texts_of_one_name_are_refused():
    with pytest.raises(ConfigError, match="two lessons both bring knowledge for a"):
        Lesson({"a": "A", "c": "C"}) + Lesson({"a": "B", "c": "C"})
