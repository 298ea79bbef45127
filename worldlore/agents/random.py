"""The agent that knows nothing: a uniformly random admissible action, the same one for the same episode."""

from __future__ import annotations

import random
from dataclasses import dataclass

from worldlore.agents.base import Acting, Agent
from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import Decision, Lesson, Trajectory


@dataclass(frozen=True)
class Random(Agent):
    """Chooses blindly."""

    config: Config = Config()
    """It has no keys."""

    name = "random"
    needs = {}

    def act(self, seen: Trajectory) -> Acting:
        """Draw from the admissible actions; ConfigError where the environment tells none."""
        actions = seen.final.actions if seen.final else None
        if not actions:
            raise ConfigError(
                f"agent 'random' needs admissible actions, and {seen.task.environment!r} tells none; use another agent"
            )
        draw = random.Random(f"{seen.task.key}:{seen.seed}:{seen.attempt}:{len(seen.steps)}")
        return Decision(draw.choice(actions))
        yield

    def with_lesson(self, lesson: Lesson) -> Agent:
        """Nothing to learn."""
        return self
