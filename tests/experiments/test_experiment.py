"""The one page: what a run leaves, what it starts from, and what is told before it begins."""

import json
from dataclasses import replace

import pytest

from tests.experiments.page import content, page
from worldlore.environments import programs
from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Action, Lesson, Stop
from worldlore.experiments.experiment import run
from worldlore.models.scripted import Scripted
from worldlore.reports.base import rows

pytestmark = pytest.mark.usefixtures("worlds")


def test_a_run_leaves_the_layout_the_store_describes(tmp_path):
    store = run(page(), tmp_path)
    assert set(content(tmp_path / "walk")) == {
        "run.json",
        "metrics.jsonl",
        "result.json",
        "seed-0/train.jsonl",
        "seed-0/test.jsonl",
        "seed-0/practice.json",
        "seed-0/lesson/metrics.json",
        "seed-0/lesson/cases.jsonl",
    }
    assert len(list(store.test(0))) == 12
    assert len(list(store.train(0))) == 48
    assert store.result is not None
    assert {m["name"] for m in store.result["metrics"]} >= {"success", "score", "steps"}
    assert store.result["cost"]["practice"]["episodes"] == 48
    assert store.record["experiment"]["method"]["attempts"] == 4


def test_learning_is_repeated_for_each_seed(tmp_path):
    store = run(page(seeds=[3, 5]), tmp_path)
    assert store.seeds == (3, 5)
    assert {t.seed for t in store.train(3)} == {3}
    assert [t.task for t in store.test(3)] == [t.task for t in store.test(5)]


def test_with_the_cache_a_second_identical_run_asks_nothing(tmp_path, monkeypatch):
    asked = []
    original = Scripted.generate
    monkeypatch.setattr(Scripted, "generate", lambda self, requests: asked.extend(requests) or original(self, requests))
    first = run(page(), tmp_path)
    assert asked
    asked.clear()
    second = run(page(name="again"), tmp_path)
    assert not asked
    assert second.result is not None
    assert first.result == {**second.result, "name": "walk"}


def test_a_throwing_environment_costs_its_own_episodes_and_no_other(tmp_path):
    store = run(page(environment={"name": "throwing"}, method={"name": "none"}), tmp_path)
    stops = [t.stop for t in store.test(0)]
    assert len(stops) == 12
    assert stops.count(Stop.FAILED) == 4
    errors = {t.error for t in store.test(0)} - {None}
    assert errors == {"the environment threw RuntimeError in step: the floor gave way"}


def test_rollouts_of_practice_that_broke_are_told(tmp_path):
    heard = []
    run(page(environment={"name": "throwing"}), tmp_path, lambda phase, record: heard.append((phase, record)))
    (note,) = [record["said"] for phase, record in heard if phase == "note"]
    assert note.startswith("a failure ended 16 of 48 rollouts of practice; the first: the environment threw Runtime")


def test_a_hanging_environment_is_left_behind(tmp_path):
    limits = {"steps": 12, "step_seconds": 0.3}
    store = run(page(environment={"name": "hanging"}, method={"name": "none"}, limits=limits), tmp_path)
    (failed,) = [t for t in store.test(0) if t.stop is Stop.FAILED]
    assert failed.error is not None
    assert "did not come back from step within 0.3 s" in failed.error


def test_two_processes_may_not_write_one_run(tmp_path):
    def meddle(phase, record):
        run(page(), tmp_path)

    with pytest.raises(StoreError, match="another process is writing"):
        run(page(), tmp_path, meddle)


def test_more_tasks_than_there_are_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="asks for tasks 0 to 99 of split 'test', which has 12"):
        run(page(test={"split": "test", "tasks": 99}), tmp_path)


def test_practice_on_the_tasks_of_the_test_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="the test asks the same task"):
        run(page(train={"split": "test"}), tmp_path)


def test_the_role_of_the_environments_expert_is_for_no_model():
    with pytest.raises(ValueError, match="own expert plays the role 'expert'; give the model another role"):
        page(models={"expert": {"name": "scripted"}})


def test_a_role_nobody_plays_is_named(tmp_path):
    with pytest.raises(ConfigError, match="role 'policy'"):
        run(page(models={}), tmp_path)


def test_a_method_that_trains_needs_weights(tmp_path):
    with pytest.raises(ConfigError, match="its weights are not at hand"):
        run(page(method={"name": "imitation"}), tmp_path)


def test_a_damaged_line_is_named(tmp_path):
    store = run(page(), tmp_path)
    path = store.path / "seed-0" / "test.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([lines[0], lines[1][:40] + b"\n", *lines[2:]]))
    with pytest.raises(StoreError, match=r"test\.jsonl, line 2 is no Trajectory"):
        list(store.test(0))


def test_the_record_tells_where_a_run_comes_from(tmp_path):
    record = json.loads((run(page(), tmp_path).path / "run.json").read_text())
    assert set(record) >= {
        "experiment",
        "digest",
        "files",
        "worldlore",
        "python",
        "packages",
        "machine",
        "command",
        "started",
    }


def test_a_run_may_start_from_a_lesson(tmp_path):
    taught = run(page(), tmp_path).seed(0).path / "lesson"
    store = run(page(name="on", method={"name": "none"}, lesson=taught), tmp_path)
    opening = next(store.test(0)).steps[0].calls[0].request.messages[0].content
    assert "An earlier success" in opening
    assert (store.seed(0).path / "lesson" / "cases.jsonl").read_bytes() == (taught / "cases.jsonl").read_bytes()


def test_a_starting_lesson_that_was_changed_makes_another_experiment(tmp_path):
    lesson = Lesson(knowledge={"tip": "go right"}).save(tmp_path / "tips")
    run(page(method={"name": "none"}, lesson=tmp_path / "tips"), tmp_path)
    replace(lesson, knowledge={"tip": "go left"}).save(tmp_path / "tips")
    with pytest.raises(ConfigError, match="it differs in what its starting lesson holds"):
        run(page(method={"name": "none"}, lesson=tmp_path / "tips"), tmp_path)


def test_a_starting_lesson_that_is_none_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"no folder .*nothing"):
        run(page(lesson=tmp_path / "nothing"), tmp_path)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match=r"is no lesson: it may hold actions/NAME\.py"):
        run(page(lesson=tmp_path / "empty"), tmp_path)
    assert not (tmp_path / "walk").exists()


def test_a_run_that_learned_one_lesson_stands_for_it(tmp_path):
    taught = run(page(), tmp_path)
    first, second = (
        run(page(name=name, method={"name": "none"}, lesson=lesson), tmp_path)
        for name, lesson in (("one", taught.path), ("two", taught.path / "seed-0" / "lesson"))
    )
    assert first.record["digest"] == second.record["digest"]
    assert first.seed(0).lesson() == second.seed(0).lesson()


def test_a_run_that_learned_several_lessons_or_none_is_refused_as_a_start(tmp_path):
    several = run(page(name="several", seeds=[3, 5]), tmp_path).path
    with pytest.raises(ConfigError, match=r"of seeds 3, 5; give one: .*several/seed-3/lesson"):
        run(page(lesson=several), tmp_path)
    with pytest.raises(ConfigError):
        run(page(name="none", train={"split": "test"}), tmp_path)
    with pytest.raises(ConfigError, match="has learned no lesson yet"):
        run(page(lesson=tmp_path / "none"), tmp_path)


def test_the_test_may_ask_what_practice_used_only_where_that_is_said(tmp_path):
    same = {"test": {"split": "train", "tasks": 2}}
    with pytest.raises(ConfigError, match="the test asks the same task"):
        run(page(**same), tmp_path)
    same["test"]["trained"] = True
    assert run(page(name="paper", **same), tmp_path).result is not None


def test_leave_to_practise_on_an_evaluation_split_is_another_experiment_and_is_written_down(tmp_path):
    held = {"split": "test", "tasks": 1, "evaluation": True}
    plain, leave = page(train={**held, "evaluation": False}), page(train=held, test={"split": "train"})
    assert plain.digest == page(train={"split": "test", "tasks": 1}).digest != page(train=held).digest
    store = run(leave, tmp_path)
    assert store.record["experiment"]["train"]["evaluation"] is True
    (mark,) = rows([store])[0].marks
    assert mark.startswith("practised on the evaluation split 'test'")
    assert rows([run(page(name="plain"), tmp_path)])[0].marks == ()


def test_what_is_wrong_with_a_page_is_told_before_its_folder_is_touched(tmp_path):
    Lesson(actions=(Action.of("def twice():\n    right()\n"),)).save(tmp_path / "lesson")
    for wrong in (
        {"lesson": tmp_path / "lesson"},  # a corridor takes commands
        {"agent": {"name": "act", "manual": "no_such.md"}},
        {"models": {}},
        {"test": {"tasks": 99}},
    ):
        with pytest.raises(ConfigError):
            run(page(**wrong), tmp_path / "runs")
        assert not (tmp_path / "runs" / "walk").exists()


@pytest.mark.parametrize(
    ("actions", "says"),
    [
        ("def move(room):\n    return room\n", "hides the primitive 'move'"),
        ("def go(a=unheard_of):\n    return a\n", "'go' cannot be loaded"),
    ],
)
def test_a_lesson_whose_actions_a_world_cannot_load_is_told_first(tmp_path, actions, says):
    Lesson(actions=(Action.of(actions),)).save(tmp_path / "lesson")
    world = {"name": "programs", "inner": {"name": "gripper"}}
    with pytest.raises(ConfigError, match=says):
        run(page(environment=world, lesson=tmp_path / "lesson", method={"name": "none"}), tmp_path / "runs")
    assert not (tmp_path / "runs" / "walk").exists()


def test_a_rung_the_machine_cannot_give_is_told_first(tmp_path, monkeypatch):
    def refuse(bounds, rung):
        raise ConfigError("this machine cannot give that rung")

    monkeypatch.setattr(programs, "shared", refuse)
    world = {"name": "programs", "inner": {"name": "gripper"}}
    with pytest.raises(ConfigError, match="cannot give that rung"):
        run(page(environment=world, method={"name": "none"}), tmp_path)
    assert not (tmp_path / "walk").exists()
