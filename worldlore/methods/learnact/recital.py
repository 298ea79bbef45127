"""An agent that recites: given actions, one after the other, whatever is seen.

So code is tried and demonstrations are carried out in the ordinary loop, with its limits, its records and its costs.
"""

from __future__ import annotations

from dataclasses import dataclass

from worldlore.agents.base import Acting, Agent
from worldlore.experience import Decision, Lesson, Trajectory


@dataclass(frozen=True)
class Recital(Agent):
    """Does what is written, then ends the episode."""

    actions: tuple[str, ...] = ()
    """What to do, in order."""

    name = "recital"
    needs = {}

    def act(self, seen: Trajectory) -> Acting:
        """The next action; none left: resign."""
        yield from ()
        done = len(seen.steps)
        return Decision(self.actions[done]) if done < len(self.actions) else None

    def with_lesson(self, lesson: Lesson) -> Agent:
        """The same: it reads nothing."""
        return self
