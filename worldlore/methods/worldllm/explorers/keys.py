"""Keys of experimenter "explorer", with the published defaults."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from worldlore.config import Config
from worldlore.environments.playground import KINDS
from worldlore.errors import unknown

Reward = Literal["ll", "alp", "alpexp", "alpll", "custom", "disagreement"]


class ExplorerConfig(Config):
    """What an explorer seeks, and how it learns."""

    reward: Reward = "alp"
    """What it is paid for: see `rewards.py`."""
    ma: float | None = Field(default=None, ge=0, lt=1)
    """Share of the moving mean of its kind in each reward; by default 0.6 for "alpexp" and else 0."""
    values: dict[str, float] = {}
    """For "custom": what each kind of transition is worth; nothing where it is not named."""
    count_exponent: float | None = Field(default=None, ge=0)
    """For "custom": divide by the number of times the kind was seen so far, to this power."""
    sample: int | None = Field(default=None, ge=1)
    """Distinct transitions of each kind that are weighed, while others earn the mean of their like; by default all, and
    16 for "disagreement"."""
    scenes: int = Field(default=15, ge=1)
    """Played side by side."""
    steps: int = Field(default=240, ge=1)
    """Of each scene, a phase; with 15 scenes 3,600 in all."""
    layers: tuple[int, ...] = (64, 64)
    """Widths of the hidden layers, of the policy and of the value each."""
    learning_rate: float = Field(default=5e-4, gt=0)
    """Of Adam."""
    epochs: int = Field(default=20, ge=1)
    """Passes over a phase's steps."""
    minibatch: int = Field(default=64, ge=2)
    """Steps in a gradient."""
    gamma: float = Field(default=0.99, ge=0, le=1)
    """Discount."""
    gae_lambda: float = Field(default=0.95, ge=0, le=1)
    """Of generalised advantage estimation."""
    clip: float = Field(default=0.2, gt=0)
    """How far a probability may move, in proportion, in one phase."""
    entropy: float = Field(default=0.01, ge=0)
    """Weight of the policy's entropy."""
    value: float = Field(default=0.5, ge=0)
    """Weight of the value's error."""

    @field_validator("values")
    @classmethod
    def _kinds(cls, values: dict[str, float]) -> dict[str, float]:
        for kind in values:
            if kind not in KINDS:
                raise ValueError(str(unknown("kind of transition", kind, KINDS)))
        return values

    @model_validator(mode="after")
    def _worth(self) -> ExplorerConfig:
        if self.reward == "custom" and not self.values:
            raise ValueError('reward "custom" needs values = { transformP = 0.77, … }, what each kind is worth')
        if self.scenes * self.steps < 2:
            raise ValueError("one step alone cannot be learned from; raise steps")
        if self.scenes * self.steps % self.minibatch == 1:
            raise ValueError(
                f"scenes x steps, {self.scenes * self.steps}, in gradients of {self.minibatch} leaves a last one of a "
                "single step, whose advantage has no spread; choose another minibatch"
            )
        return self

    @property
    def weighed(self) -> int | None:
        """Distinct transitions of each kind that are weighed; None for all."""
        return 16 if self.sample is None and self.reward == "disagreement" else self.sample

    @property
    def share(self) -> float:
        """Weight of the moving mean."""
        return self.ma if self.ma is not None else 0.6 if self.reward == "alpexp" else 0.0
