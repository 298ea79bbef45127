"""What an agent is asked at each step: as it was, as training takes it, or as it would be without examples.

Examples (remembered cases, demonstrations, solved tasks as turns) help while playing and are many tokens to train on.
Training leaves out the solved tasks; where no example at all is wanted, the run's own agent is asked anew at every
moment. The replies stay those that were written. An expert's course holds no reply of a model: there it is told what
this agent would have had to write.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from worldlore.agents import AGENTS, Agent
from worldlore.agents.dialogues import without_examples
from worldlore.agents.retell import retold
from worldlore.errors import ConfigError
from worldlore.experience import Generate, Lesson, Message, Trajectory, Tree
from worldlore.experiments.store import SeedRun
from worldlore.methods.densepolicy import Pair
from worldlore.training import Turn

_NONE = {"examples": "none", "shots": 0}
"""Keys of agents that show examples, and the values that show none."""


@dataclass(frozen=True)
class Asking:
    """The agent of a run, and whether it shows examples."""

    book: SeedRun
    """What it played."""
    taught: bool
    """Whether it had learned: it has in the test."""
    examples: bool | None
    """Whether examples stay in its prompts; None: all but solved tasks shown as turns, as in training."""

    @staticmethod
    def of(book: SeedRun, part: str, examples: bool | None) -> Asking:
        """For a part of a run."""
        return Asking(book, part == "test", examples)

    def pair(self, tree: Tree, pair: Pair) -> Pair:
        """A pair with the prompt that is asked for."""
        if self.examples is not False:
            return replace(pair, messages=self._kept(pair.messages))
        node = tree.nodes[pair.better]
        steps = tuple(tree.nodes[i].step for i in tree.path(node.parent))
        seen = Trajectory(tree.task, tree.seed, steps=steps, final=node.step.observation)
        return replace(pair, messages=self._asked(seen))

    def turns(self, episode: Trajectory) -> Iterator[Turn]:
        """What the policy was asked and wrote at each step; of an expert's course, what this agent would have."""
        if not any(step.said() for step in episode.steps):
            episode = retold(self._agent, episode)
        for at, step in enumerate(episode.steps):
            if (said := step.said()) is not None:
                seen = replace(episode, steps=episode.steps[:at], final=step.observation)
                yield Turn(self._asked(seen) if self.examples is False else self._kept(said[0]), said[1])

    def _kept(self, messages: tuple[Message, ...]) -> tuple[Message, ...]:
        return messages if self.examples else without_examples(messages)

    def _asked(self, seen: Trajectory) -> tuple[Message, ...]:
        request = next(self._agent.act(seen), None)
        if not (isinstance(request, Generate) and request.to == "policy"):
            raise ConfigError(
                f"agent {self._agent.name!r} asks others before it decides, so its prompts cannot be told without "
                "examples; export them with"
            )
        return request.messages

    @cached_property
    def _agent(self) -> Agent:
        """The agent as it played; without examples, if they are not wanted."""
        page = self.book.run.record["experiment"]
        table = dict(page["agent"])
        if self.examples is False:
            table |= {key: none for key, none in _NONE.items() if key in table}
        agent: Agent = AGENTS.build(table)
        for lesson in self._lessons(page.get("lesson")):
            agent = agent.with_lesson(lesson)
        return agent

    def _lessons(self, start: str | None) -> Iterator[Lesson]:
        if start is not None:
            if not Path(start).is_dir():
                raise ConfigError(f"the run began with the lesson in {start}, which is not here; put it there")
            yield Lesson.load(Path(start))
        if self.taught and (learned := self.book.lesson()) is not None:
            yield learned
