"""Any Gymnasium environment that is played in text; it needs the extra `gym`.

    [environment]
    name = "gymnasium"
    id = "my_package:MyTextWorld-v0"      # as gymnasium.make takes it; or a class, "my_module:MyWorld"
    kwargs = { size = 4 }

- An observation is text, or under the key `text` of a dictionary. An action is text, or one of finitely many that have
  names; a name nobody knows is answered here and not played. Anything else is refused in a sentence before a run.
- A task is a seed. How well an episode stands is its rewards so far over `highest`, kept within 0 and 1; the reward of
  a step is by how much that changed. An episode that is over, or whose own time is up, succeeds by `success` or `won`.
- `info["action_mask"]`, as Gymnasium's masked environments give it, is told as the admissible actions.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from pydantic import Field, field_validator

from worldlore.config import Config, Family
from worldlore.environments.base import Environment, Outcome
from worldlore.errors import ConfigError, EnvironmentFailure, unknown
from worldlore.experience import Observation, Task

_CLASSES = Family("Gymnasium environment", {}, {})
_TEXTLESS = (spaces.Box, spaces.Discrete, spaces.MultiBinary, spaces.MultiDiscrete, spaces.Graph, spaces.Sequence)
"""Spaces that surely hold no text; one that Gymnasium does not know may."""


class GymnasiumConfig(Config):
    """Keys of environment "gymnasium"."""

    id: str
    """What gymnasium.make takes, "module:World-v0" included; or a class, "module:World"."""
    kwargs: Mapping[str, Any] = Field(default_factory=dict[str, Any])
    """What the environment is made with."""
    seeds: Mapping[str, tuple[int, int]] = {"train": (0, 100), "test": (100_000, 100)}
    """Split -> its first seed, and how many; each seed is a task."""
    goal: str = ""
    """What is to be done, told before what is seen first; "" where the environment says it itself."""
    text: str = ""
    """The key of a dictionary's text, where observations are dictionaries."""
    actions: tuple[str, ...] = ()
    """Names of the actions, in order, where there are finitely many; unset: their numbers."""
    highest: float = Field(default=1.0, gt=0)
    """The sum of rewards of an episode that could not go better."""
    success: float = Field(default=1.0, ge=0, le=1)
    """The score from which an episode that is over is a success."""
    won: str = ""
    """The key of the environment's `info` that says whether it is one; "" goes by `success`."""

    @field_validator("seeds")
    @classmethod
    def _possible(cls, seeds: Mapping[str, tuple[int, int]]) -> Mapping[str, tuple[int, int]]:
        if any(first < 0 or count < 0 for first, count in seeds.values()):
            raise ValueError("expected a first seed and a number of seeds, none below 0, as in [0, 100]")
        return seeds


@dataclass(frozen=True, slots=True)
class Playing:
    """What is known of the episode in play."""

    total: float = 0.0
    """Rewards so far."""
    over: bool = False
    """It is over, or its own time is up."""
    possible: tuple[str, ...] | None = None
    """The actions that are possible now; None for any text."""


class Gymnasium(Environment):
    """One Gymnasium environment, in words."""

    name = "gymnasium"
    Config = GymnasiumConfig

    def __init__(self, config: GymnasiumConfig):
        self.config = config
        self._world: gymnasium.Env[Any, Any] | None = None
        self._playing: Playing | None = None

    def tasks(self, split: str) -> Sequence[Task]:
        """A task for each seed of the split."""
        c = self.config
        if split not in c.seeds:
            raise unknown("split of gymnasium", split, c.seeds)
        first, count = c.seeds[split]
        goal, data = c.goal or f"Play {c.id}.", {"id": c.id, "kwargs": dict(c.kwargs)}
        seeds = range(first, first + count)
        return tuple(Task(f"{split}-{seed}", self.name, split, goal, {**data, "seed": seed}) for seed in seeds)

    def reset(self, task: Task, seed: int) -> Observation:
        """Begin the world of the task's own seed; `seed` changes nothing."""
        world, self._playing = self._made(), None
        seen, info = world.reset(seed=int(task.data["seed"]))
        self._playing = Playing(possible=self._possible(info))
        told = self._text(seen)
        goal = f"{self.config.goal}\n\n" if self.config.goal else ""
        return Observation(goal + told, self._playing.possible)

    def step(self, action: str) -> Outcome:
        """Play one action; the reward is by how much the score changed."""
        before = self._now()
        if before.over:
            raise EnvironmentFailure("the task is over; reset before the next step")
        action = action.strip() if self._names else action
        if before.possible is not None and action not in before.possible:
            return self._unknown(action, before.possible)
        told = self._number(action) if self._names else action
        seen, reward, terminated, truncated, info = self._made().step(told)
        return self._judged(before, self._text(seen), float(reward), (bool(terminated), bool(truncated), info))

    def ready(self) -> None:
        """ConfigError where the environment is not there, or is not played in text."""
        self._made()

    def close(self) -> None:
        """Close the environment."""
        if self._world is not None:
            self._world.close()
        self._world = self._playing = None

    def _judged(
        self, before: Playing, text: str, reward: float, ended: tuple[bool, bool, Mapping[str, Any]]
    ) -> Outcome:
        terminated, truncated, info = ended
        if not math.isfinite(reward):
            raise EnvironmentFailure(f"{self.config.id} gave the reward {reward}; expected a finite number")
        over, possible = terminated or truncated, self._possible(info)
        self._playing = after = replace(before, total=before.total + reward, over=over, possible=possible)
        score = self._score(after)
        won = bool(info.get(self.config.won)) if self.config.won else score >= self.config.success
        record = {"valid": True, "score": score, "truncated": truncated}
        observation = Observation(text, None if over else possible)
        return Outcome(observation, score - self._score(before), over, over and won, record)

    def _unknown(self, action: str, possible: tuple[str, ...]) -> Outcome:
        told = f"There is no action {action[:80]!r} now. Actions: {', '.join(possible)}."
        return Outcome(Observation(told, possible), info={"valid": False, "score": self._score(self._now())})

    def _score(self, playing: Playing) -> float:
        return min(1.0, max(0.0, playing.total / self.config.highest))

    def _text(self, seen: Any) -> str:
        found = seen.get(self.config.text) if self.config.text and isinstance(seen, Mapping) else seen
        if not isinstance(found, str):
            raise EnvironmentFailure(
                f"{self.config.id} gave {type(found).__name__} as an observation, not text; "
                "wrap it so that it gives text, or name the key of its text: text = ..."
            )
        return found.encode("utf-8", "replace").decode()

    # The environment itself

    def _made(self) -> gymnasium.Env[Any, Any]:
        if self._world is None:
            world = _make(self.config)
            try:
                self._names = self._checked(world)
            except ConfigError:
                world.close()
                raise
            self._world = world
        return self._world

    _names: tuple[str, ...] = ()
    """The names of actions, where there are finitely many."""

    def _checked(self, world: gymnasium.Env[Any, Any]) -> tuple[str, ...]:
        """The names of its actions; ConfigError where it is not played in text."""
        c, seen, does = self.config, world.observation_space, world.action_space
        if isinstance(seen, spaces.Dict):
            if c.text not in seen.spaces:
                raise unknown(f"key of the observations of {c.id} (environment.text)", c.text, seen.spaces)
            seen = seen[c.text]
        if isinstance(seen, _TEXTLESS):
            raise ConfigError(f"{c.id} shows {seen}, which is no text; wrap it so that its observations are Text")
        if isinstance(does, spaces.Discrete):
            return self._named(int(does.n))
        if isinstance(does, (*_TEXTLESS, spaces.Dict, spaces.Tuple)):
            raise ConfigError(
                f"{c.id} acts by {does}, which is no text; wrap it so that its actions are Text or Discrete"
            )
        if c.actions:
            raise ConfigError(f"{c.id} takes any text, so its actions need no names; leave out environment.actions")
        return ()

    def _named(self, count: int) -> tuple[str, ...]:
        names = tuple(name.strip() for name in self.config.actions) or tuple(map(str, range(count)))
        if len(names) != count or len(set(names)) != count:
            raise ConfigError(
                f"{self.config.id} has {count} actions, and environment.actions names {len(set(names))}; "
                "name each, in order"
            )
        return names

    def _number(self, action: str) -> np.int64:
        does = self._made().action_space
        assert isinstance(does, spaces.Discrete)
        return np.int64(self._names.index(action) + int(does.start))

    def _possible(self, info: Mapping[str, Any]) -> tuple[str, ...] | None:
        if not self._names:
            return None
        mask = np.asarray(info.get("action_mask", True), dtype=bool)
        return tuple(np.asarray(self._names)[np.broadcast_to(mask, len(self._names))].tolist())

    def _now(self) -> Playing:
        if self._playing is None:
            raise EnvironmentFailure("nothing is being played; reset first")
        return self._playing


def _make(config: GymnasiumConfig) -> gymnasium.Env[Any, Any]:
    """The environment; ConfigError in Gymnasium's words where it cannot be made."""
    if "" not in sys.path:
        sys.path.insert(0, "")  # modules of the working directory
    module, _, name = config.id.rpartition(":")
    try:
        if module and name.isidentifier():
            return _CLASSES.load(config.id)(**config.kwargs)
        return gymnasium.make(config.id, disable_env_checker=True, **config.kwargs)
    except (gymnasium.error.Error, ImportError, TypeError) as error:
        raise ConfigError(
            f"environment 'gymnasium' cannot make {config.id!r}: {error}; "
            "correct id or kwargs, or install what brings it"
        ) from error
