"""Worlds of one simulator, which take turns.

All worlds of a process share three things: the generator of random numbers, the counter that numbers new objects, and
what is made easier; a search of the simulator's code found no fourth. What a world left of them is put back before its
next turn, so that worlds played in turn are as they are alone. Asking what is possible draws random numbers too, and
those are put back as well: looking changes nothing.

One simulator serves all environments of a process that want the same Java. It ends a few seconds after the last of
them is closed, and with the process in any case.
"""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from worldlore.environments.scienceworld.java import Java
from worldlore.environments.scienceworld.kinds import KINDS
from worldlore.environments.scienceworld.machine import Jvm, Machine, Server, Shared, failing, words
from worldlore.errors import EnvironmentFailure

T = TypeVar("T")
LINGER = 10.0
"""Seconds an unused simulator waits for its next use."""
PROBE = ("boil", 1, "teleportAction,openDoors")
"""The task that shows whether the same actions lead to the same words, in the order of three cups."""
TRIES = 4
"""Times it is tried; by chance three orders are the first one's once in 216 times."""
_DRAWN = tuple(name for name in KINDS if name.startswith("inclined-plane"))
"""Kinds whose descriptions are drawn when their world is made."""
_TOLD: dict[tuple[str, int], str] = {}
_SETS: dict[str, tuple[tuple[int, ...], ...]] = {}


class World:
    """One world of a simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.left: Shared | None = None
        with simulator.turn(self):
            self.server: Server = simulator.machine.server()

    def do(self, call: Callable[[Server], T]) -> T:
        """Ask something of this world, in its turn."""
        with self.simulator.turn(self):
            return call(self.server)

    def load(self, kind: str, variation: int, simplifications: str, gold: bool = False) -> None:
        """Make the world of a task."""
        self.do(lambda server: server.load(kind, variation, simplifications, gold))

    def step(self, action: str) -> tuple[str, float, bool]:
        """What is seen then, the score in [-1, 1], and whether the simulator calls the task done."""
        return self.do(lambda server: (server.step(action), float(server.getScore()), bool(server.getCompleted())))

    def replay(self, actions: Sequence[str]) -> str:
        """Do actions again; what is seen after the last."""
        return self.do(lambda server: [server.step(action) for action in actions][-1]) if actions else ""

    def look(self) -> str:
        """What the room shows."""
        return self.do(lambda server: server.freeActionLook())

    def possible(self) -> tuple[str, ...]:
        """What could be done now, sorted."""
        machine = self.simulator.machine

        def ask(server: Server) -> tuple[str, ...]:
            before = machine.shared()
            found = tuple(sorted({str(action) for action in server.getValidActionObjectCombinations()}))
            machine.share(before)
            return found

        return self.do(ask)


class Simulator:
    """A machine, and whose turn it is."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.users = 0
        self._lock = threading.RLock()
        self._last: World | None = None
        self._scratch = World(self)
        self.steady = self._tested()

    @contextmanager
    def turn(self, world: World) -> Iterator[None]:
        """Let a world be asked, with what it shares as it left it. EnvironmentFailure where the simulator fails."""
        with self._lock:
            try:
                self._enter(world)
                yield
            except Exception as error:
                if not failing(error):
                    raise
                said = words(error)
                if not hasattr(error, "java_exception"):
                    self.machine.close()
                raise EnvironmentFailure(
                    f"ScienceWorld's simulator failed ({said}); if it was for want of memory, raise environment.memory"
                ) from error

    def _enter(self, world: World) -> None:
        if self._last is world:
            return
        if self._last is not None:
            self._last.left = self.machine.shared()
        if world.left is not None:
            self.machine.share(world.left)
        self._last = world

    def goal(self, kind: str, variation: int) -> str:
        """The description of a task."""
        if (kind, variation) not in _TOLD:
            _TOLD[kind, variation] = self._described(kind, variation).strip()
        return _TOLD[kind, variation]

    def _described(self, kind: str, variation: int) -> str:
        if kind in _DRAWN:
            self._scratch.load(kind, variation, "")
            return self._scratch.do(lambda server: server.getTaskDescription())
        return self._scratch.do(lambda _: self.machine.described(kind, variation))

    def variations(self, kind: str) -> tuple[tuple[int, ...], ...]:
        """Those of train, of dev and of test."""
        if kind not in _SETS:
            _SETS[kind] = self._scratch.do(lambda _: self.machine.variations(kind))
        return _SETS[kind]

    def gold(self, kind: str, variation: int, simplifications: str) -> tuple[str, ...]:
        """The actions of the package's own solution."""
        self._scratch.do(lambda _: self.machine.forget())
        self._scratch.load(kind, variation, simplifications, gold=True)
        return tuple(self._scratch.do(lambda server: [str(action) for action in server.getGoldActionSequence()]))

    def tried(self, task: tuple[str, int, str], actions: Sequence[str]) -> tuple[int, float]:
        """After how many of these actions a task is over, and with what score."""
        self._scratch.load(*task)
        score = 0.0
        for number, action in enumerate(actions, 1):
            _, score, completed = self._scratch.step(action)
            if completed or score < 0:
                return number, score
        return len(actions), score

    def _tested(self) -> bool:
        """Whether the same actions, in a world made anew, lead to the same words."""
        return len({self._sight() for _ in range(TRIES)}) == 1

    def _sight(self) -> str:
        self._scratch.load(*PROBE)
        return self._scratch.replay(["teleport to art studio", "look around"])


_LOCK = threading.RLock()
_SIMULATORS: dict[tuple[int, Java], Simulator] = {}


def lease(java: Java, start: Callable[[Java], Machine] = Jvm) -> Simulator:
    """The simulator of this process for a Java, started if need be; give it back with `release`."""
    with _LOCK:
        key = os.getpid(), java
        if key not in _SIMULATORS or not _SIMULATORS[key].machine.alive():
            _SIMULATORS[key] = _begun(start(java))
        _SIMULATORS[key].users += 1
        return _SIMULATORS[key]


def _begun(machine: Machine) -> Simulator:
    try:
        return Simulator(machine)
    except BaseException:
        machine.close()
        raise


def release(simulator: Simulator) -> None:
    """Give a simulator back; it ends soon if nobody else wants it."""
    with _LOCK:
        simulator.users -= 1
        if simulator.users == 0:
            timer = threading.Timer(LINGER, _end, [simulator])
            timer.daemon = True
            timer.start()


def _end(simulator: Simulator) -> None:
    with _LOCK:
        if simulator.users:
            return
        simulator.machine.close()
        for key in [key for key, known in _SIMULATORS.items() if known is simulator]:
            del _SIMULATORS[key]


@atexit.register
def _end_all() -> None:
    for (process, _), simulator in list(_SIMULATORS.items()):
        if process == os.getpid():
            simulator.machine.close()
