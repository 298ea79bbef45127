"""The words that may be secret, and the marks of a guess."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path


@cache
def words() -> tuple[str, ...]:
    """Common English words of five letters, in alphabetical order."""
    return tuple(sorted(set((Path(__file__).parent / "words.txt").read_text(encoding="utf-8").split())))


@cache
def marks(guess: str, secret: str) -> str:
    """A mark for each letter: "b", "y" or "g"."""
    left = Counter(own for said, own in zip(guess, secret, strict=True) if said != own)
    told = list[str]()
    for said, own in zip(guess, secret, strict=True):
        if said == own:
            told.append("g")
        elif left[said] > 0:
            left[said] -= 1
            told.append("y")
        else:
            told.append("b")
    return "".join(told)
