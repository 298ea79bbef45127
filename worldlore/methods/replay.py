"""The baseline that remembers: its past successes are shown to it as examples, those most like the task at hand.

Where the expert's are shown instead, and few, it is prompting with so many examples (one-shot, few-shot).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from worldlore.agents import AGENTS
from worldlore.agents.base import Agent
from worldlore.config import Config
from worldlore.experience import Lesson, Trajectory
from worldlore.methods.base import Method
from worldlore.rollout.practice import Practice


class ReplayConfig(Config):
    """Keys of method "replay"."""

    source: Literal["own", "expert"] = "own"
    """Whose successes they are."""
    attempts: int = 1
    """Tries at each training task; the expert needs one."""
    temperature: float | None = None
    """Sampling temperature while practising; unset: the agent's own."""


class Replay(Method):
    """Successes of practice become cases."""

    name = "replay"
    Config = ReplayConfig

    def __init__(self, config: ReplayConfig) -> None:
        self.config = config

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Play the training tasks and keep, for each, the shortest success."""
        best: dict[str, Trajectory] = {}
        played = 0
        for trajectory in self._played(agent, practice):
            played += 1
            known = best.get(trajectory.task.key)
            if trajectory.success and (known is None or len(trajectory.steps) < len(known.steps)):
                best[trajectory.task.key] = trajectory
        practice.log(phase="practice", played=played, cases=len(best))
        return Lesson(cases=tuple(best.values()), metrics={"played": played, "cases": len(best)})

    def _played(self, agent: Agent, practice: Practice) -> Iterator[Trajectory]:
        if self.config.source == "expert":
            return practice.rollouts(AGENTS.build({"name": "expert"}))
        return practice.rollouts(agent, self.config.attempts, self.config.temperature)
