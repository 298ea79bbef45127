"""The environment "wordle"."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from pydantic import Field

from worldlore.config import Config
from worldlore.environments.base import Momentary, Outcome, Primitive
from worldlore.environments.wordle.words import marks, words
from worldlore.errors import unknown
from worldlore.experience import Observation, Task

SHARES = {"train": 0.7, "dev": 0.1, "test": 0.2}
"""Split -> its share of the words; no word is in two."""
WEIGHED = 60
"""Words that the expert weighs at most before a guess."""
FIRST = "slate"
"""The expert's first guess: common letters, all different."""


class WordleConfig(Config):
    """Keys of environment "wordle"."""

    guesses: int = Field(default=6, ge=1, le=100)
    """Guesses of a game; the last one ends it."""
    listed: bool = False
    """Take words of the list only; without it any five letters are a guess."""
    actions: bool = False
    """Tell the words of the list that were not guessed, all of them, as what can be done."""


class Wordle(Momentary[tuple[str, ...]]):
    """A game of Wordle; a moment is what was guessed so far.

    The reward is 1 for the word found. What is no guess is told so and counts as none. The expert knows the list and
    takes a word that fits all marks so far, one that tells the remaining ones apart well.
    """

    name = "wordle"
    Config = WordleConfig

    def __init__(self, config: WordleConfig | None = None) -> None:
        self.config = config or WordleConfig()

    @property
    def primitives(self) -> Sequence[Primitive]:
        """What a program may call."""
        return (Primitive("guess", ("word",), "{word}", "guess a word; gives its marks"),)

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of "train", "dev" or "test"; `data["word"]` is the secret."""
        if split not in SHARES:
            raise unknown("split of wordle", split, SHARES)
        told = [word for word in words() if _split(word) == split]
        return [Task(f"{split}-{at}", self.name, split, self._goal, _data(word)) for at, word in enumerate(told)]

    def reset(self, task: Task, seed: int) -> Observation:
        """The rules; the word is the task's own, and `seed` changes nothing."""
        self._begin(task)
        return self._told(
            f"{task.goal} Each is marked letter by letter: b the letter is not in the word, y it is elsewhere in it, "
            "g it is right."
        )

    def step(self, action: str) -> Outcome:
        """A guess: five letters, with or without spaces between them."""
        secret = self._unfinished().data["word"]
        guess = "".join(action.lower().split())
        if fault := self._fault(guess):
            return Outcome(self._told(fault), info={"valid": False})
        self._moment = (*self._moment, guess)
        told, won = marks(guess, secret), guess == secret
        end = " You found the word." if won else f" The word was {secret}." if self._over else ""
        text = f"Guess {len(self._moment)} of {self.config.guesses}, {guess}: {' '.join(told)}.{end}"
        return Outcome(self._told(text), float(won), self._over, won, {"valid": True, "marks": told})

    def expert(self) -> str | None:
        """The next guess; None where no word of the list fits."""
        secret = self._playing().data["word"]
        if self._over:
            return None
        if not self._moment:
            return FIRST
        told = [(guess, marks(guess, secret)) for guess in self._moment]
        fitting = [word for word in words() if all(marks(guess, word) == mark for guess, mark in told)]
        weighed = fitting[:: max(1, len(fitting) // WEIGHED)]
        return max(weighed, key=lambda word: len({marks(word, other) for other in weighed}), default=None)

    @property
    def _goal(self) -> str:
        return f"Guess the secret word of five letters in {self.config.guesses} guesses."

    @property
    def _over(self) -> bool:
        return len(self._moment) >= self.config.guesses or self._playing().data["word"] in self._moment

    def _opening(self, task: Task) -> tuple[str, ...]:
        return ()

    def _fault(self, guess: str) -> str:
        """Why it is no guess; "" where it is one."""
        if len(guess) != 5 or not (guess.isascii() and guess.isalpha()):
            return "That is no guess: a guess is one word of five letters."
        if self.config.listed and guess not in words():
            return f"Invalid word: {guess} is not in the list."
        return ""

    def _told(self, text: str) -> Observation:
        if not self.config.actions:
            return Observation(text)
        return Observation(text, () if self._over else tuple(w for w in words() if w not in self._moment))


def _data(word: str) -> dict[str, Any]:
    return {"family": "wordle", "word": word}


def _split(word: str) -> str:
    """The split of a word: the word's own, so that a longer list leaves every word where it was."""
    draw = Random(f"wordle {word}").random()
    return "train" if draw < SHARES["train"] else "dev" if draw < SHARES["train"] + SHARES["dev"] else "test"
