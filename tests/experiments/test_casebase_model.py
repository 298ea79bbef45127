"""A case base is asked with the vectors of the model that made it, or not at all."""

import json

import numpy as np
import pytest

from tests.experiments.page import page
from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import Case, CaseBase, Completion, Lesson, Scores, Vectors
from worldlore.experiments.experiment import run
from worldlore.models.base import Model


class Point(Model):
    """Finds all texts alike."""

    name = "point"
    can = frozenset({"generate", "score", "embed"})
    identity = "point 1"

    def __init__(self, config: Config):
        self.config = config

    def generate(self, requests):
        return [Completion("known") for _ in requests]

    def score(self, requests):
        return [Scores(tuple((-1.0,) for _ in request.continuations)) for request in requests]

    def embed(self, requests):
        return [Vectors(tuple((1.0, 0.0) for _ in request.texts)) for request in requests]


MODEL = {"name": f"{__name__}:Point"}
KEYS = {
    "models": {"policy": MODEL, "world": MODEL},
    "agent": {"name": "wkm", "gamma": 0.0},
    "method": {"name": "none"},
    "train": {"tasks": 1},
    "test": {"tasks": 1},
    "cache": False,
}


@pytest.mark.usefixtures("worlds")
def test_a_case_base_of_another_model_is_refused_though_its_vectors_are_as_wide(tmp_path):
    cases = (Case("", "s", "right"), Case("right", "s", "right"))
    Lesson(casebase=CaseBase(cases, np.eye(2, dtype=np.float32), "point 2")).save(tmp_path / "lesson")
    with pytest.raises(ConfigError, match="made with vectors of the model 'point 2', and 'world' is now played by"):
        run(page(**KEYS, name="other", lesson=tmp_path / "lesson"), tmp_path)
    (tmp_path / "lesson" / "casebase" / "about.json").write_text(json.dumps({"embedder": "point 1"}))
    store = run(page(**KEYS, name="same", lesson=tmp_path / "lesson"), tmp_path)
    assert [trajectory.success for trajectory in store.test(0)] == [True]
