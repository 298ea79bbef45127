"""Arithmetic: word problems and small algebra without end, made from numbers, each with its solution in Python.

    calculation.py   steps, exactly, and as Python        words.py     who and what
    story.py         sentences and steps together         money.py, motion.py, things.py, algebra.py     the kinds

    split         kinds                                     steps
    train, dev    shopping, saving, …                       2 to 5
    test          the same, every fourth one of "long"      2 to 5; 6 to 8 for "long"

The same calculation (its steps, whatever the story around it) is never in two splits: a checksum of it says which split
it belongs to. One part belongs to no split; what a model is trained on before it ever practises is drawn from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from random import Random
from zlib import crc32

from worldlore.environments.maths.arithmetic import algebra, money, motion, things
from worldlore.environments.maths.arithmetic.calculation import Unfit, blocks, number
from worldlore.environments.maths.arithmetic.story import Kind, Story
from worldlore.environments.maths.problems import Problem
from worldlore.errors import unknown

KINDS: tuple[Kind, ...] = (
    money.SHOPPING, money.SAVING, money.PERCENT, motion.TRAVEL, motion.MAKING, things.SHARING, things.COMPARING,
    things.AGES, algebra.EQUATION, algebra.UNKNOWNS, algebra.SEQUENCE, algebra.AREA,
)  # fmt: skip
LONG = "long"
"""What problems of more steps than any in `train` are called, whatever they are about."""
STEPS, LONG_STEPS = (2, 5), (6, 8)
"""Least and most steps of a problem, and of a long one."""
SIZES = {"train": 2000, "dev": 200, "test": 400}
"""Problems in each split."""
PARTS = {"train": range(40), "dev": range(40, 50), "test": range(50, 60), "none": range(60, 100)}
"""Which of a hundred checksums belong to which split."""
LONG_EVERY = 4
"""Every so-manieth problem of `test` is long."""
ASIDES = 0.3
"""Share of the problems that tell a number which does not matter."""


@cache
def problems(split: str) -> Sequence[Problem]:
    """The problems of a split, always the same ones in the same order; ConfigError for an unknown split."""
    if split not in SIZES:
        raise unknown("split of arithmetic", split, list(SIZES))
    found: dict[str, Problem] = {}
    for story, long in drawn(split, 0, LONG_EVERY if split == "test" else 0):
        problem = told(story, LONG if long else "")
        found.setdefault(problem.question, problem)
        if len(found) == SIZES[split]:
            break
    return tuple(found.values())


def drawn(part: str, seed: int, long_every: int = 0, start: int = 0) -> Iterator[tuple[Story, bool]]:
    """Stories without end whose calculation belongs to a part of `PARTS`; and whether each is a long one."""
    at = start
    while True:
        at += 1
        long = bool(long_every) and at % long_every == 0
        yield draw(part, f"{part} {seed} {at}", LONG_STEPS if long else STEPS), long


def draw(part: str, key: str, steps: tuple[int, int]) -> Story:
    """The story of a key, of so many steps, whose calculation belongs to a part."""
    rng = Random(key)
    while True:
        kind = KINDS[int(rng.random() * len(KINDS))]
        size = steps[0] + int(rng.random() * (steps[1] - steps[0] + 1))
        try:
            story = kind.tell(rng, size)
        except Unfit:
            continue
        if part_of(story) == part:
            _aside(story, kind)
            return story


def part_of(story: Story) -> str:
    """Which of `PARTS` a story's calculation belongs to."""
    checksum = crc32("\n".join(step.text for step in story.steps).encode()) % 100
    return next(part for part, share in PARTS.items() if checksum in share)


def told(story: Story, kind: str = "") -> Problem:
    """A story as a problem."""
    question = " ".join([*story.told, story.question])
    return Problem(question, number(story.now.value), kind or story.kind, blocks(story.steps))


def _aside(story: Story, kind: Kind) -> None:
    """Now and then a sentence whose number does not matter, after the first sentence."""
    if story.happens(ASIDES):
        sentence = story.one(kind.asides).format(**{**story.words, "n": story.count(2, 60)})
        story.told.insert(story.count(1, len(story.told)), sentence)
