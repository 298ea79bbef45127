"""The environment's own expert, played through the same loop as any agent.

It asks the role "expert", which the rollout loop answers from `Environment.expert`; no model is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

from worldlore.agents.base import Acting, Agent
from worldlore.config import Config
from worldlore.experience import Completion, Decision, Generate, Lesson, Trajectory


@dataclass(frozen=True)
class Expert(Agent):
    """Does what the environment's expert says."""

    config: Config = Config()
    """It has no keys."""

    name = "expert"
    needs = {}

    def act(self, seen: Trajectory) -> Acting:
        """One request to the expert."""
        reply = yield Generate((), to="expert")
        assert isinstance(reply, Completion)
        return Decision(reply.text)

    def with_lesson(self, lesson: Lesson) -> Agent:
        """Nothing to learn."""
        return self
