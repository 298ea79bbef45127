"""NAT: failures teach too, if they are told apart (negative-aware training, arXiv 2402.11651).

Successes are trained under an instruction to solve the task correctly, failures under one to solve it incorrectly; the
taught agent is told the first. The instruction is the lesson's knowledge, so it stands where knowledge stands.
"""

from __future__ import annotations

from worldlore.agents import AGENTS
from worldlore.agents.base import Agent
from worldlore.agents.retell import retold
from worldlore.config import Config
from worldlore.experience import Lesson, Trajectory
from worldlore.methods.base import Method
from worldlore.methods.fitting import fitted
from worldlore.methods.imitation import turns_of
from worldlore.rollout.practice import Practice
from worldlore.training import Training, Turn

GOOD, BAD = "Solve the task correctly.", "Solve the task incorrectly."
NAME = "aim"
"""The instruction's name among the lesson's texts."""


class NatConfig(Config):
    """Keys of method "nat"."""

    attempts: int = 4
    """Own tries at each training task; failures are half of what is learned from."""
    temperature: float = 1.0
    """Sampling temperature of the agent's own tries."""
    expert: bool = True
    """Learn from the expert's successes as well as from one's own."""
    training: Training = Training(learning_rate=5e-5, epochs=2)
    """The fine-tuning run; learning rate and epochs as published."""


class Nat(Method):
    """Both ends of practice become weights, each under its own instruction."""

    name = "nat"
    Config = NatConfig

    def __init__(self, config: NatConfig) -> None:
        self.config = config

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Practise, tell what went well from what did not, fine-tune on both."""
        practice.weights("policy")
        played = self._played(agent, practice)
        wins = [trajectory for trajectory in played if trajectory.success]
        losses = [trajectory for trajectory in played if trajectory.success is False]
        turns = [*_told(agent, wins, GOOD), *_told(agent, losses, BAD)]
        metrics = {"played": len(played), "wins": len(wins), "losses": len(losses)}
        practice.log(phase="practice", **metrics)
        lesson = fitted(practice, list(dict.fromkeys(turns)), self.config.training, metrics)
        return lesson.then(Lesson(knowledge={NAME: GOOD}))

    def _played(self, agent: Agent, practice: Practice) -> list[Trajectory]:
        expert = practice.rollouts(AGENTS.build({"name": "expert"})) if self.config.expert else ()
        return [*expert, *practice.rollouts(agent, self.config.attempts, self.config.temperature)]


def _told(agent: Agent, trajectories: list[Trajectory], aim: str) -> list[Turn]:
    told = agent.with_lesson(Lesson(knowledge={NAME: aim}))
    return [turn for trajectory in trajectories for turn in turns_of(retold(told, trajectory))]
