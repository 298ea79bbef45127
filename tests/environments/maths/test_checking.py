"""Which answers are the same: by the text, as decimals, and by math-verify."""

from __future__ import annotations

import pytest

from worldlore.environments.maths import checking, numbers
from worldlore.environments.maths.latex import from_python
from worldlore.errors import ConfigError

SAME_NUMBERS = [
    ("42", "42"), ("42.0", "42"), ("1,234", "1234"), ("$18", "18"), ("18 dollars", "18"), ("-3", "-3"),
    ("3/4", "0.75"), ("$1,000.50", "1000.5"), ("25%", "25"), ("25%", "0.25"), ("0.25", "25 %"), ("1e3", "1000"),
    ("\u22123", "-3"),
    (".5", "0.5"), ("5.", "5"), ("0.33333", "0.333333"), ("x = 7", "7"), ("+7", "7"), ("6 / 3", "2"),
]  # fmt: skip
OTHER_NUMBERS = [
    ("41", "42"), ("3 or 4", "3"), ("", "3"), ("none", "3"), ("1/0", "1"), ("0.333", "0.3334"), ("50%", "5"),
    ("1e999", "1e998"), ("10-5", "5"), ("42", "-42"), ("0.42", "42"), ("2500", "25%"), ("0.25%", "25"),
]  # fmt: skip
SAME = [
    # fractions and roots
    (r"\frac{1}{2}", "0.5"), ("1/2", r"\frac12"), (r"\dfrac{3}{4}", r"\frac{3}{4}"), (r"2\frac{1}{2}", "2.5"),
    ("Rational(1, 3)", r"\frac{1}{3}"), ("0.3333", r"\frac{1}{3}"), (r"\sqrt{2}", r"\frac{2}{\sqrt{2}}"),
    ("sqrt(3)/2", r"\frac{\sqrt{3}}{2}"), ("2*sqrt(5)", r"2\sqrt{5}"), (r"\sqrt[3]{8}", "2"),
    ("-sqrt(2)", r"-\sqrt{2}"),
    # per cent, money, units, thousands
    (r"25\%", "25"), (r"\$18", "18"), ("1,000", "1000"), (r"5\text{ cm}", "5"), (r"10{,}000", "10000"),
    # pi and other constants
    ("4*pi", r"4\pi"), ("12.56", r"4\pi"), ("12.566", r"4\pi"), ("1e-05*pi", r"0.00001\pi"),
    ("pi/6", r"\frac{\pi}{6}"), ("exp(2)", "e^2"),
    # expressions
    ("x**2 + 1", "1 + x^2"), ("(x+1)*(x-1)", "x^2-1"), ("2x+3", "y=2x+3"), ("x=5", "5"), (r"\binom{5}{2}", "10"),
    ("factorial(5)", "120"), (r"\log_2 8", "3"), ("log(2)", r"\ln 2"), ("3+4i", "4i+3"), ("3 + 4*I", "3+4i"),
    ("Abs(x - 3)", "|3-x|"), ("y*x**2", "x^2y"), (r"\cos^2 x + \sin^2 x", "1"), ("7!", "5040"),
    # intervals and sets
    ("(1,2]", "(1, 2]"), ("(-oo, 2)", r"(-\infty,2)"), (r"[0,\infty)", r"[0, \infty)"), ("Interval(0, 2)", "[0,2]"),
    (r"(-\infty,2)\cup(3,\infty)", r"(3,\infty)\cup(-\infty,2)"), (r"\{1,2,3\}", r"\{3,2,1\}"), ("{1, 2}", r"\{2,1\}"),
    (r"x \in [1,2]", "[1,2]"),
    # tuples, several values, matrices
    ("(3, 4)", "(3,4)"), (r"\left(\frac{1}{2},3\right)", "(0.5, 3)"), ("-5, 11", "11,-5"), ("[-1, 1]", "-1, 1"),
    ("Matrix([[1], [2]])", r"\begin{pmatrix}1\\2\end{pmatrix}"),
    (r"\begin{pmatrix}1&2\\3&4\end{pmatrix}", r"\begin{bmatrix}1&2\\3&4\end{bmatrix}"),
    ("Matrix([[1, 2], [3, 4]])", r"\begin{pmatrix}1&2\\3&4\end{pmatrix}"),
    # more of the same
    (r"90^\circ", "90"), ("pi/2", r"\frac{\pi}{2}"), ("5*x - 7", "5x-7"), ("sqrt(2) + sqrt(3)", r"\sqrt{3}+\sqrt{2}"),
    ("-7/4", r"-\frac{7}{4}"), (r"\frac{1}{2}+\frac{1}{3}", r"\frac{5}{6}"), ("2, 3", "3,2"), ("0.5", r"\frac{1}{2}"),
    (r"\boxed{7}", "7"), ("$7$", "7"), ("Integer(7)", "7.0"), ("2**10", "1024"), (r"2^{10}", "1024"), ("{x}", "x"),
    # text
    (r"\text{Evelyn}", "Evelyn"), (r"\text{(C)}", "(C)"), ("even", r"\text{even}"), (r"\mathrm{odd}", "Odd"),
]  # fmt: skip
OTHER = [
    (r"\frac{1}{3}", r"\frac{1}{2}"), ("2", r"\sqrt{2}"), ("3", r"4\pi"), ("x+1", "x-1"), ("(1,2)", "(1,2]"),
    ("(3,4)", "(4,3)"), (r"\{1,2\}", r"\{1,3\}"), (r"\text{Evelyn}", r"\text{Angela}"), ("", "5"), ("}{", "5"),
    (r"\begin{pmatrix}1\\2\end{pmatrix}", r"\begin{pmatrix}2\\1\end{pmatrix}"), ("__import__('os')", "1"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "right"), SAME_NUMBERS)
def test_one_number_however_it_is_written(given: str, right: str) -> None:
    assert numbers.same(given, right)


@pytest.mark.parametrize(("given", "right"), OTHER_NUMBERS)
def test_another_number_or_none(given: str, right: str) -> None:
    assert not numbers.same(given, right)


@pytest.mark.parametrize(
    ("python", "latex"),
    [
        ("sqrt(3)/2", (r"\frac{\sqrt{3}}{2}",)),
        ("Rational(1, 3)", (r"\frac{1}{3}",)),
        ("2*x**3 - 1", (r"(2) \cdot (x^{3}) - (1)",)),
        ("(-oo, 2)", (r"(-\infty, 2)",)),
        ("3, 2", ("3, 2",)),
        ("[1, 2]", ("[1, 2]", r"\{1, 2\}", "1, 2")),
        ("Matrix([1, 2])", (r"\begin{pmatrix}1 \\ 2\end{pmatrix}",)),
        (r"\frac{1}{2}", ()),
        ("2x", ()),
        ("__import__('os').system('true')", ()),
        ("eval('1')", ()),
        ("(" * 5000, ()),
    ],
)
def test_python_is_put_into_latex_or_left_alone(python: str, latex: tuple[str, ...]) -> None:
    assert from_python(python) == latex


def test_the_same_text_and_plain_numbers_need_no_checker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "_checker", lambda seconds: pytest.fail("it was asked"))
    checking.same.cache_clear()
    assert checking.same(r"$ \dfrac{1}{2} $", r"\frac{1}{2}", 1)
    assert checking.same("1,000.0", "1000", 1)
    assert not checking.same("11", "12", 1)


def test_a_missing_checker_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"math-verify: pip install 'worldlore\[maths\]'"):
        checking.ready()


@pytest.mark.real
def test_the_checker_knows_what_is_the_same_and_what_is_not() -> None:
    pytest.importorskip("math_verify")
    assert len(SAME) >= 60
    judged = {pair: checking.same(*pair, 20) for pair in (*SAME, *OTHER)}
    assert {pair for pair in SAME if not judged[pair]} == set()
    assert {pair for pair in OTHER if judged[pair]} == set()


@pytest.mark.real
def test_a_check_that_takes_too_long_counts_as_different_and_the_next_one_is_done() -> None:
    pytest.importorskip("math_verify")
    assert not checking.same("9^{9^{9^{9^{9}}}}", "3", 5)
    assert checking.same(r"\frac{2}{4}", r"\frac{1}{2}", 5)
