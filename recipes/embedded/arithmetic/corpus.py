"""What the model reads: problems solved in Python, as an agent that writes code and answers lives them.

The problems are drawn from the part of all calculations that no split holds. In some lessons a first try goes wrong
(`slips.py`): a wrong block is run, the wrong answer is given and called incorrect, and then the steps are done again
from the first wrong one on. What is wrong is read, never imitated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random

from recipes.embedded.arithmetic.slips import printed, slipped
from recipes.embedded.arithmetic.words import ANSWER, CLOSE, FENCE, INCORRECT, OPENING
from recipes.embedded.language import Lesson
from worldlore.environments.maths.arithmetic import STEPS, draw, told
from worldlore.environments.maths.arithmetic.calculation import Step, block, parted
from worldlore.experience import Message

SLIPS = 0.45
"""Share of the lessons with a wrong try."""
MISREAD = 0.1
"""Share of the wrong tries in which only the answer is wrong."""
AGAIN = 0.5
"""Share of them that are followed by another one."""


class Solutions:
    """Solutions without end, the same ones in the same order for a seed."""

    def __init__(self, seed: int, slips: float = SLIPS):
        self._seed, self._slips = seed, slips

    def read(self, first: int, count: int) -> Iterator[Lesson]:
        """The lessons `first` to `first + count` - 1."""
        for index in range(first, first + count):
            yield self.lesson(index)

    def lesson(self, index: int) -> Lesson:
        """One problem, solved at last."""
        story = draw("none", f"{self._seed} {index}", STEPS)
        question, steps, rng = told(story).question, story.steps, Random(f"{self._seed} {index} slips")
        numbers = [int(n) for n in re.findall(r"\d+", question)]
        talk = _Talk(question)
        begin, share = 0, self._slips
        while rng.random() < share:
            share = AGAIN
            found = slipped(steps, numbers, rng)
            if found is None:
                break
            at, wrong = found
            if rng.random() < MISREAD:
                talk.work(steps, begin, len(steps))
                talk.answer(str(rng.choice(numbers)), slip=True)
                begin = _start(steps, len(steps) - 1)
            else:
                talk.work(wrong, min(begin, _start(wrong, at)), at)
                talk.answer(printed(wrong)[wrong[-1].name], slip=False)
                begin = _start(steps, at)
            talk.hear(INCORRECT)
        talk.work(steps, begin, len(steps))
        talk.answer(printed(steps)[steps[-1].name], slip=False)
        return Lesson(tuple(talk.messages), frozenset(talk.slips))


class _Talk:
    """A conversation in the making."""

    def __init__(self, question: str):
        self.messages = [Message("user", f"{OPENING}\n\n{question}")]
        self.slips = set[int]()

    def work(self, steps: Sequence[Step], begin: int, good: int) -> None:
        """Run the blocks from a step on; that with step `good` is a slip."""
        done = 0
        for part in parted(steps):
            if done + len(part) > begin:
                if done <= good < done + len(part):
                    self.slips.add(len(self.messages) // 2)
                self.messages.append(Message("assistant", FENCE + block(part) + CLOSE))
                self.hear(printed(steps)[part[-1].name])
            done += len(part)

    def answer(self, text: str, slip: bool) -> None:
        """Say it."""
        if slip:
            self.slips.add(len(self.messages) // 2)
        self.messages.append(Message("assistant", ANSWER + text))

    def hear(self, text: str) -> None:
        """The world's word."""
        self.messages.append(Message("user", text))


def _start(steps: Sequence[Step], at: int) -> int:
    """The first step of the block that a step is in."""
    done = 0
    for part in parted(steps):
        if at < done + len(part):
            return done
        done += len(part)
    return done
