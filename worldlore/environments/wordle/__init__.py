"""Wordle: guess a secret word of five letters in six guesses.

    words         a list of common words of our own, and the marks a guess gets
    environment   the environment in words

Each guess is marked letter by letter: b the letter is not in the word, y it is elsewhere in it, g it is right. A letter
is marked y or g only as often as the word has it, as in the original game.
"""

from worldlore.environments.wordle.environment import Wordle, WordleConfig
from worldlore.environments.wordle.words import marks, words

__all__ = ["Wordle", "WordleConfig", "marks", "words"]
