"""The method: pairs, knowledge of them, weights for both roles, and a case base.

1. The expert plays the training tasks; its successes are the courses to follow.
2. The experienced agent, fine-tuned on them, plays the same tasks at temperature 0; its tries are the other half.
3. Knowledge: of each task by comparing the two courses, of each moment of the course to follow; or one text for all.
4. The role "policy" is trained to act with task knowledge in sight, and without state knowledge; the role "world" to
   write both kinds. Two adapters on one backbone where `training.lora` is set.
5. The case base: (previous action, state knowledge, next action) for every step, embedded by the trained "world".
6. Where `fusion` asks for it, how much each source is to be heard (`fusion.py`).

A budget that ends early leaves a lesson of what there is, and its metrics say what ended it. What was written lies
beside the lesson in `knowledge/` (`tuition.py`).

Sources: WKM, sections 3.1 to 3.3 and appendix (LoRA of rank 8, alpha 16 on q and v; 3 epochs at 1e-4, batch 32).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from worldlore.agents import AGENTS, primer
from worldlore.agents.act import Act
from worldlore.agents.base import Agent
from worldlore.agents.retell import retold
from worldlore.agents.wkm import Wkm
from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import CaseBase, Lesson, Trajectory
from worldlore.methods.base import Method
from worldlore.methods.fitting import fitted
from worldlore.methods.imitation import turns_of
from worldlore.methods.wkm import tuition
from worldlore.methods.wkm.contrast import Contrast, moments
from worldlore.methods.wkm.fusion import Fusing, weighed
from worldlore.methods.wkm.pairs import Pair, Way, paired, published
from worldlore.methods.wkm.released import cases_in
from worldlore.methods.wkm.synthesis import Author, Known
from worldlore.rollout.practice import Practice
from worldlore.training import Lora, Training

PUBLISHED = Training(
    learning_rate=1e-4,
    warmup_ratio=0.03,
    epochs=3,
    batch=32,
    max_length=2048,
    lora=Lora(rank=8, alpha=16.0, targets=("q_proj", "v_proj")),
)
"""The published fine-tuning run, of all three models."""
GENERAL = "world"
"""Name of the one text for all tasks among the lesson's knowledge."""


class WkmMethodConfig(Config):
    """Keys of method "wkm"."""

    knowledge: Literal["contrast", "model"] = "contrast"
    """Who writes the knowledge to be learned: a comparison in code, or a language model."""
    author: str = "policy"
    """Role of that language model; as published, the backbone itself."""
    rejected: bool = True
    """Compare with the agent's own tries; without them knowledge comes from the expert's courses alone."""
    courses: Path | None = None
    """A published file of pairs or of expert trajectories, in place of courses that are played."""
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
    general: Literal["none", "contrast", "model", "written"] = "none"
    """One text for all tasks in place of knowledge of each (dataset-level knowledge): summed up, or written by hand."""
    primer: str = ""
    """File with examples and with the text written by hand; "" takes the world's own in `prompts/knowledge/`."""
    also: tuple[Path, ...] = ()
    """More for "world" to learn: runs of this method in other worlds, or training files that WKM released."""
    cases: tuple[Path, ...] = ()
    """More cases: action bases that WKM released."""
    embed: str = Field(default="world")
    """Role that turns states into vectors; the agent's `embedder` has to be the same."""
    fusion: Fusing | None = None
    """Fit the weights of the agent's sources; unset: they stay as the agent has them."""


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
        self.author = Author(practice.ask, config.author, practice.seed, config.primer)
        # Files that cannot be read are told before hours of practice.
        self.more = [turn for path in config.also for turn in tuition.further(path, practice.seed)]
        self.known_cases = [case for path in config.cases for case in cases_in(path)]

    @property
    def ended(self) -> str:
        """What ended it before everything was known; "" if nothing did."""
        return self.author.ended

    def run(self) -> Lesson:
        """All stages."""
        pairs = self._pairs()
        written = self._written(pairs)
        general, known = self._general(pairs, written), [self._used(one) for one in written]
        self.agent = _taught(self.agent, general)
        tuition.keep(self.practice.out.folder(tuition.FOLDER), self.agent, known)
        lesson = self._trained(known).then(general)
        metrics = {**lesson.metrics, **_counts(known, self.config), **({"ended": self.ended} if self.ended else {})}
        base = self._remembered(known, lesson) if self.agent.keys.state == "fusion" else None
        lesson = replace(lesson, casebase=base, metrics=metrics)
        return lesson.then(Lesson(metrics=self._weights(lesson)))

    def _pairs(self) -> list[Pair]:
        c = self.config
        if c.courses is not None:
            given = published(c.courses, self.practice.tasks, c.pairs)
            self.practice.allowed(pair.chosen.task for pair in given)
            self.practice.log(phase="practice", pairs=len(given), published=str(c.courses))
            return given if c.rejected else [replace(pair, rejected=None) for pair in given]
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

    def _written(self, pairs: Sequence[Pair]) -> list[Known]:
        if self.config.knowledge == "model":
            return self.author.written(pairs, self.config.tasks or self.config.general == "model", self.config.states)
        contrast = Contrast(pairs)
        return [Known(p, contrast.task_knowledge(p), _states(contrast, p.chosen)) for p in pairs]

    def _used(self, one: Known) -> Known:
        c = self.config
        return replace(one, task=one.task if c.tasks else "", states=one.states if c.states else ())

    def _general(self, pairs: Sequence[Pair], known: Sequence[Known]) -> Lesson:
        """The one text for all tasks, if there is to be one."""
        how = self.config.general
        if how == "contrast":
            text = Contrast(pairs).general()
        elif how == "model":
            text = self.author.summed_up([one.task for one in known])
        else:
            here = self.practice.tasks[0].environment if self.practice.tasks else ""
            text = primer.known(self.config.primer or here, "world") if how != "none" else ""
        return Lesson(knowledge={GENERAL: text} if text else {})

    def _trained(self, known: Sequence[Known]) -> Lesson:
        c, roles = self.config, self.config.trains
        policy = [turn for one in known for turn in tuition.acting(self.agent, one)] if "policy" in roles else []
        world = [turn for one in known for turn in tuition.knowing(self.agent, one)] + self.more
        world = world if "world" in roles else []
        if c.merged:
            lesson = fitted(self.practice, [*policy, *world], c.training, {})
            return replace(lesson, weights={role: w for w in lesson.weights.values() for role in ("policy", "world")})
        first = fitted(self.practice, policy, c.training, {})
        second = fitted(self.practice, world, c.world or c.training, {}, "world", "training/world")
        return replace(first.then(second), metrics={"policy": first.metrics, "world": second.metrics})

    def _remembered(self, known: Sequence[Known], lesson: Lesson) -> CaseBase:
        cases = [*(case for one in known for case in tuition.cases(one)), *self.known_cases]
        if not cases and not self.ended:
            raise ConfigError("no state knowledge was made, so there is no case base; practise on more tasks")
        practice = self.practice.with_lesson(lesson)
        vectors = practice.embed([case.state for case in cases], self.config.embed)
        identity = practice.stage.models[self.config.embed].identity
        found = np.array(vectors, np.float32) if cases else np.zeros((0, 0), np.float32)
        return CaseBase(tuple(cases), found, identity)

    def _weights(self, lesson: Lesson) -> dict[str, Any]:
        """The weights of the sources, as a metric, where they are to be fitted."""
        if self.config.fusion is None:
            return {}
        practice = self.practice.with_lesson(lesson)
        return {"fusion": weighed(self.config.fusion, _taught(self.agent, lesson), practice)}


def _checked(agent: Agent, config: WkmMethodConfig) -> Wkm:
    if not isinstance(agent, Wkm):
        raise ConfigError(
            f'method "wkm" teaches agent "wkm", and the agent is {agent.name!r}; set [agent] name = "wkm"'
        )
    for wrong, remedy in _faults(agent, config):
        if wrong:
            raise ConfigError(remedy)
    return agent


def _faults(agent: Wkm, c: WkmMethodConfig) -> list[tuple[bool, str]]:
    """What may not be asked for together, and what to do about it."""
    keys = agent.keys
    return [
        (
            c.general != "none" and c.tasks,
            "method.general tells one text in place of knowledge of each task; set method.tasks = false and "
            "agent.task_knowledge = false",
        ),
        (
            keys.task_knowledge != c.tasks or (keys.state != "none") > c.states,
            "agent 'wkm' would play with other knowledge than the method makes and trains with: let "
            "agent.task_knowledge and agent.state agree with method.tasks and method.states",
        ),
        (
            c.pairs == "eto" and not c.rejected,
            'method.pairs = "eto" keeps only pairs of which one course is better, and without method.rejected there '
            'are none; set pairs = "wkm"',
        ),
        (
            keys.state == "fusion" and keys.embedder != c.embed,
            f"the case base is made with the vectors of {c.embed!r} and would be asked with those of "
            f"{keys.embedder!r}; let method.embed and agent.embedder agree",
        ),
        (
            c.merged and len(c.trains) < 2,
            'method.merged trains one model on what both roles are to say; leave method.trains = ["policy", "world"]',
        ),
        (
            c.fusion is not None and keys.state != "fusion",
            'method.fusion fits weights of a fusion, and the agent does not fuse; set agent.state = "fusion"',
        ),
        (
            keys.fitted and c.fusion is None and agent.found is None,
            'agent.fitted asks for weights that nobody fits; set method.fusion = { split = "dev" }',
        ),
    ]


def _taught(agent: Wkm, lesson: Lesson) -> Wkm:
    taught = agent.with_lesson(lesson)
    assert isinstance(taught, Wkm)
    return taught


def _states(contrast: Contrast, course: Trajectory) -> tuple[str, ...]:
    return tuple(contrast.state_knowledge(seen) for seen, _ in moments(course))


def _counts(known: Sequence[Known], c: WkmMethodConfig) -> dict[str, int]:
    """How much was written, and how much of what should have been stayed empty."""
    states = [state for one in known for state in one.states]
    return {
        "pairs": len(known),
        "task_knowledge": sum(bool(one.task) for one in known),
        "state_knowledge": sum(map(bool, states)),
        "empty": sum(c.tasks and not one.task for one in known) + sum(not state for state in states),
    }
