"""A maths problem: what is asked, what the answer is, and, where somebody wrote one down, a solution in Python."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One question with one answer."""

    question: str
    """What is asked, in words."""
    answer: str
    """The answer as it is checked: "42", "3/4", or LaTeX where the source writes that."""
    kind: str = ""
    """What sort of problem it is, in the source's words; results are told by it."""
    program: tuple[str, ...] = ()
    """A solution as blocks of Python, run one after another; the last prints the answer. The expert acts it out."""
