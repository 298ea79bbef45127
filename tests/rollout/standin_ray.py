"""A stand-in for the package ray: actors in this process, which do what they were asked when an answer is waited for.

What is lost, and how, is for the test to say: `Ray.break_next` makes the next answer of an actor one of Ray's errors.
"""

from __future__ import annotations

import copy
import sys
from collections import deque
from types import SimpleNamespace
from typing import Any


class RayError(Exception):
    pass


class RayTaskError(RayError):
    def __init__(self, cause: BaseException) -> None:
        self.cause = cause


class RayActorError(RayError):
    pass


class ObjectLostError(RayError):
    pass


class Actor:
    """One object and what it was asked, done in order."""

    def __init__(self, made: Any) -> None:
        self.made, self.asked = made, deque()

    def __getattr__(self, name: str) -> Any:
        return SimpleNamespace(remote=lambda *args: self._ask(name, args))

    def _ask(self, name: str, args: tuple[Any, ...]) -> Answer:
        answer = Answer(self)
        self.asked.append((answer, name, copy.copy(args)))
        return answer


class Answer:
    def __init__(self, actor: Actor) -> None:
        self.actor, self.value, self.there = actor, None, False


class Ray:
    """What `import ray` finds."""

    exceptions = SimpleNamespace(RayError=RayError, RayTaskError=RayTaskError, RayActorError=RayActorError)

    def __init__(self) -> None:
        self.made: list[Actor] = []
        self.breaks: dict[int, RayError] = {}
        self.asked = 0
        self.running = True
        self.refuses: Exception | None = None
        self.begun: list[dict[str, Any]] = []
        self.ended = 0
        self.full = False
        self.killed: list[Actor] = []

    def available_resources(self) -> dict[str, float]:
        return {"CPU": 2.0, "node:10.0.0.1": 1.0, "memory": 1e9}

    def init(self, **keys: Any) -> None:
        if self.refuses:
            raise self.refuses
        self.begun.append(keys)

    def shutdown(self) -> None:
        self.ended += 1

    def break_next(self, exchanges: int, error: RayError) -> None:
        """The answer to the n-th exchange from now is lost, and with it the actor."""
        self.breaks[self.asked + exchanges] = error

    def is_initialized(self) -> bool:
        return self.running

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 8.0}

    def remote(self, kind: Any) -> Any:
        def options(**_: Any) -> Any:
            return SimpleNamespace(remote=lambda *args: self._hire(kind(*args)))

        return SimpleNamespace(options=options)

    def put(self, value: Any) -> Any:
        return (value,)

    def kill(self, actor: Actor) -> None:
        actor.asked.clear()
        self.killed.append(actor)

    def wait(self, answers: list[Answer], num_returns: int = 1, timeout: float | None = None) -> Any:
        assert answers, "Ray refuses to wait for nothing"
        if self.full:
            return [], answers
        if not any(answer.there for answer in answers):
            self._work(answers[0])
        done = [answer for answer in answers if answer.there][:num_returns]
        return done, [answer for answer in answers if answer not in done]

    def get(self, answer: Answer) -> Any:
        if isinstance(answer.value, BaseException):
            raise answer.value
        return answer.value

    def _hire(self, made: Any) -> Actor:
        self.made.append(Actor(made))
        return self.made[-1]

    def _work(self, until: Answer) -> None:
        """Do what an actor was asked, up to an answer."""
        while not until.there:
            answer, name, args = until.actor.asked.popleft()
            self.asked += name == "exchange"
            lost = self.breaks.pop(self.asked, None) if name == "exchange" else None
            answer.value, answer.there = lost or self._done(until.actor, name, args), True

    def _done(self, actor: Actor, name: str, args: tuple[Any, ...]) -> Any:
        work = [arg[0] if name == "begin" and isinstance(arg, tuple) else arg for arg in args]
        try:
            return getattr(actor.made, name)(*work)
        except Exception as error:
            return RayTaskError(error)


def install(patch: Any) -> Ray:
    """Put it where the package would be, until the test ends."""
    ray: Any = Ray()
    patch.setitem(sys.modules, "ray", ray)
    return ray
