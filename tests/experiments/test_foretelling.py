"""Predictions as a way to measure a run: whatever was learned is asked about the same transitions of the test."""

import json
from collections import Counter
from math import log

import pytest

from tests.experiments.worlds import Corridor
from worldlore.environments.playground import PUBLISHED
from worldlore.errors import ConfigError
from worldlore.evaluation.predictions import by_theory, changes, outcomes
from worldlore.experience import Foretold, Lesson, Observation, Theory, read_jsonl
from worldlore.experiments.experiment import Experiment, run
from worldlore.experiments.foretelling import Notes

LITERAL = {"policy": {"name": "worldlore.methods.worldllm.literal:Literal"}}
PAGE = {
    "name": "told",
    "environment": {"name": "playground", "goal": "standard"},
    "models": LITERAL,
    "agent": {"name": "random"},
    "train": {"tasks": 20},
    "test": {"tasks": 3, "predictions": True},
    "cache": False,
}
SEARCH = {
    "method": {
        "name": "worldllm",
        "phases": 1,
        "trajectories": 3,
        "experimenter": "diverse",
        "theorist": "grammar",
        "inference": "smc",
        "smc": {"particles": 4, "memory": 30},
    }
}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr("worldlore.evaluation.statistics.RESAMPLES", 500)


def page(**keys):
    return Experiment(**{**PAGE, **keys})


def notes(store, seed=0):
    return Notes(store, seed)


def metric(store, theory, name):
    found = store.result["predictions"]["metrics"][theory]
    return next(m["value"] for m in found if m["name"] == name)


def taught(folder, *theories):
    Lesson(theories=theories).save(folder)
    return folder


def test_all_that_happens_in_the_published_test_is_foretold_under_each_theory(tmp_path):
    store = run(page(**SEARCH, seeds=[0, 1], test={"tasks": 9, "predictions": True}), tmp_path)
    for seed in (0, 1):
        found = list(store.seed(seed).predictions("test"))
        assert Counter(one.theory for one in found) == dict.fromkeys(("none", "best", "posterior", "true"), 168)
        assert {one.prediction.task for one in found} == {t.task.key for t in store.test(seed)}
        assert not {one.prediction.task for one in found} & {t.task.key for t in store.train(seed)}
        per_theory = by_theory((0, one) for one in found)
        asked = {name: [p.transition for _, p in told] for name, told in per_theory.items()}
        assert asked["none"] == asked["best"] == asked["posterior"] == asked["true"]
    assert list(notes(store, 0).trajectories()) == list(notes(store, 1).trajectories())
    assert metric(store, "none", "loglik") < metric(store, "best", "loglik") <= metric(store, "true", "loglik")
    assert metric(store, "true", "top1") == 1
    told = {(c["before"], c["after"]): c["metrics"] for c in store.result["predictions"]["changes"]}
    assert told.keys() == {("none", "best"), ("none", "posterior"), ("none", "true"), ("best", "true")}
    assert told["none", "true"]["loglik"]["n_pairs"] == 2 * 168
    assert told["none", "true"]["loglik/transformP"]["verdict"] == "better"


def test_two_runs_are_asked_about_the_same_transitions_whatever_they_learned(tmp_path):
    none = run(page(name="none"), tmp_path)
    told = run(page(name="true", lesson=taught(tmp_path / "l", Theory(PUBLISHED.theory, 0.9))), tmp_path)
    before, after = (by_theory((0, one) for one in store.seed(0).predictions("test")) for store in (none, told))
    assert set(before) == {"none", "true"}
    assert set(after) == {"none", "best", "true"}
    assert before["none"] == after["none"]
    assert after["best"] == after["true"]
    found = changes(outcomes(before["none"]), outcomes(after["best"]))
    assert found["loglik"].n_pairs == len(before["none"])
    assert (found["loglik"].wins, found["loglik"].losses) == (7, 0)


def test_theories_count_by_their_probability_and_improbable_ones_are_not_asked_about(tmp_path):
    first, *others = PUBLISHED.sentences[-3:]
    lesson = taught(tmp_path / "l", Theory(first, 0.6), Theory("\n".join(others), 0.2), Theory("Nothing grows.", 0.0))
    store = run(page(lesson=lesson), tmp_path)
    found = by_theory((0, one) for one in store.seed(0).predictions("test"))
    kind = "transformP"
    best, all_of_them = ([p for _, p in found[name] if p.transition.kind == kind] for name in ("best", "posterior"))
    assert best
    for sure, mixed in zip(best, all_of_them, strict=True):
        assert sure.logprob == pytest.approx(log(0.9))
        assert mixed.logprob == pytest.approx(log(0.75 * 0.9 + 0.25 * 0.05))
    none = run(page(name="zero", lesson=taught(tmp_path / "z", Theory("A.", 0.0), Theory("B.", 0.0))), tmp_path)
    assert {one.theory for one in none.seed(0).predictions("test")} == {"none", "best", "true"}


def test_every_task_may_be_a_world_of_its_own_with_a_true_theory_of_its_own(tmp_path):
    worlds = {"name": "playground", "goal": "standard", "rules": "random"}
    store = run(page(environment=worlds, test={"split": "dev", "tasks": 6, "predictions": True}), tmp_path)
    assert metric(store, "true", "top1") == 1
    assert metric(store, "none", "ties") > 0.1
    assert metric(store, "none", "loglik/transformP") < metric(store, "true", "loglik/transformP") - 1
    doors = {"name": "door", "rule": "random"}
    store = run(
        page(name="doors", environment=doors, test={"split": "dev", "tasks": 27, "predictions": True}), tmp_path
    )
    assert metric(store, "true", "choice") > 0.9
    assert metric(store, "none", "choice") == pytest.approx(0.5)


def content(folder):
    kept = (p for p in sorted(folder.rglob("*")) if p.suffix in (".json", ".jsonl"))
    return {str(p.relative_to(folder)): p.read_bytes() for p in kept if p.name not in ("run.json", "metrics.jsonl")}


class Killed(BaseException):
    pass


def test_killed_while_predictions_are_made_it_ends_with_the_same_bytes(tmp_path, monkeypatch):
    whole = content(run(page(**SEARCH, seeds=[0, 1]), tmp_path / "whole").path)
    assert {"seed-0/predictions/test.jsonl", "seed-1/predictions/cost.json"} <= whole.keys()
    kills = 0
    for name, life in [("add", 1), ("add", 2), ("write", 1), ("add", 2), ("write", 1)]:
        original, left = getattr(Notes, name), life

        def dying(self, *given, original=original):
            nonlocal left
            original(self, *given)
            left -= 1
            if left == 0:
                raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(Notes, name, dying)
            try:
                run(page(**SEARCH, seeds=[0, 1]), tmp_path / "cut")
            except Killed:
                kills += 1
    assert kills == 5
    assert content(run(page(**SEARCH, seeds=[0, 1]), tmp_path / "cut").path) == whole


def test_what_predictions_cost_is_told_apart_from_practice_and_test(tmp_path):
    plain = run(page(name="plain", **SEARCH, test={"tasks": 3}), tmp_path)
    store = run(page(**SEARCH), tmp_path)
    assert "predictions" not in plain.result
    assert plain.result["cost"] == store.result["cost"]
    assert plain.result["metrics"] == store.result["metrics"]
    assert store.result["predictions"]["cost"]["episodes"] == 3
    assert store.result["predictions"]["cost"]["calls"] > 50
    again = json.loads((store.path / "result.json").read_text())
    (store.path / "result.json").unlink()
    assert json.loads(json.dumps(run(page(**SEARCH), tmp_path).result)) == again


def test_a_listener_hears_how_far_predictions_are(tmp_path):
    heard = []
    run(page(), tmp_path, lambda phase, record: heard.append((phase, dict(record))))
    told = [(record["done"], record["total"]) for phase, record in heard if phase == "predictions"]
    assert told == [(1, 2), (2, 2)]
    assert not any(record.get("phase") == "predictions" for record in run(page(), tmp_path).metrics())


def test_predictions_may_be_all_that_is_measured(tmp_path):
    store = run(page(test={"tasks": 3, "attempts": 0, "predictions": True}), tmp_path)
    assert list(store.test(0)) == []
    assert store.result["metrics"] == []
    assert metric(store, "true", "top1") == 1


def test_a_found_theory_is_measured_in_the_reworded_world(tmp_path):
    found = run(page(name="found", **SEARCH), tmp_path)
    reworded = {
        "environment": {**PAGE["environment"], "wording": "reworded"},
        "models": {"policy": {**LITERAL["policy"], "wording": "reworded"}},
        "lesson": found.path,
    }
    store = run(page(name="reworded", **reworded), tmp_path)
    said = {one.prediction.transition.change for one in store.seed(0).predictions("test")}
    assert all(change.startswith(("Beneath you", "In your grasp", "The ")) for change in said)
    assert metric(store, "best", "loglik") == pytest.approx(metric(found, "best", "loglik"))
    assert metric(store, "best", "loglik") > metric(store, "none", "loglik")
    lost = run(page(name="lost", **{**reworded, "models": LITERAL}), tmp_path)
    assert metric(lost, "best", "loglik") < metric(store, "none", "loglik")


class Mute(Corridor):
    def _seen(self):
        return Observation(super()._seen().text)


def test_any_world_that_tells_its_actions_will_do(tmp_path, monkeypatch):
    keys = {"train": {"tasks": 1}, "test": {"tasks": 4, "predictions": True}}
    monkeypatch.setattr("worldlore.methods.worldllm.literal.Literal._foretold", lambda self, asked: None)
    store = run(page(environment={"name": "tests.experiments.worlds:Corridor"}, **keys), tmp_path)
    found = list(read_jsonl(notes(store).path / "test.jsonl", Foretold))
    assert {one.theory for one in found} == {"none"}
    assert not any(one.prediction.candidates for one in found)
    with pytest.raises(ConfigError, match="tells no possible actions to draw from; leave test"):
        run(page(name="mute", environment={"name": f"{__name__}:Mute"}, **keys), tmp_path)
    assert not (tmp_path / "mute").exists()


def test_a_model_that_cannot_score_is_refused_before_anything_is_played(tmp_path):
    with pytest.raises(ConfigError, match=r"can score as \[models.world\]: model 'scripted' cannot score"):
        run(page(models={"policy": {"name": "scripted", "replies": ["look"]}}), tmp_path)
    with pytest.raises(ConfigError, match=r"in the role 'world'; add it as \[models.world\] or \[models.policy\]"):
        run(page(models={"learner": LITERAL["policy"]}), tmp_path)
    assert not (tmp_path / "told").exists()


def test_a_test_s_tasks_are_refused_to_practice_as_ever(tmp_path):
    same = {"train": {"split": "test", "tasks": 3}, **SEARCH}
    with pytest.raises(ConfigError, match="the test asks the same task"):
        run(page(**same), tmp_path)
