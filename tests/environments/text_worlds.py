"""Small Gymnasium environments: played in text, half in text, and not at all."""

from __future__ import annotations

import string
from typing import Any

import gymnasium
import numpy as np
from gymnasium.spaces import Box, Dict, Discrete, Text

WORDS = Text(500, charset=string.printable)


class Parrot(gymnasium.Env[str, str]):
    """Says what it hears; over after five words."""

    observation_space, action_space = WORDS, WORDS

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        super().reset(seed=seed)
        self.heard = 0
        return f"I am {self.np_random.integers(100)} years old.", {}

    def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        self.heard += 1
        return f"You said: {action}", 0.2, self.heard == 5, False, {}


class Counting(gymnasium.Env[dict[str, Any], np.int64]):
    """Earns 1 by action 1 and loses 1 by action 0; time is up after five actions."""

    observation_space, action_space = Dict({"words": WORDS, "picture": Box(0, 1)}), Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        super().reset(seed=seed)
        self.done: list[int] = []
        return {"words": "Begin.", "picture": np.zeros(1)}, {}

    def step(self, action: np.int64) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        self.done.append(int(action))
        even = np.bool_(sum(self.done) % 2 == 0)
        return {"words": f"{self.done}"}, 2.0 * int(action) - 1, False, len(self.done) == 5, {"even": even}


class Liar(Parrot):
    """Says it shows text, and shows a number."""

    def reset(self, **keys: Any) -> Any:
        return 3, {}


class Arm(Parrot):
    """Acts by a number between 0 and 1."""

    action_space = Box(0, 1)  # type: ignore[assignment]


gymnasium.register("Parrot-v0", Parrot)
