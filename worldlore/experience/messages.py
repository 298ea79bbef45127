"""What agents and models say to each other: three requests, three replies, and a failure.

A request names the role it is meant for (`to="policy"`), never a model; the rollout loop knows which model
plays which role. A reply carries what it cost. Any reply may be a `Failure`, which ends the episode that
asked and no other.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    """Who speaks."""
    content: str
    """What is said."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a reply is drawn."""

    temperature: float = 0.0
    """0 takes the most likely token."""
    top_p: float = 1.0
    """Nucleus: the smallest set of tokens with at least this probability."""
    max_tokens: int = 256
    """The reply is cut here, with finish "length"."""
    stop: tuple[str, ...] = ()
    """The reply ends before the first of these strings."""
    seed: int | None = None
    """The same request with the same seed gives the same reply; the rollout loop fills it in."""


@dataclass(frozen=True, slots=True)
class Generate:
    """Write the assistant's next turn."""

    messages: tuple[Message, ...]
    """The conversation so far."""
    sampling: Sampling = field(default_factory=Sampling)
    """How to draw the reply."""
    to: str = "policy"
    """The role that should answer."""
    begun: str = ""
    """Words the reply begins with; the model goes on from them, and the completion's text holds them too."""


@dataclass(frozen=True, slots=True)
class Score:
    """Say how likely each continuation is as the assistant's next turn."""

    messages: tuple[Message, ...]
    """The conversation so far."""
    continuations: tuple[str, ...]
    """Candidate replies."""
    to: str = "policy"
    """The role that should answer."""
    end_of_turn: bool = True
    """Count the end-of-turn token too, so that a continuation is a whole reply."""


@dataclass(frozen=True, slots=True)
class Embed:
    """Turn texts into vectors."""

    texts: tuple[str, ...]
    """What to embed."""
    to: str = "policy"
    """The role that should answer."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one reply cost."""

    prompt_tokens: int = 0
    """Tokens read (those served from a prefix cache included)."""
    completion_tokens: int = 0
    """Tokens written."""
    money: float = 0.0
    """In the currency of the model's configured prices; 0 where none are set."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model wrote."""

    text: str
    """The whole reply, without stop string and end-of-turn token."""
    finish: Literal["stop", "length"] = "stop"
    """Why it ended."""
    tokens: tuple[int, ...] | None = None
    """The exact token ids sampled, end-of-turn included, where the model tells them."""
    logprobs: tuple[float, ...] | None = None
    """Natural log-probability of each of `tokens` under the model at temperature 1."""
    usage: Usage = field(default_factory=Usage)
    """What it cost."""


@dataclass(frozen=True, slots=True)
class Scores:
    """How likely each continuation is: one tuple of token log-probabilities (nats) a continuation."""

    logprobs: tuple[tuple[float, ...], ...]
    """In the order of the request's continuations."""
    usage: Usage = field(default_factory=Usage)
    """What it cost."""

    @property
    def totals(self) -> tuple[float, ...]:
        """The log-probability of each whole continuation."""
        return tuple(sum(tokens) for tokens in self.logprobs)


@dataclass(frozen=True, slots=True)
class Vectors:
    """One vector a text, of equal length."""

    values: tuple[tuple[float, ...], ...]
    """In the order of the request's texts; each has unit Euclidean length."""
    usage: Usage = field(default_factory=Usage)
    """What it cost."""


@dataclass(frozen=True, slots=True)
class Failure:
    """The model could not answer; the episode that asked ends here."""

    error: str
    """One sentence with the remedy."""
    kind: Literal["model", "context"] = "model"
    """"context": the prompt does not fit the model's context."""


Request = Generate | Score | Embed
Reply = Completion | Scores | Vectors | Failure


@dataclass(frozen=True, slots=True)
class Call:
    """One exchange with a model, verbatim."""

    request: Request
    """What was asked, with the seed that was used."""
    reply: Reply
    """What came back."""
