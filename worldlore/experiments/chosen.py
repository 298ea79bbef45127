"""Which tasks are practised and which are the test, and on what terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pydantic import Field

from worldlore.config import Config
from worldlore.environments import Environment
from worldlore.errors import ConfigError, ModelError
from worldlore.experience import Stop, Task, Trajectory


class Chosen(Config):
    """Which tasks of an environment practice may use."""

    split: str = "train"
    """Name of the split."""
    tasks: int | None = Field(default=None, ge=0)
    """How many; unset: all; 0: none, where nothing is practised."""
    start: int = Field(default=0, ge=0)
    """Index of the first one."""


class Practised(Chosen):
    """The tasks of practice."""

    evaluation: bool = False
    """Let trees be grown on a split that is kept for evaluation; every table and page tells it of the run."""
    environment: dict[str, Any] = {}
    """Keys of the environment that are others in practice, as answers = 4; a `name` makes it another environment."""
    limits: dict[str, Any] = {}
    """Keys of the limits that are others in practice, as steps = 8."""

    @property
    def apart(self) -> bool:
        """Whether practice is played on other terms than the test."""
        return bool(self.environment or self.limits)


class Tested(Chosen):
    """Which tasks are the test, and how often each is tried."""

    split: str = "test"
    """Name of the split."""
    tasks: int | None = Field(default=None, ge=1)
    """How many; unset: all."""
    attempts: int = Field(default=1, ge=0)
    """Tries at each; 0: none, where predictions are what is measured."""
    predictions: bool = False
    """Measure, too, what the world model foretells of these tasks: told nothing, what was learned, and the truth."""
    trained: bool = False
    """Let the test ask what practice used, too, as some papers do; what it measures then is partly memory."""

    failures: int = Field(default=8, ge=0)
    """So many failed episodes in a row stop the run, which goes on once that is mended; 0: no number does."""


def chosen_of(environment: Environment, chosen: Chosen, where: str) -> list[Task]:
    """The tasks of an environment that a page's table chooses; ConfigError where there are not so many."""
    tasks = environment.tasks(chosen.split)
    end = len(tasks) if chosen.tasks is None else chosen.start + chosen.tasks
    if end > len(tasks) or chosen.start < 0:
        raise ConfigError(
            f"{where} asks for tasks {chosen.start} to {end} of split {chosen.split!r}, which has {len(tasks)}; "
            f"lower {where}.tasks"
        )
    return list(tasks[chosen.start : end])


def shared(
    environment: Environment, trained: Sequence[Task], tested: Sequence[Task], testing: Environment | None = None
) -> tuple[str, ...]:
    """Keys of the tested tasks that ask what a trained one asks, word for word or not.

    `testing` is the world of the tested ones, where that is another.
    """
    known, world = {environment.asks(task) for task in trained}, testing or environment
    return tuple(task.key for task in tested if world.asks(task) in known)


def trusted(played: Iterable[Trajectory], most: int, begun: bool) -> Iterator[Trajectory]:
    """Test episodes as they come; ModelError instead of so many failures in a row, or where nothing else comes.

    `begun` says that some were played before. What failed is held back until one does not, so the same command plays
    those that stopped a run again.
    """
    failed: list[Trajectory] = []
    for trajectory in played:
        failed.append(trajectory)
        if trajectory.stop is not Stop.FAILED:
            yield from failed
            failed, begun = [], True
        elif len(failed) == most:
            raise _broken(failed)
    if failed and most and not begun:
        raise _broken(failed)
    yield from failed


def _broken(failed: Sequence[Trajectory]) -> ModelError:
    return ModelError(
        f"{len(failed)} episodes of the test failed in a row, the first ({failed[0].task.id}) for this: "
        f"{failed[0].error}. They are not kept: once that is mended, the same command goes on with them; "
        "test.failures = 0 lets any number fail"
    )
