"""A practice of the playground to search theories in, as an experiment would give one, in a folder of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from worldlore.agents import AGENTS
from worldlore.environments import ENVIRONMENTS
from worldlore.experiments.store import Run
from worldlore.models.base import Model
from worldlore.rollout.loop import Limits, Stage
from worldlore.rollout.practice import Budget, Ledger, Practice

AGENT = AGENTS.build({"name": "random"})
"""Methods are handed an agent; this one knows nothing."""


@contextmanager
def practice(model: Model, tasks: int = 60, seed: int = 0, **environment: Any) -> Iterator[Practice]:
    """Training tasks of the playground with the standard goal, and who weighs theories."""
    table = {"name": "playground", "goal": "standard", **environment}
    stage = Stage(lambda: ENVIRONMENTS.build(table), {"policy": model}, Limits(steps=30))
    chosen = ENVIRONMENTS.build(table).tasks("train")[:tasks]
    with TemporaryDirectory() as folder, Run.begin(Path(folder), "search", {"name": "search"}, "") as run:
        notebook = run.seed(seed)
        yield Practice(chosen, stage, Budget(), seed, notebook, Ledger(notebook))
