"""KnowAgent: an agent told how actions follow each other learns from its own tries that kept to it (arXiv 2403.03101).

The agent plays the training tasks; of each task the shortest success whose path keeps the rules is what it is fine-
tuned on, and the better agent plays again. Rules are those written for the world, or mined: which kind of action
followed which in the expert's successes, with an example of each. A model that cannot write replies in this form yet
may begin with the expert's successes, told with their paths.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import Field

from worldlore.agents import AGENTS
from worldlore.agents.base import Agent
from worldlore.agents.knowagent import ACTIONS, KnowAgent, with_paths
from worldlore.agents.retell import retold
from worldlore.agents.rules import START, path
from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import Lesson, Trajectory, verb
from worldlore.methods.base import Method
from worldlore.methods.fitting import fitted
from worldlore.methods.imitation import turns_of
from worldlore.methods.wkm.teaching import PUBLISHED
from worldlore.rollout.practice import Practice
from worldlore.training import Training


class KnowAgentMethodConfig(Config):
    """Keys of method "knowagent"."""

    rules: Literal["written", "mined"] = "written"
    """What may follow what: as the world's file says, or as the expert's successes show."""
    expert: bool = False
    """Begin with the expert's successes, for a model that cannot write such replies yet."""
    rounds: int = Field(default=1, ge=0)
    """Times that it plays and learns from its own tries."""
    attempts: int = Field(default=4, ge=1)
    """Tries at each training task in a round."""
    temperature: float = 0.7
    """Sampling temperature of its own tries."""
    training: Training = PUBLISHED
    """The fine-tuning run of every round."""


class KnowAgentMethod(Method):
    """Own tries, filtered by rules and merged by length, become weights."""

    name = "knowagent"
    Config = KnowAgentMethodConfig

    def __init__(self, config: KnowAgentMethodConfig) -> None:
        self.config = config

    def learn(self, agent: Agent, practice: Practice) -> Lesson:
        """Rules first, then round by round."""
        c, told = self.config, _checked(agent)
        expert = list(self._expert(practice))
        lesson = Lesson(knowledge={ACTIONS: mined(expert)} if c.rules == "mined" and expert else {})
        told = _checked(told.with_lesson(lesson))
        if c.expert:
            lesson = lesson.then(self._fitted(told, practice, expert, "training/expert"))
        best: dict[str, Trajectory] = {}
        found: list[dict[str, int]] = []
        for number in range(c.rounds):
            here = practice.with_lesson(lesson)
            played = list(here.rollouts(told, c.attempts, c.temperature))
            kept = [course for course in played if course.success and keeps(told, course)]
            best = _merged([*best.values(), *kept])
            wins = sum(bool(course.success) for course in played)
            found.append({"played": len(played), "wins": wins, "kept": len(kept), "tasks": len(best)})
            here.log(phase="practice", round=number, **found[-1])
            lesson = lesson.then(self._fitted(told, here, list(best.values()), f"training/round-{number}"))
        return lesson.then(Lesson(metrics={"expert": len(expert), "rounds": found}))

    def _expert(self, practice: Practice) -> Iterable[Trajectory]:
        if not self.config.expert and self.config.rules == "written":
            return ()
        return (t for t in practice.rollouts(AGENTS.build({"name": "expert"})) if t.success)

    def _fitted(self, agent: KnowAgent, practice: Practice, courses: Sequence[Trajectory], name: str) -> Lesson:
        """Weights that play these courses, each told with its path."""
        turns = [turn for course in courses for turn in turns_of(retold(agent, with_paths(course)))]
        return fitted(practice, list(dict.fromkeys(turns)), self.config.training, {}, name=name)


def keeps(agent: KnowAgent, course: Trajectory) -> bool:
    """Whether no action of a course follows what it may not follow."""
    return agent.rules(course.task).kept(path(course.actions))


def mined(courses: Sequence[Trajectory]) -> str:
    """Rules that successes show: each kind of action, what it followed, and an example."""
    after: defaultdict[str, set[str]] = defaultdict(set)
    example: dict[str, str] = {}
    for course in courses:
        for before, action in zip((START, *path(course.actions)), course.actions, strict=False):
            after[verb(action)].add(before)
            example.setdefault(verb(action), action)
    lines = [f"{kind} (after {', '.join(sorted(after[kind]))}): as in {example[kind]}" for kind in sorted(after)]
    return "\n".join(["Kinds of action, what each may follow, and an example:", *lines])


def _merged(courses: Iterable[Trajectory]) -> dict[str, Trajectory]:
    """The shortest course of each task; of equals the first."""
    best: dict[str, Trajectory] = {}
    for course in courses:
        known = best.get(course.task.key)
        if known is None or len(course.steps) < len(known.steps):
            best[course.task.key] = course
    return best


def _checked(agent: Agent) -> KnowAgent:
    if not isinstance(agent, KnowAgent):
        raise ConfigError(
            f'method "knowagent" teaches agent "knowagent", and the agent is {agent.name!r}; set [agent] name = '
            '"knowagent"'
        )
    return agent
