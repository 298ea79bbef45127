"""The baseline that learns nothing: the agent as it is."""

from __future__ import annotations

from worldlore.agents.base import Agent
from worldlore.config import Config
from worldlore.experience import Lesson
from worldlore.methods.base import Method
from worldlore.rollout.practice import Practice


class Nothing(Method):
    """An empty lesson at no cost."""

    name = "none"

    def __init__(self, config: Config) -> None:
        self.config = config

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Leave practice alone."""
        return Lesson()
