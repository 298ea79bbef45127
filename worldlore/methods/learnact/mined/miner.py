"""The author "mined": proposes what successes have in common, tries it by recital, and lets the policy rehearse it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from worldlore.agents import AGENTS
from worldlore.agents.base import Agent
from worldlore.agents.retell import retold
from worldlore.environments.base import Primitive
from worldlore.errors import ConfigError
from worldlore.experience import Action, Lesson, Trajectory
from worldlore.methods.fitting import fitted
from worldlore.methods.imitation import turns_of
from worldlore.methods.learnact.author import Author, Candidate, Failing, Tried
from worldlore.methods.learnact.mined.compression import Mining, mined
from worldlore.methods.learnact.mined.config import MinedConfig
from worldlore.methods.learnact.mined.corpus import Call, Corpus, corpus_of, example_of
from worldlore.methods.learnact.mined.joining import shorter
from worldlore.methods.learnact.mined.repair import repairs
from worldlore.methods.learnact.mined.rewriting import Edition, edition_of
from worldlore.methods.learnact.recital import Recital
from worldlore.methods.learnact.trial import counted
from worldlore.rollout.practice import Practice

if TYPE_CHECKING:
    from worldlore.methods.learnact.method import LearnActConfig


class Miner(Author):
    """Successes become functions, and with a training run weights that use them."""

    def __init__(self, agent: Agent, practice: Practice, config: LearnActConfig) -> None:
        self._agent, self._practice = agent, practice
        self._instances = config.instances
        self.config: MinedConfig = config.mined
        self._editions: dict[tuple[str, ...], Edition] = {}
        self._successes: list[Trajectory] = []
        self._corpus = Corpus((), self._primitives())
        if self.config.training is not None:
            practice.weights("policy")

    def create(self) -> list[Candidate]:
        """The sets of actions with the shortest descriptions; none where no action saves anything."""
        c = self.config
        tasks = self._practice.tasks[: c.examples or self._instances]
        self._successes = self._played(self._practice.narrowed(tasks, c.patience))
        self._corpus = corpus_of(self._successes, self._corpus.primitives)
        libraries = mined(self._corpus, Mining(c.longest, c.most, c.loops, c.guards, c.beam))
        editions = (edition_of(library) for library in libraries)
        story = f"mined from {len(self._corpus.examples)} trajectories"
        different = {_sources(e.actions): e for e in editions if e.macros}
        self._practice.log(phase="practice", mined=len(self._corpus.examples), libraries=len(different))
        return [self._candidate(e, (story,)) for e in list(different.values())[: c.candidates]]

    def revise(self, best: Tried, failing: Failing) -> list[Candidate]:
        """The best candidate with a guard or a note learned from the failing call."""
        edition = self._edition(best.candidate)
        if edition is None:
            return []
        found = repairs(edition, self._corpus, failing)
        revised = [self._candidate(r.edition, (*best.candidate.story, r.words)) for r in found]
        return [replace(c, kind=r.kind) for c, r in zip(revised, found, strict=True)]

    def player(self, candidate: Candidate) -> Agent:
        """Whoever recites the successes in the candidate's actions."""
        return Recital(self._scripts(self._successes, self._edition(candidate)))

    def finish(self, best: Tried) -> Lesson:
        """The actions with their measured calls; where a training run is asked for, weights that use them."""
        wins = [t for t in best.played if t.success]
        lesson = Lesson(actions=best.candidate.actions, cases=tuple(wins[: self.config.demonstrations]))
        edition = self._edition(best.candidate)
        return lesson if self.config.training is None or edition is None else self._rehearsed(lesson, edition, best)

    def _rehearsed(self, lesson: Lesson, edition: Edition, best: Tried) -> Lesson:
        """Trajectories of many tasks, told in learned actions and carried out, become weights."""
        assert self.config.training is not None
        played = self._told_again(lesson, edition)
        taught = self._agent.with_lesson(lesson)
        wins = [retold(taught, trajectory) for trajectory in played if trajectory.success]
        turns = list(dict.fromkeys(turn for trajectory in wins for turn in turns_of(trajectory)))
        metrics = {"rehearsed": len(played), "wins": len(wins), "turns": len(turns)}
        self._practice.log(phase="practice", **metrics)
        learned = fitted(self._practice, turns, self.config.training, metrics)
        actions = counted(lesson.actions, [*best.played, *played])
        return replace(learned, actions=actions, cases=lesson.cases)

    def _told_again(self, lesson: Lesson, edition: Edition) -> list[Trajectory]:
        """Many tasks in learned actions, in ever fewer of them as long as they succeed."""
        tasks = self._practice.tasks[: self.config.rehearsal]
        successes = self._played(self._practice.narrowed(tasks, self.config.patience))
        told = {t.task.key: example_of(t, self._corpus.primitives) for t in successes}
        scripts = {key: edition.rewritten(example) for key, example in told.items()}
        stage = self._practice.with_lesson(lesson)
        played = self._recited(stage, scripts)
        tried = {key: {script} for key, script in scripts.items()}
        for _ in range(self.config.joining):
            hopes = {k: _untried(shorter(scripts[k], edition, told[k]), tried[k]) for k in played}
            new = {key: script for key, script in hopes.items() if script is not None}
            done = self._recited(stage, new)
            scripts, played = {**scripts, **{key: new[key] for key in done}}, {**played, **done}
        return list(played.values())

    def _recited(self, practice: Practice, scripts: Mapping[str, tuple[Call, ...]]) -> dict[str, Trajectory]:
        """Successes by the key of their task."""
        lines = {key: tuple(map(str, script)) for key, script in scripts.items()}
        told = practice.narrowed([task for task in practice.tasks if task.key in lines])
        return {t.task.key: t for t in told.rollouts(Recital(lines)) if t.success}

    def _played(self, practice: Practice) -> list[Trajectory]:
        """Successes, of each task the shortest."""
        c = self.config
        if c.source == "own":
            played: Iterable[Trajectory] = practice.rollouts(self._agent, c.attempts, c.temperature)
        else:
            played = practice.rollouts(AGENTS.build({"name": "expert"}))
        return list(_shortest(played))

    def _scripts(self, successes: Iterable[Trajectory], edition: Edition | None) -> dict[str, tuple[str, ...]]:
        told = {t.task.key: example_of(t, self._corpus.primitives) for t in successes}
        return {k: tuple(map(str, edition.rewritten(e) if edition else e.calls)) for k, e in told.items()}

    def _candidate(self, edition: Edition, story: tuple[str, ...]) -> Candidate:
        known = {action.name: action for action in self._practice.lesson.actions}
        named = {**known, **{action.name: action for action in edition.actions}}
        actions = tuple(named[name] for name in sorted(named))  # as a lesson lists them
        self._editions[_sources(actions)] = edition
        return Candidate(actions, story=story)

    def _edition(self, candidate: Candidate) -> Edition | None:
        return self._editions.get(_sources(candidate.actions))

    def _primitives(self) -> tuple[Primitive, ...]:
        environment = self._practice.stage.environment()
        try:
            if not environment.primitives:
                raise ConfigError(f"environment {environment.name!r} names no primitives, so there is nothing to mine")
            return tuple(environment.primitives)
        finally:
            environment.close()


def _sources(actions: Sequence[Action]) -> tuple[str, ...]:
    return tuple(f"{action.source}{action.notes}" for action in actions)


def _shortest(played: Iterable[Trajectory]) -> Iterator[Trajectory]:
    best: dict[str, Trajectory] = {}
    for trajectory in played:
        known = best.get(trajectory.task.key)
        if trajectory.success and (known is None or len(trajectory.steps) < len(known.steps)):
            best[trajectory.task.key] = trajectory
    yield from best.values()


def _untried(hopes: Iterable[tuple[Call, ...]], tried: set[tuple[Call, ...]]) -> tuple[Call, ...] | None:
    """The first that was not tried yet; it counts as tried from now on."""
    found = next((script for script in hopes if script not in tried), None)
    if found is not None:
        tried.add(found)
    return found
