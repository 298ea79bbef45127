"""Solutions that are wrong as a learner's are: another number, another sign, sides swapped, a step left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from operator import add, floordiv, mod, mul, sub, truediv
from random import Random

from worldlore.environments.maths.arithmetic.calculation import Amount, Step, Unfit

_DO = {"+": add, "-": sub, "*": mul, "/": truediv, "//": floordiv, "%": mod}
_OTHER_SIGN = {"+": "-*", "-": "+", "*": "+/", "/": "*-", "%": "/-"}
_TRIES = 20


def printed(steps: Sequence[Step]) -> dict[str, str]:
    """What Python prints of each step's result."""
    values: dict[str, int | float] = {}
    for step in steps:
        left, right = (values[side.name] if side.name else _literal(side.value) for side in (step.left, step.right))
        values[step.name] = _DO[step.operator](left, right)
    return {name: str(value) for name, value in values.items()}


def slipped(steps: Sequence[Step], numbers: Sequence[int], rng: Random) -> tuple[int, list[Step]] | None:
    """Where the first wrong step is, and all steps from the beginning; None where nothing wrong came of it."""
    for _ in range(_TRIES):
        at = rng.randrange(len(steps))
        try:
            wrong = list(_again([*steps[:at], *_wrong(steps, at, numbers, rng)]))
        except Unfit:
            continue
        if wrong and wrong[-1].result.value != steps[-1].result.value and at < len(wrong):
            return at, wrong
    return None


def _literal(value: Fraction) -> int | float:
    return int(value) if value.denominator == 1 else float(value)


def _wrong(steps: Sequence[Step], at: int, numbers: Sequence[int], rng: Random) -> list[Step]:
    step, rest = steps[at], list(steps[at + 1 :])
    way = rng.random()
    if way < 0.3:
        return [replace(step, sign=rng.choice(_OTHER_SIGN[step.sign])), *rest]
    if way < 0.4:
        return [replace(step, left=step.right, right=step.left), *rest]
    if way < 0.6 and rest:
        return [_renamed(later, step.name, step.left) for later in rest]
    known = [earlier.result for earlier in steps[:at]]
    other = rng.choice([*(Amount(Fraction(n)) for n in numbers), *known])
    return [replace(step, **{rng.choice(("left", "right")): other}), *rest]


def _renamed(step: Step, name: str, instead: Amount) -> Step:
    """A step that uses something else."""
    left, right = (instead if side.name == name else side for side in (step.left, step.right))
    return replace(step, left=left, right=right)


def _again(steps: Sequence[Step]) -> Sequence[Step]:
    """The same steps with the results that they now have; Unfit where one has none."""
    results: dict[str, Amount] = {}
    found = list[Step]()
    for step in steps:
        left, right = (results.get(side.name, side) for side in (step.left, step.right))
        found.append(replace(step, left=left, right=right))
        results[step.name] = found[-1].result
    return found
