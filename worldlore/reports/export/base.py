"""What a target is given, and how its files reach the disk.

Usage is shown by what happened: examples and types come from calls in the lesson's cases, never from the test, nor
from practice, where an action of the same name may have been another one. A folder that holds something is left alone
unless told otherwise; even then no other file is deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Action, Lesson, Trajectory, listed
from worldlore.experiments.store import Run, runs
from worldlore.reports.export.calls import Use, free_names, uses_in
from worldlore.reports.export.folder import check_free, encoded, place

Files = Mapping[str, str]
"""Path in the folder -> text."""


@dataclass(frozen=True)
class Taught:
    """A lesson on its way out."""

    lesson: Lesson
    """What was learned."""
    origin: str
    """Where it comes from, in words."""
    played: tuple[Trajectory, ...] = ()
    """Episodes that tell which world it is and what functions it has; nothing else is taken from them."""

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """Those worth telling: that act on the world; all of them if none is seen to."""
        names = {action.name for action in self.lesson.actions}
        outside = frozenset(name for action in self.lesson.actions for name in free_names(action)) - names
        return listed(self.lesson.actions, outside) or self.lesson.actions

    @cached_property
    def uses(self) -> Mapping[str, tuple[Use, ...]]:
        """Name of an action -> its calls in the lesson's cases."""
        return uses_in(self.lesson.cases, frozenset(a.name for a in self.lesson.actions))

    @cached_property
    def world(self) -> str:
        """Name of the environment it was learned in; empty where no episode tells."""
        return next((episode.task.environment for episode in self._episodes), "")

    @cached_property
    def told(self) -> Mapping[str, str]:
        """What agents were told of functions: name -> "pick(obj, room): what it does"."""
        found: dict[str, str] = {}
        for episode in self._episodes:
            for seen in (*(step.observation for step in episode.steps[:1]), episode.final):
                found |= {line.partition("(")[0].strip(): line for line in (seen and seen.functions) or ()}
        return found

    @property
    def _episodes(self) -> tuple[Trajectory, ...]:
        return (*self.lesson.cases, *self.played)

    def helpers(self, action: Action) -> tuple[Action, ...]:
        """The other learned actions it needs, those first that are needed by others."""
        known = {other.name: other for other in self.lesson.actions}
        found: dict[str, Action] = {}

        def visit(name: str, path: frozenset[str]) -> None:
            for used in sorted(known[name].uses & known.keys() - path - found.keys()):
                visit(used, path | {used})
                found[used] = known[used]

        visit(action.name, frozenset({action.name}))
        return tuple(found.values())

    def needs(self, action: Action) -> tuple[str, ...]:
        """Names of the functions that its code and its helpers' expect from outside."""
        own = (action, *self.helpers(action))
        return tuple(sorted({name for one in own for name in free_names(one)} - {one.name for one in own}))


def opened(path: Path, seed: int | None = None) -> Taught:
    """The lesson of a run's learning seed (the first unless told), or the lesson in a folder."""
    if (path / "run.json").is_file():
        return _of_run(Run.open(path), seed)
    folder = path / "lesson" if (path / "lesson").is_dir() else path
    if (folder / "metrics.json").is_file() or (folder / "actions").is_dir():
        return Taught(Lesson.load(folder), str(path))
    several = [run.path for run in runs(path)]
    if several:
        raise ConfigError(f"{path} holds several runs; give one of them, for instance {several[0]}")
    raise StoreError(f"no run and no lesson in {path}; give the folder of a run, or a lesson/ folder")


def _of_run(run: Run, seed: int | None) -> Taught:
    learner = next(iter(run.seeds), 0) if seed is None else seed
    if learner not in run.seeds:
        there = ", ".join(map(str, run.seeds)) or "none yet"
        raise ConfigError(f"{run.path} has no learning seed {learner}; there: {there}")
    lesson = run.seed(learner).lesson()
    if lesson is None:
        raise ConfigError(f"seed {learner} of {run.path} has not learned to the end; run the experiment again to go on")
    return Taught(lesson, f"{run.name}, learning seed {learner}", tuple(islice(run.test(learner), 1)))


def export(taught: Taught, target: str, out: Path, force: bool = False) -> tuple[Path, ...]:
    """Write what a target makes of it; the files written.

    ConfigError for an unknown target, a lesson without actions, or a folder with something in it.
    """
    from worldlore.reports.export import EXPORTS

    make: Any = EXPORTS.load(target)
    if not taught.lesson.actions:
        raise ConfigError(f"the lesson of {taught.origin} has no actions to export; learnact learns some")
    check_free(out, force)
    return tuple(place(out / name, [encoded(text)]) for name, text in make(taught).items())
