"""The plain agent: shown what happened so far, it answers with one action, a command or a line of Python.

The conversation is: one user turn with the manual of the environment, what the agent was taught and the first
observation; then action, observation, action, … An earlier reply is repeated exactly as the model wrote it, so
that what is trained on is what was sampled and a model can reuse its computation of everything before.

Actions are programs where the first observation tells functions (see `environments/programs/`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import Field

from worldlore.agents import replies
from worldlore.agents.base import Acting, Agent
from worldlore.agents.recall import Memory
from worldlore.agents.telling import Telling, TellingConfig, first, goal_of, joined
from worldlore.errors import Unparsed
from worldlore.experience import (
    Completion,
    Decision,
    Generate,
    Lesson,
    Message,
    Observation,
    Sampling,
    Step,
    Trajectory,
)


class ActConfig(TellingConfig):
    """Keys of agent "act"."""

    temperature: float = 0.0
    """Sampling temperature of actions."""
    top_p: float = 1.0
    """Nucleus of the sampling."""
    max_tokens: int | None = None
    """Longest reply; unset: 64, or 192 where actions are programs."""
    list_actions: bool = False
    """Show the admissible actions under each observation, where the environment tells them."""
    window: int | None = Field(default=None, ge=0)
    """How many past steps stay in the conversation, the task always does; unset: all (LearnAct: 10, ALFWorld 25)."""
    again: int = 1
    """How often a reply without an action is asked again before the episode ends."""


@dataclass(frozen=True)
class Form:
    """How a reply is asked for."""

    request: str
    """Closes the instruction."""
    reminder: str
    """Said to a reply that holds no action."""
    stop: tuple[str, ...]
    """Where a reply ends."""
    longest: int
    """Longest reply in tokens, where the configuration says nothing."""


@dataclass(frozen=True)
class Act(Agent):
    """Observation in, action out."""

    config: ActConfig = ActConfig()
    """Its keys."""
    memory: Memory = Memory()
    """What the lesson brought."""

    name = "act"
    Config = ActConfig
    format = "Answer with one action and nothing else."
    reminder = "That was no action. Answer with one action and nothing else."
    stop: ClassVar[tuple[str, ...]] = ("\n",)
    longest = 64
    programs: ClassVar[Form] = Form(
        "Answer with one line of Python that calls these functions, and nothing else.",
        "That was no line of Python. Answer with one line of Python and nothing else.",
        ("\nObservation:",),
        192,
    )

    def act(self, seen: Trajectory) -> Acting:
        """One request, or a few where the reply holds no action."""
        return (yield from self.asked(self.conversation(seen), first(seen).functions is not None))

    def asked(self, messages: tuple[Message, ...], programs: bool) -> Acting:
        """The decision in the reply to a conversation."""
        form, text = self._form(programs), ""
        for _ in range(self.config.again + 1):
            reply = yield Generate(messages, self._sampling(form))
            assert isinstance(reply, Completion)
            text = reply.text
            decision = self.read_program(text) if programs else self.read(text)
            if decision is not None or self.resigns(text):
                return decision
            messages = (*messages, Message("assistant", text), Message("user", form.reminder))
        raise Unparsed(f"no action in the reply {text[:80]!r}; a larger model or agent.max_tokens may help")

    def with_lesson(self, lesson: Lesson) -> Agent:
        """Tell it the lesson's knowledge and actions, and let it look back at the lesson's cases."""
        return replace(self, memory=self.memory.with_lesson(lesson))

    def reply_for(self, decision: Decision) -> str:
        """The action itself."""
        return decision.action

    def read(self, text: str) -> Decision | None:
        """The decision in a reply: its first line that says anything."""
        action = replies.command(text)
        return Decision(action) if action else None

    def read_program(self, text: str) -> Decision | None:
        """The same where actions are programs: its first line of Python, fenced or not."""
        line = replies.line_of_python(text)
        return Decision(line) if line else None

    def resigns(self, text: str) -> bool:
        """Whether a reply without an action ends the episode; a plain agent never gives up."""
        return False

    def conversation(self, seen: Trajectory) -> tuple[Message, ...]:
        """What the model is shown before it decides."""
        assert seen.final is not None
        gone = self._gone(seen)
        shown = [*(step.observation for step in seen.steps[gone:]), seen.final]
        texts = [self._text(observation) for observation in shown]
        telling = Telling.of(self.config, self.memory, seen)
        goal = goal_of(seen) if gone else ""
        task = joined([goal, texts[0], telling.reminder])
        turns = list(self._begun(self._opening(seen, telling), task, seen))
        for step, text in zip(seen.steps[gone:], texts[1:], strict=True):
            turns += [Message("assistant", self._said(step)), Message("user", self._seen_after(step, text))]
        return tuple(turns)

    def _begun(self, opening: str, task: str, seen: Trajectory) -> tuple[Message, ...]:
        """The conversation up to the task: one turn."""
        return (Message("user", joined([opening, task])),)

    def _seen_after(self, step: Step, text: str) -> str:
        """What is seen after a step."""
        return text

    def _gone(self, seen: Trajectory) -> int:
        """How many steps have left the window."""
        return 0 if self.config.window is None else max(0, len(seen.steps) - self.config.window)

    def _opening(self, seen: Trajectory, telling: Telling) -> str:
        form = self._form(telling.functions is not None)
        cases = self.memory.similar(seen.task, self.config.cases)
        return telling.opening(form.request, [self._retold(case) for case in cases], self._demonstrated)

    def _retold(self, case: Trajectory) -> str:
        lines = ["An earlier success:" if case.success else "An earlier try, not yet a success:"]
        for step in case.steps:
            lines += [step.observation.text, "> " + self.reply_for(step.decision)]
        return "\n".join(lines)

    def _text(self, seen: Observation) -> str:
        if not (self.config.list_actions and seen.actions):
            return seen.text
        return seen.text + "\nPossible actions: " + ", ".join(seen.actions)

    def _said(self, step: Step) -> str:
        said = step.said()
        return said[1] if said else self.reply_for(step.decision)

    @property
    def _demonstrated(self) -> str:
        """Which section of the prompt file holds the demonstration."""
        return self.name

    def _form(self, programs: bool) -> Form:
        return self.programs if programs else Form(self.format, self.reminder, self.stop, self.longest)

    def _sampling(self, form: Form) -> Sampling:
        c = self.config
        return Sampling(c.temperature, c.top_p, form.longest if c.max_tokens is None else c.max_tokens, form.stop)
