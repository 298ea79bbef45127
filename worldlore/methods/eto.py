"""ETO: exploration-based trajectory optimisation (arXiv 2403.02502): imitate, explore, contrast, and again.

The agent is fine-tuned on the expert's successes and plays the training tasks; each of its tries makes a pair with the
expert's course (the better one chosen, ties dropped), and whole trajectories are contrasted: the log-probabilities of
an agent's turns add up, what the world says carries no loss. The improved agent explores anew in the next round.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from worldlore.agents import AGENTS
from worldlore.agents.base import Agent
from worldlore.agents.retell import retold
from worldlore.config import Config
from worldlore.experience import Lesson, Trajectory
from worldlore.methods.base import Method
from worldlore.methods.fitting import fitted
from worldlore.methods.imitation import turns_of
from worldlore.methods.wkm.pairs import paired
from worldlore.rollout.practice import Practice
from worldlore.training import Contrast, Training


class EtoConfig(Config):
    """Keys of method "eto"; the defaults are the published ones."""

    rounds: int = Field(default=3, ge=1)
    """Times that it explores and contrasts."""
    temperature: float = 0.7
    """Sampling temperature of exploration."""
    imitation: Training = Training(learning_rate=2e-5, batch=64, epochs=3)
    """The fine-tuning run at the beginning."""
    training: Training = Training(learning_rate=1e-6, beta=0.1, epochs=3, schedule="constant")
    """The preference run of the first round."""
    later: Training = Training(learning_rate=5e-7, beta=0.5, epochs=3, schedule="constant")
    """The preference runs of the later rounds."""


class Eto(Method):
    """The expert's courses against one's own."""

    name = "eto"
    Config = EtoConfig

    def __init__(self, config: EtoConfig) -> None:
        self.config = config

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Imitate, then explore and contrast, round by round."""
        expert = [t for t in practice.rollouts(AGENTS.build({"name": "expert"})) if t.success]
        turns = list(dict.fromkeys(turn for t in expert for turn in turns_of(retold(agent, t))))
        practice.log(phase="practice", played=len(expert), turns=len(turns))
        lesson = fitted(practice, turns, self.config.imitation, {}, name="training/imitation")
        solved = practice.narrowed([t.task for t in expert])
        found: list[int] = []
        for number in range(self.config.rounds if expert else 0):
            here = solved.with_lesson(lesson)
            own = {t.task.key: t for t in here.rollouts(agent, temperature=self.config.temperature)}
            contrasts = _contrasts(agent, expert, own)
            found.append(len(contrasts))
            here.log(phase="practice", round=number, pairs=len(contrasts))
            if not contrasts:
                break
            training = self.config.later if number else self.config.training
            lesson = lesson.then(fitted(here, contrasts, training, {}, name=f"training/round-{number}"))
        return lesson.then(Lesson(metrics={"expert": len(expert), "pairs": found}))


def _contrasts(agent: Agent, expert: Sequence[Trajectory], own: dict[str, Trajectory]) -> list[Contrast]:
    sides = [(pair.chosen, pair.rejected) for pair in paired(expert, own, "eto") if pair.rejected]
    told = [(tuple(turns_of(retold(agent, a))), tuple(turns_of(retold(agent, b)))) for a, b in sides]
    return [Contrast(chosen, rejected) for chosen, rejected in told if chosen and rejected]
