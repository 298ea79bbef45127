"""The same loop in many processes and on many machines, by Ray.

    [cluster]
    actors = 4                  # a local Ray is started and stopped; or address = "auto", "10.0.0.1:6379"

    distribute.py    a stage whose work is done by a crew        cluster.py   Ray: started here, or joined
    crew.py          actors, what they are dealt, lost ones      handout.py   each piece done once, results in order
    player.py        what goes on in an actor

An actor is a process with environments and models of its own, made there and placed by what they need. The driver deals
out episodes and trees one by one and writes down what comes back in the order a serial run would: the trajectories are
the same, since nothing in an episode depends on what is played beside it.

The driver trains and keeps the run's folder; it asks its own models nothing. Actors on other machines must find the
working folder, the weights and Worldlore itself at the same paths, and they keep no response cache: a file cannot be
shared safely between machines.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from worldlore.experience import Lesson
from worldlore.rollout.crew import Crew
from worldlore.rollout.loop import Doing, Stage
from worldlore.rollout.player import Part

X = TypeVar("X")
T = TypeVar("T")


@dataclass(frozen=True)
class Distributed(Stage):
    """A stage whose work is done by a crew."""

    crew: Crew = field(kw_only=True)
    """Who does it."""
    weights: tuple[Mapping[str, Path], ...] = ()
    """By role, the weights the models took, one lesson's after the other's."""

    def perform(self, doing: Doing[X, T], items: Iterable[X], width: int) -> Generator[T, None, None]:
        """Do the same job for each item; the results in the order of the items."""
        identities = {role: model.identity for role, model in self.models.items()}
        part = Part(self.environment, self.limits, self.weights, identities)
        return self.crew.perform((part, doing), items, width, self.models)

    def with_lesson(self, lesson: Lesson) -> Stage:
        """The same stage with the lesson's weights and actions, here and in every actor."""
        taught = super().with_lesson(lesson)
        return replace(taught, weights=(*self.weights, lesson.weights)) if lesson.weights else taught
