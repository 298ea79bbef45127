"""A text world of one's own as a Gymnasium environment; see gymnasium.toml beside it.

Somewhere in a row of cellars stands a lamp; find it by going left and right, and take it.
"""

from __future__ import annotations

import string
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Discrete, Text

ACTIONS = ("left", "right", "take lamp")


class Cellar(gymnasium.Env[str, np.int64]):
    """Text is seen; actions are numbers, which gymnasium.toml gives names."""

    def __init__(self, cellars: int = 5):
        self.cellars = cellars
        self.observation_space = Text(200, charset=string.printable)
        self.action_space = Discrete(len(ACTIONS))

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        super().reset(seed=seed)
        self.here, self.lamp = map(int, self.np_random.permutation(self.cellars)[:2])
        return f"The lamp stands in cellar {self.lamp}. {self._seen()}", self._info()

    def step(self, action: np.int64) -> tuple[str, float, bool, bool, dict[str, Any]]:
        took = ACTIONS[int(action)] == "take lamp" and self.here == self.lamp
        self.here = min(self.cellars - 1, max(0, self.here + {0: -1, 1: 1}.get(int(action), 0)))
        return "You take the lamp." if took else self._seen(), float(took), took, False, self._info()

    def _seen(self) -> str:
        return f"You are in cellar {self.here}."

    def _info(self) -> dict[str, Any]:
        return {"action_mask": np.array([self.here > 0, self.here < self.cellars - 1, self.here == self.lamp], np.int8)}
