"""The agent contract: from what was seen so far to the next decision, without touching anything.

An agent is a value. `act` is a generator: it yields requests, is sent replies and returns a decision. So it may
plan, ask a second model (`to="world"`), score candidates or ask again, while one loop does all the input and
output; and a unit test is `next`, `send`, compare. A failed request is thrown into the generator as ModelError.

Requests to the role "expert" are answered by the environment's own expert, not by a model.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping
from typing import ClassVar

from pydantic import BaseModel

from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import Decision, Lesson, Reply, Request, Trajectory

Acting = Generator[Request, Reply, Decision | None]
"""What `act` returns; None for a decision ends the episode."""


class Agent(ABC):
    """Decides what to do."""

    name: ClassVar[str]
    """The registered name, as in TOML."""
    Config: ClassVar[type[BaseModel]] = Config
    """The keys its table in TOML may have."""
    needs: Mapping[str, frozenset[str]] = {"policy": frozenset({"generate"})}
    """Role -> what the model in that role must be able to do."""

    @abstractmethod
    def act(self, seen: Trajectory) -> Acting:
        """Decide on the next action; `seen.final` is what is seen now. None resigns; Unparsed: no action found."""

    @abstractmethod
    def with_lesson(self, lesson: Lesson) -> Agent:
        """The same agent, taught. Weights are the models' affair; an agent takes knowledge, cases, actions."""

    def reply_for(self, decision: Decision) -> str:
        """What the policy would have to write for this agent to decide so: the target of imitation."""
        raise ConfigError(f"agent {self.name!r} cannot be taught by imitation; use 'act' or 'react'")

    def remedy(self, verb: str) -> str:
        """What to set where a model cannot do something that this agent needs; "" where only another model helps."""
        return ""
