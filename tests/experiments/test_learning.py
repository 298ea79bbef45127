"""The embedded default learns for real: trees, pairs, weights, and a taught agent, end to end."""

import pytest

from worldlore.errors import ConfigError
from worldlore.experiments.experiment import Experiment, run
from worldlore.models.embedded import HOME

FOLDER = HOME / "household"
pytestmark = pytest.mark.skipif(not (FOLDER / "model.safetensors").is_file(), reason="the weights are not there")

METHOD = {
    "name": "densepolicy",
    "labels": "sampling",
    "merge": True,
    "estimate": "rollouts",
    "search": {"rule": "undecided", "first": 4, "window": 4, "rollouts": 8},
    "pairs": {"gap": 0.3, "visits": 1},
    "training": {"learning_rate": 1e-4, "batch": 4},
}


def page(**keys):
    given = {
        "name": "learn",
        "environment": {"name": "household", "actions": False},
        "models": {"policy": {"name": "embedded"}},
        "method": METHOD,
        "train": {"split": "train", "tasks": 3},
        "test": {"split": "dev", "tasks": 2},
        "limits": {"steps": 15},
    }
    return Experiment(**{**given, **keys})


def trees(store):
    return {p.name: p.read_bytes() for p in sorted((store.path / "seed-0" / "trees").glob("*.jsonl"))}


def test_trees_become_weights_that_play_the_test(tmp_path):
    store = run(page(), tmp_path)
    found = list(store.trees(0))
    assert len(found) == 3
    for _, tree, appraisal in found:
        assert len(tree.leaves) <= 8
        assert len(appraisal.values) == len(appraisal.visits) == len(tree.nodes)
        for better, worse in appraisal.pairs:
            a, b = appraisal.values[better], appraisal.values[worse]
            assert a is not None
            assert b is not None
            assert a - b >= 0.3
    lesson = store.seed(0).lesson()
    assert lesson is not None
    assert (lesson.weights["policy"] / "model.safetensors").is_file()
    assert lesson.metrics["trained_pairs"] > 0
    assert len(list(store.test(0))) == 2
    assert store.result is not None
    assert store.result["cost"]["practice"]["trained_tokens"] > 0
    assert [r for r in store.metrics() if r["phase"] == "training"]


def test_interrupted_while_growing_trees_it_grows_the_same_ones(tmp_path):
    def stop(phase, record):
        if phase == "training":
            raise KeyboardInterrupt

    whole = run(page(), tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        run(page(), tmp_path / "cut", stop)
    assert trees(run(page(), tmp_path / "cut")) == trees(whole)


def test_imitation_of_the_same_trees_asks_the_model_nothing_new(tmp_path):
    first = run(page(), tmp_path)
    keys = ("labels", "merge", "estimate", "search", "pairs")
    method = {"name": "imitation", "source": "trees", "keep": 2, "trees": {key: METHOD[key] for key in keys}}
    second = run(page(name="imitate", method=method), tmp_path)
    assert first.result is not None
    assert second.result is not None
    for kind in ("episodes", "steps", "calls", "prompt_tokens", "completion_tokens"):
        assert first.result["cost"]["practice"][kind] == second.result["cost"]["practice"][kind]


def test_trees_are_not_grown_on_an_evaluation_split(tmp_path):
    with pytest.raises(ConfigError, match="evaluation split 'test'"):
        run(page(train={"split": "test", "tasks": 2}), tmp_path)
