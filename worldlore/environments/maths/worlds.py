"""The worlds of maths problems: where each one's problems come from, and how its answers are checked.

    gsm8k        grade-school word problems (Cobbe et al., arXiv 2110.14168); answers are numbers
    math         competition problems (Hendrycks et al., arXiv 2103.03874); answers are LaTeX, checked by `math-verify`
    arithmetic   generated word problems and small algebra, offline and without end; answers are numbers

Three names rather than one with a key: a task's environment says whose problems it is from, results are told by it, and
each has a prompt file of its own.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence
from typing import ClassVar

from worldlore.environments.maths import arithmetic, checking, files
from worldlore.environments.maths.environment import Maths, MathsConfig
from worldlore.environments.maths.problems import Problem
from worldlore.errors import ConfigError

ANNOTATION = re.compile(r"<<([^<>=]*)=[^<>]*>>")
"""A calculation inside a solution of GSM8K."""
BOXED = re.compile(r"\\(?:boxed|fbox)(?![A-Za-z])\s*(\{?)")


class PublishedConfig(MathsConfig):
    """Keys of worlds whose problems are published."""

    data: str = ""
    """Where the problems are: a folder of files, or hub:owner/name/configuration."""


class MathConfig(PublishedConfig):
    """Keys of environment "math"."""

    sympy: bool = True
    """Whether blocks may import SymPy; it takes a few seconds, once, to be loaded."""
    check_seconds: float = 5.0
    """Longest check of one answer; one that takes longer is incorrect (published: 1)."""


class Gsm8k(Maths):
    """Grade-school word problems: 7,473 to train on, 1,319 to test."""

    name = "gsm8k"
    Config = PublishedConfig
    config: PublishedConfig
    source: ClassVar[str] = "they are at github.com/openai/grade-school-math, and on the hub as hub:openai/gsm8k/main"

    def problems(self, split: str) -> Sequence[Problem]:
        """The published problems; solutions are the calculations annotated in them."""
        return [_grade_school(row) for row in files.rows(self.name, self.config.data, split, self.source)]

    def ready(self) -> None:
        """Asks for the data too."""
        self.problems("test")
        super().ready()


class Mathematics(Maths):
    """Competition problems: 7,500 to train on, 5,000 to test; each with a subject and a level."""

    name = "math"
    Config = MathConfig
    config: MathConfig
    answered = "Answer: VALUE (gives your answer alone, in LaTeX or as Python writes it)"
    source: ClassVar[str] = (
        "MATH is published as folders train/ and test/ of .json files; lines with problem and solution will do"
    )

    def problems(self, split: str) -> Sequence[Problem]:
        """The published problems."""
        return [_competition(row) for row in files.rows(self.name, self.config.data, split, self.source)]

    def correct(self, given: str, right: str) -> bool:
        """Whether both are the same value, however written."""
        return checking.same(given, right, self.config.check_seconds)

    def ready(self) -> None:
        """Asks for the data and the checker too."""
        checking.ready()
        self.problems("test")
        super().ready()


class Arithmetic(Maths):
    """Generated problems, each with a solution that the expert acts out."""

    name = "arithmetic"

    def problems(self, split: str) -> Sequence[Problem]:
        """Generated; always the same ones."""
        return arithmetic.problems(split)


def _grade_school(row: files.Row) -> Problem:
    question, solution = _text(row, "question"), _text(row, "answer")
    steps, mark, answer = solution.rpartition("####")
    return Problem(question, answer.strip().replace(",", ""), program=_calculations(steps) if mark else ())


def _calculations(solution: str) -> tuple[str, ...]:
    """What a solution calculates, as Python; none of it where one of them is none."""
    lines = tuple(found[1].strip().replace(",", "") for found in ANNOTATION.finditer(solution))
    return lines if all(map(_calculation, lines)) else ()


def _calculation(line: str) -> bool:
    try:
        tree = ast.parse(line, mode="eval")
    except (SyntaxError, ValueError):
        return False
    plain = (ast.Expression, ast.BinOp, ast.UnaryOp, ast.Constant, ast.operator, ast.unaryop)
    return all(isinstance(node, plain) for node in ast.walk(tree))


def _competition(row: files.Row) -> Problem:
    question = _text(row, "problem", "question")
    given = (row.get("answer"), row.get("expected_answer"), boxed(str(row.get("solution", ""))))
    answer = next((text for told in given if told is not None and (text := str(told).strip())), "")
    if not answer:
        raise ConfigError(
            f"a problem of math has no answer, expected_answer or solution with \\boxed: {question[:80]!r}; give it "
            "one, or leave it out"
        )
    return Problem(question, answer, str(row.get("type") or row.get("subject") or ""))


def boxed(solution: str) -> str:
    """What the last box of a solution holds; "" where there is none. One without braces ends with its formula."""
    found = list(BOXED.finditer(solution))
    if not found:
        return ""
    depth, begin = 1, found[-1].end()
    if not found[-1][1]:
        return solution[begin:].partition("$")[0].strip()
    for at in range(begin, len(solution)):
        depth += {"{": 1, "}": -1}.get(solution[at], 0)
        if depth == 0:
            return solution[begin:at].strip()
    return ""


def _text(row: files.Row, *names: str) -> str:
    """The first of these fields that a row has."""
    for name in names:
        if isinstance(row.get(name), str):
            return row[name].strip()
    raise ConfigError(f"a problem has no {' or '.join(names)}, only {', '.join(row)}; is this the published format?")
