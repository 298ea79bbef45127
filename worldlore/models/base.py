"""The model contract: a model generates, scores and embeds, each for a whole list of requests at once.

Sampling, preference references, action weighing and hypothesis likelihoods need nothing more. A model that
cannot do one of the three leaves it out of `can`, and the loop says so before the first episode. Replies come in
the order of the requests; a request that fails is answered with a `Failure` and disturbs no other.
"""

from __future__ import annotations

from abc import ABC
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel

from worldlore.config import Config
from worldlore.errors import ConfigError
from worldlore.experience import Completion, Embed, Failure, Generate, Score, Scores, Vectors


class Model(ABC):
    """Something that answers requests."""

    name: ClassVar[str]
    """The registered name, as in TOML."""
    Config: ClassVar[type[BaseModel]] = Config
    """The keys its table in TOML may have."""
    can: frozenset[str] = frozenset()
    """Which of "generate", "score", "embed" it does."""
    concurrency: int = 0
    """How many requests it wants in flight, one list of one each; 0: it wants whole batches, one at a time."""
    weights: Path | None = None
    """The Hugging Face directory or adapter it runs, for methods that train; None where it is not at hand."""
    hits: int = 0
    """Replies given from memory instead of being computed."""
    identity: str
    """Names weights and settings: two models of equal identity give equal replies. The cache's key."""

    def generate(self, requests: Sequence[Generate]) -> list[Completion | Failure]:
        """Write a reply to each request."""
        raise self.cannot("generate")

    def score(self, requests: Sequence[Score]) -> list[Scores | Failure]:
        """Log-probabilities of each request's continuations."""
        raise self.cannot("score")

    def embed(self, requests: Sequence[Embed]) -> list[Vectors | Failure]:
        """A unit vector for each text of each request."""
        raise self.cannot("embed")

    def check(self) -> None:
        """Try what can be tried before the first episode (a key, a server, a file); ConfigError with the remedy."""

    def with_weights(self, folder: Path) -> Model:
        """The same model with other weights: a Hugging Face directory or a PEFT adapter."""
        raise ConfigError(
            f"model {self.name!r} cannot take the weights in {folder}: use model 'local' or 'embedded', "
            "or serve the weights and point the endpoint at them"
        )

    def close(self) -> None:
        """Let go of everything; the object is not used again."""

    def cannot(self, verb: str) -> ConfigError:
        """The refusal of something that is not in `can`."""
        does = ", ".join(sorted(self.can)) or "nothing"
        return ConfigError(f"model {self.name!r} cannot {verb} (it can {does}); choose a model that does")
