"""Runs among each other: numbers that mean something only beside those of other runs.

    step_wins    share of the episodes in which a run took the fewest steps, whatever came of them, as WKM reports it;
                 runs that took equally many share the win, so the shares of all runs add up to 1
    relative     where a run lies between the worst and the best of those compared: 0 is the worst of them, 1 the best

Who gives up early takes few steps; so a step win says nothing without the success beside it. And the place between
worst and best says nothing of how far these are apart.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from worldlore.evaluation.episodes import Metric
from worldlore.evaluation.statistics import Outcome, aligned, bootstrap

STEP_WINS = "step_wins"
"""Its name among the metrics of a run."""


def step_wins(steps: Mapping[str, Sequence[Outcome]]) -> dict[str, Metric]:
    """Run -> the metric, from the steps of each run's episodes; empty if no episode was played by all of them."""
    won = _won(steps)
    return {run: _metric(found) for run, found in won.items() if found}


def relative(values: Mapping[str, float]) -> dict[str, float]:
    """Run -> its place on one axis, where higher values are better; empty where all are equal."""
    worst, best = min(values.values(), default=0.0), max(values.values(), default=0.0)
    return {run: (value - worst) / (best - worst) for run, value in values.items()} if best > worst else {}


def _won(steps: Mapping[str, Sequence[Outcome]]) -> dict[str, list[Outcome]]:
    """Run -> its share of the win of each episode that all runs played."""
    found: dict[str, list[Outcome]] = {run: [] for run in steps}
    for learner, played in aligned(list(steps.values())) if steps else ():
        fewest = min(outcome.value for outcome in played)
        winners = sum(outcome.value == fewest for outcome in played)
        for run, outcome in zip(steps, played, strict=True):
            share = (outcome.value == fewest) / winners
            found[run].append(replace(outcome, value=share, learner=learner))
    return found


def _metric(found: Sequence[Outcome]) -> Metric:
    interval = bootstrap(found, (0.0, 1.0))
    return Metric(STEP_WINS, interval.value, interval.low, interval.high, len(found))
