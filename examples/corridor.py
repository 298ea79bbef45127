"""A world of your own, whole: four methods and a list of tasks.

worldlore check corridor:Corridor
worldlore run corridor.toml
"""

from collections.abc import Sequence

from worldlore.config import Config
from worldlore.environments import Environment, Outcome
from worldlore.errors import ConfigError
from worldlore.experience import Observation, Task


class CorridorConfig(Config):
    """Keys of this environment in TOML."""

    length: int = 3
    """Rooms between you and the door."""


class Corridor(Environment):
    """Walk to the door; some corridors are mirrored."""

    name = "corridor:Corridor"
    Config = CorridorConfig

    def __init__(self, config: CorridorConfig) -> None:
        self.config = config
        self.task: Task | None = None
        self.at = 0

    def tasks(self, split: str) -> Sequence[Task]:
        """A task is data: everything `reset` needs, and nothing that differs from one call to the next."""
        first = {"train": 0, "test": 1000}.get(split)
        if first is None:
            raise ConfigError(f"no split {split!r} of corridor; one of train, test")
        return [self._task(split, first + i) for i in range(20)]

    def reset(self, task: Task, seed: int) -> Observation:
        """Begin; the same task and seed always begin alike."""
        self.task, self.at = task, 0
        return Observation(f"A corridor. {task.goal}. The door is on the {task.data['side']}.", ("left", "right"))

    def step(self, action: str) -> Outcome:
        """Any string is allowed; nonsense is answered in the world's own words."""
        assert self.task is not None
        if action not in ("left", "right"):
            return Outcome(Observation("Nothing happens.", ("left", "right")), info={"valid": False})
        self.at += 1 if action == self.task.data["side"] else -1
        done = self.at >= self.config.length
        text = "The door opens." if done else f"{self.config.length - self.at} rooms to go."
        return Outcome(Observation(text, ("left", "right")), float(done), done, done)

    def _task(self, split: str, number: int) -> Task:
        side = "left" if number % 3 == 0 else "right"
        return Task(f"{split}-{number}", self.name, split, "Reach the door", {"number": number, "side": side})
