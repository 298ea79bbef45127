"""What became of a candidate's calls, read from the records of its trial.

A step is a call if its program calls learned actions. It failed if anything inside did: a primitive had no effect, or
Python raised. Where a step calls several learned actions, the one the traceback names is to blame, else the first.
The published rules with one repair: there only the last primitive of a call counted.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from statistics import mean
from typing import Literal

from worldlore.experience import Action, Step, Trajectory
from worldlore.methods.learnact.author import Candidate, Failing, Score, Tried

Formula = Literal["correction", "ratio+success", "correction+ratio+success"]
"""Which parts of a score are added up."""


def tried(candidate: Candidate, played: Sequence[Trajectory], formula: Formula) -> Tried:
    """The candidate with its measured calls, and its score."""
    actions = counted(candidate.actions, played)
    return Tried(replace(candidate, actions=actions), tuple(played), scored(played, formula))


def scored(played: Sequence[Trajectory], formula: Formula) -> Score:
    """The parts of the score and their sum by the formula."""
    steps = [step for trajectory in played for step in trajectory.steps]
    calls = [step for step in steps if called(step)]
    good = sum(not failed(step) for step in calls)
    measured = [trajectory.success for trajectory in played if trajectory.success is not None]
    success, correction = float(mean(measured or [False])), good / len(calls) if calls else 0.0
    ratio, used = (good / len(steps), len(calls) / len(steps)) if steps else (0.0, 0.0)
    parts = {"correction": correction, "ratio": ratio, "success": success}
    return Score(success, correction, ratio, used, sum(parts[part] for part in formula.split("+")))


def first_failing(played: Iterable[Trajectory]) -> Failing | None:
    """The first failing call of a learned action, in the order of the episodes; None: nothing to put right."""
    for trajectory in played:
        for number, step in enumerate(trajectory.steps):
            name = blamed(step)
            if name is not None:
                return Failing(trajectory, number, name)
    return None


def called(step: Step) -> tuple[str, ...]:
    """The learned actions a step calls."""
    return tuple(step.info.get("called") or ())


def failed(step: Step) -> bool:
    """Whether anything inside a step failed."""
    return step.info.get("failure") is not None or bool(step.info.get("error"))


def blamed(step: Step) -> str | None:
    """The learned action that made a step fail; None if it did not fail or called none."""
    names = called(step)
    if not names or not failed(step):
        return None
    traceback = str(step.info.get("error") or "")
    return next((name for name in names if re.search(rf", in {re.escape(name)}$", traceback, re.M)), names[0])


def counted(actions: Iterable[Action], played: Sequence[Trajectory]) -> tuple[Action, ...]:
    """The actions with how often each was called and failed."""
    steps = [step for trajectory in played for step in trajectory.steps]
    calls = Counter(name for step in steps for name in called(step))
    failures = Counter(_blames(steps))
    return tuple(replace(a, calls=calls[a.name], failures=failures[a.name]) for a in actions)


def _blames(steps: Iterable[Step]) -> Iterator[str]:
    for step in steps:
        name = blamed(step)
        if name is not None:
            yield name
