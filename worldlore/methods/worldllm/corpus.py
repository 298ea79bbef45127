"""What happened as conversations: the data on which a world model is fine-tuned instead of being told a theory.

Each transition is the question a statistician is asked of it, told no theory, and the change as the answer. What
happened more than once is told once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from worldlore.agents.base import Agent
from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import Transition, transitions
from worldlore.methods.worldllm.experimenters import Collection, Name, collect, fits
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


class Corpus:
    """Gathers transitions in a practice, and tells them."""

    def __init__(self, gathering: Gathering, practice: Practice) -> None:
        if gathering.experimenter == "explorer":
            raise ConfigError("a learning explorer needs theories that fail; gather with 'random' or 'diverse', say")
        fits(gathering.experimenter, practice)
        self.gathering, self.practice = gathering, practice
        self.statistician = Statistician(practice, world_in(practice))

    def gather(self, agent: Agent) -> tuple[Transition, ...]:
        """Everything that happens, in order, as far as the budget goes."""
        return tuple(step for k in range(self.gathering.collections) for step in self._collected(agent, k))

    def turns(self, found: Sequence[Transition]) -> list[Turn]:
        """The different ones among transitions, as replies to imitate."""
        self.statistician.discover(found)
        distinct = dict.fromkeys(Transition(t.state, t.action, t.change) for t in found)
        return [Turn(self.statistician.request("", one, (one.change,)).messages, one.change) for one in distinct]

    def _collected(self, agent: Agent, number: int) -> Iterator[Transition]:
        count, last = len(self.practice.tasks), self.gathering.collections - 1
        collection = Collection(number, number / max(1, last), count, "", count)
        name, world = self.gathering.experimenter, self.statistician.world
        for trajectory in collect(name, self.practice, world, agent, collection):
            yield from transitions(trajectory)
