"""One scene as a Gymnasium environment for agents that learn with masked actions; it needs the extra `gym`.

Space and numbers are the published ones: 416 counts, each below 4 (a fourth carrot is not seen), and 30 actions, of
which `action_masks()` says which are possible. The goal terminates an episode, as does a moment in which nothing is
possible; time truncates it, so that a value can be read off where only time was up. For many scenes at once use
`vector.Scenes`, which this is one of.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from typing import Any, Literal

import numpy as np

from worldlore.config import missing_extra
from worldlore.environments.playground.environment import Playground, PlaygroundConfig, scene
from worldlore.environments.playground.language import WORDINGS
from worldlore.environments.playground.scene import Scene
from worldlore.environments.playground.vector import COUNTS, Scenes
from worldlore.environments.playground.world import ACTIONS

try:
    import gymnasium
except ModuleNotFoundError as missing:
    raise missing_extra("the Gymnasium view of the playground", missing, {"gymnasium": "gym"}) from missing

_MOST = 3


class PlaygroundEnv(gymnasium.Env[np.ndarray, np.int64]):
    """The tasks of a split, one after another."""

    def __init__(
        self,
        config: PlaygroundConfig | None = None,
        split: str = "train",
        max_steps: int = 30,
        reward: Literal["goal", "kind"] = "goal",
    ) -> None:
        """Rewards are 1 for reaching the "goal", or as published the number of the "kind" of change."""
        self.config = config or PlaygroundConfig(goal="standard")
        self.observation_space = gymnasium.spaces.MultiDiscrete(np.full(COUNTS, _MOST + 1))
        self.action_space = gymnasium.spaces.Discrete(ACTIONS)
        self._tasks = Playground(self.config).tasks(split)
        self._wording, self._reward, self._max_steps = WORDINGS[self.config.wording], reward, max_steps
        self._scenes: Scenes | None = None
        self._fresh = False
        self._seen = np.zeros(COUNTS, np.int8)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Begin the next task; a seed begins anywhere among them, and goes on from there."""
        super().reset(seed=seed)
        if seed is not None or self._scenes is None:
            first = int(self.np_random.integers(len(self._tasks))) if seed is not None else 0
            self._scenes = Scenes(self._source(first), 1, self._max_steps)
        elif not self._fresh:
            self._scenes.reset()
        self._fresh = True
        return self._observe(self._scenes.observations), {}

    def step(self, action: np.int64) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
        """Do one action that is possible; ConfigError for another."""
        scenes = self._playing()
        step = scenes.step(np.array([action]))
        told = step.transition(0, self._wording)
        over = bool(step.terminated[0] or step.truncated[0])
        self._fresh = over
        info = {"kind": told.kind, "state": told.state, "action": told.action, "change": told.change}
        reward = float(step.rewards[0]) if self._reward == "goal" else float(step.kinds[0])
        return self._observe(step.observations), reward, bool(step.terminated[0]), bool(step.truncated[0]), info

    def action_masks(self) -> np.ndarray:
        """(30,) bool: what is possible now."""
        return self._playing().masks[0]

    def _source(self, first: int) -> Iterator[Scene]:
        order = [*self._tasks[first:], *self._tasks[:first]]
        return (scene(task.data) for task in cycle(order))

    def _observe(self, seen: np.ndarray) -> np.ndarray:
        return np.minimum(seen[0], _MOST).astype(np.int64)

    def _playing(self) -> Scenes:
        if self._scenes is None:
            raise gymnasium.error.ResetNeeded("nothing is being played; reset first")
        return self._scenes
