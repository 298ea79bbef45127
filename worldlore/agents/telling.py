"""What opens a conversation: the world, what may be called in it, what was learned, and examples.

Where actions are commands, that is the manual, the knowledge and the cases. Where they are programs, it is

    instruction · functions · learned actions · knowledge · notes · examples · (task, first observation)

and the notes may also stand behind the examples, behind the task, or nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from worldlore.agents.manual import manual, section
from worldlore.agents.recall import Memory
from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import Action, Message, Observation, Task, Trajectory, listed


class TellingConfig(Config):
    """Keys of every agent that is told something."""

    manual: str = ""
    """Which prompt file opens the conversation; "" takes the environment's own, "none" takes none."""
    cases: int = 2
    """How many remembered cases are shown, where the lesson holds some."""
    demonstration: bool = True
    """Show the prompt file's demonstration, where actions are programs; it takes 200 to 4,000 tokens."""
    examples: Literal["learned", "own", "none"] = "learned"
    """Which come first, the lesson's cases or the prompt file's demonstration; or no examples at all."""
    describe: bool = True
    """Tell what learned actions do, not only their signatures."""
    notes: Literal["before", "after", "goal", "none"] = "before"
    """Where the notes on learned actions stand: before or after the examples, after the task, or nowhere."""


@dataclass(frozen=True)
class Telling:
    """Finds the words for one task."""

    config: TellingConfig
    """Keys."""
    memory: Memory
    """What was taught."""
    task: Task
    """What is to be done."""
    functions: tuple[str, ...] | None
    """What a program may call; None where actions are commands."""

    @staticmethod
    def of(config: TellingConfig, memory: Memory, seen: Trajectory) -> Telling:
        """For the task of a trajectory."""
        return Telling(config, memory, seen.task, first(seen).functions)

    def opening(self, form: str, cases: Sequence[str], shown: str) -> str:
        """Everything before the task; `form` asks for a reply, `shown` names the demonstration's section."""
        examples = self._ordered(cases, shown)
        notes = [self.notes]
        told = [self._world(form), *self._calls(), *self.memory.texts]
        told += {"before": notes + examples, "after": examples + notes}.get(self.config.notes, examples)
        return joined(told)

    @property
    def reminder(self) -> str:
        """What stands behind the task."""
        return self.notes if self.config.notes == "goal" else ""

    @property
    def notes(self) -> str:
        """The notes on learned actions."""
        lines = [f"{action.signature}: {' '.join(action.notes)}" for action in self._learned() if action.notes]
        return "\n".join(["Notes on the learned functions:", *lines]) if lines else ""

    def section(self, title: str) -> str:
        """What the prompt file says under a heading."""
        return "" if self.config.manual == "none" else section(self._file, title)

    def _world(self, form: str) -> str:
        if self.config.manual == "none":
            return "" if self.functions is None else form
        return joined([manual(self._file) if self.functions is None else self.section("programs"), form], " ")

    @property
    def _file(self) -> str:
        return self.config.manual or self.task.environment

    def _calls(self) -> list[str]:
        if not self.functions:
            return []
        learned = [self._described(action) for action in self._learned()]
        parts = ["\n".join(["Functions:", *self.functions])]
        return [*parts, "\n".join(["Learned functions, made of the others:", *learned])] if learned else parts

    def _learned(self) -> tuple[Action, ...]:
        if self.functions is None:
            return ()
        primitives = frozenset(line.partition("(")[0].strip() for line in self.functions)
        return listed(self.memory.actions, primitives)

    def _described(self, action: Action) -> str:
        return f"{action.signature}: {action.about}" if self.config.describe and action.about else action.signature

    def _ordered(self, cases: Sequence[str], shown: str) -> list[str]:
        shows = self.config.demonstration and self.functions is not None
        own = [f"An example:\n{text}" for text in [self.section(shown)] if text and shows]
        learned = list(cases)
        return {"learned": learned + own, "own": own + learned}.get(self.config.examples, [])


def must_program(agent: str, seen: Trajectory) -> None:
    """ConfigError where the world takes commands, for agents that write nothing but programs."""
    if first(seen).functions is None:
        world = seen.task.environment
        raise ConfigError(
            f"agent {agent!r} writes programs, and environment {world!r} takes commands; wrap it: "
            f'[environment] name = "programs", inner = {{ name = {world!r} }}'
        )


def must_command(agent: str, seen: Trajectory) -> None:
    """ConfigError where actions are programs, for agents that weigh or learn commands."""
    if first(seen).functions is not None:
        raise ConfigError(
            f"agent {agent!r} gives commands, and environment {seen.task.environment!r} is played in Python here; take "
            'the world without [environment] name = "programs"'
        )


def first(seen: Trajectory) -> Observation:
    """The observation an episode began with."""
    beginning = seen.steps[0].observation if seen.steps else seen.final
    assert beginning is not None
    return beginning


def goal_of(seen: Trajectory) -> str:
    """The task in a sentence: the line of the first observation that tells it, as far as there is one."""
    goal = seen.task.goal
    return next((line for line in first(seen).text.splitlines() if goal in line), f"The task: {goal}")


def joined(parts: Iterable[str], by: str = "\n\n") -> str:
    """What is not empty, in one text."""
    return by.join(part for part in parts if part)


def ended_with(messages: tuple[Message, ...], words: str) -> tuple[Message, ...]:
    """The conversation with words at the end of its last user turn."""
    at = max((i for i, message in enumerate(messages) if message.role == "user"), default=None)
    if at is None:
        return (*messages, Message("user", words))
    return (*messages[:at], Message("user", f"{messages[at].content}\n\n{words}"), *messages[at + 1 :])
