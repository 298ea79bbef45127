"""An agent that recites: for each task its script, one action after the other, whatever is seen.

So code is tried, and demonstrations and trajectories told again are carried out, in the ordinary loop, with its limits,
its records and its costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from worldlore.agents.base import Acting, Agent
from worldlore.experience import Decision, Lesson, Trajectory


@dataclass(frozen=True)
class Recital(Agent):
    """Does what is written, then ends the episode."""

    scripts: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    """Key of a task -> what to do there, in order."""

    name = "recital"
    needs = {}

    def act(self, seen: Trajectory) -> Acting:
        """The next action; none left, or a task without a script: resign."""
        yield from ()
        script, done = self.scripts.get(seen.task.key, ()), len(seen.steps)
        return Decision(script[done]) if done < len(script) else None

    def with_lesson(self, lesson: Lesson) -> Agent:
        """The same: it reads nothing."""
        return self
