"""Theories rule by rule, beside the true one.

Theories are compared sentence by sentence: bullets, numbers, case and the last full stop do not matter, and of the
playground's recipes only what they say does. A rule that is told in other words counts as not told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from worldlore.environments.playground import recipes_in
from worldlore.experience import Theory
from worldlore.reports.theories.search import Search

_BETWEEN = re.compile(r"(?<=[.!?])\s+|\n")
_BULLET = re.compile(r"^\s*(?:[-*•]\s*|\(?\d+[.):]\s*)+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a theory."""

    text: str
    """The sentence."""
    true: bool | None
    """Whether the true theory says it; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Found:
    """How far a true rule was found by the learning seeds of a run."""

    run: int
    """Place of the run in the report."""
    best: int
    """Seeds whose best theory says it."""
    seeds: int
    """Seeds."""
    belief: float
    """How probable the theories that say it are together, on average over seeds."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule of the true theory."""

    text: str
    """The rule."""
    found: tuple[Found, ...]
    """By run."""


def sentences(theory: str) -> list[str]:
    """The sentences of a theory, without bullets and numbers."""
    told = (_BULLET.sub("", part).strip() for part in _BETWEEN.split(theory))
    return [sentence for sentence in told if sentence]


def marked(theory: str, truth: str | None) -> list[Sentence]:
    """The sentences of a theory, each with whether the true one says it."""
    known = None if truth is None else _meanings(truth)
    return [Sentence(text, None if known is None else _meaning(text) in known) for text in sentences(theory)]


def rules(found: Sequence[Search]) -> list[tuple[str, list[Rule]]]:
    """Each true theory there is, and its rules with how far each run found them."""
    truths = dict.fromkeys(search.truth for search in found if search.truth)
    return [(truth, _rules(truth, [s for s in found if s.truth == truth])) for truth in truths]


def _rules(truth: str, found: Sequence[Search]) -> list[Rule]:
    runs = dict.fromkeys(search.run for search in found)
    by_run = {run: [search for search in found if search.run == run] for run in runs}
    return [Rule(text, tuple(_found(text, run, of) for run, of in by_run.items())) for text in sentences(truth)]


def _found(rule: str, run: int, of: Sequence[Search]) -> Found:
    best = sum(_says(search.best, rule) for search in of)
    return Found(run, best, len(of), sum(_belief(search.theories, rule) for search in of) / len(of))


def _belief(theories: Iterable[Theory], rule: str) -> float:
    return min(1.0, sum(theory.probability for theory in theories if _says(theory.text, rule)))


def _says(theory: str, rule: str) -> bool:
    return _meaning(rule) in _meanings(theory)


def _meanings(theory: str) -> set[object]:
    return {_meaning(sentence) for sentence in sentences(theory)}


def _meaning(sentence: str) -> object:
    """What two sentences that say the same have in common."""
    recipes = recipes_in(sentence)
    return recipes[0] if len(recipes) == 1 else " ".join(sentence.casefold().rstrip(" .").split())
