"""The method, in order: propose, try, choose; then show the best one's first failure, revise, try, choose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import Any, Literal

from pydantic import Field, model_validator

from worldlore.agents.base import Agent
from worldlore.config import Config, Family
from worldlore.errors import BudgetSpent, ConfigError
from worldlore.experience import Lesson
from worldlore.methods.base import Method
from worldlore.methods.learnact.author import Author, Candidate, Tried
from worldlore.methods.learnact.mined.config import MinedConfig
from worldlore.methods.learnact.trial import Formula, first_failing, tried
from worldlore.rollout.practice import Practice

AUTHORS = Family(
    "author",
    {
        "model": "worldlore.methods.learnact.learner:Learner",
        "mined": "worldlore.methods.learnact.mined:Miner",
    },
    {},
)

PRESETS: dict[str, dict[str, Any]] = {
    "paper": {},
    "alfworld": {"score": "ratio+success", "context": "episode"},
    "without_learning": {"iterations": 0},
    "code_only": {"revise": "code"},
    "notes_only": {"revise": "notes"},
}
"""Keys the paper sets elsewhere than by default: for its second family of tasks and for its ablations."""


class LearnActConfig(Config):
    """Keys of method "learnact"; the defaults are the published ones, those of its planning worlds."""

    preset: Literal["paper", "alfworld", "without_learning", "code_only", "notes_only"] = "paper"
    """Values of several keys at once; a key that is given itself wins."""
    author: str = "model"
    """Who proposes: "model", the role "learner" (where there is none, "policy"); or "mined", which needs no model."""
    instances: int = Field(default=3, ge=1)
    """Training tasks a candidate is tried on: the first of them."""
    steps: int = Field(default=10, ge=1)
    """Steps an episode of a trial may take."""
    iterations: int = Field(default=2, ge=0)
    """Rounds of revision; 0: without learning."""
    score: Formula = "correction+ratio+success"
    """What candidates are compared by."""
    samples: int = Field(default=4, ge=0)
    """Candidates proposed at first, and revisions a round."""
    attempts: int = Field(default=4, ge=1)
    """How often the model may write one, tracebacks of the tries before shown."""
    temperature: float = Field(default=0.8, ge=0)
    """Sampling temperature of proposals and revisions; above 0, or all are the same."""
    max_tokens: int = Field(default=2048, ge=1)
    """Longest reply of the model that proposes."""
    revise: Literal["both", "code", "notes"] = "both"
    """What a revision may change: the model chooses between new code and a note, or may do only one."""
    context: Literal["call", "episode"] = "call"
    """What a revision is shown of the failing episode: the last observation and the call, or all up to it."""
    prompts: str = ""
    """Worked examples for the model: a name in `prompts/`, or the path of a .md file; "" takes the world's."""
    mined: MinedConfig = MinedConfig()
    """Keys of author "mined"; others leave them alone."""

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, keys: dict[str, Any]) -> dict[str, Any]:
        return {**PRESETS.get(str(keys.get("preset")), {}), **keys}


class LearnAct(Method):
    """Functions over primitives, proposed, tried and repaired, become actions."""

    name = "learnact"
    Config = LearnActConfig

    def __init__(self, config: LearnActConfig) -> None:
        self.config = config

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Learn actions on the first training tasks; an empty lesson where no candidate could be tried."""
        if not practice.tasks:
            raise ConfigError("learnact tries actions on training tasks, and there are none; raise train.tasks")
        author: Author = AUTHORS.load(self.config.author)(agent, practice, self.config)
        rounds: list[dict[str, Any]] = []
        best: Tried | None = None
        try:
            best = self._best([], self._proposed(author, practice), author, practice, rounds)
            while best and len(rounds) <= self.config.iterations:
                failing = first_failing(best.played)
                if failing is None:
                    break
                best = self._best([best], author.revise(best, failing), author, practice, rounds)
        except BudgetSpent as spent:
            practice.log(phase="practice", ended=str(spent))
        lesson = author.finish(best) if best else Lesson()
        story = list(best.candidate.story) if best else []
        return replace(lesson, metrics={**lesson.metrics, **_summary(rounds), "story": story})

    def _proposed(self, author: Author, practice: Practice) -> list[Candidate]:
        known = practice.lesson
        given = [Candidate(known.actions, story=("given",), kind="given")] if known.actions else []
        return given + author.create()

    def _best(
        self, pool: list[Tried], new: Iterable[Candidate], author: Author, practice: Practice, rounds: list[Any]
    ) -> Tried | None:
        """The best of those already tried and the new ones, the earliest of equals; None if there is none."""
        for candidate in new:
            one = _twin(candidate, pool) or self._tried(candidate, author, practice)
            pool += [one] if one else []
        best = max(pool, key=lambda one: one.score.total, default=None)
        rounds.append({**_round(pool, best), "calls": author.calls})
        practice.log(phase="practice", round=len(rounds) - 1, **rounds[-1])
        return best

    def _tried(self, candidate: Candidate, author: Author, practice: Practice) -> Tried | None:
        """A candidate after its trial; None where the budget did not last for all of it."""
        tasks = practice.tasks[: self.config.instances]
        here = practice.with_lesson(candidate.lesson).narrowed(tasks, self.config.steps)
        played = list(here.rollouts(author.player(candidate)))
        return tried(candidate, played, self.config.score) if len(played) == len(tasks) else None


def _twin(candidate: Candidate, pool: Iterable[Tried]) -> Tried | None:
    """The candidate with the trial of one that is the same: it would go the same way again."""
    for one in pool:
        if one.candidate.lesson == candidate.lesson:
            return replace(one, candidate=replace(candidate, actions=one.candidate.actions))
    return None


def _round(pool: list[Tried], best: Tried | None) -> dict[str, Any]:
    return {
        "pool": [
            {"kind": one.candidate.kind, "actions": len(one.candidate.actions), **asdict(one.score)} for one in pool
        ],
        "best": next((place for place, one in enumerate(pool) if one is best), None),
    }


def _summary(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    kinds = [one["kind"] for done in rounds[1:] for one in done["pool"][1:]]
    updates = kinds.count("update")
    best = rounds[-1]["best"] if rounds else None
    return {
        "rounds": rounds,
        "calls": rounds[-1]["calls"] if rounds else 0,
        "score": rounds[-1]["pool"][best]["total"] if best is not None else None,
        "revisions": len(kinds),
        "code_updates": updates / len(kinds) if kinds else None,
    }
