"""Imitation: fine-tune on trajectories that succeeded, the expert's or the agent's own.

With the agent's own it is rejection-sampling fine-tuning: what went well is made more likely, what went wrong is
thrown away. It is the baseline a method that learns from contrasts has to beat at equal cost.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from worldlore.agents import AGENTS, Agent
from worldlore.agents.retell import retold
from worldlore.config import Config
from worldlore.experience import Completion, Generate, Lesson, Trajectory
from worldlore.methods.base import Method
from worldlore.methods.fitting import fitted
from worldlore.rollout.practice import Practice
from worldlore.training import Training, Turn


class ImitationConfig(Config):
    """Keys of method "imitation"."""

    source: Literal["own", "expert"] = "own"
    """Whose successes are imitated."""
    attempts: int = 8
    """Tries at each training task."""
    temperature: float = 1.0
    """Sampling temperature of the agent's own tries."""
    training: Training = Training()
    """The fine-tuning run."""


class Imitation(Method):
    """Successes become weights."""

    name = "imitation"
    Config = ImitationConfig

    def __init__(self, config: ImitationConfig) -> None:
        self.config = config

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Practise, keep what succeeded, fine-tune on it."""
        c = self.config
        practice.weights("policy")
        if c.source == "expert":
            played = [retold(agent, t) for t in practice.rollouts(AGENTS.build({"name": "expert"}))]
        else:
            played = list(practice.rollouts(agent, c.attempts, c.temperature))
        wins = [t for t in played if t.success]
        turns = [turn for trajectory in wins for turn in turns_of(trajectory)]
        metrics = {"played": len(played), "wins": len(wins), "turns": len(turns)}
        practice.log(phase="practice", **metrics)
        return fitted(practice, turns, c.training, metrics)


def turns_of(trajectory: Trajectory) -> Iterator[Turn]:
    """What the policy was asked, and what it wrote, at each step."""
    for step in trajectory.steps:
        for call in step.calls[-1:]:
            if isinstance(call.request, Generate) and isinstance(call.reply, Completion):
                yield Turn(call.request.messages, call.reply.text)
