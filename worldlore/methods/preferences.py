"""Preference training on pairs read from files: nothing is practised."""

from __future__ import annotations

from pydantic import Field

from worldlore.agents.base import Agent
from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import Lesson
from worldlore.methods.base import Method
from worldlore.methods.fitting import fitted
from worldlore.methods.mixes import PairMix, mixed, opened
from worldlore.rollout.practice import Practice
from worldlore.training import Training


class PreferencesConfig(Config):
    """Keys of method "preferences"."""

    mixes: tuple[PairMix, ...] = Field(min_length=1)
    """Where the pairs come from: `[[method.mixes]]` with file, format, most and seed; formats are "ultrainteract",
    "ultrafeedback", "llamafactory" and "trl"."""
    training: Training = Training()
    """The preference training."""


class Preferences(Method):
    """Pairs become weights."""

    name = "preferences"
    Config = PreferencesConfig

    def __init__(self, config: PreferencesConfig) -> None:
        self.config = config

    def ready(self) -> None:
        """Asks for the files."""
        opened(self.config.mixes)

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Read the mixes and train on them."""
        practice.weights("policy")
        found = mixed(self.config.mixes)
        if not found.taken:
            raise ConfigError("the files of [[method.mixes]] hold no pair; raise 'most', or give other files")
        metrics = {"mixes": found.counts, "trained_pairs": len(found.taken)}
        practice.log(phase="practice", **metrics)
        return fitted(practice, found.taken, self.config.training, metrics)
