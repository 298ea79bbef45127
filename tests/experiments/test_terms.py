"""Practice on other terms than the test: keys of the world, another world, other limits."""

import pytest

from tests.experiments.page import page
from worldlore.environments import programs
from worldlore.errors import ConfigError
from worldlore.experience import Stop
from worldlore.experiments.experiment import Experiment, check, run
from worldlore.methods.replay import Replay
from worldlore.reports.base import rows

pytestmark = pytest.mark.usefixtures("worlds")
SUMS = {
    "environment": {"name": "arithmetic", "answers": 3},
    "models": {"policy": {"name": "scripted", "replies": ["Answer: -1"], "repeat": True}},
    "agent": {"name": "codeact"},
    "method": {"name": "replay", "attempts": 1},
    "test": {"tasks": 2},
    "limits": {"steps": 12},
}


def test_practice_has_limits_of_its_own(tmp_path):
    store = run(page(train={"limits": {"steps": 2}}), tmp_path)
    train, test = list(store.train(0)), list(store.test(0))
    assert {len(t.steps) for t in train} == {2}
    assert {t.stop for t in train} == {Stop.MAX_STEPS}
    assert max(len(t.steps) for t in test) > 2


def test_keys_of_the_world_may_be_others_in_practice(tmp_path):
    store = run(Experiment(name="sums", train={"tasks": 2, "environment": {"answers": 1}}, **SUMS), tmp_path)
    assert {len(t.steps) for t in store.train(0)} == {1}
    assert {len(t.steps) for t in store.test(0)} == {3}
    assert "accuracy@3" in {metric["name"] for metric in store.result["metrics"]}


def test_practice_may_be_in_another_world(tmp_path):
    store = run(page(train={"environment": {"name": "throwing"}}), tmp_path)
    assert any(t.stop is Stop.FAILED for t in store.train(0))
    assert not any(t.stop is Stop.FAILED for t in store.test(0))


def test_what_a_task_asks_is_told_by_its_own_world(tmp_path):
    check(page(train={"environment": {"name": "webshop"}, "tasks": 2}), tmp_path)


@pytest.mark.parametrize(
    ("train", "says"),
    [
        ({"limits": {"step": 2}}, "did you mean 'steps'"),
        ({"limits": {"steps": 0}}, "train.limits"),
        ({"environment": {"answer": 2}}, "answer"),
        ({"environment": {"name": "coridor"}}, "did you mean 'corridor'"),
    ],
)
def test_a_key_that_is_none_is_told_before_anything_is_played(train, says, tmp_path):
    with pytest.raises(ConfigError, match=says):
        check(Experiment(name="sums", train=train, **SUMS), tmp_path)


def test_a_rung_that_practice_cannot_have_is_told_first(tmp_path, monkeypatch):
    def refuse(bounds, rung):
        raise ConfigError("this machine cannot give that rung")

    monkeypatch.setattr(programs, "shared", refuse)
    world = {"name": "programs", "inner": {"name": "gripper"}}
    with pytest.raises(ConfigError, match="cannot give that rung"):
        run(page(train={"environment": world}), tmp_path)
    assert not (tmp_path / "walk").exists()


def test_other_terms_are_another_experiment_and_none_leave_the_digest_as_it_was():
    plain = page()
    assert page(train={"environment": {}, "limits": {}}).digest == plain.digest
    assert len({plain.digest, page(train={"limits": {"steps": 2}}).digest}) == 2


def test_what_the_test_asks_and_practice_was_offered_is_told_with_the_success_on_the_rest(tmp_path):
    both = {"split": "test", "tasks": 3}
    store = run(page(train=both, test={"split": "test", "tasks": 5, "trained": True}), tmp_path)
    [row] = rows([store])
    [said] = [mark for mark in row.marks if "offered" in mark]
    rest = [float(t.success) for t in list(store.test(0))[3:]]
    assert "was offered, in practice, 3 tasks that its test asks" in said
    assert f"on the others its success is {100 * sum(rest) / 2:.1f} %" in said


def test_who_learned_nothing_remembers_nothing(tmp_path):
    both = {"split": "test", "tasks": 3}
    store = run(page(method={"name": "none"}, train=both, test={**both, "trained": True}), tmp_path)
    assert not any("offered" in mark for mark in rows([store])[0].marks)


def test_a_method_that_returns_no_lesson_is_told_what_to_return(tmp_path, monkeypatch):
    monkeypatch.setattr(Replay, "learn", lambda self, agent, practice: None)
    with pytest.raises(ConfigError, match="learn must return a Lesson, and it returned None"):
        run(page(), tmp_path)
