"""Programs: any world with primitives, played in Python.

    [environment]
    name = "programs"
    inner = { name = "gripper" }

An action is a line or a block of Python that calls the world's primitives, and learned actions, as functions; each
gives back what the world says. The primitives are done in this process, the Python runs in the sandbox, and an action
of literal calls alone needs none. A text that is no Python, or that the world calls admissible as it stands, is passed
on as a command (see `text.py`).

- Tasks, goals, rewards and the end are the inner world's; an action's reward is the sum of its moves' rewards.
- One action is one step. A program ends at once when the task is over, so it never undoes a goal.
- An action that fails, in Python or at its bounds, undoes nothing: the moves before that stay done, and both the
  agent and the record are told how many and why.
- `info` holds `valid` (something was done, no primitive failed, no error), `inner` (command, text, valid and reward of
  each move), `called` (learned actions the action itself calls), `failure` (index in `inner` of the first primitive
  without effect), `error`, `ending` (the sandbox's word, or "calls") and `rung` (how well the program was locked in).
- Any such world branches: by the inner world's own moments, or else by doing its commands again.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field, field_validator

from worldlore.config import Config
from worldlore.environments.base import Branching, Environment, Outcome, Primitive
from worldlore.environments.programs.account import Account, Ended, Moves, Observe, cut
from worldlore.environments.programs.episode import Episode
from worldlore.environments.programs.faults import fault
from worldlore.environments.programs.interpreter import Interpreter, shared
from worldlore.environments.programs.learned import Learned
from worldlore.environments.programs.text import Broken, Command, Text, read
from worldlore.environments.programs.vocabulary import Vocabulary, vocabulary
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Action, Observation, Task
from worldlore.sandbox import Bounds, Rung, RungName, Sandbox


class ProgramsConfig(Config):
    """Keys of environment "programs"."""

    inner: dict[str, Any]
    """The world that is played, as a table of its own: { name = "gripper" }."""
    session: Literal["fresh", "persistent"] = "fresh"
    """"persistent" keeps variables and functions from one action of an episode to the next."""
    observe: Observe = "last"
    """What is seen of several moves: what the world said "last", or "all" it said to moves that took effect; with
    "state" always and only what it said last of a move that took effect, for models that see one state at a time."""
    on_failure: Literal["go_on", "stop"] = "go_on"
    """Whether a program goes on after a primitive that had no effect."""
    bounds: Bounds = Bounds()
    """The most a program may use; `calls` also bounds the moves of an action that needs no interpreter."""
    rung: RungName = "seccomp"
    """The least protection a program may run under: "process", "seccomp", "landlock" or "namespaces"."""
    shown: int = Field(default=2000, ge=0)
    """Characters of what a program prints that the agent sees."""

    @field_validator("inner")
    @classmethod
    def _resolved(cls, inner: Mapping[str, Any]) -> dict[str, Any]:
        from worldlore.environments import ENVIRONMENTS

        if inner.get("name") == "programs":
            raise ConfigError("environment 'programs': inner must be a world of its own, not programs again")
        return ENVIRONMENTS.resolve(inner)


class Programs(Branching):
    """A world whose actions are Python."""

    name = "programs"
    Config = ProgramsConfig

    def __init__(self, config: ProgramsConfig) -> None:
        from worldlore.environments import ENVIRONMENTS

        self.config = config
        self.inner: Environment = ENVIRONMENTS.build(config.inner)
        self.name = self.inner.name  # pyright: ignore[reportAttributeAccessIssue] # its tasks are the inner world's
        self._words = self._vocabulary()
        self._learned = Learned()
        self._episode: Episode | None = None
        self._interpreter: Interpreter | None = None

    @property
    def primitives(self) -> Sequence[Primitive]:
        """The inner world's."""
        return self.inner.primitives

    def tasks(self, split: str) -> Sequence[Task]:
        """The inner world's."""
        return self.inner.tasks(split)

    def asks(self, task: Task) -> Hashable:
        """What it asks for in the inner world."""
        return self.inner.asks(task)

    def reset(self, task: Task, seed: int) -> Observation:
        """Begin a task; what may be called is told here and not again."""
        self._drop()
        first = self.inner.reset(task, seed)
        self._begin(Episode.begun(task, seed, first))
        return replace(self._observe(first.text), functions=self._words.functions)

    def step(self, action: str) -> Outcome:
        """Do what a text says: a program, or a command of the inner world."""
        episode = self._playing()
        if episode.over:
            raise EnvironmentFailure("the task is over; reset before the next step")
        try:
            return self._do(episode, action)
        except BaseException:  # the inner world threw: nobody knows what became of it, so nothing goes on from here
            self._drop()
            raise

    def equip(self, actions: Sequence[Action]) -> None:
        """Let programs call these too from now on; of two with one name the later one is called."""
        self._learned = self._learned.then(actions, self._words.parameters)
        if self._learned.actions:
            _prove(self._sandbox(), self._learned, self._words)
        self._let_go()

    def ready(self) -> None:
        """ConfigError where the sandbox cannot stand on the rung that is asked for."""
        self._sandbox()

    def expert(self) -> str | None:
        """The inner expert's command, as a call."""
        advice = self.inner.expert()
        return None if advice is None else self._words.call(advice)

    def snapshot(self) -> tuple[Episode, Any]:
        """The moment, the inner world's included where it has such."""
        return self._playing(), self.inner.snapshot() if isinstance(self.inner, Branching) else None

    def restore(self, snapshot: tuple[Episode, Any]) -> None:
        """Put the moment back."""
        episode, moment = snapshot
        self._drop()
        if isinstance(self.inner, Branching):
            self.inner.restore(moment)
        else:
            self.inner.reset(episode.task, episode.seed)
            for command in episode.commands:
                self.inner.step(command)
        self._begin(episode)

    def close(self) -> None:
        """Let go of the interpreter and of the inner world."""
        self._drop()
        self.inner.close()

    def _do(self, episode: Episode, action: str) -> Outcome:
        text = self._read(episode, action)
        moves = Moves(self.inner, self.config.bounds.calls, self.config.on_failure == "go_on")
        ended = self._run(episode, text, moves)
        names = tuple(name for name in text.names if name in self._learned.names)
        account = Account(moves, ended, names, text.lone)
        self._episode = episode.after(moves, self._interpreter.cells if self._interpreter else episode.cells)
        told = self._episode.state if self.config.observe == "state" else account.told(self.config.observe, self._words)
        return Outcome(self._observe(told), moves.reward, *moves.end, account.record())

    def _read(self, episode: Episode, action: str) -> Text:
        if action.strip() in (episode.admissible or ()):  # the world itself says that this is a command
            return Command(action)
        return read(action, self._words, variables=self._persistent)

    def _run(self, episode: Episode, text: Text, moves: Moves) -> Ended:
        """Do the moves of an action; with an interpreter only where there is no other way."""
        if isinstance(text, Broken):
            found = fault(text.error, text.text, 1, self._learned)
            return Ended("raised", fault=found.sentence, error=found.error)
        if text.commands is None or (episode.cells and not isinstance(text, Command)):
            return self._interpret(episode, text.text, moves)
        all(map(moves.make, text.commands))
        return Ended()

    def _interpret(self, episode: Episode, code: str, moves: Moves) -> Ended:
        if self._interpreter is None:
            seed = f"{episode.task.key} {episode.seed}"
            self._interpreter = Interpreter(self._sandbox(), self._words, self._learned, seed, episode.cells)

        def do(command: str) -> str | None:
            return moves.made[-1].text if moves.make(command) else None

        run = self._interpreter
        ended = run.next(code, do) if self._persistent else run.once(code, do, episode.actions)
        return replace(ended, shown=cut(ended.shown, self.config.shown))

    @property
    def _persistent(self) -> bool:
        return self.config.session == "persistent"

    def _sandbox(self) -> Sandbox:
        bounds = self.config.bounds  # its own count of calls must not come before ours, which says more
        return shared(bounds.model_copy(update={"calls": bounds.calls + 1}), Rung[self.config.rung.upper()])

    def _observe(self, text: str) -> Observation:
        admissible = self._playing().admissible
        return Observation(text, None if admissible is None else tuple(map(self._words.call, admissible)))

    def _playing(self) -> Episode:
        if self._episode is None:
            raise EnvironmentFailure("nothing is being played; reset first")
        return self._episode

    def _begin(self, episode: Episode) -> None:
        self._episode, self._words = episode, self._vocabulary()

    def _drop(self) -> None:
        self._episode = None
        self._let_go()

    def _let_go(self) -> None:
        if self._interpreter is not None:
            self._interpreter.close()
            self._interpreter = None

    def _vocabulary(self) -> Vocabulary:
        primitives = tuple(self.inner.primitives)
        if not primitives:
            raise ConfigError(
                f"environment {self.inner.name!r} has no primitives, so programs cannot play it; give its class a "
                f"property `primitives` (see environments/base.py), or name {self.inner.name!r} as the environment"
            )
        return vocabulary(primitives)


@lru_cache(maxsize=256)
def _prove(sandbox: Sandbox, learned: Learned, words: Vocabulary) -> None:
    """Try once whether these load; ConfigError if not."""
    learned.prove(sandbox, words.parameters)
