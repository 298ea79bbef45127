"""A model in process: any Hugging Face causal language model in a directory, with an optional PEFT adapter.

    local.py        the contract and its keys             engine.py       what is loaded at the first request
    weights.py      files                                 render.py       the chat template
    generation.py   replies                               packed.py       the forward pass on ragged rows
    attention.py    scoring over a `forest.py`            prefix.py       the conversations that may go on

A conversation that goes on is not read again from its beginning, and a prompt shared by many continuations is read
once. Only files and settings decide a reply: the batch a request rides in does not, as far as floating-point sums
in another order allow.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import Field

from worldlore import config
from worldlore.errors import ConfigError
from worldlore.experience import Completion, Embed, Failure, Generate, Score, Scores, Vectors
from worldlore.models.base import Model
from worldlore.models.weights import check_weights, digest, is_adapter

if TYPE_CHECKING:
    from worldlore.models.engine import Engine

R = TypeVar("R", bound=Hashable)


class Settings(config.Config):
    """How a model runs, wherever its weights come from."""

    adapter: Path | None = None
    """A PEFT adapter for the weights."""
    device: str = "auto"
    """As torch names it; "auto": the GPU if there is one."""
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """Of the computation; "auto": as stored on a GPU, float32 on the CPU (faster there, and exact)."""
    batch: int = Field(default=128, ge=1)
    """Replies written at once."""
    threads: int | None = Field(default=None, ge=1)
    """CPU threads of the whole process; unset: as torch chooses."""
    max_context: int | None = Field(default=None, ge=1)
    """Tokens of prompt and reply together; unset: as the model's own configuration says."""
    cache_gib: float | None = Field(default=None, gt=0)
    """Memory for conversations that may go on; unset: 2 on the CPU, three fifths of what is free on a GPU."""


class InProcess(Model):
    """Weights in a folder, run here; loaded at the first request."""

    name = "local"
    can = frozenset({"generate", "score", "embed"})

    def __init__(self, folder: Path, settings: Settings):
        self.folder = folder
        """The Hugging Face directory."""
        self.settings = settings
        """How it runs, and with which adapter."""
        self.weights = settings.adapter or folder
        folders = [folder] if settings.adapter is None else [folder, settings.adapter]
        for part in folders:
            check_weights(part)
        self.identity = f"{digest(*folders)} {settings.dtype} {settings.device} {settings.max_context}"

    @cached_property
    def engine(self) -> Engine:
        """The loaded weights."""
        from worldlore.models.engine import Engine

        return Engine(self.folder, self.settings)

    def check(self) -> None:
        """Load everything and try a small forward pass."""
        assert self.engine

    def with_weights(self, folder: Path) -> InProcess:
        """The same settings with another whole model, or with an adapter for this one."""
        if not is_adapter(folder):
            return InProcess(folder, self.settings.model_copy(update={"adapter": None}))
        if self.settings.adapter is not None:
            raise ConfigError(
                f"the model already has the adapter {self.settings.adapter} and cannot take {folder} as well; "
                "merge one of them into the model"
            )
        return InProcess(self.folder, self.settings.model_copy(update={"adapter": folder}))

    def close(self) -> None:
        """Let go of the weights and the remembered conversations."""
        vars(self).pop("engine", None)

    def generate(self, requests: Sequence[Generate]) -> list[Completion | Failure]:
        """A reply to each; a conversation remembered from an earlier call is read only where it is new."""
        return self.engine.generate(requests)

    def score(self, requests: Sequence[Score]) -> list[Scores | Failure]:
        """Log-probabilities; prefixes that requests share are computed once, equal requests altogether."""
        return _once(requests, self.engine.score)

    def embed(self, requests: Sequence[Embed]) -> list[Vectors | Failure]:
        """The mean over a text's tokens of the last layer's states, scaled to unit length."""
        return _once(requests, self.engine.embed)


class Local(InProcess):
    """A Hugging Face directory of the user's."""

    class Config(Settings):
        """Keys of the model `local`."""

        path: Path
        """The directory: config.json, *.safetensors, a tokenizer."""

    def __init__(self, config: Config):
        super().__init__(config.path, config)


def _once(requests: Sequence[R], answer: Callable[[Sequence[R]], list[Any]]) -> list[Any]:
    """Equal requests are answered once."""
    distinct = list(dict.fromkeys(requests))
    answers = dict(zip(distinct, answer(distinct), strict=True))
    return [answers[request] for request in requests]
