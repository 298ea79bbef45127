"""The case base at 100,000 cases, and what fusion costs a step.

`nearest` filters by the kind of the last action first and is exact; a quarter of the cases pass the filter here. A step
is one of household, played by the embedded model as `act` and as `wkm`, untrained, 32 episodes at once. CPU seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from worldlore.agents import AGENTS
from worldlore.environments.household import Household, HouseholdConfig
from worldlore.experience import Case, CaseBase, Lesson
from worldlore.models import MODELS
from worldlore.rollout.loop import Episode, Limits, Stage

CASES, WIDTH, QUERIES, MOST = 100_000, 192, 50, 3000
KINDS = ("go", "take", "open", "move")


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
    plain, fused = _step("act"), _step("wkm")
    yield "a step of household with the embedded model: act / wkm", f"{plain * 1e3:.1f} ms / {fused * 1e3:.1f} ms"
    yield "fusion, task and state knowledge make a step so many times as long", f"{fused / plain:.1f}x"


def _base(size: int) -> CaseBase:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((size, WIDTH)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    cases = tuple(Case(f"{KINDS[i % 4]} x 1", "", f"{KINDS[i % 3]} y 1") for i in range(size))
    return CaseBase(cases, vectors)


def _step(name: str) -> float:
    """CPU seconds a step."""
    models = {role: MODELS.build({"name": "embedded"}) for role in ("policy", "world")}
    keys = {"purpose": False, "state_tokens": 24, "task_tokens": 48} if name == "wkm" else {}
    lesson = Lesson(casebase=_base(3000))
    stage = Stage(lambda: Household(HouseholdConfig()), models, Limits(steps=8, width=32))
    episodes = [Episode(task) for task in Household(HouseholdConfig()).tasks("dev")[:32]]
    agent = AGENTS.build({"name": name, **keys}).with_lesson(lesson)
    list(stage.play(agent, episodes[:2]))
    begun = time.process_time()
    steps = sum(len(trajectory.steps) for trajectory in stage.play(agent, episodes))
    return (time.process_time() - begun) / steps
