"""The method contract: a function from practice to a lesson."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from pydantic import BaseModel

from worldlore.agents.base import Agent
from worldlore.config import Config
from worldlore.experience import Lesson
from worldlore.rollout.practice import Practice


class Method(ABC):
    """A way to learn."""

    name: ClassVar[str]
    """The registered name, as in TOML."""
    Config: ClassVar[type[BaseModel]] = Config
    """The keys its table in TOML may have."""

    def ready(self) -> None:
        """ConfigError if something of its own is missing, as a file; asked before anything is played."""

    @abstractmethod
    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Practise and say what was learned. Resumed, it finds in `practice` what it had already done."""
