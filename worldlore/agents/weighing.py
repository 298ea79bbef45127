"""The agent that weighs: a model says how probable each possible action is, and one is drawn by its probability.

    system    how to answer
    user      the world · what was learned about it · the goal · the possible actions · what is seen · the question

It remembers nothing of the episode. An action is scored whole, its end of turn included, as published for WorldLLM's
language-model experimenter.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pydantic import Field

from worldlore.agents.base import Acting, Agent
from worldlore.agents.fusing import shares
from worldlore.agents.manual import manual
from worldlore.agents.recall import Memory
from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import Decision, Lesson, Message, Score, Scores, Trajectory

MANNER = "You enjoy finding out how things work. Your answers are short and exact."
"""The system turn, of WorldLLM's other roles too."""


class WeighingConfig(Config):
    """Keys of agent "weighing"."""

    manual: str = ""
    """Which prompt file tells of the world; "" takes the environment's own, "none" takes none."""
    temperature: float = Field(default=1.0, ge=0)
    """Probabilities are taken to the power of 1 / temperature; 0 takes the likeliest action."""


@dataclass(frozen=True)
class Weighing(Agent):
    """Chooses among the possible actions by what a model thinks of them."""

    config: WeighingConfig = field(default_factory=WeighingConfig)
    """Keys."""
    memory: Memory = Memory()
    """What it was taught."""
    setting: str | None = None
    """What the world is, in place of the prompt file's words."""
    salt: int = 0
    """Other draws at the same places."""

    name = "weighing"
    Config = WeighingConfig
    needs = {"policy": frozenset({"score"})}

    def act(self, seen: Trajectory) -> Acting:
        """One request that scores all actions."""
        possible = tuple(dict.fromkeys((seen.final and seen.final.actions) or ()))
        if not possible:
            raise ConfigError(
                f"agent 'weighing' needs possible actions, and {seen.task.environment!r} tells none; use another agent"
            )
        reply = yield Score(self.question(seen, possible), possible)
        assert isinstance(reply, Scores)
        return Decision(self._drawn(possible, reply.totals, seen))

    def with_lesson(self, lesson: Lesson) -> Agent:
        """Told what was learned, the most probable theory included."""
        return replace(self, memory=self.memory.with_lesson(lesson))

    def question(self, seen: Trajectory, possible: Sequence[str]) -> tuple[Message, ...]:
        """What the model is shown before it scores the actions."""
        assert seen.final is not None
        listed = "\n".join(["Possible actions:", *possible])
        state = seen.final.text.partition("\n\n")[0]
        ask = f"Goal: {seen.task.goal}\n{listed}\nState: {state}\nChoose the best action. Answer with it alone."
        parts = (self._world(seen), *self.memory.texts, ask)
        return Message("system", MANNER), Message("user", "\n\n".join(part for part in parts if part))

    def _world(self, seen: Trajectory) -> str:
        if self.setting is not None:
            return self.setting
        return "" if self.config.manual == "none" else manual(self.config.manual or seen.task.environment)

    def _drawn(self, possible: Sequence[str], totals: Sequence[float], seen: Trajectory) -> str:
        heat = self.config.temperature
        if heat == 0:
            return possible[totals.index(max(totals))]
        place = f"{self.salt}:{seen.task.key}:{seen.seed}:{seen.attempt}:{len(seen.steps)}"
        return random.Random(place).choices(possible, shares([total / heat for total in totals]))[0]
