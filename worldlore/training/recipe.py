"""The keys of a training run, and what follows from them alone: the learning rate and the order of the examples."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from worldlore.config import Config
from worldlore.training.data import Example
from worldlore.training.held_out import HeldOut


class Lora(Config):
    """Low-rank adapters (arXiv 2106.09685) instead of full weights."""

    rank: int = Field(default=16, ge=1)
    """Rank of each update."""
    alpha: float = 32.0
    """The update is scaled by alpha / rank."""
    targets: str | tuple[str, ...] = "all-linear"
    """Names of the layers that get an adapter."""


class Training(Config):
    """How weights are fitted to turns or contrasts."""

    loss: Literal["dpo", "ipo"] = "dpo"
    """The loss of contrasts; turns are always trained by cross-entropy."""
    beta: float = Field(default=0.1, gt=0)
    """How strongly the reference holds the policy back in preference training."""
    label_smoothing: float = Field(default=0.0, ge=0, lt=0.5)
    """Share of preferences taken to be the wrong way round ("dpo" only)."""
    nll_weight: float = Field(default=0.0, ge=0)
    """Adds this times the chosen sides' cross-entropy a token to the preference loss."""
    learning_rate: float = Field(default=1e-5, gt=0)
    """At its peak."""
    schedule: Literal["constant", "linear", "cosine"] = "cosine"
    """How the learning rate falls after the warm-up: not at all, or to zero."""
    warmup_ratio: float = Field(default=0.1, ge=0, le=1)
    """Share of the steps in which the learning rate rises in a line; 1.0 ends at the peak."""
    epochs: int = Field(default=1, ge=1)
    """Passes over the units."""
    batch: int = Field(default=32, ge=1)
    """Units in one optimiser step, whatever the number of passes they need."""
    tokens_per_batch: int = Field(default=8192, ge=1)
    """Packed tokens in one forward and backward pass: lower it when memory runs out; the result stays the same."""
    max_length: int = Field(default=4096, ge=1)
    """A unit with a longer conversation, in tokens, is left out."""
    weight_decay: float = Field(default=0.0, ge=0)
    """AdamW's."""
    betas: tuple[float, float] = (0.9, 0.999)
    """AdamW's."""
    clip: float = Field(default=1.0, gt=0)
    """The gradient's norm is cut to this."""
    held_out: HeldOut | None = None
    """Keep units back and measure on them, by its keys share, every, keep and patience; unset: train on all."""
    lora: Lora | None = None
    """Train adapters instead of full weights."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """What weights are kept in while they are trained."""
    autocast: bool = False
    """Compute in bfloat16 where that is safe; pays off from about five million parameters."""
    gradient_checkpointing: bool = False
    """Compute activations again in the backward pass rather than keep them."""
    save_every: int = Field(default=200, ge=0)
    """Optimiser steps between checkpoints; 0: none."""
    seed: int = 0
    """Orders the units and draws new adapters' weights."""


def learning_rate(training: Training, step: int, steps: int) -> float:
    """The rate of one step out of `steps`, the first being 0."""
    warmup = math.ceil(training.warmup_ratio * steps)
    if step < warmup:
        return training.learning_rate * (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    falls = {"constant": 1.0, "linear": 1 - done, "cosine": (1 + math.cos(math.pi * done)) / 2}
    return training.learning_rate * falls[training.schedule]


def steps_of(training: Training, examples: Sequence[Example]) -> list[list[int]]:
    """Which examples each optimiser step uses, over all epochs; trees (in parts of a batch) are shuffled, not torn."""
    trees: defaultdict[str, list[int]] = defaultdict(list)
    for i, example in enumerate(examples):
        trees[example.tree].append(i)
    parts = [tree[at : at + training.batch] for tree in trees.values() for at in range(0, len(tree), training.batch)]
    steps: list[list[int]] = []
    for epoch in range(training.epochs):
        order = list(parts)
        random.Random(f"{training.seed} {epoch}").shuffle(order)
        flat = [i for part in order for i in part]
        steps += [flat[at : at + training.batch] for at in range(0, len(flat), training.batch)]
    return steps
