"""The boundary around an environment: what it throws is attributed, and what hangs is left behind.

All of one environment's methods run on one thread of their own, so that a call that does not come back within the
limit can be given up: the episode fails with a sentence, the thread and the object are abandoned, the run goes on.
What an environment gives is looked at here too: an outcome that could not be written down is its failure, not ours.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from worldlore.environments.base import Branching, Environment, Outcome
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Observation, Task

T = TypeVar("T")


class StuckError(Exception):
    """A call did not come back in time."""


class Worker:
    """One thread that calls functions for others; daemonic, so that a stuck one does not keep the process alive."""

    def __init__(self) -> None:
        self.calls: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self.answers: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        threading.Thread(target=self._serve, name="worldlore-environment", daemon=True).start()

    def call(self, function: Callable[[], T], seconds: float) -> T:
        """The function's value; StuckError if there is none in time (the worker must not be used again)."""
        self.calls.put(function)
        try:
            value, error = self.answers.get(timeout=seconds)
        except Empty:
            raise StuckError from None
        if error is not None:
            raise error
        return value

    def dismiss(self) -> None:
        """Let the thread end once it is idle."""
        self.calls.put(None)

    def _serve(self) -> None:
        while (function := self.calls.get()) is not None:
            try:
                self.answers.put((function(), None))
            except BaseException as error:  # whatever it is, it belongs to the caller
                self.answers.put((None, error))


class Watched:
    """An environment whose faults come as EnvironmentFailure, and which never hangs."""

    def __init__(self, make: Callable[[], Environment], seconds: float) -> None:
        self.seconds = seconds
        self.worker = Worker()
        self.usable = True
        try:
            self.inner: Environment = self._do("making it", make)
        except BaseException:
            self.worker.dismiss()
            raise

    def reset(self, task: Task, seed: int) -> Observation:
        return self._do("reset", lambda: _begun(self.inner.reset(task, seed)))

    def step(self, action: str) -> Outcome:
        return self._do("step", lambda: _done(self.inner.step(action)))

    def expert(self) -> str | None:
        return self._do("expert", self.inner.expert)

    @property
    def branches(self) -> bool:
        return isinstance(self.inner, Branching)

    def snapshot(self) -> Any:
        inner = self.inner
        return self._do("snapshot", inner.snapshot) if isinstance(inner, Branching) else None

    def restore(self, snapshot: Any) -> None:
        inner = self.inner
        assert isinstance(inner, Branching)
        self._do("restore", lambda: inner.restore(snapshot))

    def close(self) -> None:
        """Let go of it; what it throws meanwhile harms nobody."""
        if self.usable:
            with suppress(EnvironmentFailure):
                self._do("close", self.inner.close)
        self.worker.dismiss()

    def _do(self, what: str, function: Callable[[], T]) -> T:
        try:
            return self.worker.call(function, self.seconds)
        except StuckError:
            self.usable = False
            raise EnvironmentFailure(
                f"the environment did not come back from {what} within {self.seconds:g} s; "
                "it was left behind; raise limits.step_seconds if it is only slow"
            ) from None
        except ConfigError:
            raise
        except _BrokenContractError as error:
            self.usable = False
            raise EnvironmentFailure(f"the environment {error}") from None
        except (Exception, SystemExit) as error:
            self.usable = False
            raise EnvironmentFailure(f"the environment threw {type(error).__name__} in {what}: {error}") from error


class _BrokenContractError(Exception):
    """An environment gave what the contract does not allow."""


def _begun(seen: object) -> Observation:
    if not isinstance(seen, Observation):
        raise _BrokenContractError(f"answered reset with {type(seen).__name__}, not an Observation")
    return seen


def _done(outcome: object) -> Outcome:
    if not isinstance(outcome, Outcome):
        raise _BrokenContractError(f"answered step with {type(outcome).__name__}, not an Outcome")
    try:
        json.dumps((outcome.reward, outcome.done, outcome.success, dict(outcome.info)))
    except (TypeError, ValueError) as error:
        raise _BrokenContractError(f"gave a step's reward, success or info as what is no JSON value: {error}") from None
    return outcome


class Pool:
    """Environments of one sort, made when first needed and used again by one episode after the other."""

    def __init__(self, make: Callable[[], Environment], seconds: float) -> None:
        self.make = make
        self.seconds = seconds
        self.idle: list[Watched] = []

    def take(self) -> Watched:
        """One that nobody else uses."""
        return self.idle.pop() if self.idle else Watched(self.make, self.seconds)

    def give(self, environment: Watched) -> None:
        """Hand one back; a broken one is not used again."""
        if environment.usable:
            self.idle.append(environment)
        else:
            environment.close()

    def close(self) -> None:
        """Close all that are idle."""
        while self.idle:
            self.idle.pop().close()
