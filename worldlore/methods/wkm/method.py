"""The method: pairs, knowledge of them, weights for both roles, and a case base.

1. The expert plays the training tasks; its successes are the courses to follow.
2. The experienced agent, fine-tuned on them, plays the same tasks at temperature 0; its tries are the other half.
3. Knowledge: of each task by comparing the two courses, of each moment of the course to follow.
4. The role "policy" is trained to act with task knowledge in sight, and without state knowledge; the role "world" to
   write both kinds. Two adapters on one backbone where `training.lora` is set.
5. The case base: (previous action, state knowledge, next action) for every step, embedded by the trained "world".

Sources: WKM, sections 3.1 to 3.3 and appendix (LoRA of rank 8, alpha 16 on q and v; 3 epochs at 1e-4, batch 32).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field

from worldlore.agents import AGENTS
from worldlore.agents.act import Act
from worldlore.agents.base import Agent
from worldlore.agents.retell import retold
from worldlore.agents.witness import Witness
from worldlore.agents.wkm import Wkm
from worldlore.config import Config
from worldlore.errors import BudgetSpent, ConfigError
from worldlore.experience import Case, CaseBase, Lesson, Trajectory
from worldlore.methods.base import Method
from worldlore.methods.fitting import fitted
from worldlore.methods.imitation import turns_of
from worldlore.methods.wkm.contrast import Contrast, moments
from worldlore.methods.wkm.pairs import Pair, Way, paired
from worldlore.methods.wkm.synthesis import Known, written
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
"""The published fine-tuning run, of all three models."""


class WkmMethodConfig(Config):
    """Keys of method "wkm"."""

    knowledge: Literal["contrast", "model"] = "contrast"
    """Who writes the knowledge to be learned: a comparison in code, or a language model."""
    author: str = "policy"
    """Role of that language model; as published, the backbone itself."""
    rejected: bool = True
    """Compare with the agent's own tries; without them knowledge comes from the expert's courses alone."""
    pairs: Way = "wkm"
    """Which pairs are kept."""
    experienced: Training | None = None
    """Fine-tuning of the agent that plays the other half; unset: as `training`."""
    training: Training = PUBLISHED
    """Fine-tuning of the role "policy"."""
    world: Training | None = None
    """Fine-tuning of the role "world"; unset: as `training`."""
    merged: bool = False
    """Train one model on both, for both roles."""
    trains: tuple[Literal["policy", "world"], ...] = ("policy", "world")
    """Which roles are trained: none of them is prompting, "world" alone guides an agent that stays as it is."""
    states: bool = True
    """Make state knowledge, and a case base of it where the agent fuses."""
    tasks: bool = True
    """Make task knowledge."""
    embed: str = Field(default="world")
    """Role that turns states into vectors; the agent's `embedder` has to be the same."""


class WkmMethod(Method):
    """Learns what to know and how to use it."""

    name = "wkm"
    Config = WkmMethodConfig

    def __init__(self, config: WkmMethodConfig) -> None:
        self.config = config

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Practise, compare, write down, train, remember."""
        return _Course(self.config, _checked(agent, self.config), practice).run()


class _Course:
    """One run of the method."""

    def __init__(self, config: WkmMethodConfig, agent: Wkm, practice: Practice) -> None:
        self.config, self.agent, self.practice = config, agent, practice

    def run(self) -> Lesson:
        """All stages."""
        try:
            known = self._known(self._pairs())
        except BudgetSpent as spent:
            self.practice.log(phase="practice", ended=str(spent))
            return Lesson(metrics={"ended": str(spent)})
        lesson = self._trained(known)
        metrics = {**lesson.metrics, **_counts(known, self.config.tasks)}
        base = self._remembered(known, lesson) if self.agent.keys.state == "fusion" else None
        return replace(lesson, casebase=base, metrics=metrics)

    def _pairs(self) -> list[Pair]:
        expert = [t for t in self.practice.rollouts(AGENTS.build({"name": "expert"})) if t.success]
        if not expert:
            raise ConfigError("the expert solved none of the training tasks; raise limits.steps or the budget")
        own = self._own_tries(expert) if self.config.rejected else {}
        pairs = paired(expert, own, self.config.pairs)
        succeeded = sum(bool(t.success) for t in own.values())
        self.practice.log(phase="practice", pairs=len(pairs), own=len(own), own_successes=succeeded)
        return pairs

    def _own_tries(self, expert: Sequence[Trajectory]) -> dict[str, Trajectory]:
        """What the experienced agent does in the tasks the expert solved."""
        plain = Act(self.agent.config, self.agent.memory)
        practice = self.practice.narrowed([t.task for t in expert])
        if "policy" in self.config.trains:
            turns = [turn for t in expert for turn in turns_of(retold(plain, t))]
            training = self.config.experienced or self.config.training
            practice = practice.with_lesson(fitted(practice, turns, training, {}, name="training/experienced"))
        return {t.task.key: t for t in practice.rollouts(plain, temperature=0.0)}

    def _known(self, pairs: Sequence[Pair]) -> list[Known]:
        c = self.config
        if c.knowledge == "model":
            known = written(pairs, self.practice.ask, c.author, self.practice.seed)
        else:
            contrast = Contrast(pairs)
            known = [Known(p, contrast.task_knowledge(p), _states(contrast, p.chosen)) for p in pairs]
        return [replace(one, task=one.task if c.tasks else "", states=one.states if c.states else ()) for one in known]

    def _trained(self, known: Sequence[Known]) -> Lesson:
        c = self.config
        acting = [turn for one in known for turn in self.acting(one)] if "policy" in c.trains else []
        knowing = [turn for one in known for turn in self.knowing(one)] if "world" in c.trains else []
        if c.merged:
            lesson = fitted(self.practice, [*acting, *knowing], c.training, {})
            return replace(lesson, weights={role: w for w in lesson.weights.values() for role in ("policy", "world")})
        policy = fitted(self.practice, acting, c.training, {})
        world = fitted(self.practice, knowing, c.world or c.training, {}, "world", "training/world")
        return replace(policy.then(world), metrics={"policy": policy.metrics, "world": world.metrics})

    def acting(self, one: Known) -> list[Turn]:
        """What the policy is to say, with task knowledge in sight; state knowledge only where the agent is told it."""
        turns: list[Turn] = []
        for place, (seen, step) in enumerate(moments(one.pair.chosen)):
            witness = Witness(seen, one.task, one.states[: place + 1], self.agent.keys.purpose)
            turns.append(Turn(self.agent.conversed(seen, witness), self.agent.reply_for(step.decision)))
        return turns

    def knowing(self, one: Known) -> list[Turn]:
        """What the world knowledge model is to say."""
        purpose = self.agent.keys.purpose
        past = [seen for seen, _ in moments(one.pair.chosen)]
        turns = [Turn(Witness(past[0], purpose=purpose).task_question(), one.task)] if one.task and past else []
        for place, (seen, state) in enumerate(zip(past, one.states, strict=False)):
            if state:
                witness = Witness(seen, one.task, one.states[:place], purpose)
                turns.append(Turn(witness.state_question(), state))
        return turns

    def _remembered(self, known: Sequence[Known], lesson: Lesson) -> CaseBase:
        cases = tuple(case for one in known for case in _cases(one))
        if not cases:
            raise ConfigError("no state knowledge was made, so there is no case base; practise on more tasks")
        practice = self.practice.with_lesson(lesson)
        vectors = practice.embed([case.state for case in cases], self.config.embed)
        identity = practice.stage.models[self.config.embed].identity
        return CaseBase(cases, np.array(vectors, np.float32), identity)


def _checked(agent: Agent, config: WkmMethodConfig) -> Wkm:
    if not isinstance(agent, Wkm):
        raise ConfigError(
            f'method "wkm" teaches agent "wkm", and the agent is {agent.name!r}; set [agent] name = "wkm"'
        )
    keys = agent.keys
    if keys.task_knowledge != config.tasks or (keys.state != "none") > config.states:
        raise ConfigError(
            "agent 'wkm' would play with other knowledge than the method makes and trains with: let "
            "agent.task_knowledge and agent.state agree with method.tasks and method.states"
        )
    if config.pairs == "eto" and not config.rejected:
        raise ConfigError(
            'method.pairs = "eto" keeps only pairs of which one course is better, and without method.rejected there '
            'are none; set pairs = "wkm"'
        )
    if keys.state == "fusion" and keys.embedder != config.embed:
        raise ConfigError(
            f"the case base is made with the vectors of {config.embed!r} and would be asked with those of "
            f"{keys.embedder!r}; let method.embed and agent.embedder agree"
        )
    return agent


def _states(contrast: Contrast, course: Trajectory) -> tuple[str, ...]:
    return tuple(contrast.state_knowledge(seen) for seen, _ in moments(course))


def _cases(one: Known) -> list[Case]:
    """A case for every step whose moment is known."""
    actions = one.pair.chosen.actions
    before = ("", *actions)
    return [Case(b, state, a) for b, state, a in zip(before, one.states, actions, strict=False) if state]


def _counts(known: Sequence[Known], tasks: bool) -> dict[str, int]:
    """How much was written, and how much of what should have been stayed empty."""
    states = [state for one in known for state in one.states]
    return {
        "pairs": len(known),
        "task_knowledge": sum(bool(one.task) for one in known),
        "state_knowledge": sum(map(bool, states)),
        "empty": sum(tasks and not one.task for one in known) + sum(not state for state in states),
    }
