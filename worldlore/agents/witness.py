"""The world knowledge model's side of an episode: what it is asked, and what it has answered so far.

    user        what it is for, perhaps examples · the first observation, the task with it · "Task knowledge:"
    assistant   task knowledge
    user        "State knowledge:"
    assistant   state knowledge of the beginning
    user        the action, what was seen then · "State knowledge:"
    assistant   state knowledge, and so on

The same words are spoken in training and in play. Without task knowledge the first two turns are one with the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from worldlore.agents.act import ActConfig
from worldlore.agents.primer import known, task_example
from worldlore.agents.telling import first, joined
from worldlore.experience import Completion, Generate, Message, Step, Task, Trajectory

PURPOSE = (
    "You know the world in which somebody carries out a task. Before the task you write task knowledge: how such "
    "tasks are done, and what should not be done. After each step you write state knowledge: what was tried, what is "
    "at hand, and why an action failed. Be brief."
)
_TASK, _STATE = "Task knowledge:", "State knowledge:"


class WitnessConfig(ActConfig):
    """Keys of an agent that asks a world knowledge model: for what, and what it is told."""

    task_knowledge: bool = True
    """Ask for task knowledge, and tell it to the policy."""
    state: Literal["fusion", "explicit", "none"] = "fusion"
    """What becomes of state knowledge: a question to the case base, told to the policy, or never asked for."""
    embedder: str = "world"
    """Role that turns state knowledge into a vector."""
    purpose: bool = True
    """Tell the world knowledge model what it is for; a small one that was trained for it needs no telling."""
    few_shot: bool = False
    """Show it examples of knowledge, those of the world's file, too; for one that was not trained."""
    primer: str = ""
    """Which file has those examples: a path ending in .md; "" takes the world's own in `prompts/knowledge/`."""
    task_tokens: int = Field(default=512, ge=1)
    """Longest task knowledge."""
    state_tokens: int = Field(default=128, ge=1)
    """Longest state knowledge."""

    def introduced(self, task: Task) -> str:
        """What it is told before the first observation."""
        examples = shown(self.primer or task.environment, task) if self.few_shot else ""
        return joined([PURPOSE if self.purpose else "", examples])


def shown(name: str, task: Task) -> str:
    """Examples of both kinds of knowledge, of other tasks, from the world's file; "" where it has none."""
    parts = {
        "An example of task knowledge": task_example(name, task),
        "An example of state knowledge": known(name, "state knowledge"),
    }
    return joined(f"{title}:\n{text}" for title, text in parts.items() if text)


@dataclass(frozen=True)
class Witness:
    """What was seen and what is known of it."""

    seen: Trajectory
    """The episode so far."""
    task: str = ""
    """Task knowledge; "" if none was asked for."""
    states: tuple[str, ...] = ()
    """State knowledge, one for each moment, the present one last once it was asked for."""

    opening: str = PURPOSE
    """What it is told before the first observation: what it is for, and examples where it was not trained."""

    @staticmethod
    def of(seen: Trajectory, opening: str = PURPOSE) -> Witness:
        """With what was said at earlier steps of the episode."""
        said = [list(_said(step)) for step in seen.steps]
        asked_first = [text for question, text in said[0] if question.endswith(_TASK)] if said else []
        states = tuple(text for step in said for question, text in step if question.endswith(_STATE))
        return Witness(seen, asked_first[0] if asked_first else "", states, opening)

    def task_question(self) -> tuple[Message, ...]:
        """What is asked before the task."""
        return (self._opened(_TASK),)

    def state_question(self) -> tuple[Message, ...]:
        """What is asked at the present moment."""
        turns = [*self.task_question(), Message("assistant", self.task), Message("user", _STATE)]
        if not self.task:
            turns = [self._opened(_STATE)]
        after = [step.observation for step in self.seen.steps[1:]] + [self.seen.final]
        for state, step, observation in zip(self.states, self.seen.steps, after, strict=False):
            assert observation is not None
            happened = f"> {step.decision.action}\n{observation.text}\n{_STATE}"
            turns += [Message("assistant", state), Message("user", happened)]
        return tuple(turns)

    def _opened(self, question: str) -> Message:
        return Message("user", joined([self.opening, f"{first(self.seen).text}\n{question}"]))


def _said(step: Step) -> Iterator[tuple[str, str]]:
    """The last words of each question to the world model at a step, and its answer."""
    for call in step.calls:
        asked, reply = call.request, call.reply
        if asked.to == "world" and isinstance(asked, Generate) and isinstance(reply, Completion):
            yield asked.messages[-1].content, reply.text.strip()
