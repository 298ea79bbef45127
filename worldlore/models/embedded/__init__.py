"""The model that ships: a small Llama-architecture network in this folder, trained by `recipes/embedded`.

It speaks of household tasks and of nothing else. It is `local` on these weights; its keys are those of `local`
without `path`.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from worldlore.models.local import InProcess, Settings

FOLDER = Path(__file__).parent
"""Where the weights lie, as a Hugging Face directory."""


class EmbeddedConfig(Settings):
    """Keys of model "embedded"."""

    threads: int | None = Field(default=1, ge=1)
    """CPU threads of the whole process; one, because matrices this small gain nothing from more."""


class Embedded(InProcess):
    """The weights inside the package."""

    name = "embedded"
    Config = EmbeddedConfig

    def __init__(self, config: EmbeddedConfig):
        super().__init__(FOLDER, config)
