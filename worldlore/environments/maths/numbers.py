"""Answers that are numbers: read without evaluating anything, compared as decimals.

A text says a number when it holds exactly one: `$1,234.50`, `18 eggs`, `-3/4`, `25 %`, `1.5e3`, but not `3 or 4`. Two
numbers are the same within a relative 1e-4, as published. Where one of them is told in per cent and the other is not,
25 % is both 25 and 0.25.
"""

from __future__ import annotations

import math
import re

TOLERANCE = 1e-4
"""Relative difference within which two numbers are the same (DensePolicy §4)."""
DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|\.\d+"
NUMBER = re.compile(
    rf"(?P<sign>[-+\u2212]?)\s*[$€£]?\s*(?P<top>{DIGITS})(?P<power>e[-+]?\d+)?(?:\s*/\s*(?P<below>{DIGITS}))?", re.I
)


def same(given: str, right: str) -> bool:
    """Whether two texts say the same number; False where one of them says none."""
    a, b = read(given), read(right)
    if a is None or b is None:
        return False
    if percent(given) == percent(right):
        return near(a, b)
    parts, plain = (a, b) if percent(given) else (b, a)
    return near(parts, plain) or near(parts / 100, plain)


def read(text: str) -> float | None:
    """The one number a text says; None where it says none, several, or one that is out of reach."""
    found = list(NUMBER.finditer(text))
    if len(found) != 1:
        return None
    said = found[0]
    value = float(_plain(said["top"]) + (said["power"] or ""))
    divisor = float(_plain(said["below"] or "1"))
    if not divisor or not math.isfinite(value):
        return None
    return (-value if said["sign"] in ("-", "\u2212") else value) / divisor


def percent(text: str) -> bool:
    """Whether a text tells its number in per cent."""
    return "%" in text or "percent" in text.lower() or "per cent" in text.lower()


def near(a: float, b: float) -> bool:
    """Equal within the tolerance."""
    return math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=1e-9)


def _plain(digits: str) -> str:
    return digits.replace(",", "")
