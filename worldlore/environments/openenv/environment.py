"""The environment "openenv": what a server says, as observations and rewards."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from worldlore.config import Config
from worldlore.environments.agentgym.replies import fit
from worldlore.environments.base import Environment, Outcome
from worldlore.environments.openenv.session import SCHEMES, Session, UnreadError
from worldlore.errors import ConfigError, EnvironmentFailure, unknown
from worldlore.experience import Observation, Task


class OpenenvConfig(Config):
    """Keys of environment "openenv"."""

    url: str = "http://127.0.0.1:8000"
    """Where the server is; OpenEnv's own start on this port."""
    action: str = "message"
    """The field of the server's action that takes the agent's text: "message", "code", …"""
    extra: Mapping[str, Any] = Field(default_factory=dict[str, Any])
    """Fields that every action has besides."""
    choices: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict[str, Mapping[str, Any]])
    """Name -> the action it stands for, as in { left = { action_id = 0 } }; in place of `action`."""
    text: tuple[str, ...] = ()
    """The fields of an observation that are shown; unset: all that are text."""
    admissible: str = ""
    """The field of an observation that lists the names of admissible actions; "" where there is none."""
    reset: Mapping[str, Any] = Field(default_factory=dict[str, Any])
    """What a reset is told beside the seed."""
    seeds: Mapping[str, tuple[int, int]] = {"train": (0, 100), "test": (100_000, 100)}
    """Split -> its first seed, and how many; each seed is a task."""
    goal: str = ""
    """What is to be done, told before what is seen first; "" where the server says it itself."""
    highest: float = Field(default=1.0, gt=0)
    """The sum of rewards of an episode that could not go better."""
    success: float = Field(default=1.0, ge=0, le=1)
    """The score from which an episode that is over is a success."""
    timeout: float = Field(default=50.0, gt=0)
    """Seconds the server may take for an answer; limits.step_seconds bounds it too."""

    @field_validator("url")
    @classmethod
    def _address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES or not parts.hostname or parts.query or parts.username:
            raise ValueError("expected an address such as http://127.0.0.1:8000")
        return url.rstrip("/").removesuffix("/ws")

    @model_validator(mode="after")
    def _possible(self) -> OpenenvConfig:
        if any(first < 0 or count < 0 for first, count in self.seeds.values()):
            raise ValueError("seeds: expected a first seed and a number of seeds, none below 0, as in [0, 100]")
        if any(name != name.strip() or not name for name in self.choices):
            raise ValueError("choices: a name has no spaces around it and is not empty")
        return self


@dataclass(frozen=True, slots=True)
class Playing:
    """What is known of the episode in play."""

    total: float = 0.0
    """Rewards so far."""
    over: bool = False
    """It is over."""
    possible: tuple[str, ...] | None = None
    """The actions that were told last; None for any text."""


class Openenv(Environment):
    """A world on a server that speaks OpenEnv's protocol."""

    name = "openenv"
    Config = OpenenvConfig

    def __init__(self, config: OpenenvConfig):
        self.config = config
        self._session = Session(config.url, config.timeout)
        self._playing: Playing | None = None

    def tasks(self, split: str) -> Sequence[Task]:
        """A task for each seed of the split; what it asks is known to the server alone."""
        c = self.config
        if split not in c.seeds:
            raise unknown("split of openenv", split, c.seeds)
        first, count = c.seeds[split]
        goal, data = c.goal or "Do what is asked.", {"reset": dict(c.reset)}
        seeds = range(first, first + count)
        return tuple(Task(f"{split}-{seed}", self.name, split, goal, {**data, "seed": seed}) for seed in seeds)

    def reset(self, task: Task, seed: int) -> Observation:
        """Begin the world of the task's own seed; `seed` changes nothing."""
        self._playing = None
        try:
            text, possible = self._shown(self._session.reset({**task.data["reset"], "seed": task.data["seed"]}))
        except EnvironmentFailure:
            self.close()
            raise
        self._playing = Playing(possible=possible)
        goal = f"{self.config.goal}\n\n" if self.config.goal else ""
        return Observation(goal + text, possible)

    def step(self, action: str) -> Outcome:
        """Send one action; one that the server cannot read is answered in its words and changes nothing."""
        before = self._now()
        if before.over:
            raise EnvironmentFailure("the task is over; reset before the next step")
        try:
            return self._judged(before, self._session.step(self._action(fit(action))))
        except UnreadError as error:
            record = {"valid": False, "score": self._score(before)}
            return Outcome(Observation(str(error), before.possible), info=record)
        except EnvironmentFailure:
            self.close()
            raise

    def ready(self) -> None:
        """ConfigError where no server answers."""
        try:
            self._session.reach()
        except EnvironmentFailure as error:
            raise ConfigError(f"environment 'openenv': {error}") from error

    def close(self) -> None:
        """Say goodbye, which ends the session on the server."""
        self._session.close()
        self._playing = None

    def _judged(self, before: Playing, told: Mapping[str, Any]) -> Outcome:
        (text, possible), reward, over = self._shown(told), told.get("reward"), told.get("done", False)
        if not isinstance(reward, int | float | None) or not math.isfinite(reward or 0.0) or not isinstance(over, bool):
            raise self._session.strange("a number as reward, and true or false as done", told)
        self._playing = after = replace(before, total=before.total + float(reward or 0), over=over, possible=possible)
        score = self._score(after)
        won, record = over and score >= self.config.success, {"valid": True, "score": score}
        return Outcome(Observation(text, None if over else possible), score - self._score(before), over, won, record)

    def _score(self, playing: Playing) -> float:
        return min(1.0, max(0.0, playing.total / self.config.highest))

    def _action(self, action: str) -> dict[str, Any]:
        if not self.config.choices:
            return {**self.config.extra, self.config.action: action}
        if action.strip() not in self.config.choices:
            raise UnreadError(f"There is no action {action[:80]!r}. Actions: {', '.join(self.config.choices)}.")
        return {**self.config.extra, **self.config.choices[action.strip()]}

    def _shown(self, told: Mapping[str, Any]) -> tuple[str, tuple[str, ...] | None]:
        """The text of an observation, and the admissible actions."""
        seen = told.get("observation")
        if not isinstance(seen, dict):
            raise self._session.strange("an observation that is an object", told)
        keys = self.config.text or tuple(key for key, value in seen.items() if isinstance(value, str) and value)
        missing = [key for key in keys if key not in seen]
        if missing or not keys:
            raise self._session.strange(f"an observation with the text {missing[0]!r}" if missing else "text", told)
        parts = [fit(seen[key] if isinstance(seen[key], str) else json.dumps(seen[key])) for key in keys]
        lines = parts if len(keys) == 1 else [f"{key}: {part}" for key, part in zip(keys, parts, strict=True)]
        return "\n".join(lines), self._admissible(seen)

    def _admissible(self, seen: Mapping[str, Any]) -> tuple[str, ...] | None:
        told = seen.get(self.config.admissible) if self.config.admissible else None
        if isinstance(told, list) and told:
            return tuple(fit(str(action)) for action in told)
        return tuple(self.config.choices) or None

    def _now(self) -> Playing:
        if self._playing is None:
            raise EnvironmentFailure("nothing is being played; reset first")
        return self._playing
