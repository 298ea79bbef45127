"""Runs on disk; the only room that knows the layout.

    ROOT/cache.sqlite         replies of models, shared by all runs
    ROOT/NAME/
      run.json                the resolved experiment, its digest, hashes of the user's own files, where it comes from
      metrics.jsonl           one record a line: what happened, with the cost so far
      result.json             metrics with intervals, cost; written when all is done
      seed-0/                 one folder a learning seed
        train.jsonl           every trajectory of practice
        exchanges.jsonl       what the method itself asked models, and their replies
        predictions/          what a world model foretold of held-out transitions, a line a prediction
        trees/NAME.jsonl      one file a tree: the tree, how it grew, what the method made of it
        training/             checkpoints while weights are trained
        lesson/               what was learned
        practice.json         what practice cost; there once the lesson is whole
        test.jsonl            every trajectory of the test

Lines are appended whole and files replaced at once, so a run killed at any moment can be gone on with: a torn last
line is cut off, everything else must be readable. One process writes a run at a time.
"""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from worldlore.errors import ConfigError, StoreError
from worldlore.experience import (
    Appraisal,
    Call,
    Cost,
    Foretold,
    Lesson,
    Trajectory,
    Tree,
    append_jsonl,
    dumps,
    loads,
    read_jsonl,
    recover,
    write_jsonl,
)
from worldlore.experiments.aside import ASIDE, clear, played, set_aside, settle
from worldlore.experiments.disk import alone, damage, guarded, read, write
from worldlore.experiments.provenance import own_files, provenance
from worldlore.rollout.growth import Grown

Listener = Callable[[str, Mapping[str, Any]], None]


@dataclass(frozen=True)
class Run:
    """One run folder."""

    path: Path
    """Where it lies."""
    root: Path
    """The folder of all runs."""

    @staticmethod
    def found(root: Path, name: str, experiment: Mapping[str, Any], digest: str) -> Run | None:
        """The run of this name, if something was played in it; ConfigError if it was another experiment."""
        run = Run(root / name, root)
        if not (run.path / "run.json").is_file() or not played(run.path):
            return None
        _same(run, experiment, digest)
        return run

    @staticmethod
    @contextmanager
    def begin(root: Path, name: str, experiment: Mapping[str, Any], digest: str, fresh: bool = False) -> Iterator[Run]:
        """Create a run or go on with it, as its only writer; ConfigError if it was another experiment.

        What was begun and not played in makes way. So does what was played, if a `fresh` run is asked for, but it is
        only set aside: it is deleted once the new run has played something, and else comes back.
        """
        run = Run(root / name, root)
        with guarded(run.path):
            run.path.mkdir(parents=True, exist_ok=True)
        with alone(run.path):
            with guarded(run.path):
                settle(run.path)
                if fresh:
                    set_aside(run.path)
            if Run.found(root, name, experiment, digest) is None:
                with guarded(run.path):
                    clear(run.path)
                origin = {"files": own_files(experiment), **provenance()}
                write(run.path / "run.json", {"experiment": experiment, "digest": digest, **origin})
            for path in run.path.glob("**/*.jsonl"):
                recover(path)
            try:
                yield run
            finally:
                with guarded(run.path):
                    settle(run.path)

    @staticmethod
    def open(path: Path) -> Run:
        """A run that is there; StoreError if there is none."""
        if not (path / "run.json").is_file():
            raise StoreError(f"no run in {path}: {_instead(path)}")
        return Run(path, path.parent)

    @property
    def name(self) -> str:
        """Its name, as the experiment gave it."""
        return str(self.record["experiment"]["name"])

    @property
    def record(self) -> dict[str, Any]:
        """run.json."""
        return read(self.path / "run.json")

    @property
    def started(self) -> str:
        """When it was begun, as ISO 8601 in UTC; variants of a page are begun in the page's order."""
        return str(self.record.get("started", ""))

    @property
    def result(self) -> dict[str, Any] | None:
        """result.json; None while the run is not finished."""
        return read(self.path / "result.json") if (self.path / "result.json").is_file() else None

    @property
    def unfinished(self) -> str:
        """The command that goes on with it; empty where it is finished."""
        if (self.path / "result.json").is_file():
            return ""
        program, *words = shlex.split(self.record.get("command", "")) or ["the command that began it"]
        return shlex.join([Path(program).name, *(word for word in words if word != "--fresh")]) if words else program

    @property
    def seeds(self) -> tuple[int, ...]:
        """Learning seeds of which there is something."""
        return tuple(sorted(int(folder.name[5:]) for folder in self.path.glob("seed-*")))

    def seed(self, seed: int, listener: Listener | None = None) -> SeedRun:
        """What belongs to one learning seed."""
        return SeedRun(self, seed, listener)

    def test(self, seed: int) -> Iterator[Trajectory]:
        """The test's trajectories of a learning seed."""
        return self.seed(seed).test()

    def train(self, seed: int) -> Iterator[Trajectory]:
        """The trajectories of practice of a learning seed."""
        return self.seed(seed).trajectories()

    def trees(self, seed: int) -> Iterator[tuple[str, Tree, Appraisal]]:
        """Name, tree and appraisal of each tree of a learning seed that was appraised."""
        return self.seed(seed).trees()

    def metrics(self) -> Iterator[dict[str, Any]]:
        """The records of metrics.jsonl."""
        path = self.path / "metrics.jsonl"
        return iter(read_jsonl(path, dict)) if path.is_file() else iter(())

    def finish(self, result: Mapping[str, Any]) -> None:
        """Write result.json."""
        write(self.path / "result.json", result)


@dataclass(frozen=True)
class SeedRun:
    """The part of a run that belongs to one learning seed; the notebook of its practice."""

    run: Run
    """The run."""
    seed: int
    """The learning seed."""
    listener: Listener | None = None
    """Told of everything that is written."""

    @property
    def path(self) -> Path:
        """Its folder."""
        return self.run.path / f"seed-{self.seed}"

    # practice

    def trajectories(self) -> Iterator[Trajectory]:
        """Trajectories of practice, in order."""
        return _trajectories(self.path / "train.jsonl")

    def recall(self) -> None:
        """Tell the listener what an interrupted practice had played."""
        ended = [trajectory.success for trajectory in self.trajectories()]
        for path in sorted((self.path / "trees").glob("*.jsonl")):
            with damage(path):
                ended += [leaf.success for leaf in loads(path.read_text(encoding="utf-8").splitlines()[0], Tree).leaves]
        if ended:
            self._tell("practice", {"done": len(ended), "wins": sum(success is True for success in ended)})

    def exchanges(self) -> Iterator[Call]:
        """What the method asked models, in order."""
        path = self.path / "exchanges.jsonl"
        if path.is_file():
            yield from read_jsonl(path, Call)

    def add_exchange(self, call: Call) -> None:
        """Append one."""
        self._append("exchanges.jsonl", call)

    def add(self, trajectory: Trajectory) -> None:
        """Append one of practice."""
        self._append("train.jsonl", trajectory)
        self._tell("practice", {"success": trajectory.success})

    def tree(self, name: str) -> Grown | None:
        """A tree as it was grown, if it is there."""
        path = self._tree(name)
        if not path.is_file():
            return None
        lines = path.read_text(encoding="utf-8").splitlines()
        with damage(path):
            notes = json.loads(lines[1])
            notes["cost"] = Cost(**notes["cost"])
            return Grown(tree=loads(lines[0], Tree), **{**notes, "draws": tuple(notes["draws"])})

    def add_tree(self, name: str, grown: Grown) -> None:
        """Keep a tree."""
        notes = {"draws": grown.draws, "reason": grown.reason, "cost": grown.cost, "mismatches": grown.mismatches}
        with guarded(self.path):
            self._tree(name).parent.mkdir(parents=True, exist_ok=True)
        write_jsonl(self._tree(name), [grown.tree, notes])
        for leaf in grown.tree.leaves:
            self._tell("practice", {"success": leaf.success})

    def appraise(self, name: str, appraisal: Appraisal) -> None:
        """Keep what a method made of a tree, beside it."""
        lines = self._tree(name).read_text(encoding="utf-8").splitlines()[:2]
        with guarded(self.path):
            draft = self._tree(name).with_suffix(".draft")
            draft.write_text("\n".join([*lines, dumps(appraisal)]) + "\n", encoding="utf-8")
            draft.replace(self._tree(name))

    def trees(self) -> Iterator[tuple[str, Tree, Appraisal]]:
        """Name, tree and appraisal of each tree that was appraised."""
        for path in sorted((self.path / "trees").glob("*.jsonl")):
            lines = path.read_text(encoding="utf-8").splitlines()
            if len(lines) > 2:
                with damage(path):
                    yield path.stem, loads(lines[0], Tree), loads(lines[2], Appraisal)

    def log(self, record: Mapping[str, Any]) -> None:
        """Append a record of progress to the run's metrics."""
        append_jsonl(self.run.path / "metrics.jsonl", dict(record))
        self._tell(str(record.get("phase", "")), record)

    def folder(self, name: str) -> Path:
        """A folder for work in progress."""
        return self.path / name

    # lesson

    def lesson(self) -> Lesson | None:
        """What was learned; None while it is not whole."""
        return Lesson.load(self.path / "lesson") if (self.path / "practice.json").is_file() else None

    def predictions(self, name: str) -> Iterator[Foretold]:
        """What a world model foretold: "heldout" of what the method kept back, "test" of the test's tasks."""
        path = self.path / "predictions" / f"{name}.jsonl"
        if path.is_file():
            yield from read_jsonl(path, Foretold)

    def keep(self, lesson: Lesson, cost: Cost) -> Lesson:
        """Keep what was learned, and what it cost."""
        with guarded(self.path):
            shutil.rmtree(self.path / "lesson", ignore_errors=True)
            kept = lesson.save(self.path / "lesson")
        write(self.path / "practice.json", cost)
        shutil.rmtree(self.path / "training", ignore_errors=True)
        return kept

    def cost(self) -> Cost:
        """What practice cost."""
        return Cost(**read(self.path / "practice.json"))

    # test

    def test(self) -> Iterator[Trajectory]:
        """Trajectories of the test, in order."""
        return _trajectories(self.path / "test.jsonl")

    def expect(self, total: int) -> None:
        """Tell the listener how many episodes of the test are to come, and what is there already."""
        done = list(self.test())
        self._tell("test", {"total": total, "done": len(done), "wins": sum(t.success is True for t in done)})

    def add_test(self, trajectory: Trajectory) -> None:
        """Append one of the test."""
        self._append("test.jsonl", trajectory)
        self._tell("test", {"success": trajectory.success})

    def _tree(self, name: str) -> Path:
        return self.path / "trees" / f"{name}.jsonl"

    def _append(self, name: str, record: Trajectory | Call) -> None:
        with guarded(self.path):
            self.path.mkdir(parents=True, exist_ok=True)
        append_jsonl(self.path / name, record)

    def _tell(self, phase: str, record: Mapping[str, Any]) -> None:
        if self.listener is not None:
            self.listener(phase, {"seed": self.seed, **record})


def runs(root: Path) -> Iterator[Run]:
    """All runs under a folder, by name."""
    for path in sorted(root.glob("**/run.json")):
        if path.parent.name != ASIDE:
            yield Run(path.parent, root)


def _instead(folder: Path) -> str:
    """What to name where a folder is no run."""
    if inside := sorted(path.parent for path in folder.glob("*/run.json")):
        return f"it holds the runs {', '.join(run.name for run in inside)}; name one, as {inside[0]}"
    return "it has no run.json; `worldlore list runs` tells where runs are"


def lesson_in(folder: Path) -> Path:
    """The lesson's folder: the one given, or that of a run which learned one lesson; ConfigError if it learned more."""
    if not (folder / "run.json").is_file():
        if any(folder.glob("*/run.json")):
            raise ConfigError(f"{folder} is no run and no lesson: {_instead(folder)}")
        return folder
    run = Run.open(folder)
    learned = [seed for seed in run.seeds if (run.seed(seed).path / "practice.json").is_file()]
    if len(learned) == 1:
        return run.seed(learned[0]).path / "lesson"
    if not learned:
        raise ConfigError(f"the run in {folder} has learned no lesson yet; run it to its end first")
    seeds = ", ".join(map(str, learned))
    raise ConfigError(f"{folder} learned lessons of seeds {seeds}; give one: {folder}/seed-{learned[0]}/lesson")


def _same(run: Run, experiment: Mapping[str, Any], digest: str) -> None:
    """ConfigError where another experiment was begun here, or the same one with other files of the user's."""
    record = run.record
    made, now = record.get("files", {}), own_files(experiment)
    differing = [f"{key} (its file has changed)" for key in now if made.get(key, now[key]) != now[key]]
    if record["digest"] != digest:
        unseen = "what its starting lesson holds" if experiment.get("lesson") else "defaults of this version"
        differing = [*_differences(record["experiment"], experiment), *differing] or [unseen]
    if differing:
        raise ConfigError(
            f"the run in {run.path} was made with another experiment; it differs in {', '.join(differing)}. "
            "Give it another name (--set name=…), or start it over with --fresh"
        )


def _differences(old: Any, new: Any, where: str = "") -> Iterator[str]:
    """`key: old -> new` for each leaf that differs; a key that was not there yet, and is empty, is no news."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted(old.keys() | new.keys()):
            if (where or key not in ("name", "note", "cache", "cluster")) and (key in old or new[key]):
                yield from _differences(old.get(key), new.get(key), f"{where}.{key}" if where else str(key))
    elif old != new:
        yield f"{where} ({json.dumps(old)} -> {json.dumps(new)})"


def _trajectories(path: Path) -> Iterator[Trajectory]:
    if path.is_file():
        yield from read_jsonl(path, Trajectory)
