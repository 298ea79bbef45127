"""Small worlds that misbehave, for tests of what a run makes of it."""

import time

from worldlore.config import Config
from worldlore.environments.base import Environment, Outcome
from worldlore.experience import Observation, Task


class Corridor(Environment):
    """Walk right three times."""

    name = "corridor"

    def __init__(self, config: Config | None = None) -> None:
        self.at = 0
        self.task = None

    def tasks(self, split):
        first = {"train": 0, "test": 100}[split]
        return [Task(f"{split}-{i}", "corridor", split, "reach the end", {"door": first + i}) for i in range(12)]

    def reset(self, task, seed):
        self.at, self.task = 0, task
        return self._seen()

    def step(self, action):
        self.at += action == "right"
        done = self.at == 3
        return Outcome(self._seen(), float(done), done, done)

    def _seen(self):
        return Observation(f"door {self.task.data['door']}, position {self.at}", ("left", "right"))


class Throwing(Corridor):
    """Breaks on every third task."""

    def step(self, action):
        if self.task.data["door"] % 3 == 0:
            raise RuntimeError("the floor gave way")
        return super().step(action)


class Hanging(Corridor):
    """Never comes back on one task."""

    def step(self, action):
        if self.task.data["door"] == 101:
            time.sleep(30)
        return super().step(action)
