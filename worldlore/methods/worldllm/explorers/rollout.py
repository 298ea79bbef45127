"""A rollout: many scenes played side by side for some steps, and kept as episodes of bare actions.

Every scene begins anew at the start, is followed by another when it ends, and is cut off at the last step; the tail is
kept. Actions and tasks are all that is stored, a line a rollout (some 15 kB for 3,600 steps), for the world has no
chance in it: words and kinds are made from them again, the same ones, whenever they are asked for. Episodes are told
scene by scene, as published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from random import Random
from typing import Literal, Protocol

import numpy as np

from worldlore.environments.playground import KINDS, Scene, scene
from worldlore.environments.playground.language import Wording, action_text, state_text
from worldlore.environments.playground.vector import Scenes, Steps
from worldlore.environments.playground.world import act
from worldlore.errors import BudgetSpent
from worldlore.experience import Task, Transition
from worldlore.methods.worldllm.explorers.rewards import Array, Kinds
from worldlore.methods.worldllm.worlds import Course


@dataclass(frozen=True, slots=True)
class Episode:
    """What was done in one scene from its beginning on."""

    task: str
    """Id of the training task."""
    place: int
    """Which of the scenes side by side it was."""
    actions: tuple[int, ...]
    """Numbers of the actions."""
    ended: Literal["won", "stuck", "time", "cut"]
    """The goal was reached; nothing could be done any more; time was up; the rollout was over."""


@dataclass(frozen=True, slots=True)
class Rollout:
    """Everything that was done in one phase."""

    number: int
    """Of the collection."""
    episodes: tuple[Episode, ...]
    """Scene by scene, each in the order of time."""

    @property
    def steps(self) -> int:
        """Of all scenes together."""
        return sum(len(episode.actions) for episode in self.episodes)


class Player(Protocol):
    """Who acts in a rollout."""

    def act(self, observations: np.ndarray, masks: np.ndarray) -> np.ndarray:
        """One possible action for each scene."""
        ...

    def see(self, step: Steps) -> None:
        """What came of them."""
        ...


class Deal:
    """Training tasks without end, in an order of the rollout's own; and a note of which were taken."""

    def __init__(self, tasks: Sequence[Task], order: Random, most: int | None = None) -> None:
        self.tasks, self.order, self.most = tasks, order, most
        self.taken: list[str] = []

    def __iter__(self) -> Iterator[Scene]:
        while True:
            for task in self.order.sample(self.tasks, len(self.tasks)):
                self.taken.append(task.id)
                yield scene(task.data)

    def afford(self, episodes: int) -> None:
        """BudgetSpent where more episodes were begun than there may be."""
        if self.most is not None and episodes > self.most:
            raise BudgetSpent(f"exploring may begin {self.most} more episodes, and they are spent")


@dataclass
class Sitting:
    """Scenes being played, and the record of it."""

    deal: Deal
    """Where scenes come from."""
    scenes: Scenes
    """Those in play."""
    episodes: list[list[Episode]]
    """By place; the last of each is being played."""

    @staticmethod
    def begin(deal: Deal, count: int, max_steps: int) -> Sitting:
        """New scenes everywhere."""
        scenes = Scenes(iter(deal), count, max_steps)
        return Sitting(deal, scenes, [[Episode(task, place, (), "cut")] for place, task in enumerate(deal.taken)])

    def step(self, player: Player) -> None:
        """One action in every scene."""
        taken = len(self.deal.taken)
        self.deal.afford(taken)
        step = self.scenes.step(player.act(self.scenes.observations, self.scenes.masks))
        player.see(step)
        new = iter(self.deal.taken[taken:])
        for place, action in enumerate(step.actions.tolist()):
            going = self.episodes[place]
            ended = _ending(step, place)
            going[-1] = replace(going[-1], actions=(*going[-1].actions, action), ended=ended)
            if ended != "cut":
                going.append(Episode(next(new), place, (), "cut"))

    def rollout(self, number: int) -> Rollout:
        """What was played; scenes that were only laid out are left out."""
        return Rollout(number, tuple(e for going in self.episodes for e in going if e.actions))


def _ending(step: Steps, place: int) -> Literal["won", "stuck", "time", "cut"]:
    if step.terminated[place]:
        return "won" if step.rewards[place] else "stuck"
    return "time" if step.truncated[place] else "cut"


def told(rollout: Rollout, tasks: Mapping[str, Task], wording: Wording) -> list[Course]:
    """The episodes in words."""
    return [course for course, _ in ended(rollout, tasks, wording)]


def ended(rollout: Rollout, tasks: Mapping[str, Task], wording: Wording) -> Iterator[tuple[Course, str]]:
    """The episodes in words, each with the state it ended in."""
    return (_course(episode, scene(tasks[episode.task].data), wording) for episode in rollout.episodes)


def _course(episode: Episode, drawn: Scene, wording: Wording) -> tuple[Course, str]:
    state, course = drawn.opening, list[Transition]()
    for action in episode.actions:
        after, change = act(state, action, drawn.rules)
        course.append(Transition(state_text(state), action_text(action, state), wording.change(change), change.kind))
        state = after
    return tuple(course), state_text(state)


def grid(flat: Array, scenes: int) -> Array:
    """(steps, scenes) from what is told scene by scene."""
    return flat.reshape(scenes, -1).T


def kinds_of(transitions: Sequence[Transition], scenes: int) -> Kinds:
    """(steps, scenes): the kind of each transition."""
    places = {kind: place for place, kind in enumerate(KINDS)}
    return np.array([places[t.kind] for t in transitions], np.int8).reshape(scenes, -1).T


def firsts(courses: Sequence[Course]) -> dict[str, float]:
    """Kind -> the step of an episode, from 1, that brought it about first; the mean over episodes that saw it."""
    found: list[tuple[str, int]] = []
    for course in courses:
        when = {step.kind: len(course) - back for back, step in enumerate(reversed(course))}
        found += when.items()
    found.sort()
    return {kind: float(np.mean([step for _, step in same])) for kind, same in groupby(found, key=lambda pair: pair[0])}
