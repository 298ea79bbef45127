"""Teaching: what is known becomes weights, of the agent and of the world knowledge model.

The role "policy" is trained to act with task knowledge in sight, and without state knowledge; the role "world" to
write both kinds (WKM, sections 3.2 and 3.3). Two adapters on one backbone where `training.lora` is set, or one model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from worldlore.agents.wkm import Wkm
from worldlore.config import Config
from worldlore.experience import Lesson
from worldlore.methods.fitting import fitted
from worldlore.methods.wkm import tuition
from worldlore.methods.wkm.keeping import further
from worldlore.methods.wkm.synthesis import Known
from worldlore.rollout.practice import Practice
from worldlore.training import Lora, Training, Turn

PUBLISHED = Training(
    learning_rate=1e-4,
    warmup_ratio=0.03,
    epochs=3,
    batch=32,
    max_length=2048,
    lora=Lora(rank=8, alpha=16.0, targets=("q_proj", "v_proj")),
)
"""The published fine-tuning run, of all three models (WKM, appendix)."""


class TeachingConfig(Config):
    """Who is trained, and how."""

    training: Training = PUBLISHED
    """Fine-tuning of the role "policy"."""
    world: Training | None = None
    """Fine-tuning of the role "world"; unset: as `training`."""
    trains: tuple[Literal["policy", "world"], ...] = ("policy", "world")
    """Which roles are trained: none of them is prompting, "world" alone guides an agent that stays as it is."""
    merged: bool = False
    """Train one model on both, for both roles."""
    also: tuple[Path, ...] = ()
    """More for "world" to learn: runs of this method in other worlds, or training files that WKM released."""


class Teacher:
    """Trains as the keys say."""

    def __init__(self, config: TeachingConfig, seed: int) -> None:
        self.config = config
        self.more = [turn for path in config.also for turn in further(path, seed)]

    def taught(self, agent: Wkm, known: Sequence[Known], practice: Practice) -> Lesson:
        """Weights for every role that is trained."""
        policy = [turn for one in known for turn in tuition.acting(agent, one)]
        world = [*(turn for one in known for turn in tuition.knowing(agent, one)), *self.more]
        return self._one(policy + world, practice) if self.config.merged else self._two(policy, world, practice)

    def _one(self, turns: Sequence[Turn], practice: Practice) -> Lesson:
        lesson = fitted(practice, turns, self.config.training, {})
        return replace(lesson, weights={role: w for w in lesson.weights.values() for role in ("policy", "world")})

    def _two(self, policy: Sequence[Turn], world: Sequence[Turn], practice: Practice) -> Lesson:
        c = self.config
        policy, world = (said if role in c.trains else [] for role, said in (("policy", policy), ("world", world)))
        first = fitted(practice, policy, c.training, {})
        second = fitted(practice, world, c.world or c.training, {}, "world", "training/world")
        return replace(first.then(second), metrics={"policy": first.metrics, "world": second.metrics})
