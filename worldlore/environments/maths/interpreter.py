"""Python that remembers, and that can be put back to any earlier moment.

A state is a row of blocks and, as long as it is kept, the process in which they were run. Going on from a state that
somebody may come back to forks that process, so the state stays as it was; where the process was let go, the blocks are
run again. Both end in the same variables, for `random` is seeded and nothing outside can be read; a program that reads
the clock, or goes on in threads of its own, is the exception.

- A bounded number of states keep their process; the one not used for longest is let go first.
- A block that runs too long, or kills its interpreter, takes all variables with it: the next one begins anew.
- A state that nobody holds any more ends its process.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

from worldlore.errors import SandboxError
from worldlore.sandbox import Bounds, Ran, Rung, Sandbox, Session, Value

SETUP = """
import builtins, random, sys
def _refusal(sentence):
    def refuse(*_, **__):
        raise RuntimeError(sentence)
    return refuse
random.seed({seed!r})
if "sympy.core.random" in sys.modules:
    sys.modules["sympy.core.random"].seed({seed!r})
builtins.input = _refusal("nobody is there to type: write the values into the program")
builtins.open = _refusal("there are no files here: keep values in variables")
builtins.exit = builtins.quit = sys.exit = _refusal("a block ends by itself: leave exit out")
del builtins, random, sys, _refusal
"""
SYMPY = (
    "sympy",
    *(
        f"sympy.{part}.*"
        for part in (
            *("assumptions", "calculus", "codegen", "combinatorics", "concrete", "core", "discrete", "functions"),
            *("geometry", "integrals", "logic", "matrices", "ntheory", "polys", "series", "sets", "simplify"),
            *("solvers", "tensor"),
        )
    ),
)
"""What of SymPy is read in advance; statistics and physics take longer to load than all of it and are left out."""
OTHERS = 256
"""Processes of one user that may run beside the ones that are kept: those in play."""


@dataclass(frozen=True, slots=True)
class Terms:
    """In what kind of interpreter blocks run."""

    bounds: Bounds
    """The most a block may use."""
    rung: Rung
    """The least protection."""
    packages: tuple[str, ...] = ()
    """Modules beside the standard library, as the sandbox reads them in advance."""
    kept: int = 64
    """States that keep their process."""


@dataclass(eq=False)
class State:
    """What a row of blocks left behind."""

    blocks: tuple[str, ...] = ()
    """Run one after another since the variables were last empty."""
    session: Session | None = None
    """The process in which they were run, where it was kept."""
    shared: bool = False
    """Somebody may come back to it, so whoever goes on takes a fork."""

    def let_go(self) -> None:
        """End the process; the blocks stay."""
        if self.session is not None:
            self.session.close()
            self.session = None


@dataclass
class Shelf:
    """One sandbox, and the states of it that keep their process."""

    sandbox: Sandbox
    """Where blocks run."""
    most: int
    """How many states keep theirs."""
    _kept: OrderedDict[int, weakref.finalize[[], State]] = field(
        default_factory=OrderedDict[int, "weakref.finalize[[], State]"]
    )
    """What ends a state's process when nobody holds the state any more, the latest used last."""
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, state: State) -> None:
        """Hold on to a state as the latest used, and let the oldest go where there are too many."""
        state.shared = True
        with self._turn:
            self._touch(state)

    def fork(self, state: State) -> Session | None:
        """A process of one's own that goes on from a state; None where its process was let go."""
        with self._turn:
            if state.session is None:
                return None
            try:
                twin = state.session.fork()
            except SandboxError:  # no process to be had, or it has died: the blocks are run again
                state.let_go()
                return None
            self._touch(state)
            return twin

    @property
    def living(self) -> int:
        """How many states keep a process now."""
        return sum(ending.alive for ending in self._kept.values())

    def _touch(self, state: State) -> None:
        for at in [at for at, ending in self._kept.items() if not ending.alive]:
            del self._kept[at]
        if state.session is not None:
            if (before := self._kept.pop(id(state), None)) is not None:
                before.detach()
            self._kept[id(state)] = ending = weakref.finalize(state, state.session.close)
            ending.atexit = False  # the sandbox ends all of them
        while len(self._kept) > self.most:
            oldest = self._kept.popitem(last=False)[1].detach()
            if oldest is not None:
                oldest[0].let_go()


@cache
def shelf(terms: Terms) -> Shelf:
    """The process's shelf of these terms; ConfigError where the machine cannot give the rung."""
    bounds = terms.bounds.model_copy(update={"processes": terms.bounds.processes + terms.kept + OTHERS})
    return Shelf(Sandbox(bounds, terms.rung, terms.packages), terms.kept)


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a block."""

    ran: Ran
    """As the sandbox tells it."""
    number: int
    """Which block of its interpreter it was, from 1."""
    lost: bool
    """The variables of earlier blocks are gone."""


class Interpreter:
    """Runs the blocks of one episode after another."""

    def __init__(self, shelf: Shelf, seed: str) -> None:
        """`seed` is that of Python's `random`."""
        self.shelf, self.state, self._setup = shelf, State(), SETUP.format(seed=seed)

    def run(self, code: str) -> Result:
        """Run a block where the one before it ended."""
        session = self._own()
        whole = session is not None
        blocks = self.state.blocks if whole else ()
        session = session or self._again(())
        assert session is not None
        ran = session.run(code, _nothing)
        alive = session.alive
        self.state = State((*blocks, code), session) if alive else State()
        return Result(ran, len(blocks) + 1, lost=not (whole and alive))

    def moment(self) -> State:
        """The state now; it stays as it is, whatever is run later."""
        self.shelf.keep(self.state)
        return self.state

    def put(self, state: State) -> None:
        """Go on from a state that was a moment."""
        self.close()
        self.state = state

    def close(self) -> None:
        """End the process, unless it belongs to a moment."""
        if not self.state.shared:
            self.state.let_go()
        self.state = State()

    def _own(self) -> Session | None:
        """A process at the present state that nobody else goes on from; None if the blocks no longer lead there."""
        state = self.state
        if not state.shared:
            session, state.session = state.session, None
            return session or self._again(state.blocks)
        return self.shelf.fork(state) or self._revived(state)

    def _revived(self, state: State) -> Session | None:
        """The same where the process was let go; who comes back next finds one again."""
        session = self._again(state.blocks)
        if session is None or not state.blocks:
            return session
        state.session = session
        self.shelf.keep(state)
        return self.shelf.fork(state) or self._again(state.blocks)

    def _again(self, blocks: Sequence[str]) -> Session | None:
        """A new process in which blocks were run; None if one of them did not come through this time."""
        session = self.shelf.sandbox.session({}, self._setup)
        for block in blocks:
            session.run(block, _nothing)
            if not session.alive:
                return None
        return session


def _nothing(name: str, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    return None
