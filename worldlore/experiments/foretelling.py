"""The second way to be measured: what a world model foretells of the test's tasks, told what was learned.

What happens in these tasks does not depend on the agent or on what it learned, so every run and every learning seed
is asked about the same transitions (`methods/worldllm/heldout.py` says how they are played). Who is asked: the model in
the role "world", else "policy", with the lesson's weights; told no theory, the lesson's best one, all of them weighed
by their probabilities, and the true one where the world has it written down.

In the folder of a learning seed:

    predictions/
      played.jsonl          the episodes whose transitions were foretold
      scores/               what the model was asked, and its answers, by content
      cost.json             what that cost
      test.jsonl            a line a prediction; there once all are made
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldlore.evaluation import predictions
from worldlore.experience import Cost, Foretold, Lesson, Task, Trajectory, append_jsonl, read_jsonl, write_jsonl
from worldlore.experiments.disk import guarded
from worldlore.experiments.store import SeedRun
from worldlore.methods.worldllm import heldout
from worldlore.rollout.loop import Stage
from worldlore.rollout.practice import Budget, Ledger, Practice


def check(stage: Stage, tasks: Sequence[Task]) -> None:
    """ConfigError where nothing can be foretold, by these models or in this world."""
    heldout.check(stage, tasks)


def foretell(stage: Stage, tasks: Sequence[Task], lesson: Lesson, book: SeedRun) -> None:
    """Have what happens in the test's tasks foretold, unless that was done; a killed run goes on where it was."""
    notes = Notes(book.run, book.seed, book.listener)
    if notes.whole:
        return
    practice = Practice(tasks, stage.with_lesson(lesson), Budget(), 0, notes, Ledger(notes))
    notes.write(heldout.of_lesson(practice, lesson.theories), practice.cost)


def results(books: Sequence[SeedRun]) -> dict[str, Any]:
    """Metrics with intervals by what the model was told, what changes between two of these, and the cost."""
    notes = [Notes(book.run, book.seed) for book in books]
    found = predictions.by_theory((book.seed, one) for book in books for one in book.predictions("test"))
    return {
        "metrics": {name: predictions.measure(told) for name, told in found.items()},
        "changes": predictions.progress(found),
        "cost": sum((note.cost() for note in notes), Cost()),
    }


@dataclass(frozen=True)
class Notes(SeedRun):
    """The notebook of predictions of one learning seed: what is played here is no practice."""

    @property
    def path(self) -> Path:
        """Its folder."""
        return super().path / "predictions"

    @property
    def whole(self) -> bool:
        """Whether all predictions are made."""
        return (self.path / "test.jsonl").is_file()

    def cost(self) -> Cost:
        """What asking for them cost."""
        return next(read_jsonl(self.path / "cost.json", Cost)) if self.whole else Cost()

    def write(self, found: Sequence[Foretold], cost: Cost) -> None:
        """Write all predictions down, and what they cost."""
        write_jsonl(self.path / "cost.json", [cost])
        write_jsonl(self.path / "test.jsonl", found)

    def trajectories(self) -> Iterator[Trajectory]:
        """What was played, in order."""
        path = self.path / "played.jsonl"
        if path.is_file():
            yield from read_jsonl(path, Trajectory)

    def add(self, trajectory: Trajectory) -> None:
        """Append one."""
        with guarded(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        append_jsonl(self.path / "played.jsonl", trajectory)

    def log(self, record: Mapping[str, Any]) -> None:
        """Tell the listener; none of it is progress in learning."""
        self._tell("predictions", record)
