"""ReAct: the agent says why before it says what (Yao et al., arXiv 2210.03629).

A reply is a line `Thought: …` and a line `Action: …`; the thought stays in the conversation and costs no step.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from worldlore.agents import replies
from worldlore.agents.act import Act, ActConfig, Form
from worldlore.experience import Decision

THOUGHT = re.compile(r"Thought:\s*(.*?)\s*(?=\bAction:|\Z)", re.S | re.I)
ACTION = re.compile(r"\bAction:\s*([^\n]*)", re.I)
PROGRAM = re.compile(r"\bAction:(.*)", re.I | re.S)


class ReactConfig(ActConfig):
    """Keys of agent "react": those of "act", with room to think."""

    max_tokens: int | None = 256
    """Longest reply, thought included."""


@dataclass(frozen=True)
class React(Act):
    """Observation in, thought and action out."""

    config: ActConfig = ReactConfig()
    """Its keys."""

    name = "react"
    Config = ReactConfig
    format = "Answer with two lines: 'Thought:' and why, in a sentence; then 'Action:' and one action."
    reminder = "That held no action. Answer with a line 'Thought: …' and a line 'Action: …'."
    stop = ("\nObservation:",)
    programs: ClassVar[Form] = Form(
        "Answer with two lines: 'Thought:' and why, in a sentence; then 'Action:' and one line of Python that calls "
        "these functions.",
        "That held no action. Answer with a line 'Thought: …' and a line 'Action: …', which is one line of Python.",
        ("\nObservation:",),
        256,
    )

    def read(self, text: str) -> Decision | None:
        """The first action of a reply and the thought before it."""
        found = ACTION.search(text)
        action = found.group(1).strip().removeprefix(">").strip().rstrip(".").strip() if found else ""
        return Decision(action, thought_in(text)) if action else None

    def read_program(self, text: str) -> Decision | None:
        """The same where actions are programs; the line of Python may be fenced."""
        found = PROGRAM.search(text)
        line = replies.line_of_python(found.group(1)) if found else ""
        return Decision(line, thought_in(text)) if line else None

    def reply_for(self, decision: Decision) -> str:
        """Both lines; the thought's is left out where there is none."""
        thought = f"Thought: {decision.thought}\n" if decision.thought else ""
        return f"{thought}Action: {decision.action}"


def thought_in(text: str) -> str:
    """What stands before the action of a reply, behind its label."""
    found = THOUGHT.search(text)
    return found.group(1) if found else ""
