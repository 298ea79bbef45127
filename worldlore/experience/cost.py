"""What learning and testing cost: one record that adds up.

Costs are counted where they arise (the loop counts steps and calls, models count tokens) and never estimated.
A reply from the response cache counts as what it cost when it was made, so that a budget means the same in every
run; how many replies came from the cache is told apart, in `metrics.jsonl`. Advice of an environment's own expert is
no model's: it costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from worldlore.experience.messages import Call, Failure


@dataclass(frozen=True, slots=True)
class Cost:
    """A sum of everything that was spent."""

    episodes: int = 0
    """Episodes begun."""
    steps: int = 0
    """Environment steps."""
    calls: int = 0
    """Requests a model answered."""
    prompt_tokens: int = 0
    """Tokens read by models."""
    completion_tokens: int = 0
    """Tokens written by models."""
    trained_tokens: int = 0
    """Tokens passed forward and backward in training."""
    seconds: float = 0.0
    """Wall-clock seconds of the machine."""
    money: float = 0.0
    """In the currency of the models' configured prices."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def __sub__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(self)))

    @property
    def tokens(self) -> int:
        """All tokens read and written by models."""
        return self.prompt_tokens + self.completion_tokens

    @staticmethod
    def of(call: Call) -> Cost:
        """What one exchange cost: nothing if it failed, or if the environment's expert answered."""
        if isinstance(call.reply, Failure) or call.request.to == "expert":
            return Cost()
        usage = call.reply.usage
        return Cost(
            calls=1,
            prompt_tokens=usage.prompt_tokens,
            completion_tokens=usage.completion_tokens,
            money=usage.money,
        )
