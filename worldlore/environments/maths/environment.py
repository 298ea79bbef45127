"""A world of maths problems: work with Python over as many turns as it takes, then answer.

An action that begins with `Answer:` is an answer; any other is a block of Python, run in a sandboxed interpreter that
keeps its variables. A block is answered with what it printed, the value of a last line that is a bare expression, and
the error, if there was one, in a sentence. A block is not run where it is no Python, and `input`, `open` and `exit` are
refused in words.

- With `feedback`, a wrong answer is told to be wrong and the work goes on, so a tree holds the corrections too; without
  it the first answer ends the task. `answers` bounds how many may be given.
- A right answer earns 1 and ends the task; nothing else earns anything.
- `info` holds, of an answer, `answer`, `number` (which answer it was, from 1) and `correct`; of a block, `error`,
  `ending` (the sandbox's word), `lost` (variables are gone) and `rung` (how well it was locked in); of both, `valid`.
- Any moment can be put back: see interpreter.py. The expert acts out the problem's own solution, where it has one.
"""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import Field

from worldlore.config import Config
from worldlore.environments.base import Branching, Outcome
from worldlore.environments.maths import numbers
from worldlore.environments.maths.interpreter import SYMPY, Interpreter, Result, State, Terms, shelf
from worldlore.environments.maths.problems import Problem
from worldlore.environments.programs.account import cut
from worldlore.environments.programs.faults import Fault, fault
from worldlore.environments.programs.learned import Learned
from worldlore.errors import EnvironmentFailure
from worldlore.experience import Observation, Task
from worldlore.sandbox import Bounds, Rung, RungName

ANSWER = re.compile(r"\s*Answer:(.*)\Z", re.S)
NOTHING = "Nothing to do: write a block of Python, or one answer after 'Answer:', and not both at once."
SILENT = "The block ran and printed nothing. Use print to see a value."
LOST = "A new interpreter has been started: all variables and functions of earlier blocks are gone."


class MathsConfig(Config):
    """Keys of every world of maths problems."""

    feedback: bool = True
    """Tell whether an answer is right, and let the work go on if it is not; without it the first answer is the last."""
    answers: int | None = Field(default=None, ge=1)
    """Most answers that may be given; unset: any number."""
    bounds: Bounds = Bounds(seconds=5)
    """The most a block may use."""
    rung: RungName = "seccomp"
    """The least protection a block may run under: "process", "seccomp", "landlock" or "namespaces"."""
    shown: int = Field(default=2000, ge=1)
    """Characters of what a block prints that are seen."""
    sympy: bool = False
    """Whether blocks may import SymPy; it takes a few seconds, once, to be loaded."""
    forks: int = Field(default=64, ge=0)
    """Interpreters that are kept, in the whole process, for going back to; beyond that blocks are run again."""


@dataclass(frozen=True, slots=True)
class Episode:
    """What is known of the episode in play beside its interpreter."""

    task: Task
    """What is asked."""
    seed: int
    """Of `random`, with the task."""
    answers: int = 0
    """How many were given."""
    solved: int = 0
    """How many blocks of the expert's solution were run, in order."""
    over: bool = False
    """The task is over."""


class Maths(Branching):
    """A world of maths problems; a subclass names their source and how answers are checked."""

    Config = MathsConfig
    answered: ClassVar[str] = "Answer: NUMBER (gives your answer, in digits and without a unit)"
    """How an answer is written, as an agent is told it."""

    def __init__(self, config: MathsConfig) -> None:
        self.config = config
        self._episode: Episode | None = None
        self._python: Interpreter | None = None

    @abstractmethod
    def problems(self, split: str) -> Sequence[Problem]:
        """The problems of a split; ConfigError for an unknown split or missing data."""

    def correct(self, given: str, right: str) -> bool:
        """Whether an answer says the same as the right one."""
        return numbers.same(given, right)

    def tasks(self, split: str) -> Sequence[Task]:
        """A task for each problem; one that is asked twice is a task once."""
        found: dict[str, Task] = {}
        for at, problem in enumerate(self.problems(split)):
            task = self._task(split, at, problem)
            found.setdefault(task.key, task)
        return tuple(found.values())

    def reset(self, task: Task, seed: int) -> Observation:
        """Ask the question; how an answer is written is told here and not again."""
        self.close()
        self._begin(Episode(task, seed))
        return Observation(task.goal, functions=(self.answered,))

    def step(self, action: str) -> Outcome:
        """Run a block, or take an answer."""
        episode = self._playing()
        if episode.over:
            raise EnvironmentFailure("the task is over; reset before the next step")
        answer = ANSWER.match(action)
        if answer:
            return self._answer(episode, answer[1].strip())
        return self._block(episode, action.encode("utf-8", "replace").decode()) if action.strip() else _nothing()

    def expert(self) -> str | None:
        """The next block of the problem's own solution, in the end its answer; None where none is written down."""
        episode = self._playing()
        program = episode.task.data.get("program", ())
        if not program or episode.over:
            return None
        return program[episode.solved] if episode.solved < len(program) else f"Answer: {episode.task.data['answer']}"

    def snapshot(self) -> tuple[Episode, State]:
        """The moment: how far the episode is, and the state of its interpreter."""
        return self._playing(), self._interpreter().moment()

    def restore(self, snapshot: tuple[Episode, State]) -> None:
        """Put the moment back."""
        episode, state = snapshot
        self._begin(episode)
        self._interpreter().put(state)

    def ready(self) -> None:
        """ConfigError where the sandbox cannot stand on the rung that is asked for."""
        self._interpreter_of("")

    def close(self) -> None:
        """End the interpreter; moments that were taken keep theirs until nobody holds them."""
        self._episode = None
        if self._python is not None:
            self._python.close()
            self._python = None

    def _task(self, split: str, at: int, problem: Problem) -> Task:
        data: dict[str, object] = {"answer": problem.answer}
        data |= {"family": problem.kind} if problem.kind else {}
        data |= {"program": list(problem.program)} if problem.program else {}
        return Task(f"{split}-{at}", self.name, split, problem.question, data)

    def _answer(self, episode: Episode, given: str) -> Outcome:
        given, number = given.encode("utf-8", "replace").decode()[: self.config.shown], episode.answers + 1
        correct = self.correct(given, str(episode.task.data["answer"]))
        last = not self.config.feedback or number == self.config.answers
        over = correct or last
        self._episode = replace(episode, answers=number, over=over)
        info = {"valid": True, "answer": given, "number": number, "correct": correct}
        return Outcome(Observation(self._told(correct, last)), float(correct), over, correct, info)

    def _told(self, correct: bool, last: bool) -> str:
        if not self.config.feedback:
            return "The answer was taken."
        if correct:
            return "Your answer is correct."
        return "Your answer is incorrect." + ("" if last else " Find the mistake and answer again.")

    def _block(self, episode: Episode, code: str) -> Outcome:
        result = self._interpreter().run(code)
        program = episode.task.data.get("program", ())
        expected = episode.solved < len(program) and program[episode.solved] == code
        self._episode = replace(episode, solved=episode.solved + expected)
        ran = result.ran
        found = fault(ran.error, code, result.number, Learned()) if ran.error else Fault("", None)
        info = {"valid": ran.ending == "finished", "error": found.error, "ending": ran.ending, "lost": result.lost}
        info["rung"] = self._interpreter().shelf.sandbox.rung.name.lower()
        parts = (self._shown(result), found.sentence, LOST if result.lost else "")
        return Outcome(Observation("\n".join(filter(None, parts)) or SILENT), info=info)

    def _shown(self, result: Result) -> str:
        parts = (result.ran.output.rstrip("\n"), result.ran.value)
        return cut("\n".join(filter(None, parts)), self.config.shown)

    def _begin(self, episode: Episode) -> None:
        if self._python is not None:
            self._python.close()
        self._python = None
        self._episode = episode

    def _interpreter(self) -> Interpreter:
        if self._python is None:
            episode = self._playing()
            self._python = self._interpreter_of(f"{episode.task.key} {episode.seed}")
        return self._python

    def _interpreter_of(self, seed: str) -> Interpreter:
        c = self.config
        return Interpreter(shelf(Terms(c.bounds, Rung[c.rung.upper()], SYMPY if c.sympy else (), c.forks)), seed)

    def _playing(self) -> Episode:
        if self._episode is None:
            raise EnvironmentFailure("nothing is being played; reset first")
        return self._episode


def _nothing() -> Outcome:
    return Outcome(Observation(NOTHING), info={"valid": False, "error": None, "ending": "finished", "lost": False})
