"""What an actor is: a process with environments and models of its own, in which jobs go on between two messages.

Knows nothing of Ray: `distribute.py` puts it into processes. It is sent items, keeps up to its share of them going and
hands over what is done as it is done; what is still going on goes on when the next message comes.
"""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from worldlore.environments.base import Environment
from worldlore.errors import ConfigError
from worldlore.models.base import Model
from worldlore.rollout.dispatch import Job, Models, completed
from worldlore.rollout.loop import Doing, Limits, with_weights
from worldlore.rollout.watch import Pool

T = TypeVar("T")
GATHER = 0.05
"""Seconds an actor goes on before it hands over what it has done; a message costs the driver about a millisecond."""


@dataclass(frozen=True)
class Part:
    """What an actor needs to know of a stage."""

    environment: Callable[[], Environment]
    """Makes one environment object."""
    limits: Limits
    """The loop's patience."""
    weights: tuple[Mapping[str, Path], ...]
    """By role, the weights the models take, one lesson's after the other's."""
    identities: Mapping[str, str]
    """By role, the models that result; where they are the same, an actor keeps what it has loaded."""


class Player:
    """What an actor is: models, and jobs that go on between two messages."""

    def __init__(self, folder: str, make: Callable[[], dict[str, Model]]) -> None:
        """Works in a folder; `make` opens and checks the models."""
        self.folder = folder
        self.make = make
        self.base: Models = {}
        self.models: Models = {}
        self.identities: Mapping[str, str] | None = None
        self.inbox: deque[tuple[int, Any]] = deque()
        self.pool: Pool | None = None
        self.live: Generator[tuple[int, tuple[int, Any]], None, None] | None = None

    def arrive(self) -> None:
        """Nothing: that it is done says that the actor has found room."""

    def open(self) -> int:
        """Make the models; the number of the process."""
        if not Path(self.folder).is_dir():
            raise ConfigError(
                f"an actor's machine has no folder {self.folder}; run where all machines see the same files"
            )
        os.chdir(self.folder)
        sys.path.insert(0, "")
        self.base = self.models = self.make()
        return os.getpid()

    def begin(self, work: tuple[Part, Doing[Any, Any]], width: int) -> None:
        """Turn to other work, and let go of the last one."""
        part, doing = work
        self._leave()
        self._equip(part)
        self.doing, self.limits, self.width = doing, part.limits, width
        self.pool = Pool(part.environment, part.limits.step_seconds)

    def exchange(self, dealt: Sequence[tuple[int, Any]]) -> tuple[list[tuple[int, Any]], dict[str, int]]:
        """Take new items; what is done since, at least one result while there is work, and new hits by role."""
        self.inbox.extend(dealt)
        found: list[tuple[int, Any]] = []
        until = time.monotonic() + GATHER
        while (one := self._next()) is not None:
            found.append(one)
            if time.monotonic() >= until:
                break
        return found, self._hits()

    def close(self) -> None:
        """Let go of environments and models."""
        self._leave()
        self._drop()
        for model in self.base.values():
            model.close()

    def _next(self) -> tuple[int, Any] | None:
        if self.live is None:
            self.live = completed(self._jobs(), self.models, self.width)
        ended = next(self.live, None)
        if ended is None:
            self.live = None
        return ended and ended[1]

    def _jobs(self) -> Iterator[Job[tuple[int, Any]] | None]:
        assert self.pool is not None
        while True:
            if not self.inbox:
                yield None
                continue
            place, item = self.inbox.popleft()
            yield _placed(place, self.doing(item, self.pool, self.limits))

    def _equip(self, part: Part) -> None:
        if part.identities == self.identities:
            return
        self._drop()
        for weights in part.weights:
            self.models = with_weights(self.models, weights)
        self.identities = part.identities

    def _drop(self) -> None:
        """Close models that took a lesson's weights."""
        for role, model in self.models.items():
            if model is not self.base[role]:
                model.close()
        self.models, self.identities = self.base, None

    def _leave(self) -> None:
        if self.live is not None:
            self.live.close()
            self.live = None
        self.inbox.clear()
        if self.pool is not None:
            self.pool.close()
            self.pool = None

    def _hits(self) -> dict[str, int]:
        """Replies from memory since they were last told, by role; the driver counts them, so the models begin anew."""
        new = {role: model.hits for role, model in self.models.items()}
        for role, model in self.models.items():
            model.hits -= new[role]
        return new


def _placed(place: int, job: Job[T]) -> Job[tuple[int, T]]:
    return place, (yield from job)
