"""A problem in the making: sentences and the steps that solve it grow side by side.

A kind of problem is an opening, which sets the scene and reaches a first result, and turns, each of which tells one
thing more and changes the result. A story takes turns until it has as many steps as wanted; its last turn also says
what is asked. A turn that cannot go on from the present result raises `Unfit`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from random import Random
from typing import TypeVar

from worldlore.environments.maths.arithmetic.calculation import Amount, Step, Term, Unfit, amount, number
from worldlore.environments.maths.arithmetic.words import PEOPLE

T = TypeVar("T")
LARGEST = 20_000
"""No result is above this."""


@dataclass
class Story:
    """What is told, worked out and asked so far."""

    rng: Random
    """Only its `random()` is drawn from, whose sequence Python guarantees."""
    size: int
    """Steps wanted."""
    kind: str = ""
    """What kind of problem it is."""
    told: list[str] = field(default_factory=list[str])
    """Sentences."""
    steps: list[Step] = field(default_factory=list[Step])
    """What solves it."""
    question: str = ""
    """What is asked of the last result."""
    words: dict[str, str] = field(default_factory=dict[str, str])
    """Names that every sentence may hold."""

    @property
    def left(self) -> int:
        """Steps that are wanted still."""
        return self.size - len(self.steps)

    @property
    def now(self) -> Amount:
        """The last result."""
        return self.steps[-1].result

    def one(self, options: Sequence[T]) -> T:
        """One of some things."""
        return options[int(self.rng.random() * len(options))]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Different ones of some things."""
        rest = list(options)
        return [rest.pop(int(self.rng.random() * len(rest))) for _ in range(count)]

    def count(self, low: int, high: int, by: int = 1) -> int:
        """A number from `low` to `high`, in steps of `by`."""
        return low + by * int(self.rng.random() * ((high - low) // by + 1))

    def happens(self, share: float) -> bool:
        """True in so many cases."""
        return self.rng.random() < share

    def people(self, count: int) -> list[str]:
        """Different people, who are called a, b, c in sentences."""
        names = self.some(PEOPLE, count)
        self.words |= dict(zip("abc", names, strict=False))
        return names

    def divisor(self, of: Amount, low: int, high: int) -> int:
        """A number that divides another without a rest, within bounds."""
        value = of.value
        found = [d for d in range(low, high + 1) if value.denominator == 1 and value % d == 0 and value > d]
        if not found:
            raise Unfit(f"nothing between {low} and {high} divides {value}")
        return self.one(found)

    def percent(self, of: Amount, shares: Sequence[int] = (5, 10, 15, 20, 25, 30, 40, 50, 60, 75)) -> int:
        """A percentage of a result that is a whole number."""
        found = [share for share in shares if (of.value * share / 100).denominator == 1]
        if not found:
            raise Unfit(f"no percentage of {of.value} is whole")
        return self.one(found)

    def below(self, of: Amount, most: int) -> int:
        """A number from 2 to `most` that leaves something of a result."""
        high = min(most, int(of.value * 4 / 5))
        if high < 2:
            raise Unfit(f"nothing can be taken from {of.value}")
        return self.count(2, high)

    def work(self, name: str, left: Term, sign: str, right: Term) -> Amount:
        """One step more; Unfit where there is no room for it or the result is too large."""
        if not self.left:
            raise Unfit("one step too many")
        taken = {step.name for step in self.steps}
        free = next(n for n in (name, *(f"{name}_{letter}" for letter in "bcdefghij")) if n not in taken)
        step = Step(free, amount(left), sign, amount(right))
        if step.result.value > LARGEST:
            raise Unfit(f"{step.text} is too large")
        self.steps.append(step)
        return step.result

    def say(self, *ways: str, **words: object) -> None:
        """A sentence, told in one of some ways."""
        self.told.append(self._told(ways, words))

    def ask(self, *ways: str, **words: object) -> None:
        """What is asked, if nothing follows."""
        self.question = self._told(ways, words)

    def _told(self, ways: Sequence[str], words: dict[str, object]) -> str:
        written = {name: number(word) if isinstance(word, Fraction) else word for name, word in words.items()}
        text = self.one(ways).format(**{**self.words, **written})
        return text[0].upper() + text[1:] if text[:2].isalpha() else text

    def needs(self, steps: int, last: bool = False) -> None:
        """Unfit where there is no room for so many steps, or where nothing may follow them and something must."""
        if self.left < steps or (last and self.left > steps):
            raise Unfit(f"{self.left} steps are left, not {steps}")


Part = Callable[[Story], None]


@dataclass(frozen=True)
class Change:
    """A turn that changes the result by one number: drawn, told, worked out, asked about."""

    name: str
    """What the new result is called."""
    sign: str
    """What is done with the old result and the number."""
    bounds: tuple[int, int]
    """Least and largest number. One for "/" divides the result, one for "-" leaves something of it."""
    told: tuple[str, ...]
    """Ways to tell it, with the number as n."""
    asked: tuple[str, ...]
    """Ways to ask for the new result."""
    last: bool = False
    """Nothing may follow."""
    words: Mapping[str, str] = field(default_factory=dict[str, str])
    """Names that sentences may hold from then on."""

    def __call__(self, story: Story) -> None:
        """Go on with a story; Unfit where that cannot be."""
        if self.last:
            story.needs(1, last=True)
        number = self._drawn(story)
        story.say(*self.told, n=number)
        story.work(self.name, story.now, self.sign, number)
        story.words |= self.words
        story.ask(*self.asked)

    def _drawn(self, story: Story) -> int:
        low, high = self.bounds
        if self.sign == "/":
            return story.divisor(story.now, low, high)
        return story.below(story.now, high) if self.sign == "-" else story.count(low, high)


@dataclass(frozen=True)
class Kind:
    """A kind of problem."""

    name: str
    """What it is called."""
    opening: Part
    """Sets the scene and reaches a first result."""
    turns: tuple[Part, ...]
    """What may happen then, each once."""
    asides: tuple[str, ...]
    """Sentences with a number n that does not matter."""

    def tell(self, rng: Random, size: int) -> Story:
        """A story of so many steps; Unfit where it came to nothing."""
        story = Story(rng, size, self.name)
        self.opening(story)
        rest = list(self.turns)
        while story.left:
            if not rest:
                raise Unfit("no turn is left")
            turn = rest.pop(int(rng.random() * len(rest)))
            before = len(story.steps), len(story.told)
            try:
                turn(story)
            except Unfit:
                del story.steps[before[0] :], story.told[before[1] :]
        return story
