"""The models that ship: small Llama-architecture networks in the folders here, trained by `recipes/embedded`.

    household     household tasks, in text                      robotics      robotic planning, in Python
    playground    what changes in the playground, told a theory
    arithmetic    word problems, with Python and answers

Each speaks one language and knows nothing else. `embedded` is `local` on one of them; its keys are those of `local`,
with `knows` in place of `path`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from worldlore.models.local import InProcess, Settings

HOME = Path(__file__).parent
"""Each folder in it is a Hugging Face directory."""


class EmbeddedConfig(Settings):
    """Keys of model "embedded"."""

    knows: Literal["household", "robotics", "playground", "arithmetic"] = "household"
    """Which of the models it is."""
    threads: int | None = Field(default=1, ge=1)
    """CPU threads of the whole process; one, because matrices this small gain nothing from more."""


class Embedded(InProcess):
    """Weights inside the package."""

    name = "embedded"
    Config = EmbeddedConfig

    def __init__(self, config: EmbeddedConfig):
        super().__init__(HOME / config.knows, config)
