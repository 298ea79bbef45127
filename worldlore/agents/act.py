"""The plain agent: shown what happened so far, it answers with one action.

The conversation is: one user turn with the manual of the environment, what the agent was taught and the first
observation; then action, observation, action, … An earlier reply is repeated exactly as the model wrote it, so
that what is trained on is what was sampled and a model can reuse its computation of everything before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from worldlore.agents.base import Acting, Agent
from worldlore.agents.manual import manual
from worldlore.agents.recall import Memory
from worldlore.config import Config
from worldlore.errors import Unparsed
from worldlore.experience import Completion, Decision, Generate, Lesson, Message, Sampling, Step, Trajectory


class ActConfig(Config):
    """Keys of agent "act"."""

    manual: str = ""
    """Which manual opens the conversation; "" takes the environment's own, "none" takes none."""
    temperature: float = 0.0
    """Sampling temperature of actions."""
    top_p: float = 1.0
    """Nucleus of the sampling."""
    max_tokens: int = 64
    """Longest reply."""
    list_actions: bool = False
    """Show the admissible actions under each observation, where the environment tells them."""
    cases: int = 2
    """How many remembered cases are shown, where the lesson holds some."""
    again: int = 1
    """How often a reply without an action is asked again before the episode ends."""


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

    def act(self, seen: Trajectory) -> Acting:
        """One request, or a few where the reply holds no action."""
        messages = self.conversation(seen)
        text = ""
        for _ in range(self.config.again + 1):
            reply = yield Generate(messages, self._sampling())
            assert isinstance(reply, Completion)
            text = reply.text
            decision = self.read(text)
            if decision is not None:
                return decision
            messages = (*messages, Message("assistant", text), Message("user", self.reminder))
        raise Unparsed(f"no action in the reply {text[:80]!r}; a larger model or agent.max_tokens may help")

    def with_lesson(self, lesson: Lesson) -> Agent:
        """Tell it the lesson's knowledge and let it look back at the lesson's cases."""
        return replace(self, memory=self.memory.with_lesson(lesson))

    def reply_for(self, decision: Decision) -> str:
        """The action itself."""
        return decision.action

    def read(self, text: str) -> Decision | None:
        """The decision in a reply: its first line that says anything."""
        lines = (line.strip().removeprefix(">").strip() for line in text.splitlines())
        action = next((_bare(line) for line in lines if _bare(line)), None)
        return Decision(action) if action else None

    def conversation(self, seen: Trajectory) -> tuple[Message, ...]:
        """What the model is shown before it decides."""
        assert seen.final is not None
        shown = [step.observation for step in seen.steps] + [seen.final]
        texts = [self._text(observation.text, observation.actions) for observation in shown]
        texts[0] = "\n\n".join(part for part in (self._opening(seen), texts[0]) if part)
        turns = [Message("user", texts[0])]
        for step, text in zip(seen.steps, texts[1:], strict=True):
            turns += [Message("assistant", self._said(step)), Message("user", text)]
        return tuple(turns)

    def _opening(self, seen: Trajectory) -> str:
        world = manual(self.config.manual or seen.task.environment)
        parts = [f"{world} {self.format}".strip() if self.config.manual != "none" else ""]
        parts += self.memory.texts
        cases = self.memory.similar(seen.task, self.config.cases)
        parts += ["An earlier success:\n" + self._retold(case) for case in cases]
        return "\n\n".join(part for part in parts if part)

    def _retold(self, case: Trajectory) -> str:
        lines: list[str] = []
        for step in case.steps:
            lines += [step.observation.text, "> " + self.reply_for(step.decision)]
        return "\n".join(lines)

    def _text(self, text: str, actions: tuple[str, ...] | None) -> str:
        if not (self.config.list_actions and actions):
            return text
        return text + "\nPossible actions: " + ", ".join(actions)

    def _said(self, step: Step) -> str:
        for call in reversed(step.calls):
            if call.request.to == "policy" and isinstance(call.reply, Completion):
                return call.reply.text
        return self.reply_for(step.decision)

    def _sampling(self) -> Sampling:
        c = self.config
        return Sampling(c.temperature, c.top_p, c.max_tokens, self.stop)


def _bare(line: str) -> str:
    for label in ("Action:", "action:"):
        line = line.removeprefix(label)
    return line.strip().rstrip(".").strip()
