"""The conformance checker: does an environment keep the contract of `base.py`?

    tasks       right name and split, ids unique in a split, keys unique over all splits, data are JSON
    processes   another process, with another hash seed, finds the same tasks
    replay      the same actions bring the same outcomes, in another object
    reset       an object that has played before begins like a new one
    rewards     an episode's rewards sum to [0, 1]; success only together with the end
    actions     what is called admissible is not answered like nonsense
    nonsense    any string is answered
    records     what is noted for the record is JSON
    branching   restored, in the same or another object, everything goes on as before

Each is one finding. What would say nothing where an earlier one failed is then told as not tried. Episodes are those
of `walks.py`. The factory is called for every walk and, pickled, in a second process, so it is a function of a module
or a `functools.partial` of one.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from worldlore.environments.base import Branching, Environment, Outcome
from worldlore.environments.walks import NONSENSE, Broken, Factory, Walk, typed, walked
from worldlore.errors import ConfigError
from worldlore.experience import Task

Judge = Callable[[Factory, Sequence[Walk]], str]
"""Looks at walks; says what was tried, or raises Broken."""

_PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of one check."""

    name: str
    """Which, as in the module's list."""
    passed: bool | None
    """Whether the environment keeps this part of the contract; None where it was not tried."""
    detail: str
    """What was tried, or what went wrong."""


def check(
    factory: Factory, splits: Sequence[str] = ("train",), tasks: int = 4, seed: int = 0, steps: int = 30
) -> Iterator[Finding]:
    """Try an environment on `tasks` tasks of each split, `steps` steps each; a finding for each part of the contract.

    Raises ConfigError where a split is unknown or the environment's data are missing.
    """
    try:
        found = _find(factory, splits)
    except Broken as broken:
        yield Finding("tasks", False, str(broken))
        yield from _untried("tasks", ("processes", "replay", *_PLAYED, *_REPLAYED))
        return
    yield _judge("tasks", lambda: _tasks(factory, found))
    yield _judge("processes", lambda: _processes(factory, found))
    chosen = [task for split in splits for task in _spread(found[split], tasks)]
    try:
        walks = [walked(factory, task, Random(seed + i), steps) for i, task in enumerate(chosen)]
    except Exception as error:
        why = str(error) if isinstance(error, Broken) else f"{type(error).__name__}: {error}"
        yield Finding("replay", False, f"an episode failed: {why}")
        yield from _untried("replay", (*_PLAYED, *_REPLAYED))
        return
    replay = _judge("replay", lambda: _replay(factory, walks))
    yield replay
    for name, judge in _PLAYED.items():
        yield _judge(name, lambda judge=judge: judge(factory, walks))
    if not replay.passed:
        yield from _untried("replay", _REPLAYED)
        return
    for name, judge in _REPLAYED.items():
        if name != "branching" or isinstance(factory(), Branching):
            yield _judge(name, lambda judge=judge: judge(factory, walks))


def _untried(failed: str, names: Iterable[str]) -> Iterator[Finding]:
    """Findings that could not be had because another check failed."""
    return (Finding(name, None, f"{failed} failed; mend that first") for name in names)


def _judge(name: str, judge: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, judge())
    except Broken as broken:
        return Finding(name, False, str(broken))
    except ConfigError:
        raise
    except Exception as error:
        return Finding(name, False, f"{type(error).__name__}: {error}")


def _find(factory: Factory, splits: Sequence[str]) -> dict[str, list[Task]]:
    env = factory()
    try:
        return {split: _listed(env, split) for split in splits}
    finally:
        env.close()


def _listed(env: Environment, split: str) -> list[Task]:
    try:
        tasks = list(env.tasks(split))
    except ConfigError:
        raise
    except Exception as error:
        raise Broken(
            f"tasks({split!r}) raises {type(error).__name__}: {error}; "
            "it must return a list of Task, and raise ConfigError for a split that it does not have"
        ) from error
    for task in tasks:
        typed(task, Task, f"tasks({split!r})", "a list of")
    return tasks


def _spread(tasks: Sequence[Task], count: int) -> list[Task]:
    """A few tasks from all over a split."""
    step = max(1, len(tasks) // max(1, count))
    return list(tasks[::step][:count])


def _tasks(factory: Factory, found: dict[str, list[Task]]) -> str:
    name, keys = factory().name, dict[str, str]()
    for split, tasks in found.items():
        if not tasks:
            raise Broken(f"split {split} has no tasks")
        if len({task.id for task in tasks}) < len(tasks):
            raise Broken(f"split {split} has two tasks of one id")
        for task in tasks:
            if (task.environment, task.split) != (name, split):
                raise Broken(f"task {task.id} of {name}, {split} says it is of {task.environment}, {task.split}")
            place = f"{split} {task.id}"
            if task.key in keys:
                raise Broken(f"{place} and {keys[task.key]} are the same task")
            keys[task.key] = place
    return f"{len(keys)} tasks, no two the same"


def _processes(factory: Factory, found: dict[str, list[Task]]) -> str:
    ours = {split: [(task.id, task.key) for task in tasks] for split, tasks in found.items()}
    theirs = _elsewhere(factory, tuple(found))
    for split, tasks in ours.items():
        for mine, other in zip(tasks, theirs[split], strict=False):
            if mine != other:
                raise Broken(f"split {split}: task {mine[0]} has another content or place in another process")
        if len(tasks) != len(theirs[split]):
            raise Broken(f"split {split} has {len(tasks)} tasks here and {len(theirs[split])} in another process")
    return "another process finds the same tasks"


def _elsewhere(factory: Factory, splits: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    """Ids and keys as a process with another hash seed finds them."""
    try:
        pickle.dumps(factory)
    except Exception as error:
        raise Broken("the factory cannot be sent to another process; use a module's function or a partial") from error
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    seed = os.environ.get("PYTHONHASHSEED")
    os.environ["PYTHONHASHSEED"] = "1" if seed != "1" else "2"
    try:
        process = context.Process(target=_tell, args=(factory, splits, theirs), daemon=True)
        process.start()
    finally:
        os.environ.pop("PYTHONHASHSEED")
        os.environ.update({"PYTHONHASHSEED": seed} if seed is not None else {})
    theirs.close()
    try:
        if not ours.poll(_PATIENCE):
            raise Broken(f"another process found no tasks within {_PATIENCE:.0f} s")
        return ours.recv()
    except EOFError:
        raise Broken("another process failed to list the tasks") from None
    finally:
        process.kill()
        process.join()
        ours.close()


def _tell(factory: Factory, splits: Sequence[str], pipe: Any) -> None:
    found = _find(factory, splits)
    pipe.send({split: [(task.id, task.key) for task in tasks] for split, tasks in found.items()})


def _replay(factory: Factory, walks: Sequence[Walk]) -> str:
    for walk in walks:
        env = factory()
        walk.begin(env)
        walk.follow(env, 0, len(walk.actions))
        env.close()
    return f"{len(walks)} episodes, {sum(len(walk.actions) for walk in walks)} steps repeated"


def _reset(factory: Factory, walks: Sequence[Walk]) -> str:
    env = factory()
    for walk in (*walks, *reversed(walks)):
        walk.begin(env)
        walk.follow(env, 0, len(walk.actions))
        env.reset(walk.task, 0)
        walk.follow(env, 0, len(walk.actions) // 2)
    env.close()
    return f"{4 * len(walks)} episodes by one object, each as if it were the first"


def _rewards(factory: Factory, walks: Sequence[Walk]) -> str:
    for walk in walks:
        total = sum(outcome.reward for outcome in walk.outcomes)
        if not -1e-9 <= total <= 1 + 1e-9:
            raise Broken(f"task {walk.task.id}: the rewards sum to {total:g}, outside [0, 1]")
        if any(outcome.success and not outcome.done for outcome in walk.outcomes):
            raise Broken(f"task {walk.task.id}: a step succeeds without ending the task")
    done = sum(bool(walk.outcomes and walk.outcomes[-1].success) for walk in walks)
    return f"{done} of {len(walks)} episodes were won"


def _nonsense(factory: Factory, walks: Sequence[Walk]) -> str:
    env = factory()
    for walk in walks[:4]:
        for action in ("", NONSENSE, "go", "\n", "«ü»" * 50, "0"):
            env.reset(walk.task, 0)
            try:
                env.step(action)
            except Exception as error:
                raise Broken(f"the action {action[:20]!r} raises {type(error).__name__}: {error}") from error
    env.close()
    return "any string is answered"


def _records(factory: Factory, walks: Sequence[Walk]) -> str:
    for walk in walks:
        for what, value in [("data", dict(walk.task.data)), *(("info", dict(o.info)) for o in walk.outcomes)]:
            try:
                json.dumps(value, allow_nan=False)
            except (TypeError, ValueError) as error:
                raise Broken(f"task {walk.task.id}: {what} is not JSON: {error}") from error
    return "data and info are JSON"


def _actions(factory: Factory, walks: Sequence[Walk]) -> str:
    tried = 0
    for walk in walks:
        every = max(1, len(walk.actions) // 4)
        for step in range(0, len(walk.actions), every):
            action = walk.actions[step]
            if action not in (walk.before(step).actions or ()):
                continue
            tried += 1
            if _said(walk.outcomes[step], action) == _said(walk.instead(factory, step), NONSENSE):
                raise Broken(f"task {walk.task.id}: {action!r} is called admissible and answered like nonsense")
    return f"{tried} admissible actions were accepted" if tried else "no admissible actions are told"


def _said(outcome: Outcome, action: str) -> tuple[str, Any]:
    """What an action brought: the words, and whether the world notes that it did something."""
    return outcome.observation.text.replace(action, "…"), outcome.info.get("valid")


def _branching(factory: Factory, walks: Sequence[Walk]) -> str:
    for walk in walks:
        env, other = factory(), factory()
        assert isinstance(env, Branching) and isinstance(other, Branching)
        middle, end = len(walk.actions) // 2, len(walk.actions)
        env.reset(walk.task, 0)
        walk.follow(env, 0, middle)
        moment = env.snapshot()
        walk.follow(env, middle, end)
        other.reset(walks[0].task, 0)
        for branch in (env, other, env):
            branch.restore(moment)
            walk.follow(branch, middle, end)
        env.close()
        other.close()
    return f"{3 * len(walks)} moments restored"


_PLAYED: Mapping[str, Judge] = {"rewards": _rewards, "nonsense": _nonsense, "records": _records}
"""What can be judged wherever episodes were played."""
_REPLAYED: Mapping[str, Judge] = {"reset": _reset, "actions": _actions, "branching": _branching}
"""What says something only where replay holds."""
