"""The way from units of training to a lesson with weights, shared by every method that trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worldlore.experience import Cost, Lesson
from worldlore.rollout.practice import Practice
from worldlore.training import Contrast, Training, Turn, fit


def fitted(
    practice: Practice, units: Sequence[Turn] | Sequence[Contrast], training: Training, metrics: Mapping[str, Any]
) -> Lesson:
    """Train the policy on `units`, at a counted cost; a lesson without weights where there is nothing to train on."""
    if not units:
        return Lesson(metrics={**metrics, "steps": 0})
    done = fit(
        practice.weights("policy"),
        units,
        training.model_copy(update={"seed": training.seed + practice.seed}),
        practice.out.folder("training"),
        lambda record: practice.log(phase="training", **record),
    )
    practice.spend(Cost(trained_tokens=done.trained_tokens))
    return Lesson(weights={"policy": done.weights}, metrics={**metrics, "steps": done.steps, **done.final})
