"""A calculation in named steps: what each is worth, exactly, and the Python that works it out.

Every amount is a multiple of a quarter, so floats hold it exactly and what a program prints is the answer as it stands.
A division that comes out whole is written `//`, any other `/`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from operator import add, mod, mul, sub, truediv

_DO: dict[str, Callable[[Fraction, Fraction], Fraction]] = {"+": add, "-": sub, "*": mul, "/": truediv, "%": mod}


class Unfit(Exception):
    """A number that a problem should not hold; it is drawn again."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of a problem: one that the text tells, or the result of a step."""

    value: Fraction
    """What it is worth."""
    name: str = ""
    """The variable that holds it; "" for one that the text tells."""

    @property
    def text(self) -> str:
        """As it stands in a program: the variable, or the number itself."""
        return self.name or number(self.value)


Term = Amount | Fraction | int


@dataclass(frozen=True)
class Step:
    """`name = left sign right`."""

    name: str
    """The variable it sets."""
    left: Amount
    """What stands on the left."""
    sign: str
    """One of + - * / %."""
    right: Amount
    """What stands on the right."""

    @cached_property
    def result(self) -> Amount:
        """What it comes to; Unfit where that is below zero, or no multiple of a quarter."""
        a, b = self.left.value, self.right.value
        if self.sign in "/%" and b == 0:
            raise Unfit(f"{self.text} divides by zero")
        value = _DO[self.sign](a, b)
        if value < 0 or (value * 4).denominator != 1:
            raise Unfit(f"{self.text} is {value}")
        return Amount(value, self.name)

    @property
    def text(self) -> str:
        """As a line of Python."""
        return f"{self.name} = {self.left.text} {self.operator} {self.right.text}"

    @property
    def operator(self) -> str:
        """The sign as Python writes it: `//` for a division that comes out whole."""
        a, b = self.left.value, self.right.value
        whole = self.sign == "/" and b and a.denominator == b.denominator == (a / b).denominator == 1
        return "//" if whole else self.sign


def amount(term: Term) -> Amount:
    """A term of a step."""
    return term if isinstance(term, Amount) else Amount(Fraction(term))


def number(value: Fraction) -> str:
    """A number as Python writes it: 12, 2.5."""
    return str(value.numerator) if value.denominator == 1 else str(float(value))


def blocks(steps: Sequence[Step]) -> tuple[str, ...]:
    """A program that does the steps in one to three blocks, each of which prints what its last step comes to."""
    return tuple(block(part) for part in parted(steps))


def block(steps: Sequence[Step]) -> str:
    """Some steps, and the last one's result printed."""
    return "\n".join([*(step.text for step in steps), f"print({steps[-1].name})"])


def parted(steps: Sequence[Step]) -> list[Sequence[Step]]:
    """The steps of each block: one block for two steps, two for four, three for more."""
    count = min(3, -(-len(steps) // 2))
    bounds = [round(len(steps) * part / count) for part in range(count + 1)]
    return [steps[a:b] for a, b in pairwise(bounds)]
