"""Python for the programs of one episode: one interpreter for each program, or one for all of them.

Every environment object of the process shares the warm sandbox of its bounds. Where variables are kept, an earlier
moment is put back by running its programs again with the answers they got, so nothing is done to the world; that
happens when the next program comes and not before. `random` is seeded by the episode; a program that reads the clock
may do something else the second time, and then the variables count as lost.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from worldlore.environments.programs.account import Ended
from worldlore.environments.programs.faults import Fault, fault
from worldlore.environments.programs.learned import Learned
from worldlore.environments.programs.vocabulary import Vocabulary
from worldlore.sandbox import Bounds, Ran, Rung, Sandbox, Session, Stopped, Value

Do = Callable[[str], "str | None"]
"""Does a command; what the world says to it, None if the program may not go on."""

_sandboxes: dict[tuple[Bounds, Rung], Sandbox] = {}
_turn = threading.Lock()


def shared(bounds: Bounds, rung: Rung) -> Sandbox:
    """The process's sandbox of these bounds; ConfigError where the machine cannot give the rung."""
    with _turn:
        if (bounds, rung) not in _sandboxes:
            _sandboxes[bounds, rung] = Sandbox(bounds, rung)
        return _sandboxes[bounds, rung]


@dataclass(frozen=True, slots=True)
class Cell:
    """One program that was run where variables are kept."""

    code: str
    asked: tuple[tuple[str, str | None], ...]
    """Each command it gave, and what it was answered."""


@dataclass
class Interpreter:
    """Runs an episode's programs."""

    sandbox: Sandbox
    """Where they run."""
    vocabulary: Vocabulary
    """What they may call."""
    learned: Learned
    """What they find defined."""
    seed: str
    """Of `random`."""
    cells: tuple[Cell, ...] = ()
    """What was run since the variables were last empty."""
    _session: Session | None = field(default=None, init=False)

    def once(self, code: str, do: Do, number: int) -> Ended:
        """Run a program in an interpreter of its own; `number` tells the programs of an episode apart."""
        setup = self.learned.setup(f"{self.seed} {number}")
        ran = self.sandbox.run(code, self.vocabulary.parameters, _Tape(self.vocabulary, do).answer, setup)
        return self._ended(ran, code)

    def next(self, code: str, do: Do) -> Ended:
        """Run a program where the one before it ended."""
        whole = self._stand()
        session, tape = self._open(), _Tape(self.vocabulary, do)
        ran = session.run(code, tape.answer)
        ended = self._ended(ran, code, lost=not (whole and session.alive))
        self.cells = (*self.cells, Cell(code, tuple(tape.asked))) if session.alive else ()
        return ended

    def close(self) -> None:
        """End what runs; the cells are kept, and run again when the next program comes."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _open(self) -> Session:
        if self._session is None:
            self._session = self.sandbox.session(self.vocabulary.parameters, self.learned.setup(self.seed))
        return self._session

    def _stand(self) -> bool:
        """Put a session to where the cells end; whether the variables are what they were."""
        if self._session is not None and self._session.alive:
            return True
        self.close()
        if all(map(self._repeat, self.cells)):
            return True
        self.close()
        self.cells = ()
        return False

    def _repeat(self, cell: Cell) -> bool:
        """Run a cell again with the answers it got; whether it asked for the same."""
        answers = list(cell.asked)

        def do(command: str) -> str | None:
            same = bool(answers) and answers[0][0] == command
            return answers.pop(0)[1] if same else None

        session, tape = self._open(), _Tape(self.vocabulary, do)
        session.run(cell.code, tape.answer)
        return session.alive and tuple(tape.asked) == cell.asked

    def _ended(self, ran: Ran, code: str, lost: bool = False) -> Ended:
        found = fault(ran.error, code, len(self.cells) + 1, self.learned) if ran.error else Fault("", None)
        value = ran.value if not ran.calls else None
        shown = "\n".join(part for part in (ran.output.rstrip("\n"), value) if part)
        return Ended(ran.ending, shown, found.sentence, found.error, lost, self.sandbox.rung.words)


@dataclass
class _Tape:
    """Answers a program's calls and keeps what was asked."""

    vocabulary: Vocabulary
    do: Do
    asked: list[tuple[str, str | None]] = field(default_factory=list[tuple[str, "str | None"]])

    def answer(self, name: str, arguments: list[Value], keywords: dict[str, Value]) -> Value:
        known = name in self.vocabulary.parameters
        command = self.vocabulary.bind(name, arguments, keywords) if known else None
        if command is None:  # Python itself refuses such a call, so this program spoke past its functions
            raise Stopped
        said = self.do(command)
        self.asked.append((command, said))
        if said is None:
            raise Stopped
        return said
