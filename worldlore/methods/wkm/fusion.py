"""Weights of the fusion, fitted: each source as much as it helps to foretell what the expert does.

The expert plays tasks kept for it; at each step the agent is asked everything it would ask, and every source's opinion
is noted. The weights are those that make the expert's kinds of action likeliest (a mixture, by maximum likelihood).
What that gains over the weights given, and over the policy alone, is measured on tasks whose weights were fitted
without them, with an interval by resampling tasks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING, Any

from pydantic import Field

from worldlore.agents.base import Acting, Agent
from worldlore.agents.fusing import Opinion, fuse, winner
from worldlore.agents.sources import CASES, POLICY
from worldlore.agents.wkm import Wkm
from worldlore.config import Config
from worldlore.experience import Completion, Decision, Generate, Lesson, Trajectory, verb
from worldlore.rollout.practice import Practice

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

FLOOR = 1e-3
"""Share of every kind of action that no source foresaw: one surprise weighs no more than this makes it."""
RESAMPLES, CONFIDENCE = 2000, 0.95
Weights = Mapping[str, float]


class Fusing(Config):
    """What weights are fitted on."""

    split: str = "dev"
    """Split of the tasks; the test may not ask them."""
    tasks: int | None = Field(default=50, ge=2)
    """How many, the first ones; unset: all."""
    folds: int = Field(default=5, ge=2)
    """Into how many parts they are cut, each judged by weights that were fitted on the others."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A step of the expert's, and what each source thought of it."""

    task: str
    """Key of its task."""
    opinions: Mapping[str, Opinion]
    """Source -> distribution over kinds of action."""
    kind: str
    """What the expert did."""

    def likelihood(self, weights: Weights) -> float:
        """Log-probability of what the expert did."""
        return log((1 - FLOOR) * fuse(self.opinions, weights).get(self.kind, 0.0) + FLOOR)

    def agrees(self, weights: Weights) -> float:
        """1 where the winner is what the expert did."""
        return float(winner(fuse(self.opinions, weights), self.opinions[POLICY]) == self.kind)


@dataclass(frozen=True)
class Shadow(Agent):
    """Does what the expert does, and notes what another agent would have weighed."""

    inner: Wkm
    """That agent."""

    name = "shadow"

    @property
    def needs(self) -> Mapping[str, frozenset[str]]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """What the other one asks."""
        return self.inner.needs

    def act(self, seen: Trajectory) -> Acting:
        """All opinions, then the expert's word."""
        found = yield from self.inner.weigh(seen)
        advice = yield Generate((), to="expert")
        assert isinstance(advice, Completion)
        grounds = found.winner(self.inner.keys.given(seen.task.environment))[1] if found.opinions else {}
        return Decision(advice.text, grounds=grounds)

    def with_lesson(self, lesson: Lesson) -> Agent:
        """It is taught before."""
        return self


def weighed(config: Fusing, agent: Wkm, practice: Practice) -> dict[str, Any]:
    """The weights found and what they gain, as a lesson's metric; those given where the budget left nothing to fit."""
    found = _moments(config, agent, practice)
    sources = (POLICY, CASES, *agent.keys.sources[1:])
    given = agent.keys.given(practice.tasks[0].environment if practice.tasks else "")
    weights = fit(found, sources) if found else dict(given)
    told = {"weights": weights, "decisions": len(found), "tasks": len({m.task for m in found})}
    gains = {
        "given": gain(found, sources, given, config.folds),
        "policy": gain(found, sources, _ONE, config.folds),
    }
    practice.log(phase="fusion", **told, gain=gains)
    return {**told, "gain": gains}


_ONE = {POLICY: 1.0}


def _moments(config: Fusing, agent: Wkm, practice: Practice) -> list[Moment]:
    environment = practice.stage.environment()
    try:
        tasks = environment.tasks(config.split)[: config.tasks]
    finally:
        environment.close()
    played = practice.narrowed(tasks).rollouts(Shadow(agent))
    return [moment for course in played if course.success for moment in moments_of(course)]


def moments_of(course: Trajectory) -> list[Moment]:
    """The moments of one course at which something was weighed."""
    steps = [step for step in course.steps if step.decision.grounds]
    key = course.task.key
    return [Moment(key, step.decision.grounds["opinions"], verb(step.decision.action)) for step in steps]


def fit(moments: Sequence[Moment], sources: Sequence[str]) -> dict[str, float]:
    """The weights, adding up to 1, under which the moments are likeliest."""
    import numpy as np
    from scipy.optimize import minimize

    foretold = np.array([[m.opinions.get(s, {}).get(m.kind, 0.0) for s in sources] for m in moments])
    heard = np.array([[bool(m.opinions.get(s)) for s in sources] for m in moments], float)

    def loss(x: Array) -> float:
        weights = np.exp(x - x.max())
        share = foretold @ weights / np.maximum(heard @ weights, 1e-12)
        return -float(np.log((1 - FLOOR) * share + FLOOR).mean())

    best = minimize(loss, np.zeros(len(sources)), method="L-BFGS-B", bounds=[(-8.0, 8.0)] * len(sources))
    weights = np.exp(best.x - best.x.max())
    return {source: round(float(w), 4) for source, w in zip(sources, weights / weights.sum(), strict=True)}


def gain(moments: Sequence[Moment], sources: Sequence[str], base: Weights, folds: int) -> dict[str, Any]:
    """What fitted weights gain over others on tasks left out of the fit: likelihood (nats a decision), agreement."""
    tasks = sorted({m.task for m in moments})
    if len(tasks) < 2:
        return {}
    rows: dict[str, list[list[float]]] = {task: [] for task in tasks}
    for fold in range(min(folds, len(tasks))):
        held = set(tasks[fold :: min(folds, len(tasks))])
        weights = fit([m for m in moments if m.task not in held], sources)
        for m in (m for m in moments if m.task in held):
            likelier = m.likelihood(weights) - m.likelihood(base)
            rows[m.task].append([likelier, m.agrees(weights) - m.agrees(base)])
    return {name: _interval([[row[i] for row in of] for of in rows.values()]) for i, name in enumerate(_MEASURES)}


_MEASURES = ("likelihood", "agreement")


def _interval(changes: Sequence[Sequence[float]]) -> dict[str, float]:
    """The mean change and its interval, tasks resampled."""
    import numpy as np

    totals, counts = np.array([sum(of) for of in changes]), np.array([len(of) for of in changes], float)
    drawn = np.random.default_rng(0).integers(0, len(totals), (RESAMPLES, len(totals)))
    means = totals[drawn].sum(1) / counts[drawn].sum(1)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return {"change": float(totals.sum() / counts.sum()), "low": float(low), "high": float(high)}
