"""What happened as conversations: the data on which a world model is fine-tuned instead of being told a theory.

Each transition is the question a statistician is asked of it, told no theory, and the change as the answer. What
happened more than once is told once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from pydantic import Field

from worldlore.agents.base import Agent
from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import Cost, Transition, transitions
from worldlore.methods.worldllm.experimenters import Collection, Name, collect, fits
from worldlore.methods.worldllm.inference import together
from worldlore.methods.worldllm.records import lived
from worldlore.methods.worldllm.statistician import Statistician
from worldlore.methods.worldllm.worlds import world_in
from worldlore.rollout.practice import Practice
from worldlore.training import Turn


class Gathering(Config):
    """How transitions are gathered."""

    experimenter: Name = "random"
    """Who plays, as in method "worldllm"; not its learning explorer, which goes where theories fail."""
    collections: int = Field(default=8, ge=1)
    """How often each training task is played; "curriculum" moves on from one to the next."""
    run: Path | None = None
    """Instead of playing, what a run of method "worldllm" saw, by learning seed: its folder. So a model is tuned on
    what an explorer sought out (F-LogP, F-ALPEXP in the paper); it is counted as if it had been played now."""

    most: int | None = Field(default=None, ge=1)
    """With `run`: so many episodes of all that it saw, drawn at random; unset: all."""


class Corpus:
    """Gathers transitions in a practice, and tells them."""

    def __init__(self, gathering: Gathering, practice: Practice) -> None:
        if gathering.experimenter == "explorer":
            raise ConfigError(
                "a learning explorer needs theories that fail: let method 'worldllm' explore, and name its run as "
                "transitions.run; or gather with 'random' or 'diverse', say"
            )
        fits(gathering.experimenter, practice)
        self.gathering, self.practice = gathering, practice
        self.statistician = Statistician(practice, world_in(practice))

    def gather(self, agent: Agent) -> tuple[Transition, ...]:
        """Everything that happens, in order, as far as the budget goes."""
        if self.gathering.run is not None:
            return self._seen(self.gathering.run)
        return tuple(step for k in range(self.gathering.collections) for step in self._collected(agent, k))

    def turns(self, found: Sequence[Transition]) -> list[Turn]:
        """The different ones among transitions, as replies to imitate."""
        self.statistician.discover(found)
        distinct = dict.fromkeys(Transition(t.state, t.action, t.change) for t in found)
        return [Turn(self.statistician.request("", one, (one.change,)).messages, one.change) for one in distinct]

    def _seen(self, run: Path) -> tuple[Transition, ...]:
        """What a run saw in its learning seed of the same number; the test's tasks are refused."""
        if not run.is_dir():
            raise ConfigError(f"transitions.run: there is no run {run}; run the page that makes it first")
        folder, environment = run / f"seed-{self.practice.seed}", self.practice.stage.environment()
        try:
            tasks = environment.tasks("train")
        finally:
            environment.close()
        if not folder.is_dir():
            there = ", ".join(path.name for path in sorted(run.glob("seed-*"))) or "none"
            raise ConfigError(f"transitions.run: {run} holds no learning seed {self.practice.seed}; there: {there}")
        found = lived(folder, tasks, self.statistician.world)
        clash = next((one.task for one in found if one.task in self.practice.tested), None)
        if clash is not None:
            raise ConfigError(f"transitions.run: {run} saw a task of the test; name a run that trained on others")
        if (most := self.gathering.most) is not None and most < len(found):
            found = Random(f"corpus {self.practice.seed}").sample(found, most)
        self.practice.spend(Cost(episodes=len(found), steps=sum(len(one.course) for one in found)))
        return together([one.course for one in found])

    def _collected(self, agent: Agent, number: int) -> Iterator[Transition]:
        count, last = len(self.practice.tasks), self.gathering.collections - 1
        collection = Collection(number, number / max(1, last), count, "", count)
        name, world = self.gathering.experimenter, self.statistician.world
        for trajectory in collect(name, self.practice, world, agent, collection):
            yield from transitions(trajectory)
