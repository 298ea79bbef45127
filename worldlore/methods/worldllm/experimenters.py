"""Experimenters: who gathers evidence, and how. Those played here need no learning.

    random        random possible actions; what is listed twice is twice as likely
    oracle        the environment's expert, pursuing the task's goal
    curriculum    playground: a plant, then a small herbivore, then a small and a big one, as the run goes on
    diverse       playground: of n episodes n // 3 grow a small herbivore, (n + 1) // 3 a small and a big one, and
                  (n + 2) // 3 are random, in this order
    enumeration   door: the 27 items in their fixed order, from the first in each collection
    weighing      a language model weighs each possible action, told the best theory, and one is drawn by its weight
    agent         the experiment's own agent, told the best theory
    explorer      playground: learns to go where theories fail (`explorers/`)

All but the last play through the ordinary loop. Where the tasks are used up they begin again, and randomness goes on.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Literal

from worldlore.agents.base import Acting, Agent
from worldlore.agents.weighing import Weighing
from worldlore.config import Config
from worldlore.environments.door import ITEMS
from worldlore.environments.playground import STANDARD, scene
from worldlore.environments.playground.expert import script, search
from worldlore.environments.playground.goals import parse
from worldlore.environments.playground.language import command
from worldlore.environments.playground.world import act
from worldlore.errors import ConfigError, ModelError
from worldlore.experience import (
    Completion,
    Decision,
    Generate,
    Lesson,
    Task,
    Theory,
    Trajectory,
    dumps,
)
from worldlore.methods.worldllm.worlds import World
from worldlore.rollout.practice import Practice

Name = Literal["random", "oracle", "curriculum", "diverse", "enumeration", "weighing", "agent", "explorer"]
_STAGES = ("Grow any plant", "Grow any small_herbivorous", STANDARD)
"""Goals of the curriculum."""


@dataclass(frozen=True)
class Collection:
    """One gathering of evidence."""

    number: int
    """Which it is, from 0."""
    progress: float
    """How far the run is, 0 to 1."""
    count: int
    """Episodes."""
    theory: str
    """The best theory so far; "" for none."""
    tasks: int
    """How many tasks there are to play."""

    @property
    def lesson(self) -> Lesson:
        """What agents are told: the best theory."""
        return Lesson(theories=(Theory(self.theory),))

    def task(self, place: int) -> int:
        """Which task an episode plays."""
        return (self.number * self.count + place) % self.tasks

    def lap(self, place: int) -> int:
        """How often that task was played before: what keeps random play from repeating itself."""
        return (self.number * self.count + place) // self.tasks


@dataclass(frozen=True)
class _Untaught(Agent):
    """Plays by a rule of its own."""

    config: Config = Config()
    needs = {}

    def with_lesson(self, lesson: Lesson) -> Agent:
        """Nothing to learn."""
        return self


@dataclass(frozen=True)
class Blind(_Untaught):
    """A random possible action; other ones when a task is played again."""

    salt: int = 0
    name = "random"

    def act(self, seen: Trajectory) -> Acting:
        """Draw from the listed actions."""
        return Decision(_rng(seen, self.salt).choice(_possible(seen)))
        yield


@dataclass(frozen=True)
class Oracle(_Untaught):
    """What the environment's expert says, as long as it knows."""

    name = "oracle"

    def act(self, seen: Trajectory) -> Acting:
        """Ask the expert; resign where there is no advice."""
        try:
            reply = yield Generate((), to="expert")
        except ModelError:
            return None
        assert isinstance(reply, Completion)
        return Decision(reply.text)


@dataclass(frozen=True)
class Planned(_Untaught):
    """The scripted plan for a goal, made at the beginning; done when it is."""

    goal: str = STANDARD
    name = "planned"

    def act(self, seen: Trajectory) -> Acting:
        """The next command of the plan."""
        plan = planned(self.goal, seen.task)
        return Decision(plan[len(seen.steps)]) if len(seen.steps) < len(plan) else None
        yield


@dataclass(frozen=True)
class Holding(_Untaught):
    """Holds up one item to the door."""

    item: str = ITEMS[0].sentence
    name = "enumeration"

    def act(self, seen: Trajectory) -> Acting:
        """The item."""
        return Decision(self.item)
        yield


def collect(name: Name, practice: Practice, world: World, agent: Agent, collection: Collection) -> Iterator[Trajectory]:
    """Play a collection's episodes; fewer where the budget ends."""
    tasks = [practice.tasks[collection.task(place)] for place in range(collection.count)]
    choose = _CHOICES[name]
    players = [choose(collection, place, world, agent) for place in range(collection.count)]
    # an agent of the user's has no salt: what keeps it from repeating itself is the number of the try
    tries = [collection.lap(place) if name == "agent" else 0 for place in range(collection.count)]
    for (player, first), group in groupby(zip(players, tries, tasks, strict=True), key=lambda one: one[:2]):
        yield from practice.narrowed([task for *_, task in group]).rollouts(player, first=first)


def fits(name: Name, practice: Practice) -> None:
    """ConfigError where an experimenter does not know the world."""
    known = {"curriculum": "playground", "diverse": "playground", "explorer": "playground", "enumeration": "door"}
    worlds = {task.environment for task in practice.tasks}
    if name in known and worlds != {known[name]}:
        raise ConfigError(
            f"experimenter {name!r} knows {known[name]} and the training tasks are of {', '.join(sorted(worlds))}; "
            "use 'random' or 'oracle'"
        )


def planned(goal: str, task: Task) -> tuple[str, ...]:
    """The commands of the scripted plan for a goal in a task's scene; none where it cannot be reached there."""
    return _planned(goal, dumps(dict(task.data)))


@lru_cache(maxsize=1024)
def _planned(goal: str, data: str) -> tuple[str, ...]:
    drawn = scene(json.loads(data))
    state, wishes, commands = drawn.opening, parse(goal), list[str]()
    elsewhere = state._replace(on=-1)  # as published, what one begins on does not count
    for action in script(elsewhere, wishes, drawn.rules) or search(elsewhere, wishes, drawn.rules):
        commands.append(command(action, state))
        state, _ = act(state, action, drawn.rules)
    return tuple(commands)


Choice = Callable[[Collection, int, World, Agent], Agent]
"""Who plays an episode of a collection."""


def _diverse(collection: Collection, place: int, world: World, agent: Agent) -> Agent:
    small, both = collection.count // 3, (collection.count + 1) // 3
    if place < small + both:
        return Planned(goal=_STAGES[1] if place < small else STANDARD)
    return Blind(salt=collection.lap(place))


def _curriculum(collection: Collection, place: int, world: World, agent: Agent) -> Agent:
    return Planned(goal=_STAGES[max(0, int(collection.progress * 3 - 1e-4))])


_CHOICES: dict[str, Choice] = {
    "random": lambda collection, place, world, agent: Blind(salt=collection.lap(place)),
    "oracle": lambda collection, place, world, agent: Oracle(),
    "curriculum": _curriculum,
    "diverse": _diverse,
    "enumeration": lambda collection, place, world, agent: Holding(item=ITEMS[place % len(ITEMS)].sentence),
    "weighing": lambda collection, place, world, agent: Weighing(
        setting=world.setting, salt=collection.lap(place)
    ).with_lesson(collection.lesson),
    "agent": lambda collection, place, world, agent: agent.with_lesson(collection.lesson),
}


def _possible(seen: Trajectory) -> tuple[str, ...]:
    actions = seen.final.actions if seen.final else None
    if not actions:
        raise ConfigError(f"experimenters choose among possible actions, and {seen.task.environment!r} tells none")
    return actions


def _rng(seen: Trajectory, salt: int) -> random.Random:
    return random.Random(f"{salt}:{seen.task.key}:{seen.seed}:{seen.attempt}:{len(seen.steps)}")
