"""ReAct: the agent says why before it says what (Yao et al., arXiv 2210.03629).

A reply is a line `Thought: …` and a line `Action: …`; the thought stays in the conversation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from worldlore.agents.act import Act, ActConfig
from worldlore.experience import Decision

THOUGHT = re.compile(r"Thought:\s*(.*?)\s*(?=\bAction:|\Z)", re.S | re.I)
ACTION = re.compile(r"\bAction:\s*([^\n]*)", re.I)


class ReactConfig(ActConfig):
    """Keys of agent "react": those of "act", with room to think."""

    max_tokens: int = 256
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

    def read(self, text: str) -> Decision | None:
        """The first action of a reply and the thought before it."""
        found = ACTION.search(text)
        action = found.group(1).strip().removeprefix(">").strip().rstrip(".").strip() if found else ""
        thought = THOUGHT.search(text)
        return Decision(action, thought.group(1) if thought else "") if action else None

    def reply_for(self, decision: Decision) -> str:
        """Both lines; the thought's is left out where there is none."""
        thought = f"Thought: {decision.thought}\n" if decision.thought else ""
        return f"{thought}Action: {decision.action}"
