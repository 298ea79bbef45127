"""Code as policies: one program for the whole task, written once and played once (Liang et al., arXiv 2209.07753).

The program sees what its calls return, the agent sees nothing: after its one action it resigns, unless the task is
done. With `hierarchical` the program first defines functions of its own, and the demonstration does so too.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import ClassVar

from worldlore.agents import replies
from worldlore.agents.act import Act, ActConfig, Form
from worldlore.agents.base import Acting
from worldlore.agents.telling import must_program
from worldlore.experience import Decision, Trajectory

WHOLE = (
    "Write one Python program that carries out the whole task by calling these functions, in one block between "
    "```python and ```. It is run once, from the beginning."
)
STEPS = (
    " First define functions for the larger steps and then call them; functions that an example defines are not there."
)


class CodeAsPolicyConfig(ActConfig):
    """Keys of agent "code_as_policy"."""

    max_tokens: int | None = 1024
    """Longest program."""
    hierarchical: bool = False
    """Ask for functions of its own, and show a demonstration that has some."""


@dataclass(frozen=True)
class CodeAsPolicy(Act):
    """First observation in, program out."""

    config: ActConfig = CodeAsPolicyConfig()
    """Its keys."""

    name = "code_as_policy"
    Config = CodeAsPolicyConfig
    programs: ClassVar[Form] = Form(
        WHOLE,
        "That was no program. Answer with one block of Python between ```python and ```.",
        (),
        1024,
    )
    hierarchies: ClassVar[Form] = Form(WHOLE + STEPS, programs.reminder, (), 1024)

    def act(self, seen: Trajectory) -> Acting:
        """One program, then resignation; ConfigError where actions are commands."""
        must_program(self.name, seen)
        if seen.steps:
            return None
        return (yield from super().act(seen))

    def read_program(self, text: str) -> Decision | None:
        """The blocks of a reply in one program, or the whole reply where it is nothing but Python."""
        program = "\n\n".join(replies.blocks(text)) or (text.strip() if _calls(text.strip()) else "")
        return Decision(program) if program else None

    def reply_for(self, decision: Decision) -> str:
        """The program in a block."""
        return replies.fenced(decision.action)

    @property
    def _hierarchical(self) -> bool:
        return isinstance(self.config, CodeAsPolicyConfig) and self.config.hierarchical

    @property
    def _demonstrated(self) -> str:
        return f"{self.name} hierarchical" if self._hierarchical else self.name

    def _form(self, programs: bool) -> Form:
        return self.hierarchies if self._hierarchical else super()._form(programs)


def _calls(text: str) -> bool:
    """Whether a text is Python that calls something."""
    try:
        return any(isinstance(node, ast.Call) for node in ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
