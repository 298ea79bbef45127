"""Learned actions as a reader sees them: the code, how it fared while it was learned, and how it fared in the test.

A call in the test is a step whose program calls the action; it succeeded if nothing in that step failed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from worldlore.evaluation.episodes import called
from worldlore.experience import Action, Step, Trajectory
from worldlore.reports.base import RunView
from worldlore.reports.words import ABSENT, number_of

AUTHORS = {
    "model": "written by a language model",
    "mined": "mined from trajectories",
    "hand": "written by hand",
}
"""`Action.by` in words."""

SENTENCE = re.compile(r"(?<=[.!?])\s+")
"""Between two sentences."""


@dataclass(frozen=True, slots=True)
class Learned:
    """A learned action with what is known of its calls."""

    seed: int
    """The learning seed."""
    action: Action
    """The action."""
    called: int
    """Steps of the test that call it."""
    failed: int
    """Those of them in which something failed."""

    @property
    def author(self) -> str:
        """Who wrote it, in words."""
        return AUTHORS.get(self.action.by, f"by {self.action.by}" if self.action.by else "by an unknown author")


@dataclass(frozen=True, slots=True)
class Taught:
    """The actions of one lesson."""

    run: int
    """Place of the run in the report."""
    seed: int
    """The learning seed."""
    several: bool
    """Whether other learning seeds of the run have actions, too."""
    first: bool
    """Whether it is the first of them."""
    actions: tuple[Learned, ...]
    """At least one."""
    measured: str
    """The lesson's own metrics as JSON; empty where there are none."""


@dataclass(frozen=True, slots=True)
class Move:
    """One of the world's own actions, taken inside a program."""

    command: str
    """The action."""
    text: str
    """What the world answered."""
    news: str
    """What of it had not been said by the last answer of an action with an effect."""
    valid: bool
    """Whether it had an effect."""
    reward: float
    """What it earned."""


def learned(run: RunView) -> tuple[Learned, ...]:
    """The actions of every learning seed whose lesson is whole."""
    return tuple(one for seed in run.seeds for one in _of_seed(run, seed))


def lessons(runs: Sequence[RunView]) -> list[Taught]:
    """The learned actions, a lesson at a time; lessons without any are left out."""
    return [one for place, run in enumerate(runs) for one in _taught(place, run)]


def _taught(place: int, run: RunView) -> Iterator[Taught]:
    ours = learned(run)
    seeds = list(dict.fromkeys(one.seed for one in ours))
    for seed in seeds:
        actions = tuple(one for one in ours if one.seed == seed)
        yield Taught(place, seed, len(seeds) > 1, seed == seeds[0], actions, _measured(run, seed))


def _measured(run: RunView, seed: int) -> str:
    lesson = run.seed(seed).lesson()
    return json.dumps(dict(lesson.metrics), indent=1, sort_keys=True) if lesson and lesson.metrics else ""


def _of_seed(run: RunView, seed: int) -> Iterable[Learned]:
    lesson = run.seed(seed).lesson()
    if lesson is None or not lesson.actions:
        return ()
    steps = [step for episode in run.test(seed) for step in episode.steps if called(step)]
    return (_counted(seed, action, steps) for action in lesson.actions)


def _counted(seed: int, action: Action, steps: Sequence[Step]) -> Learned:
    calls = [bool(step.info.get("valid")) for step in steps if action.name in called(step)]
    return Learned(seed, action, len(calls), calls.count(False))


def success(calls: int, failures: int) -> str:
    """`11 of 12 calls succeeded`, or that there was none."""
    return f"{calls - failures} of {number_of(calls, 'call')} succeeded" if calls else "never called"


def share(calls: int, failures: int) -> str:
    """`91.7 %`; absent without a call."""
    return f"{100 * (calls - failures) / calls:.1f} %" if calls else ABSENT


def moves(step: Step) -> tuple[Move, ...] | None:
    """What happened inside a step; None where its action was no program."""
    inner = step.info.get("inner")
    return None if inner is None else tuple(_moves(inner, step.observation.text))


def _moves(inner: Iterable[Sequence[Any]], seen: str) -> Iterator[Move]:
    for record in inner:
        move = _move(record, seen)
        seen = move.text if move.valid else seen
        yield move


def news(before: str, text: str) -> str:
    """The sentences of a text that were not said before; the whole text where none is new."""
    known = set(SENTENCE.split(before))
    return " ".join(sentence for sentence in SENTENCE.split(text) if sentence not in known) or text


def rungs(episode: Trajectory) -> tuple[str, ...]:
    """How the programs of an episode were protected: one sentence, or as many as it changed to."""
    words = dict.fromkeys(step.info["rung"] for step in episode.steps if step.info.get("rung"))
    return tuple(f"programs ran under: {rung}" for rung in words)


def _move(record: Sequence[Any], seen: str) -> Move:
    command, text, valid, reward = record
    return Move(str(command), str(text), news(seen, str(text)), bool(valid), float(reward))
