"""The one page: what an experiment is, and how it is run.

An experiment is one TOML file. For each learning seed the method practises on the training tasks and leaves a lesson;
the taught agent then plays the test tasks, which practice could not touch; where asked, a world model foretells what
happens in them. A baseline is the same page with method "none". Whatever is killed goes on where it was when it is run
again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import field_validator

from worldlore.agents import AGENTS, Agent
from worldlore.config import Config, parse
from worldlore.environments import ENVIRONMENTS
from worldlore.errors import ConfigError, StoreError, WorldloreError
from worldlore.evaluation.episodes import measure
from worldlore.evaluation.tries import limit_of
from worldlore.experience import Cost, Lesson, Task, Trajectory, content_hash
from worldlore.experiments import foretelling
from worldlore.experiments.chosen import Practised, Tested, chosen_of, shared, trusted
from worldlore.experiments.pages import merged
from worldlore.experiments.store import Run, SeedRun, lesson_in
from worldlore.methods import METHODS, Method
from worldlore.models import MODELS
from worldlore.models.base import Model
from worldlore.models.cache import Cached
from worldlore.rollout.cluster import Cluster, reach
from worldlore.rollout.crew import Crew
from worldlore.rollout.distribute import Distributed
from worldlore.rollout.loop import Episode, Limits, Stage, check_needs, check_vectors
from worldlore.rollout.practice import Budget, Ledger, Practice, cost_of

_LOG = logging.getLogger(__name__)
Table = dict[str, Any]
Progress = Callable[[str, Mapping[str, Any]], None]
"""Told what happens: a phase, and a record of it."""


class Experiment(Config):
    """What decides what a run measures; a file may say `extends = "other.toml"` and tell only what differs.

    Equal experiments have equal digests.
    """

    name: str
    """Folder of the run under the root."""
    note: str = ""
    """What is to be known of its numbers, as that it is a smoke test; every table and page tells it."""
    environment: Table
    """`name` and the environment's keys."""
    models: dict[str, Table]
    """Role -> `name` and the model's keys."""
    agent: Table = {"name": "act"}
    """`name` and the agent's keys."""
    method: Table = {"name": "none"}
    """`name` and the method's keys."""
    lesson: Path | None = None
    """Folder of a lesson to start from: another run's, or one written by hand; or a run that learned one lesson."""
    train: Practised = Practised()
    """The tasks of practice."""
    test: Tested = Tested()
    """The tasks of the test."""
    limits: Limits = Limits()
    """The loop's patience."""
    budget: Budget = Budget()
    """What practice may spend, for each learning seed."""
    seeds: tuple[int, ...] = (0,)
    """Learning is repeated once for each."""
    cache: bool = True
    """Keep replies of models in `cache.sqlite` under the root, so that a repeated run asks nothing twice."""
    cluster: Cluster = Cluster()
    """Play in several processes or on several machines, by Ray (extra `ray`); what is measured is the same."""

    @field_validator("name")
    @classmethod
    def _inside(cls, name: str) -> str:
        if not name or Path(name).is_absolute() or ".." in Path(name).parts:
            raise ValueError(f"{name!r} is no folder under the root of all runs; --root chooses another root")
        return name

    @field_validator("seeds")
    @classmethod
    def _each_once(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if not seeds or len(set(seeds)) < len(seeds):
            raise ValueError(f"give at least one learning seed, and each once, as seeds = [0, 1]; got {list(seeds)}")
        return seeds

    @field_validator("models")
    @classmethod
    def _played_by_models(cls, models: dict[str, Table]) -> dict[str, Table]:
        if "expert" in models:
            raise ValueError("the environment's own expert plays the role 'expert'; give the model another role")
        return models

    @property
    def digest(self) -> str:
        """Content hash of all but name, note, cache, cluster, test.failures; of a first lesson, of its files."""
        page = self.model_dump(mode="json", exclude={"name", "note", "cache", "cluster", "lesson"})
        del page["test"]["failures"]
        for key in ("evaluation", "environment", "limits"):
            if not page["train"][key]:
                del page["train"][key]  # so that runs begun before there was this key go on
        return content_hash(page if self.lesson is None else {**page, "lesson": _fingerprint(self.lesson)})

    @property
    def practised(self) -> tuple[Table, Limits]:
        """The environment and the limits of practice; ConfigError for an unknown key."""
        limits = parse(Limits, {**self.limits.model_dump(), **self.train.limits}, "train.limits")
        return ENVIRONMENTS.resolve(merged(self.environment, self.train.environment)), limits

    def resolved(self) -> Experiment:
        """With every default of every part filled in; ConfigError for an unknown name or key."""
        _ = self.practised
        return self.model_copy(
            update={
                "environment": ENVIRONMENTS.resolve(self.environment),
                "models": {role: MODELS.resolve(table) for role, table in self.models.items()},
                "agent": AGENTS.resolve(self.agent),
                "method": METHODS.resolve(self.method),
                "lesson": self.lesson and lesson_in(self.lesson),
            }
        )


def _fingerprint(folder: Path) -> dict[str, str]:
    """Each file of a folder and the hash of what it holds."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path.read_bytes()).hexdigest() for path in files}


@dataclass(frozen=True)
class Setting:
    """The parts an experiment names, made."""

    experiment: Experiment
    """The page."""
    agent: Agent
    """Who acts."""
    method: Method
    """How it learns."""
    stage: Stage
    """Where it is tested."""
    practice: Stage
    """Where it practises."""
    train: list[Task]
    """The tasks of practice."""
    test: list[Task]
    """The tasks of the test."""
    shared: tuple[str, ...]
    """Keys of those tasks of the test that ask what a task of practice asks."""
    lesson: Lesson
    """What is known from the start."""


def run(
    experiment: Experiment, root: Path, progress: Progress = lambda phase, record: None, fresh: bool = False
) -> Run:
    """Run an experiment, or go on with it, or begin it anew; the finished run.

    Everything that can be known to be wrong is told before the run's folder is touched.
    """
    experiment = experiment.resolved()
    found = _found(experiment, root, fresh)
    if found is not None and found.result is not None:
        return found
    with _models(experiment, root) as models, _crew(experiment, root) as crew:
        setting = _setting(experiment, models, crew)
        _able(setting)
        _try(setting)
        digest = experiment.digest if fresh else _digest(experiment, root)
        with Run.begin(root, experiment.name, experiment.model_dump(mode="json"), digest, fresh) as store:
            if store.result is None:
                _play(setting, store, progress)
    return store


def check(experiment: Experiment, root: Path, fresh: bool = False) -> None:
    """ConfigError for what is wrong with a page, models aside; nothing is loaded, played or written."""
    experiment = experiment.resolved()
    found = _found(experiment, root, fresh)
    if found is None or found.result is None:
        reach(experiment.cluster)
        _try(_setting(experiment, {}))


def _found(experiment: Experiment, root: Path, fresh: bool) -> Run | None:
    """The run to go on with, if there is one."""
    if not fresh:
        return Run.found(root, experiment.name, experiment.model_dump(mode="json"), _digest(experiment, root))
    folder, lesson = root / experiment.name, experiment.lesson
    if lesson is not None and lesson.resolve().is_relative_to(folder.resolve()):
        raise ConfigError(f"--fresh would delete {lesson}, the lesson this run starts from; give the run another name")
    return None


def _digest(experiment: Experiment, root: Path) -> str:
    """Its digest; that of the run which is there, if that only lacks keys which came later, and are at their defaults.

    A starting lesson is known by what its files hold, which no page tells.
    """
    with suppress(WorldloreError, KeyError, TypeError, ValueError):  # what is no page of ours is told by who opens it
        record = Run.open(root / experiment.name).record
        past = parse(Experiment, record["experiment"], "run.json").resolved()
        if experiment.lesson is None and past.digest == experiment.digest:
            return str(record["digest"])
    return experiment.digest


def _play(setting: Setting, store: Run, progress: Progress) -> None:
    for seed in setting.experiment.seeds:
        book = store.seed(seed, progress)
        lesson = book.lesson() or _learn(setting, book)
        _test(setting, lesson, book)
        if setting.experiment.test.predictions:
            foretelling.foretell(setting.stage, setting.test, lesson, book)
    store.finish(_result(store, setting.experiment))


def _learn(setting: Setting, book: SeedRun) -> Lesson:
    test = setting.experiment.test
    tested = set[str]() if test.trained else {task.key for task in setting.test}
    budget = setting.experiment.budget
    start, stage = setting.lesson, setting.practice.with_lesson(setting.lesson)
    leave = setting.experiment.train.evaluation
    book.recall()
    practice = Practice(setting.train, stage, budget, book.seed, book, Ledger(book), tested, start, evaluation=leave)
    lesson = setting.method.learn(setting.agent.with_lesson(start), practice)
    if not isinstance(lesson, Lesson):  # pyright: ignore[reportUnnecessaryIsInstance] # a user's own method may
        raise ConfigError(f"method {setting.method.name!r}: learn must return a Lesson, and it returned {lesson!r}")
    practice.tell_broken()
    shared = setting.shared if lesson != Lesson() else ()
    practice.log(phase="learned", **({"shared": shared} if shared else {}))
    return book.keep(start.then(lesson), practice.cost)


def _test(setting: Setting, lesson: Lesson, book: SeedRun) -> None:
    attempts = setting.experiment.test.attempts
    episodes = [Episode(task, 0, k) for task in setting.test for k in range(attempts)]
    book.expect(len(episodes))
    left = _left(episodes, book)
    if not left:
        return
    stage = setting.stage.with_lesson(lesson)
    check_vectors(setting.agent, lesson, stage.models)
    played = stage.play(setting.agent.with_lesson(lesson), left)
    for trajectory in trusted(played, setting.experiment.test.failures, len(left) < len(episodes)):
        book.add_test(trajectory)


def _left(episodes: list[Episode], book: SeedRun) -> list[Episode]:
    """What is still to be played; StoreError where other tasks were played than are asked for now."""
    done = [trajectory.task for trajectory in book.test()]
    for past, episode in zip(done, episodes, strict=False):
        if past.key != episode.task.key:
            raise StoreError(
                f"{book.path} holds a test of task {past.id!r} where {episode.task.id!r} is asked for, or that task "
                "has changed; bring back what the tasks are made from, or start over with --fresh"
            )
    return episodes[len(done) :]


def _result(store: Run, experiment: Experiment) -> dict[str, Any]:
    """The numbers of a run: metrics with intervals, and what was spent; no clock, so a resumed run gives the same."""
    books = [store.seed(seed) for seed in experiment.seeds]
    played = [(book.seed, trajectory) for book in books for trajectory in book.test()]
    return {
        "name": experiment.name,
        "digest": store.record["digest"],
        "method": experiment.method["name"],
        "seeds": list(experiment.seeds),
        "metrics": measure(played, limit_of(experiment.environment)),
        "cost": {
            "practice": sum((book.cost() for book in books), Cost()),
            "test": sum((cost_of(trajectory) for _, trajectory in played), Cost()),
        },
        **({"predictions": foretelling.results(books)} if experiment.test.predictions else {}),
    }


def _setting(experiment: Experiment, models: dict[str, Model], crew: Crew | None = None) -> Setting:
    agent: Agent = AGENTS.build(experiment.agent)
    method: Method = METHODS.build(experiment.method)
    method.ready()
    stage = _stage((experiment.environment, experiment.limits), models, crew)
    practice = _stage(experiment.practised, models, crew) if experiment.train.apart else stage
    train, test, both = _tasks(experiment, practice, stage)
    lesson = Lesson.load(experiment.lesson) if experiment.lesson else Lesson()
    return Setting(experiment, agent, method, stage, practice, train, test, both, lesson)


def _able(setting: Setting) -> None:
    """ConfigError unless the models can do what will be asked of them."""
    check_needs(setting.agent, setting.stage.models)
    if setting.experiment.test.predictions:
        foretelling.check(setting.stage, setting.test)


def _try(setting: Setting) -> None:
    """Ask the agent for its first word on the first task; ConfigError for what would stop every episode.

    That is a learned action that cannot be called here, a rung the sandbox cannot stand on, a file that is not there.
    What else goes wrong belongs to single episodes, and is left to their records.
    """
    lesson, pool = setting.lesson, setting.stage.with_lesson(setting.lesson).pool()
    try:
        environment = pool.take()
        environment.inner.ready()
        for task in setting.test[:1]:
            seen = Trajectory(task, 0, 0, final=environment.reset(task, 0))
            next(setting.agent.with_lesson(lesson).act(seen), None)
    except ConfigError:
        raise
    except Exception as error:
        _LOG.debug("the first task could not be tried: %s", error)
    finally:
        pool.close()


def _stage(place: tuple[Table, Limits], models: dict[str, Model], crew: Crew | None) -> Stage:
    make, limits = partial(ENVIRONMENTS.build, place[0]), place[1]
    return Distributed(make, models, limits, crew=crew) if crew else Stage(make, models, limits)


@contextmanager
def _models(experiment: Experiment, root: Path) -> Iterator[dict[str, Model]]:
    """The models by role; where a crew plays, those in process stay unloaded here."""
    models = _open(experiment.models, _memory(experiment, root), not experiment.cluster.actors)
    try:
        yield models
    finally:
        for model in models.values():
            model.close()


def _open(tables: Mapping[str, Table], cache: Path | None, load: bool = True) -> dict[str, Model]:
    """Models by role, checked before anything is played, behind the response cache; an actor's, too."""
    models: dict[str, Model] = {}
    try:
        for role, table in tables.items():
            models[role] = model = MODELS.build(table)
            if load or model.concurrency:
                model.check()
            models[role] = Cached(model, cache) if cache else model
    except BaseException:
        for model in models.values():
            model.close()
        raise
    return models


def _memory(experiment: Experiment, root: Path) -> Path | None:
    return root / "cache.sqlite" if experiment.cache else None


def _crew(experiment: Experiment, root: Path) -> AbstractContextManager[Crew | None]:
    """The processes that play, if not this one. The cache is a file of SQLite's, which machines must not share."""
    cluster = experiment.cluster
    if not cluster.actors:
        return nullcontext()
    memory = None if cluster.address else _memory(experiment, root)
    return Crew(cluster, partial(_open, experiment.models, memory))


def _tasks(experiment: Experiment, practice: Stage, stage: Stage) -> tuple[list[Task], list[Task], tuple[str, ...]]:
    """The tasks of practice and of the test, and keys of what both ask; one environment tells all where it can."""
    with closing(stage.environment()) as world:
        test = chosen_of(world, experiment.test, "test")
        if practice is stage:
            train = chosen_of(world, experiment.train, "train")
            return train, test, shared(world, train, test)
        with closing(practice.environment()) as other:
            other.ready()  # the test's is asked when its first task is tried
            train = chosen_of(other, experiment.train, "train")
            return train, test, shared(other, train, test, world)
