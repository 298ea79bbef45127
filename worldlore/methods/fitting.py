"""The way from units of training to a lesson with weights, shared by every method that trains."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from worldlore.experience import Cost, Lesson
from worldlore.rollout.practice import Practice
from worldlore.training import Contrast, Training, Turn, fit


def fitted(
    practice: Practice,
    units: Sequence[Turn] | Sequence[Contrast],
    training: Training,
    metrics: Mapping[str, Any],
    role: str = "policy",
    name: str = "training",
) -> Lesson:
    """Train a role on `units`, at a counted cost; a lesson without weights where there is nothing to train on.

    `name` is the folder of the training run; two runs of one practice have two.
    """
    if not units:
        practice.log(
            phase="note", said=f"practice gave nothing to train the role {role!r} on: its weights stay as they were"
        )
        return Lesson(metrics={**metrics, "steps": 0})
    told = {} if name == "training" else {"run": name}
    done = fit(
        practice.weights(role),
        units,
        training.model_copy(update={"seed": training.seed + practice.seed}),
        practice.out.folder(name),
        lambda record: practice.log(phase="training", **told, **record),
    )
    practice.spend(Cost(trained_tokens=done.trained_tokens))
    _tell_unchanged(practice, training, done.final, role)
    return Lesson(weights={role: done.weights}, metrics={**metrics, "steps": done.steps, **done.final})


def _tell_unchanged(practice: Practice, training: Training, final: Mapping[str, Any], role: str) -> None:
    """Say it where the best weights are those that were there before."""
    if training.held_out and training.held_out.keep == "best" and final.get("kept_step") == 0:
        practice.log(
            phase="note",
            said=f"no step of training did better on what was kept back (units: {final['held_out']}) than none did: "
            f"the weights of the role {role!r} stay as they were; practise on more tasks, or train more gently",
        )
