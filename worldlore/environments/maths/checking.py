"""Whether an answer in LaTeX, or as Python writes it, is the same value as the right one.

    same text, apart from spaces, dollar signs and the like        no checker is asked
    two plain numbers                                              compared as decimals (numbers.py)
    anything else                                                  `math-verify`, by way of SymPy

The checker reads LaTeX by a grammar and evaluates nothing as Python. It runs in a process of the sandbox that is kept,
so a check that takes too long, or too much memory, is ended and counts as different. What both come to as numbers may
differ by a relative 1e-4, and π may be taken as 3.14, as published (DensePolicy §4).
"""

from __future__ import annotations

import importlib.util
import re
import threading
from functools import cache, lru_cache

from worldlore.environments.maths import numbers
from worldlore.environments.maths.interpreter import SYMPY
from worldlore.environments.maths.latex import from_python
from worldlore.errors import ConfigError
from worldlore.sandbox import Bounds, Sandbox, Session, Value

PACKAGES = (*SYMPY, "sympy.physics.units.*", "antlr4.LL1Analyzer", "math_verify.grader", "math_verify.parser")
START = r"""
import logging, math
from math_verify.grader import verify
from math_verify.parser import LatexExtractionConfig, parse
import sympy
logging.disable()

def read(text):
    found = parse("\\boxed{" + text + "}", [LatexExtractionConfig()], parsing_timeout=None)
    return [one for one in found if not isinstance(one, str)]

def values(expressions):
    for one in expressions:
        for pi in (sympy.pi, sympy.Float("3.14")):
            try:
                yield float(one.subs(sympy.pi, pi))
            except Exception:
                pass

def same(given, right):
    a, b = read(given), read(right)
    if not a or not b:
        return False
    if verify(b, a, timeout_seconds=None):
        return True
    return any(math.isclose(x, y, rel_tol=1e-4, abs_tol=1e-9) for x in values(a) for y in values(b))
"""
WRAPPING = re.compile(r"\\(?:text|mathrm|textbf|mbox|mathbf)\s*\{([^{}]*)\}")
SPACING = re.compile(r"\\[,;!: ]|\\left|\\right|\\displaystyle|[\s$~]+|\{,\}")
PLAIN = re.compile(rf"{numbers.NUMBER.pattern}\s*\\?%?", re.I)


@lru_cache(maxsize=10_000)
def same(given: str, right: str, seconds: float) -> bool:
    """Whether two answers are the same value; what cannot be told within `seconds` counts as different."""
    if _bare(given) == _bare(right):
        return True
    if PLAIN.fullmatch(given.strip("$ .")) and PLAIN.fullmatch(right.strip("$ .")):
        return numbers.same(given, right)
    checker = _checker(seconds)
    return any(checker.same(form, right) for form in forms(given))


def ready() -> None:
    """ConfigError where the checker is not installed."""
    if importlib.util.find_spec("math_verify") is None:
        raise ConfigError(
            "environment 'math' checks answers with the package math-verify: pip install 'worldlore[maths]'"
        )


def forms(given: str) -> tuple[str, ...]:
    """An answer in LaTeX, in each way it can be meant: an answer written as Python is put into LaTeX."""
    text = given.strip().strip("$").strip().removesuffix(".")
    return from_python(text) or (text,)


def _bare(text: str) -> str:
    """A text without what does not matter."""
    return (
        SPACING.sub("", WRAPPING.sub(r"\1", text.replace("dfrac", "frac").replace("tfrac", "frac"))).strip(".").lower()
    )


@cache
def _checker(seconds: float) -> Checker:
    ready()
    return Checker(seconds)


class Checker:
    """A process that compares LaTeX, begun anew when a check was too much for it."""

    def __init__(self, seconds: float) -> None:
        self._sandbox = Sandbox(Bounds(seconds=seconds, memory_mb=2048), preload=PACKAGES)
        self._session: Session | None = None
        self._turn = threading.Lock()

    def same(self, given: str, right: str) -> bool:
        """Whether two LaTeX texts are the same value."""

        def told(name: str, arguments: list[Value], keywords: dict[str, Value]) -> Value:
            return [given, right]

        with self._turn:
            session = self._open()
            return session.run("same(*told())", told).value == "True"

    def _open(self) -> Session:
        if self._session is None or not self._session.alive:
            self._session = self._sandbox.session({"told": []}, START)
        return self._session
