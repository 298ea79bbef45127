"""Units kept back from training: their loss tells how long training helps, and which weights should come out.

Units of one tree share most of what they say, so whole trees are kept back. A measurement is a record with the step
it was made at, 0 before the first one, and what a step's record says of loss, margin and accuracy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Literal

from pydantic import Field

from worldlore.config import Config
from worldlore.training.data import Example

Measurement = Mapping[str, Any]


class HeldOut(Config):
    """How much is kept back, and what follows from it."""

    share: float = Field(gt=0, lt=1)
    """At least this share of the units, in whole trees drawn at random; of a single tree nothing (published: 0.005)."""
    every: int = Field(default=500, ge=1)
    """Optimiser steps between measurements; the beginning and the end are measured, too (published: 500)."""
    keep: Literal["best", "last"] = "best"
    """Which weights come out: those measured with the least loss, the untrained ones among them, or the last."""
    patience: int | None = Field(default=None, ge=1)
    """Stop after so many measurements in a row without a lesser loss; unset: never."""

    def parted(self, examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
        """What is learned and what is kept back."""
        sizes = Counter(example.tree for example in examples)
        trees, held, count = list(sizes), set[str](), 0
        Random(f"{seed} held out").shuffle(trees)
        for tree in trees[:-1]:
            if count >= self.share * len(examples):
                break
            held.add(tree)
            count += sizes[tree]
        return [e for e in examples if e.tree not in held], [e for e in examples if e.tree in held]

    def due(self, step: int, steps: int) -> bool:
        """Whether there is to be a measurement after a step."""
        return step % self.every == 0 or step == steps

    def enough(self, measured: Sequence[Measurement]) -> bool:
        """Whether the loss has not become less for too long."""
        since = len(measured) - 1 - measured.index(best(measured))
        return self.patience is not None and since >= self.patience


def best(measured: Sequence[Measurement]) -> Measurement:
    """The measurement with the least loss, the first of equals."""
    return min(measured, key=lambda record: record["loss"])
