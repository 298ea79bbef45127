"""The case base at 100,000 cases, and what fusion costs a step.

`nearest` filters by the kind of the last action first and is exact; a quarter of the cases pass the filter here. A step
is one of household, 32 episodes at once: played by the embedded model as `act` and as `wkm`, untrained; and by its
architecture with random weights, which write on to the last token allowed, as `react` with a thought and an action and
as `wkm` with state knowledge. CPU seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from worldlore.agents import AGENTS
from worldlore.agents.base import Agent
from worldlore.agents.react import React, ReactConfig
from worldlore.environments.household import Household, HouseholdConfig
from worldlore.experience import Case, CaseBase, Decision, Lesson
from worldlore.models import MODELS
from worldlore.models.embedded import HOME
from worldlore.rollout.loop import Episode, Limits, Stage

CASES, WIDTH, QUERIES, MOST = 100_000, 192, 50, 3000
KINDS = ("go", "take", "open", "move")
REPLY, STATE = 40, 24
"""Tokens of a thought with its action, and of state knowledge."""


@dataclass(frozen=True)
class Thinking(React):
    """ReAct that plays on whatever its model writes."""

    def read(self, text: str) -> Decision | None:
        """Nothing is read."""
        return Decision("look")


def measure() -> Iterator[tuple[str, str]]:
    """Labels and figures."""
    base = _base(CASES)
    begun = time.process_time()
    base.nearest(base.vectors[0].tolist(), "go to x 1", MOST)
    first = time.process_time() - begun
    begun = time.process_time()
    for i in range(QUERIES):
        base.nearest(base.vectors[i].tolist(), f"{KINDS[i % 4]} x 1", MOST)
    query = (time.process_time() - begun) / QUERIES
    yield f"case base of {CASES:,}, width {WIDTH}: a query for {MOST:,}", f"{query * 1e3:.1f} ms"
    yield "the same, the first query (which sorts the base)", f"{first * 1e3:.0f} ms"
    wkm = AGENTS.build({"name": "wkm", "purpose": False, "state_tokens": STATE, "task_tokens": 2 * STATE})
    embedded = {"name": "embedded"}
    plain, fused = _step(AGENTS.build({"name": "act"}), embedded), _step(wkm, embedded)
    yield "a step of household with the embedded model: act / wkm", f"{plain * 1e3:.1f} ms / {fused * 1e3:.1f} ms"
    yield "fusion, task and state knowledge make a step so many times as long", f"{fused / plain:.1f}x"
    with TemporaryDirectory() as folder:
        random = _random(Path(folder))
        plain, fused = _step(Thinking(ReactConfig(max_tokens=REPLY)), random), _step(wkm, random)
    figure = f"{plain * 1e3:.1f} ms / {fused * 1e3:.1f} ms; {fused / plain:.1f}x"
    yield f"react with {REPLY} tokens of thought and action / wkm with {STATE} of state knowledge", figure


def _random(folder: Path) -> Mapping[str, Any]:
    """A model of the embedded one's architecture that has learned nothing."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    torch.manual_seed(0)
    AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(HOME / "household")).save_pretrained(folder)
    AutoTokenizer.from_pretrained(HOME / "household").save_pretrained(folder)
    return {"name": "local", "path": str(folder), "device": "cpu", "threads": 1}


def _base(size: int) -> CaseBase:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((size, WIDTH)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cases = tuple(Case(f"{KINDS[i % 4]} x 1", "", f"{KINDS[i % 3]} y 1") for i in range(size))
    return CaseBase(cases, vectors)


def _step(agent: Agent, model: Mapping[str, Any]) -> float:
    """CPU seconds a step."""
    models = {role: MODELS.build(model) for role in ("policy", "world")}
    stage = Stage(lambda: Household(HouseholdConfig()), models, Limits(steps=8, width=32))
    episodes = [Episode(task) for task in Household(HouseholdConfig()).tasks("dev")[:32]]
    taught = agent.with_lesson(Lesson(casebase=_base(3000)))
    list(stage.play(taught, episodes[:2]))
    begun = time.process_time()
    steps = sum(len(trajectory.steps) for trajectory in stage.play(taught, episodes))
    return (time.process_time() - begun) / steps
