"""How long a record is in a model's own tokens, its chat template included: prompt and reply as they are trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from worldlore.errors import ConfigError
from worldlore.experience import Message

if TYPE_CHECKING:
    from worldlore.models.render import Template


@dataclass(frozen=True)
class Length:
    """A bound in tokens."""

    template: Template
    """Counts."""
    most: int
    """The longest prompt and reply allowed."""

    @staticmethod
    def of(tokenizer: Path | None, tokens: int | None) -> Length | None:
        """The bound that two options set together; None without them, ConfigError where one of them is missing."""
        if tokenizer is None and tokens is None:
            return None
        if tokenizer is None or tokens is None:
            missing = "--tokens, the most allowed" if tokens is None else "--tokenizer, the folder of a model"
            raise ConfigError(f"a bound in tokens needs both --tokenizer and --tokens; give {missing}")
        from worldlore.models.render import Template

        return Length(Template.load(tokenizer), tokens)

    def fits(self, messages: Sequence[Message], reply: str) -> bool:
        """Whether a prompt and the reply to it are short enough."""
        return len(self.template.prompt(messages)) + len(self.template.reply(reply)) <= self.most
