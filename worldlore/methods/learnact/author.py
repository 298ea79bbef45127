"""What passes between the loop and an author: a candidate goes out to be tried and comes back with a score.

An author never plays for a score; the loop never writes code. Whatever an author does must be asked and played in the
same order each time, for a resumed run finds it on disk in that order.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

from worldlore.agents.base import Agent
from worldlore.experience import Action, Lesson, Step, Trajectory

Kind = Literal["given", "created", "update", "note"]
"""How a candidate came to be: known from the start, proposed anew, its code changed, a note added."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A set of learned actions that may become the lesson."""

    actions: tuple[Action, ...]
    """All of them, those known from the start included."""
    cases: tuple[Trajectory, ...] = ()
    """Demonstrations of their use: carried out, never imagined."""
    story: tuple[str, ...] = ()
    """What was done to it so far, in words."""
    kind: Kind = "created"
    """What was done to it last."""

    @property
    def lesson(self) -> Lesson:
        """What whoever tries it is taught."""
        return Lesson(actions=self.actions, cases=self.cases)


@dataclass(frozen=True, slots=True)
class Score:
    """How a trial went; every part is in [0, 1]."""

    success: float
    """Mean success of the episodes that were measured."""
    correction: float
    """Share of the calls of learned actions in which nothing failed; 0 where there were no calls."""
    call_ratio: float
    """Share of all steps that were such calls."""
    used_ratio: float
    """Share of all steps that called a learned action, failed or not; logged, never counted."""
    total: float
    """What candidates are compared by."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A candidate after its trial."""

    candidate: Candidate
    """With calls and failures counted on its actions."""
    played: tuple[Trajectory, ...]
    """One episode a training instance, in their order."""
    score: Score
    """What it was worth."""


@dataclass(frozen=True, slots=True)
class Failing:
    """The call to be put right."""

    trajectory: Trajectory
    """The episode it happened in."""
    step: int
    """Which of its steps."""
    action: str
    """Name of the learned action that failed."""

    @property
    def at(self) -> Step:
        """The step itself."""
        return self.trajectory.steps[self.step]


class Author(ABC):
    """Where proposals come from: a language model, or what trajectories have in common."""

    @property
    def calls(self) -> int:
        """Requests to models it made so far."""
        return 0

    @abstractmethod
    def create(self) -> list[Candidate]:
        """The first proposals, best guess first; none where nothing could be made."""

    @abstractmethod
    def revise(self, best: Tried, failing: Failing) -> list[Candidate]:
        """New candidates from the best one, in the light of its first failing call; `best` itself is not among them."""

    @abstractmethod
    def player(self, candidate: Candidate) -> Agent:
        """Who tries a candidate on the training instances."""

    @abstractmethod
    def finish(self, best: Tried) -> Lesson:
        """What the winner leaves; its metrics are joined with the loop's."""
