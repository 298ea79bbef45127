"""Courses: where pairs come from, played here or read from a file.

The expert plays the training tasks, and its successes are the courses to follow. The experienced agent, fine-tuned on
them, plays the same tasks at temperature 0; its tries are the other half (WKM, section 3.1).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path

from worldlore.agents import AGENTS
from worldlore.agents.retell import retold
from worldlore.agents.wkm import Wkm
from worldlore.config import Config
from worldlore.environments.published import Dialect
from worldlore.errors import ConfigError
from worldlore.experience import Task, Trajectory
from worldlore.methods.fitting import fitted
from worldlore.methods.imitation import turns_of
from worldlore.methods.wkm.pairs import Pair, Way, kept, paired
from worldlore.methods.wkm.released import knowledge_in
from worldlore.rollout.practice import Practice
from worldlore.training import Training

DIALECTS = {
    "alfworld": "worldlore.environments.household.published",
    "household": "worldlore.environments.household.published",
    "scienceworld": "worldlore.environments.scienceworld.published",
    "webshop": "worldlore.environments.webshop.published",
}
"""Environment -> the module that knows its published trajectories."""


class CoursesConfig(Config):
    """Where pairs come from."""

    courses: Path | None = None
    """A file of pairs or of expert trajectories in place of courses that are played: published, or another run's
    `knowledge/pairs.json`."""
    rejected: bool = True
    """Compare with the agent's own tries; without them knowledge comes from the expert's courses alone."""
    pairs: Way = "wkm"
    """Which pairs are kept."""
    experienced: Training | None = None
    """Fine-tuning of the agent that plays the other half; unset: as `training`."""


def gathered(config: CoursesConfig, agent: Wkm, practice: Practice, training: Training | None) -> list[Pair]:
    """All pairs; the agent plays its half as it is where `training` is None."""
    if config.courses is not None:
        return _given(config, config.courses, practice)
    expert = [t for t in practice.rollouts(AGENTS.build({"name": "expert"})) if t.success]
    if not expert:
        raise ConfigError("the expert solved none of the training tasks; raise limits.steps or the budget")
    own = _own_tries(agent, expert, practice, training) if config.rejected else {}
    pairs = paired(expert, own, config.pairs)
    succeeded = sum(bool(t.success) for t in own.values())
    practice.log(phase="practice", pairs=len(pairs), own=len(own), own_successes=succeeded)
    return pairs


def _own_tries(
    agent: Wkm, expert: Sequence[Trajectory], practice: Practice, training: Training | None
) -> dict[str, Trajectory]:
    """What the experienced agent does in the tasks the expert solved."""
    plain = agent.plain()
    practice = practice.narrowed([t.task for t in expert])
    if training is not None:
        turns = [turn for t in expert for turn in turns_of(retold(plain, t))]
        practice = practice.with_lesson(fitted(practice, turns, training, {}, name="training/experienced"))
    return {t.task.key: t for t in practice.rollouts(plain, temperature=0.0)}


def _given(config: CoursesConfig, path: Path, practice: Practice) -> list[Pair]:
    pairs = published(path, practice.tasks, config.pairs)
    practice.allowed(pair.chosen.task for pair in pairs)
    if any(pair.told and pair.told.key in practice.tested for pair in pairs):  # of tasks that are none of practice's
        raise ConfigError(
            f"{path} holds courses of tasks that the test asks; take the pairs of a run that practised on others, or "
            "say test.trained = true: what the test measures then is partly memory"
        )
    practice.log(phase="practice", pairs=len(pairs), published=str(path))
    return pairs if config.rejected else [replace(pair, rejected=None) for pair in pairs]


def published(path: Path, tasks: Sequence[Task], way: Way = "wkm") -> list[Pair]:
    """The pairs of a file, or the courses of one without pairs; those that succeeded, where that is told."""
    environment = tasks[0].environment if tasks else ""
    if environment not in DIALECTS:
        raise ConfigError(
            f"method.courses is read for {', '.join(sorted(DIALECTS))}, and the world here is {environment!r}; leave "
            "it out, and courses are played"
        )
    dialect: Dialect = import_module(DIALECTS[environment]).DIALECT
    both = zip(dialect.read_pairs(path, tasks), knowledge_in(path), strict=True)
    return kept([Pair(win, lost, told) for (win, lost), told in both if win.success is not False], way)
