"""One step seen as evidence about the world: a state, an action, and what changed.

World models are scored on transitions: how likely they thought the change before it was seen.
"""

from __future__ import annotations

from dataclasses import dataclass

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


def transitions(trajectory: Trajectory) -> tuple[Transition, ...]:
    """The transitions of a trajectory; a step's `info["kind"]`, if any, names its sort of change."""
    seen = [step.observation.text for step in trajectory.steps]
    seen.append(trajectory.final.text if trajectory.final else "")
    return tuple(
        Transition(seen[i], step.decision.action, seen[i + 1], str(step.info.get("kind", "")))
        for i, step in enumerate(trajectory.steps)
    )
