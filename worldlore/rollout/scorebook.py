"""Scores in bulk: what continuations are worth, kept by content and small.

World models are asked about thousands of transitions under many theories. Their conversations repeat themselves, so
what is kept of a request is its hash, and of the reply the sum over each continuation's tokens. A request that was
answered once in a run is never asked again, and a run that goes on hears the same numbers to the last digit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from worldlore.experience import Cost, Score, Scores, append_jsonl, content_hash, read_jsonl, recover


@dataclass(frozen=True, slots=True)
class Worth:
    """What one request's continuations are worth."""

    totals: tuple[float, ...]
    """Log-probability (nats) of each continuation."""
    lengths: tuple[int, ...]
    """Tokens of each."""
    tokens: int = 0
    """Tokens the model read for it."""
    money: float = 0.0
    """What it cost, in the currency of the model's prices."""

    @staticmethod
    def of(scores: Scores) -> Worth:
        """The short of a reply."""
        usage = scores.usage
        lengths = tuple(len(tokens) for tokens in scores.logprobs)
        return Worth(scores.totals, lengths, usage.prompt_tokens + usage.completion_tokens, usage.money)

    @property
    def cost(self) -> Cost:
        """What asking cost."""
        return Cost(calls=1, prompt_tokens=self.tokens, money=self.money)


@dataclass(frozen=True, slots=True)
class _Portion:
    """What was asked at once; written at once, so that a resumed run asks the same portions again."""

    worths: dict[str, Worth]


class Scorebook:
    """Worths by content, in memory and in a file that only grows."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder
        self._known: dict[str, Worth] | None = None
        self._met: set[str] = set()

    def get(self, key: str) -> Worth | None:
        """What is known of a request."""
        return self._all.get(key)

    def add(self, found: Mapping[str, Worth]) -> None:
        """Keep what is new."""
        known = self._all
        append_jsonl(self._path, _Portion(dict(found)))
        known.update(found)

    def first(self, key: str) -> bool:
        """Whether a request is met for the first time since the process began: then its cost is to be counted."""
        new = key not in self._met
        self._met.add(key)
        return new

    @property
    def _path(self) -> Path:
        return self._folder() / "scores.jsonl"

    @property
    def _all(self) -> dict[str, Worth]:
        if self._known is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            recover(self._path)
            portions = read_jsonl(self._path, _Portion) if self._path.is_file() else ()
            self._known = {key: worth for portion in portions for key, worth in portion.worths.items()}
        return self._known


def key_of(request: Score, identity: str) -> str:
    """The content of a request to a model."""
    said = [[message.role, message.content] for message in request.messages]
    return content_hash([identity, said, list(request.continuations), request.end_of_turn])[:32]
