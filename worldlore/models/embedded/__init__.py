"""The model that ships: a small Llama-architecture network in this folder, trained by `recipes/embedded`.

It speaks of household tasks and of nothing else. It is `local` on these weights; its keys are those of `local`
without `path`.
"""

from __future__ import annotations

from pathlib import Path

from worldlore.models.local import InProcess, Settings

FOLDER = Path(__file__).parent
"""Where the weights lie, as a Hugging Face directory."""


class Embedded(InProcess):
    """The weights inside the package."""

    name = "embedded"
    Config = Settings

    def __init__(self, config: Settings):
        super().__init__(FOLDER, config)
