"""The keys of mining; apart from the code, so that the method's keys can hold them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from worldlore.config import Config
from worldlore.training import Training


class MinedConfig(Config):
    """Keys under `mined` of method "learnact" with author "mined"."""

    source: Literal["expert", "own"] = "expert"
    """Whose successes are mined and rehearsed: the environment's expert's, or the agent's own."""
    attempts: int = Field(default=8, ge=1)
    """Tries at each task, with source "own"."""
    temperature: float = Field(default=1.0, ge=0)
    """Sampling temperature of these tries."""
    examples: int | None = Field(default=None, ge=1)
    """Training tasks that are mined; unset: those the candidates are tried on."""
    patience: int = Field(default=100, ge=1)
    """Steps such a trajectory may take: primitives take more of them than the actions mined from it."""
    candidates: int = Field(default=3, ge=1)
    """Sets of actions that are tried."""
    longest: int = Field(default=10, ge=2)
    """Statements of an action at most."""
    most: int = Field(default=8, ge=1)
    """Actions at most."""
    beam: int = Field(default=3, ge=1)
    """Sets of actions the search follows at once."""
    loops: bool = True
    """Look for loops."""
    guards: bool = True
    """Look for calls that depend on what was seen."""
    demonstrations: int = Field(default=1, ge=0)
    """Successes in learned actions that the lesson keeps as examples."""
    rehearsal: int | None = Field(default=None, ge=0)
    """Training tasks whose trajectories are told again in learned actions and imitated; unset: all."""
    joining: int = Field(default=2, ge=0)
    """Rounds in which calls of a trajectory told again are joined or left out, and kept so if the task succeeds."""
    training: Training | None = None
    """The fine-tuning run on them; unset: none."""
