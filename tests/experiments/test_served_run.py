"""The same experiment through a real OpenAI-compatible server and in process."""

import pytest

from worldlore.experiments.experiment import Experiment, run
from worldlore.models.embedded import HOME

FOLDER = HOME / "household"
pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (FOLDER / "model.safetensors").is_file(), reason="the embedded weights are not there"),
]


def page(name, model):
    return Experiment(
        name=name,
        environment={"name": "household"},
        models={"policy": model},
        test={"split": "dev", "tasks": 4},
        limits={"steps": 12},
        cache=False,
    )


def test_a_served_model_plays_the_same_greedy_trajectories_as_in_process(tmp_path, served):
    remote = {"name": "endpoint", "base_url": served(FOLDER), "model": str(FOLDER), "concurrency": 2}
    through = run(page("endpoint", remote), tmp_path)
    inside = run(page("local", {"name": "local", "path": str(FOLDER)}), tmp_path)
    played = [[(t.actions, t.final, t.stop, t.success) for t in store.test(0)] for store in (through, inside)]
    assert played[0] == played[1]
    assert any(actions for actions, *_ in played[0])
