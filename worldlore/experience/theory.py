"""A theory: sentences about how a world works, with the probability that they are right.

The theories of a lesson are one distribution: probabilities sum to at most 1, and what is missing belongs to theories
that are not told. On disk they are one file, `theories.md`, that a person reads and that reads back exactly:

    ## Theory 1: probability 0.75

    - evidence: 96
    - loglik: -120.5

    > To grow a plant seed, give it water.
    > To grow a baby pig, give it a grown plant.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isfinite

from worldlore.errors import ConfigError

_TITLE = "# Theories of the world, each with the probability that it is right\n"
_HEADING = re.compile(r"## Theory \d+: probability (\S+)")
_NOTE = re.compile(r"- (evidence|loglik): (\S+)")


@dataclass(frozen=True, slots=True)
class Theory:
    """What may be true of a world."""

    text: str
    """In plain words; "" for no theory at all."""
    probability: float = 1.0
    """How probable it is, given the evidence."""
    evidence: int = 0
    """Transitions it was weighed on."""
    loglik: float | None = None
    """Log-probability (nats) of these transitions under it; None where it was not measured."""

    def __post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise ConfigError(f"the probability of a theory lies between 0 and 1, got {self.probability!r}")


def likeliest(theories: Iterable[Theory]) -> Theory | None:
    """The most probable theory that says something, the first of equals; None where none does."""
    return max((theory for theory in theories if theory.text), key=lambda theory: theory.probability, default=None)


def written(theories: Sequence[Theory]) -> str:
    """Theories as a page."""
    return "\n".join([_TITLE, *(_section(number, theory) for number, theory in enumerate(theories, 1))])


def read(page: str) -> tuple[Theory, ...]:
    """The theories of a page that `written` made, perhaps mended by hand; ConfigError for what is none."""
    found: list[Theory] = []
    for lines in _sections(page):
        heading = _HEADING.fullmatch(lines[0].rstrip())
        if not heading:
            raise ConfigError(f'a theory begins with "## Theory 1: probability 0.5", got {lines[0]!r}')
        notes = {note[1]: note[2] for line in lines[1:] if (note := _NOTE.fullmatch(line.rstrip()))}
        text = "\n".join(line[2:] for line in lines[1:] if line.startswith("> "))
        found.append(_theory(text, heading[1], notes.get("evidence", "0"), notes.get("loglik")))
    return tuple(found)


def _section(number: int, theory: Theory) -> str:
    notes = [f"- evidence: {theory.evidence}"] if theory.evidence else []
    notes += [f"- loglik: {theory.loglik!r}"] if theory.loglik is not None else []
    lines = [f"## Theory {number}: probability {theory.probability!r}", "", *notes, *([""] if notes else [])]
    return "\n".join([*lines, *("> " + line for line in theory.text.split("\n")), ""])


def _sections(page: str) -> Iterator[list[str]]:
    lines: list[str] = []
    for line in page.split("\n"):
        if line.startswith("## "):
            if lines:
                yield lines
            lines = [line]
        elif lines:
            lines.append(line)
    if lines:
        yield lines


def _theory(text: str, probability: str, evidence: str, loglik: str | None) -> Theory:
    try:
        found = Theory(text, float(probability), int(evidence), None if loglik is None else float(loglik))
    except ValueError as error:
        raise ConfigError(f"a theory has a figure that is none: {error}") from error
    if found.loglik is not None and not isfinite(found.loglik):
        raise ConfigError(f"a log-likelihood is a finite number, got {loglik!r}")
    return found
