"""Imitation: fine-tune on trajectories that succeeded, the expert's or the agent's own.

With the agent's own it is rejection-sampling fine-tuning: what went well is made more likely, what went wrong is
thrown away. It is the baseline a method that learns from contrasts has to beat at equal cost.

With source "transitions" it is the world that is imitated: the model in the role "world" (else "policy") is fine-tuned
on what happened, told no theory. It is the baseline that theories are held against, by their predictions.

Conversations from files (`[[method.mixes]]`) are added to what was played, or are all there is (source "files").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Literal

from pydantic import model_validator

from worldlore.agents import AGENTS, Agent
from worldlore.agents.dialogues import without_examples
from worldlore.agents.retell import retold
from worldlore.config import Config
from worldlore.experience import Lesson, Trajectory
from worldlore.methods.base import Method
from worldlore.methods.densepolicy.trees import Trees
from worldlore.methods.fitting import fitted
from worldlore.methods.mixes import TalkMix, mixed, opened
from worldlore.methods.worldllm.corpus import Corpus, Gathering
from worldlore.methods.worldllm.statistician import ROLE
from worldlore.rollout.practice import Practice
from worldlore.training import Training, Turn


class ImitationConfig(Config):
    """Keys of method "imitation"."""

    source: Literal["own", "trees", "expert", "files", "transitions"] = "own"
    """Whose successes are imitated: its own tries, the branches of its own trees, the expert's, or nobody's but those
    of the mixes; or what happens, successes or not."""
    attempts: int = 8
    """Tries at each training task."""
    temperature: float = 1.0
    """Sampling temperature of the agent's own tries."""
    keep: int | None = None
    """Successes of one task that are imitated, the shortest first; unset: all."""
    trees: Trees = Trees()
    """How trees are grown, with source "trees": as those of "densepolicy", so that both cost the same."""
    transitions: Gathering = Gathering()
    """How what happens is gathered, with source "transitions"."""
    examples: bool = False
    """Keep the solved tasks that a prompt shows before its own in what is trained on."""
    mixes: tuple[TalkMix, ...] = ()
    """Conversations from files that are imitated, too, whoever won there: `[[method.mixes]]` with file, format
    ("codeact", "ultrainteract", "llamafactory", "trl"), most and seed."""
    training: Training = Training()
    """The fine-tuning run."""

    @model_validator(mode="after")
    def _something(self) -> ImitationConfig:
        if self.source == "files" and not self.mixes:
            raise ValueError('source = "files" needs a [[method.mixes]] with file and format')
        if self.source == "transitions" and self.mixes:
            raise ValueError("the mixes hold conversations, and a world model learns none; leave them out")
        return self


class Imitation(Method):
    """Successes become weights; what several of them have in common counts once."""

    name = "imitation"
    Config = ImitationConfig

    def __init__(self, config: ImitationConfig) -> None:
        self.config = config

    def ready(self) -> None:
        """Asks for the files of the mixes."""
        opened(self.config.mixes)

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Practise, keep what succeeded, fine-tune on it."""
        if self.config.source == "transitions":
            return self._world(agent, practice)
        practice.weights("policy")
        others = mixed(self.config.mixes)  # a malformed file is told before hours of practice
        played = list(self._played(agent, practice))
        wins = _shortest([trajectory for trajectory in played if trajectory.success], self.config.keep)
        turns = list(dict.fromkeys(turn for trajectory in wins for turn in turns_of(trajectory, self.config.examples)))
        turns += [turn for talk in others.taken for turn in talk]
        metrics: dict[str, Any] = {"played": len(played), "wins": len(wins), "turns": len(turns)}
        if others.counts:
            metrics["mixes"] = others.counts
        practice.log(phase="practice", **metrics)
        return fitted(practice, turns, self.config.training, metrics)

    def _world(self, agent: Agent, practice: Practice) -> Lesson:
        """Gather what happens, and fine-tune the world model on it."""
        role = ROLE if ROLE in practice.stage.models else "policy"
        practice.weights(role)
        corpus = Corpus(self.config.transitions, practice)
        found = corpus.gather(agent)
        turns = corpus.turns(found)
        metrics = {"transitions": len(found), "kinds": dict(Counter(t.kind for t in found)), "turns": len(turns)}
        practice.log(phase="practice", **metrics)
        return fitted(practice, turns, self.config.training, metrics, role=role)

    def _played(self, agent: Agent, practice: Practice) -> Iterator[Trajectory]:
        c = self.config
        if c.source == "files":
            return
        if c.source == "own":
            yield from practice.rollouts(agent, c.attempts, c.temperature)
        elif c.source == "expert":
            yield from (retold(agent, t) for t in practice.rollouts(AGENTS.build({"name": "expert"})))
        else:
            growing = c.trees.growing(agent, practice.stage.limits.steps)
            for grown in practice.explore(growing, c.trees.search.rollouts):
                yield from grown.tree.branches()


def _shortest(wins: list[Trajectory], keep: int | None) -> list[Trajectory]:
    """The `keep` shortest different successes of each task."""
    tasks: dict[str, dict[tuple[str, ...], Trajectory]] = {}
    for win in wins:
        tasks.setdefault(win.task.key, {}).setdefault(win.actions, win)
    return [win for found in tasks.values() for win in sorted(found.values(), key=lambda w: len(w.steps))[:keep]]


def turns_of(trajectory: Trajectory, examples: bool = False) -> Iterator[Turn]:
    """What the policy was asked, and what it wrote, at each step; with or without the solved tasks it was shown."""
    for step in trajectory.steps:
        if (said := step.said()) is not None:
            yield Turn(said[0] if examples else without_examples(said[0]), said[1])
