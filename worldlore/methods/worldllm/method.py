"""The method: gather evidence, think again, gather evidence where the best theory is known, and so on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Literal

from pydantic import Field

from worldlore.agents.base import Agent
from worldlore.config import Config
from worldlore.errors import BudgetSpent, ConfigError
from worldlore.experience import Lesson, Theory, Transition, transitions
from worldlore.methods.base import Method
from worldlore.methods.worldllm import heldout
from worldlore.methods.worldllm.experimenters import Collection, Name, collect, fits
from worldlore.methods.worldllm.explorers import Explorer, ExplorerConfig, Verdict
from worldlore.methods.worldllm.grammar import Grammar
from worldlore.methods.worldllm.inference import (
    Belief,
    Importance,
    ImportanceConfig,
    Inference,
    Metropolis,
    MetropolisConfig,
    Sequential,
    SequentialConfig,
    Study,
    together,
)
from worldlore.methods.worldllm.spaces import hints, space_of, telling
from worldlore.methods.worldllm.statistician import Statistician
from worldlore.methods.worldllm.theorist import LanguageModel, Theorist
from worldlore.methods.worldllm.worlds import Course, one_world, world_in
from worldlore.rollout.practice import Practice

STRANGE = -4.0
"""Log-probability (nats) of a token below which a model is said not to know a world; words drawn blindly from a
vocabulary of a thousand have -6.9."""
_SOME = 100


class WorldLLMConfig(Config):
    """Keys of method "worldllm"; the defaults are the published ones."""

    phases: int = Field(default=400, ge=0)
    """Collections after the first one."""
    trajectories: int = Field(default=6, ge=1)
    """Episodes of a collection; an explorer plays a rollout instead."""
    experimenter: Name = "random"
    """Who gathers evidence."""
    explorer: ExplorerConfig = ExplorerConfig()
    """Keys of experimenter "explorer"."""
    theorist: Literal["model", "grammar"] = "model"
    """Who proposes theories: a language model, or a grammar of the world's rules."""
    inference: Literal["mh", "importance", "smc"] = "mh"
    """How theories are weighed and kept: the two published ways, or ours over all evidence."""
    mh: MetropolisConfig = MetropolisConfig()
    """Keys of inference "mh"."""
    importance: ImportanceConfig = ImportanceConfig()
    """Keys of inference "importance"."""
    smc: SequentialConfig = SequentialConfig()
    """Keys of inference "smc"."""
    temperature: float = Field(default=1.0, gt=0)
    """Sampling temperature of theories, where a language model proposes; densities are those at 1."""
    max_tokens: int = Field(default=200, ge=1)
    """Longest theory a language model may propose."""
    hints: float = Field(default=0.5, ge=0, lt=1)
    """How much of what the grammar proposes follows what the evidence hints at."""
    heldout: int = Field(default=0, ge=0)
    """Training tasks, the last ones, that are kept to measure predictions; 9 in the published test."""


class WorldLLM(Method):
    """Theories of a world, sought where they fail."""

    name = "worldllm"
    Config = WorldLLMConfig

    def __init__(self, config: WorldLLMConfig) -> None:
        self.config = config

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Search, and leave the last theories with their probabilities."""
        return _Search(self.config, agent, practice).run()


class _Search:
    """One run of the method."""

    def __init__(self, config: WorldLLMConfig, agent: Agent, practice: Practice) -> None:
        used = len(practice.tasks) - config.heldout
        if used < 1:
            raise ConfigError(
                f"worldllm holds out {config.heldout} of {len(practice.tasks)} training tasks, which leaves none; "
                "raise train.tasks or lower method.heldout"
            )
        self.config, self.agent, self.whole = config, agent, practice
        self.practice = practice.narrowed(practice.tasks[:used])
        fits(config.experimenter, practice)
        self.world = world_in(practice)
        one_world(practice.tasks, self.world)
        rng = Random(f"worldllm {practice.seed}")
        self.study = Study(Statistician(practice, self.world), self._theorist(), rng)
        self.inference = self._inference()
        learns = config.experimenter == "explorer"
        self.explorer = Explorer(config.explorer, self.practice, self.study.statistician) if learns else None
        self.seen: Counter[str] = Counter()
        self.telling: list[Transition] = []
        self.belief: Belief | None = None
        self.bests: list[str] = []

    def run(self) -> Lesson:
        """All phases, then the measure on what was held out."""
        metrics: dict[str, Any] = {}
        try:
            test = heldout.played(self.whole, self.world, self.agent, self.config.heldout)
            for collection in self._collections():
                courses = self._collected(collection)
                if not courses:
                    self.practice.log(phase="practice", ended="the budget is spent")
                    break
                if collection.number == 0:
                    self._room(courses)
                self._think(collection, courses)
            metrics = self._measured(self.belief, test)
        except BudgetSpent as spent:
            self.practice.log(phase="practice", ended=str(spent))
        theories = tuple(_short(theory) for theory in self.belief.theories if theory.text) if self.belief else ()
        truth = self.world.truth(self.practice.tasks[0])
        told = {} if truth is None else {"truth": truth}
        metrics = {"phases": len(self.bests), "seen": dict(self.seen), **told, **metrics}
        return Lesson(theories=theories, metrics=metrics)

    def _collections(self) -> Iterator[Collection]:
        """The first one to begin with, then one a phase."""
        count, phases = self.config.trajectories, self.config.phases
        opening = 1 if self.inference.opens else 0
        for number in range(phases + opening):
            best = self.belief.best if self.belief else ""
            yield Collection(number, max(0, number - opening) / max(1, phases), count, best, len(self.practice.tasks))

    def _collected(self, collection: Collection) -> list[Course]:
        """The episodes of a collection; none where the budget does not go so far."""
        if self.explorer:
            courses = self.explorer.explore(collection.number)
        else:
            playing = collect(self.config.experimenter, self.practice, self.world, self.agent, collection)
            courses = [transitions(trajectory) for trajectory in playing]
        new = together(courses)
        self.seen.update(transition.kind for transition in new)
        self.telling += telling(new)
        self.study.statistician.discover(new)
        if isinstance(self.study.theorist, Grammar):
            self.study.theorist = self.study.theorist.told(hints(self.world, self.telling))
        return courses if self.explorer or len(courses) == collection.count else []

    def _think(self, collection: Collection, courses: list[Course]) -> None:
        """Weigh theories on what was seen, and let an explorer learn from that; not yet in the opening one."""
        before, self.belief = self.belief, self.inference.take(courses)
        self.bests.append(self.belief.best)
        if before is None:
            self._doubt(self.belief.best)
        noted: dict[str, Any] = {}
        if self.explorer and (collection.number or not self.inference.opens):
            noted["explorer"] = self.explorer.learn(Verdict(before, self.belief, self.inference.evidence))
        self._log(collection, courses, self.belief, noted)

    def _doubt(self, best: str) -> None:
        """Say so where the statistician's model does not seem to speak the world's language."""
        fluency = self.study.statistician.fluency(best, self.inference.evidence[:_SOME])
        if fluency < STRANGE:
            self.practice.log(
                phase="note",
                said=f"what happens is strange to the model in the role {self.study.statistician.role!r} "
                f"({fluency:.1f} nats a token): it hardly tells good theories from bad; see that it knows this world",
            )

    def _room(self, courses: Sequence[Course]) -> None:
        """ConfigError before the search if the longest theory and the longest state do not fit the model's context."""
        longest = max(together(courses), key=lambda t: len(t.state) + len(t.change), default=None)
        if longest is not None:
            self.study.statistician.weigh([self.study.theorist.longest], [longest])

    def _log(self, collection: Collection, courses: Sequence[Course], belief: Belief, noted: dict[str, Any]) -> None:
        theories = [{"text": t.text, "probability": t.probability, "loglik": t.loglik} for t in belief.theories]
        self.practice.log(
            phase="theories",
            collection=collection.number,
            best=belief.best,
            theories=theories,
            kinds=dict(Counter(transition.kind for transition in together(courses))),
            **belief.record,
            **noted,
        )

    def _measured(self, belief: Belief | None, test: heldout.Held) -> dict[str, Any]:
        """What was held out, under each phase's best theory and, ranked, under the last belief."""
        if not test.transitions or belief is None:
            return {}
        statistician = self.study.statistician
        statistician.discover(test.transitions)
        curve = heldout.means(statistician, ["", *self.bests], test.transitions)
        truth = self.world.truth(self.practice.tasks[0])
        found = heldout.foretold(statistician, belief.theories, belief.best, truth, test)
        heldout.keep(self.practice, found)
        return {"curve": curve, "heldout": heldout.summary(found)}

    def _theorist(self) -> Theorist:
        c = self.config
        if c.theorist == "grammar":
            return Grammar(space_of(self.world), {}, c.hints)
        return LanguageModel(self.practice, self.world, c.temperature, c.max_tokens)

    def _inference(self) -> Inference:
        c = self.config
        if c.inference == "mh":
            return Metropolis(self.study, c.mh)
        return Importance(self.study, c.importance) if c.inference == "importance" else Sequential(self.study, c.smc)


def _short(theory: Theory) -> Theory:
    """As a person reads it: figures to four digits."""
    loglik = None if theory.loglik is None else round(theory.loglik, 3)
    return replace(theory, probability=float(f"{theory.probability:.4g}"), loglik=loglik)
