"""What happened in one episode, step by step.

Rewards sum to a score in [0, 1]. A trajectory still being played has no `stop`; its `final` is what the agent
sees now. A score that was not measured is absent: an episode that failed has `success` None, never False.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from worldlore.experience.messages import Call, Completion, Generate, Message
from worldlore.experience.task import Task


class Stop(StrEnum):
    """Why an episode ended."""

    TERMINATED = "terminated"
    """The environment said the task is over, won or lost."""
    MAX_STEPS = "max_steps"
    """The loop's patience ended."""
    MAX_TOKENS = "max_tokens"
    """The conversation outgrew the model's context."""
    UNPARSED = "unparsed"
    """The agent found no action in what the model wrote."""
    RESIGNED = "resigned"
    """The agent ended the episode itself."""
    FAILED = "failed"
    """A model or an environment failed; `error` says how."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What an agent sees."""

    text: str
    """In words."""
    actions: tuple[str, ...] | None = None
    """The admissible actions, where the environment knows them."""
    functions: tuple[str, ...] | None = None
    """What an action written as a program may call, "move(from, to): what it does"; told once, at the beginning."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What an agent does."""

    action: str
    """Sent to the environment as it is."""
    thought: str = ""
    """Why, in the agent's words; the environment never sees it."""
    grounds: Mapping[str, Any] = field(default_factory=dict[str, Any], hash=False)
    """Why, in numbers, for agents that weigh; for the record, JSON values only."""
    read: str | None = field(default=None, compare=False)
    """The reply it was read from, where a model was asked several times and that was not the last one."""


@dataclass(frozen=True, slots=True)
class Step:
    """One observation, what the agent did about it, and what that earned."""

    observation: Observation
    """What the agent saw before it acted."""
    decision: Decision
    """What it did."""
    reward: float = 0.0
    """Reward of this action alone."""
    info: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """For the record; agents never read it. JSON values only."""
    calls: tuple[Call, ...] = ()
    """The exchanges with models that led to the decision."""

    def exchange(self, role: str = "policy") -> tuple[Generate, Completion] | None:
        """The request to a role, and the reply, that the decision was read from; None if it was not asked."""
        told = [
            (asked, reply)
            for call in self.calls
            if isinstance(asked := call.request, Generate)
            and asked.to == role
            and isinstance(reply := call.reply, Completion)
        ]
        read = self.decision.read
        return next((one for one in reversed(told) if one[1].text == read), told[-1] if told else None)

    def said(self, role: str = "policy") -> tuple[tuple[Message, ...], str] | None:
        """What the model in a role was asked, and what it wrote, words alone; None if it was not asked."""
        found = self.exchange(role)
        return (found[0].messages, found[1].text) if found else None


@dataclass(frozen=True, slots=True)
class Trajectory:
    """One episode: whole, or so far."""

    task: Task
    """What was to be done."""
    seed: int
    """Seed of the environment and, with `attempt`, of the sampling."""
    attempt: int = 0
    """Which try at the task this is."""
    steps: tuple[Step, ...] = ()
    """In order."""
    final: Observation | None = None
    """What the agent saw last; None if not even the reset succeeded."""
    stop: Stop | None = None
    """Why it ended; None while it is being played."""
    success: bool | None = None
    """Whether the task was done; None where that was not measured."""
    error: str | None = None
    """What failed, where `stop` is FAILED, MAX_TOKENS or UNPARSED."""
    unfinished: tuple[Call, ...] = ()
    """Exchanges after the last step, which led to no decision."""

    @property
    def score(self) -> float | None:
        """Sum of the rewards, in [0, 1]; None where the episode failed."""
        return None if self.success is None else sum(step.reward for step in self.steps)

    @property
    def calls(self) -> tuple[Call, ...]:
        """Every exchange with a model, in order."""
        return tuple(call for step in self.steps for call in step.calls) + self.unfinished

    @property
    def actions(self) -> tuple[str, ...]:
        """What was done, in order."""
        return tuple(step.decision.action for step in self.steps)
