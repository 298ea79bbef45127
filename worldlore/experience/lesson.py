"""A lesson is what was learned: a folder a person can read.

    lesson/
      knowledge/NAME.md      texts an agent is told
      theories.md            theories of the world with their probabilities
      actions/NAME.py        learned actions: functions over the environment's primitives
      cases.jsonl            trajectories an agent may look back at
      casebase/              what was done in which situation, to be looked up by likeness
      weights/ROLE/          a Hugging Face directory or a PEFT adapter for the model in that role
      metrics.json           what the method measured while learning

A folder written by hand has any of these parts; what a method learned has metrics.json too.

`a + b` combines two lessons and refuses a clash: one role cannot have two weights, nor one name two texts
or two functions; of theories there is one distribution. `a.then(b)` lets the later one win.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from worldlore.errors import ConfigError, StoreError
from worldlore.experience.action import Action
from worldlore.experience.casebase import CaseBase
from worldlore.experience.jsonl import read_jsonl, write_jsonl
from worldlore.experience.theory import Theory, read, written
from worldlore.experience.trajectory import Trajectory

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a method learned."""

    knowledge: Mapping[str, str] = field(default_factory=dict[str, str])
    """Name -> text an agent is told before it acts."""
    actions: tuple[Action, ...] = ()
    """Functions an agent may call, beside the environment's primitives."""
    cases: tuple[Trajectory, ...] = ()
    """Trajectories worth remembering."""
    weights: Mapping[str, Path] = field(default_factory=dict[str, Path])
    """Role -> folder with a Hugging Face model or a PEFT adapter."""
    metrics: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What was measured while learning; JSON values only."""
    theories: tuple[Theory, ...] = ()
    """What may be true of the world: one distribution, the most probable first."""
    casebase: CaseBase | None = None
    """What was done in situations like this one."""

    def __add__(self, other: Lesson) -> Lesson:
        """Both lessons in one; ConfigError if they disagree about a role's weights, a text or a function."""
        if self.theories and other.theories and self.theories != other.theories:
            raise ConfigError("two lessons both bring theories; keep one, for their probabilities are of two searches")
        if self.casebase and other.casebase and self.casebase is not other.casebase:
            raise ConfigError("two lessons both bring a case base; keep one, for their vectors are of two models")
        _joined("actions", _named(self.actions), _named(other.actions))
        _joined("knowledge", self.knowledge, other.knowledge)
        _joined("weights", self.weights, other.weights)
        return self.then(other)

    def then(self, later: Lesson) -> Lesson:
        """This lesson, gone on with: where both say something, the later one is right."""
        return Lesson(
            {**self.knowledge, **later.knowledge},
            tuple({**_named(self.actions), **_named(later.actions)}.values()),
            self.cases + tuple(c for c in later.cases if c not in self.cases),
            {**self.weights, **later.weights},
            {**self.metrics, **later.metrics},
            later.theories or self.theories,
            later.casebase or self.casebase,
        )

    def save(self, folder: Path) -> Lesson:
        """Write the folder, weights copied in; the lesson as it now lies there."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in self.knowledge.items():
            (folder / "knowledge").mkdir(exist_ok=True)
            (folder / "knowledge" / f"{name}.md").write_text(text, encoding="utf-8")
        for action in self.actions:
            (folder / "actions").mkdir(exist_ok=True)
            (folder / "actions" / f"{action.name}.py").write_text(action.written(), encoding="utf-8")
        if self.theories:
            (folder / "theories.md").write_bytes(written(self.theories).encode("utf-8", "surrogatepass"))
        if self.cases:
            write_jsonl(folder / "cases.jsonl", self.cases)
        if self.casebase is not None:
            self.casebase.save(folder / "casebase")
        for role, source in self.weights.items():
            target = folder / "weights" / role
            if source.resolve() != target.resolve():
                shutil.copytree(source, target, dirs_exist_ok=True)
        text = json.dumps(dict(self.metrics), indent=1, sort_keys=True)
        (folder / "metrics.json").write_text(text + "\n", encoding="utf-8")
        return Lesson.load(folder)

    @staticmethod
    def load(folder: Path) -> Lesson:
        """Read a folder that `save` or a person wrote; ConfigError if it is no lesson, StoreError if it is damaged."""
        _lesson(folder)
        texts = sorted((folder / "knowledge").glob("*.md"))
        cases = folder / "cases.jsonl"
        weights = sorted(p for p in (folder / "weights").glob("*") if p.is_dir())
        return Lesson(
            {p.stem: p.read_text(encoding="utf-8") for p in texts},
            actions_in(folder / "actions"),
            tuple(read_jsonl(cases, Trajectory)) if cases.is_file() else (),
            {p.name: p for p in weights},
            _metrics(folder / "metrics.json"),
            _theories(folder / "theories.md"),
            CaseBase.load(folder / "casebase") if (folder / "casebase").is_dir() else None,
        )


_PARTS = ("knowledge/*.md", "theories.md", "actions/*.py", "cases.jsonl", "casebase/", "weights/*/", "metrics.json")


def _lesson(folder: Path) -> None:
    if not folder.is_dir():
        raise ConfigError(f"no folder {folder}; give the lesson/ folder of a run, or one written by hand")
    if not any(next(folder.glob(part), None) for part in _PARTS):
        raise ConfigError(
            f"{folder} is no lesson: it may hold actions/NAME.py, knowledge/NAME.md, theories.md, cases.jsonl, "
            "casebase/ and weights/ROLE/, and it has none of them"
        )


def actions_in(folder: Path) -> tuple[Action, ...]:
    """The actions of a folder of Python files, by name; StoreError for a file that is none."""
    return tuple(_action(path) for path in sorted(folder.glob("*.py")))


def _action(path: Path) -> Action:
    try:
        action = Action.read(path.read_text(encoding="utf-8"))
    except (ConfigError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: {error}") from error
    if action.name != path.stem:
        raise StoreError(f"{path} defines {action.name!r}; name the file {action.name}.py")
    return action


def _named(actions: tuple[Action, ...]) -> dict[str, Action]:
    return {action.name: action for action in actions}


def _theories(path: Path) -> tuple[Theory, ...]:
    try:
        return read(path.read_bytes().decode("utf-8", "surrogatepass")) if path.is_file() else ()
    except (ConfigError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: {error}") from error


def _metrics(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, TypeError) as error:
        raise StoreError(f"{path} is damaged ({error}); learn the lesson again, or mend the file") from error


def _joined(part: str, mine: Mapping[str, V], theirs: Mapping[str, V]) -> dict[str, V]:
    clash = sorted(k for k in mine.keys() & theirs.keys() if mine[k] != theirs[k])
    if clash:
        raise ConfigError(f"two lessons both bring {part} for {', '.join(clash)}; combine lessons that differ there")
    return {**mine, **theirs}
