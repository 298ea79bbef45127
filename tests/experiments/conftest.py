"""Worlds that misbehave, by name."""

import pytest

from tests.experiments.worlds import Corridor, Hanging, Throwing
from worldlore.environments import ENVIRONMENTS


@pytest.fixture
def worlds(monkeypatch):
    here = {"corridor": Corridor, "throwing": Throwing, "hanging": Hanging}
    names = {name: f"{cls.__module__}:{cls.__name__}" for name, cls in here.items()}
    monkeypatch.setitem(ENVIRONMENTS.__dict__, "names", {**ENVIRONMENTS.names, **names})
