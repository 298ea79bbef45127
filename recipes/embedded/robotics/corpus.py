"""What the model reads: single moments of robotic tasks, as the agent `act` sees them, and what the expert does next.

The worlds' own generators draw the tasks, from seeds of this recipe, small ones first; a task that agents are measured
on is drawn again. Two things make the model sturdier than imitation would:

- detours: in some episodes random possible actions come first or in between, and the expert goes on from there; only
  what the expert does after them is read;
- functions made at random (`functions.py`): in some episodes the prompt tells learned functions, and the expert's
  course is told in them. None of them is one that the examples mine.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from random import Random

from recipes.embedded.language import Lesson
from recipes.embedded.robotics.functions import Functions, told_in
from recipes.embedded.robotics.tasks import SHARES, drawn
from worldlore.agents.act import Act, ActConfig
from worldlore.agents.recall import Memory
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.programs import Programs
from worldlore.experience import Decision, Message, Step, Task, Trajectory

PART = 8
"""Moments that are read of an episode."""
STEPS = 80
"""Actions in the longest episode that is kept."""
DETOURS = 0.4
"""Share of the episodes with a detour."""
LONGEST = 5
"""Actions of a detour at most."""
TAUGHT = 0.35
"""Share of the episodes with learned functions."""
FIRST, GROWN = 0.5, 24_000
"""Tasks grow: of the greatest size, the first lessons have this share, and those from this one on all of it."""
ASKED = {"manual": "none", "window": 0, "cases": 0, "demonstration": False}
"""Keys of `act`, as the examples set them."""


class Moments:
    """Moments without end, the same ones in the same order for a seed."""

    def __init__(self, seed: int, detours: float = DETOURS, taught: float = TAUGHT):
        self._seed, self._detours, self._taught = seed, detours, taught

    def read(self, first: int, count: int) -> Iterator[Lesson]:
        """The lessons `first` to `first + count` - 1."""
        for episode in range(first // PART, (first + count - 1) // PART + 1):
            for at, lesson in enumerate(self.episode(episode), start=episode * PART):
                if first <= at < first + count:
                    yield lesson

    def episode(self, index: int) -> list[Lesson]:
        """Moments of one episode."""
        rng = Random(f"{self._seed} {index}")
        share = min(1.0, FIRST + (1 - FIRST) * index * PART / GROWN)
        while True:
            [name] = rng.choices(list(SHARES), list(SHARES.values()))
            world = _world(name)
            seen, begun = self._played(world, drawn(name, rng, share), rng)
            if seen.success and len(seen.steps) > begun:
                functions = (
                    Functions.drawn(seen, begun, world.primitives, rng)
                    if rng.random() < self._taught * share**2
                    else None
                )
                told = told_in(functions, seen, world.primitives, begun)
                picks = rng.sample(told, PART) if len(told) >= PART else rng.choices(told, k=PART)
                agent = _agent(functions)
                return [_lesson(agent, seen, at, said) for at, said in picks]

    def _played(self, world: Programs, task: Task, rng: Random) -> tuple[Trajectory, int]:
        """An episode, and the first step after its detour."""
        seen, steps = world.reset(task, 0), list[Step]()
        strays = range(0)
        if rng.random() < self._detours:
            start = rng.choice((0, rng.randrange(12)))
            strays = range(start, start + rng.randint(1, LONGEST))
        while len(steps) < STEPS:
            action = rng.choice(seen.actions or ("",)) if len(steps) in strays else world.expert()
            if action is None:
                break
            outcome = world.step(action)
            steps.append(Step(seen, Decision(action), outcome.reward, info=outcome.info))
            seen = outcome.observation
            if outcome.done:
                return Trajectory(task, 0, steps=tuple(steps), final=seen, success=outcome.success), strays.stop
        return Trajectory(task, 0, steps=tuple(steps), final=seen, success=False), strays.stop


def _lesson(agent: Act, seen: Trajectory, at: int, said: str) -> Lesson:
    """The moment before step `at`."""
    here = replace(seen, steps=seen.steps[:at], final=seen.steps[at].observation)
    return Lesson((*agent.conversation(here), Message("assistant", said)))


def _agent(functions: Functions | None) -> Act:
    if functions is None:
        return Act(ActConfig(**ASKED, describe=False))
    return Act(ActConfig(**ASKED, describe=functions.described), Memory(actions=functions.actions))


@cache
def _world(name: str) -> Programs:
    return ENVIRONMENTS.build(
        {"name": "programs", "observe": "state", "inner": {"name": name, "state": "whole", "actions": True}}
    )
