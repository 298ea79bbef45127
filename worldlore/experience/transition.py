"""One step seen as evidence about the world: a state, an action, and what changed.

World models are scored on transitions: how likely they thought the change before it was seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from worldlore.experience.trajectory import Trajectory


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of what happened."""

    state: str
    """What was seen before."""
    action: str
    """What was done."""
    change: str
    """What was seen after."""
    kind: str = ""
    """The environment's name for this sort of change; "" where it has none."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a world model thought of a transition before it was seen."""

    transition: Transition
    """What happened."""
    logprob: float
    """Log-probability (nats) of the change."""
    task: str = ""
    """Key of the task it was seen in: what intervals draw again."""
    tokens: int = 0
    """Tokens of the change; 0 where they were not counted."""
    candidates: tuple[str, ...] = ()
    """The changes it chose among, the true one included; none where it did not choose."""
    logprobs: tuple[float, ...] = ()
    """Log-probability of each candidate."""
    lengths: tuple[int, ...] = ()
    """Tokens of each candidate."""
    possible: tuple[bool, ...] = ()
    """Whether some action that could be done led to each candidate; empty where the world does not tell."""


@dataclass(frozen=True, slots=True)
class Foretold:
    """A prediction, and what the world model was told before it."""

    theory: str
    """"none", "best", "posterior" (all theories together) or "true"."""
    prediction: Prediction
    """What was foretold."""


def transitions(trajectory: Trajectory) -> tuple[Transition, ...]:
    """The transitions of a trajectory; a step's `info["kind"]`, if any, names its sort of change.

    Where the world tells its transitions apart from what it shows (`info["transition"]`), these are taken, and steps
    that have none, because the command was refused, are left out.
    """
    if any("transition" in step.info for step in trajectory.steps):
        return tuple(_told(step.info) for step in trajectory.steps if "transition" in step.info)
    seen = [step.observation.text for step in trajectory.steps]
    seen.append(trajectory.final.text if trajectory.final else "")
    return tuple(
        Transition(seen[i], step.decision.action, seen[i + 1], str(step.info.get("kind", "")))
        for i, step in enumerate(trajectory.steps)
    )


def _told(info: Mapping[str, Any]) -> Transition:
    told = info["transition"]
    return Transition(str(told["state"]), str(told["action"]), str(told["change"]), str(info.get("kind", "")))
