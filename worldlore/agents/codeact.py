"""CodeAct: the agent acts by programs in an interpreter that remembers (Wang et al., arXiv 2402.01030).

A reply is a thought and a fenced block of Python; what the block prints, and how it fails, is the next observation. The
environment is "programs" with session = "persistent"; without that key each block begins with nothing defined.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from worldlore.agents import replies
from worldlore.agents.act import Act, ActConfig, Form
from worldlore.agents.base import Acting
from worldlore.agents.telling import must_program
from worldlore.experience import Decision, Trajectory


class CodeActConfig(ActConfig):
    """Keys of agent "codeact": those of "act", with room for programs."""

    max_tokens: int | None = 768
    """Longest reply, thought and block together."""
    resign: str = ""
    """Words that end the episode when a reply without a block holds them, as "I give up"; "": it never resigns."""


@dataclass(frozen=True)
class CodeAct(Act):
    """Observation in, thought and program out."""

    config: ActConfig = CodeActConfig()
    """Its keys."""

    name = "codeact"
    Config = CodeActConfig
    programs: ClassVar[Form] = Form(
        "Answer with a short thought and then one block of Python between ```python and ``` that calls these "
        "functions. Variables and functions you define are kept for the next block; you see what a block prints.",
        "That held no block of Python. Answer with a thought and one block between ```python and ```.",
        ("\nObservation:",),
        768,
    )

    def act(self, seen: Trajectory) -> Acting:
        """One request, or a few where the reply holds no block; ConfigError where actions are commands."""
        must_program(self.name, seen)
        return (yield from super().act(seen))

    def read_program(self, text: str) -> Decision | None:
        """The first block of a reply and the thought before it."""
        found = replies.blocks(text)
        return Decision(found[0], replies.before_blocks(text)) if found else None

    def resigns(self, text: str) -> bool:
        """Whether it says so in the agreed words."""
        words = self._words
        return bool(words) and words.lower() in text.lower()

    def reply_for(self, decision: Decision) -> str:
        """The thought, where there is one, and the block."""
        return "\n".join(filter(None, [decision.thought, replies.fenced(decision.action)]))

    @property
    def _words(self) -> str:
        return self.config.resign if isinstance(self.config, CodeActConfig) else ""

    def _form(self, programs: bool) -> Form:
        form = super()._form(programs)
        if not self._words:
            return form
        leave = f" If there is nothing more that you can do, answer '{self._words}' instead."
        return replace(form, request=form.request + leave, reminder=form.reminder + leave)
