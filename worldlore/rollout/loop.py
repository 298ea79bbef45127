"""The one loop: an agent plays tasks in an environment, asking models.

Every method, every baseline and every combination is measured by it. An episode ends when the environment says so
or when the loop's limits do; whatever fails is attributed where it happened, written on the episode's record, and
stops no sibling.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field

from worldlore.agents.base import Acting, Agent
from worldlore.config import Config
from worldlore.environments.base import Environment, Outcome
from worldlore.errors import ConfigError, ContextOverflow, EnvironmentFailure, ModelError, Unparsed, WorldloreError
from worldlore.experience import (
    Action,
    Call,
    Completion,
    Decision,
    Failure,
    Generate,
    Lesson,
    Reply,
    Request,
    Step,
    Stop,
    Task,
    Trajectory,
    content_hash,
)
from worldlore.rollout.dispatch import Job, Models, Replies, Requests, drive
from worldlore.rollout.watch import Pool, Watched

X = TypeVar("X")
T = TypeVar("T")


class Limits(Config):
    """How long the loop is patient."""

    steps: int = Field(default=30, ge=1)
    """Actions an episode may take."""
    step_seconds: float = Field(default=60.0, gt=0)
    """An environment that does not come back within this time has failed."""
    width: int = Field(default=64, ge=1)
    """Episodes played at once."""
    trees: int = Field(default=16, ge=1)
    """Trees grown at once."""


Doing = Callable[[X, Pool, Limits], Job[T]]
"""From an item of work, environments and limits to the job of doing it."""


@dataclass(frozen=True, slots=True)
class Episode:
    """One thing to play."""

    task: Task
    """What is to be done."""
    seed: int = 0
    """Seed of the environment and the sampling."""
    attempt: int = 0
    """Which try at the task this is; it varies the sampling, not the world."""
    temperature: float | None = None
    """Sampling temperature in place of the agent's own."""


@dataclass(frozen=True)
class Stage:
    """Where episodes are played: a kind of environment, the models by role, and the limits."""

    environment: Callable[[], Environment]
    """Makes one environment object."""
    models: Models
    """Role -> model."""
    limits: Limits = Limits()
    """The loop's patience."""

    def play(self, agent: Agent, episodes: Iterable[Episode]) -> Iterator[Trajectory]:
        """Play episodes; their trajectories in the order given."""
        check_needs(agent, self.models)
        yield from self.perform(partial(_play, agent), episodes, self.limits.width)

    def perform(self, doing: Doing[X, T], items: Iterable[X], width: int) -> Generator[T, None, None]:
        """Do the same job for each item, at most `width` at once; the results in the order of the items."""
        pool = self.pool()
        try:
            yield from drive((doing(item, pool, self.limits) for item in items), self.models, width)
        finally:
            pool.close()

    def with_lesson(self, lesson: Lesson) -> Stage:
        """The same stage with the lesson's weights in the models and its actions in the environments."""
        make = partial(_equipped, self.environment, lesson.actions) if lesson.actions else self.environment
        return replace(self, models=with_weights(self.models, lesson.weights), environment=make)

    def pool(self) -> Pool:
        """Environment objects for one piece of work."""
        return Pool(self.environment, self.limits.step_seconds)


def with_weights(models: Models, weights: Mapping[str, Path]) -> Models:
    """The same models, those in the roles named with other weights."""
    return {role: m.with_weights(weights[role]) if role in weights else m for role, m in models.items()}


def _equipped(make: Callable[[], Environment], actions: Sequence[Action]) -> Environment:
    environment = make()
    environment.equip(actions)
    return environment


def check_needs(agent: Agent, models: Models) -> None:
    """ConfigError unless every role the agent asks is played by a model that can do what is asked."""
    for role, verbs in agent.needs.items():
        model = models.get(role)
        if model is None:
            raise ConfigError(f"agent {agent.name!r} asks a model in the role {role!r}; add it as [models.{role}]")
        for verb in sorted(verbs - model.can):
            other = agent.remedy(verb)
            refused = f"{model.cannot(verb)}; or {other}" if other else str(model.cannot(verb))
            raise ConfigError(f"agent {agent.name!r} needs a model that can {verb}: {refused}")


def check_vectors(agent: Agent, lesson: Lesson, models: Models) -> None:
    """ConfigError where the lesson's case base would be asked with vectors of another model than made its own."""
    made = lesson.casebase.embedder if lesson.casebase else ""
    for role in sorted(role for role, verbs in agent.needs.items() if made and "embed" in verbs):
        if role in models and models[role].identity != made:
            raise ConfigError(
                f"the case base was made with vectors of the model {made!r}, and {role!r} is now played by "
                f"{models[role].identity!r}, with which likeness means nothing; learn it again with this model, or, if "
                "it is the same model under another name, write that name into casebase/about.json"
            )


Fill = Callable[[Request, int], Request]
"""Completes the k-th request of a decision: its seed, its temperature."""


def seeded(*where: object) -> Fill:
    """Give each generation without a seed one that depends on where it stands and on nothing else."""

    def fill(request: Request, k: int) -> Request:
        if not isinstance(request, Generate) or request.sampling.seed is not None:
            return request
        seed = int(content_hash([*map(str, where), k])[:8], 16) & 0x7FFFFFFF
        return replace(request, sampling=replace(request.sampling, seed=seed))

    return fill


def heated(request: Generate, temperature: float) -> Generate:
    """The same request at another temperature."""
    return replace(request, sampling=replace(request.sampling, temperature=temperature))


def _filled(episode: Episode, key: str, step: int) -> Fill:
    seed, heat = seeded(key, episode.seed, episode.attempt, step), episode.temperature

    def fill(request: Request, k: int) -> Request:
        hot = heated(request, heat) if heat is not None and isinstance(request, Generate) else request
        return seed(hot, k)

    return fill


def decide(
    agent: Agent, seen: Trajectory, environment: Watched, fill: Fill, calls: list[Call]
) -> Generator[Requests, Replies, Decision | None]:
    """One decision, None if the agent resigns; every exchange is noted in `calls`, whatever becomes of it."""
    acting = agent.act(seen)
    try:
        request = next(acting)
        while True:
            request = fill(request, len(calls))
            reply = _expert(environment) if request.to == "expert" else (yield (request,))[0]
            calls.append(Call(request, reply))
            request = _resume(acting, reply)
    except StopIteration as end:
        return end.value
    except WorldloreError:
        raise
    except Exception as error:
        raise ModelError(f"agent {agent.name!r} threw {type(error).__name__}: {error}") from error


def _resume(acting: Acting, reply: Reply) -> Request:
    if isinstance(reply, Failure):
        kind = ContextOverflow if reply.kind == "context" else ModelError
        return acting.throw(kind(reply.error))
    return acting.send(reply)


def _expert(environment: Watched) -> Reply:
    action = environment.expert()
    return Completion(action) if action is not None else Failure("this environment has no expert for this moment")


def _play(agent: Agent, episode: Episode, pool: Pool, limits: Limits) -> Job[Trajectory]:
    seen, key = Trajectory(episode.task, episode.seed, episode.attempt), episode.task.key
    calls: list[Call] = []
    environment: Watched | None = None
    try:
        environment = pool.take()
        seen = replace(seen, final=environment.reset(episode.task, episode.seed))
        while len(seen.steps) < limits.steps:
            calls = []
            fill = _filled(episode, key, len(seen.steps))
            decision = yield from decide(agent, seen, environment, fill, calls)
            if decision is None:
                return replace(seen, stop=Stop.RESIGNED, success=False, unfinished=tuple(calls))
            outcome = environment.step(decision.action)
            seen = extended(seen, decision, outcome, calls)
            if outcome.done:
                return replace(seen, stop=Stop.TERMINATED, success=outcome.success)
        return replace(seen, stop=Stop.MAX_STEPS, success=False)
    except (EnvironmentFailure, ModelError, Unparsed) as error:
        return replace(seen, unfinished=tuple(calls), **ending(error))
    finally:
        if environment is not None:
            pool.give(environment)


def extended(seen: Trajectory, decision: Decision, outcome: Outcome, calls: Iterable[Call]) -> Trajectory:
    """The trajectory one step on."""
    assert seen.final is not None
    step = Step(seen.final, decision, outcome.reward, dict(outcome.info), tuple(calls))
    return replace(seen, steps=(*seen.steps, step), final=outcome.observation)


def ending(error: WorldloreError) -> dict[str, Any]:
    """How an error ends an episode: the agent's faults count as failures of the task, others as not measured."""
    if isinstance(error, ContextOverflow):
        return {"stop": Stop.MAX_TOKENS, "success": False, "error": str(error)}
    if isinstance(error, Unparsed):
        return {"stop": Stop.UNPARSED, "success": False, "error": str(error)}
    return {"stop": Stop.FAILED, "success": None, "error": str(error)}
