"""Wordle: its marks, its list, its six guesses."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.environments.wordle import Wordle, marks, words
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Task

any_word = st.text("abcde", min_size=5, max_size=5)


def begun(word: str = "crane", **keys: object) -> Wordle:
    env = ENVIRONMENTS.build({"name": "wordle", **keys})
    env.reset(Task("x", "wordle", "train", env._goal, {"family": "wordle", "word": word}), 0)
    return env


@pytest.mark.parametrize("told", [True, False])
def test_the_environment_keeps_its_contract(told: bool) -> None:
    factory = partial(ENVIRONMENTS.build, {"name": "wordle", "actions": told})
    assert [f.detail for f in check(factory, ("train", "dev", "test"), tasks=3) if not f.passed] == []


@pytest.mark.parametrize(
    ("guess", "secret", "told"),
    [
        ("crane", "crane", "ggggg"),
        ("slate", "crane", "bbgbg"),
        ("eerie", "crane", "bbybg"),
        ("llama", "label", "gyybb"),
        ("geese", "eager", "yyybb"),
    ],
)
def test_marks_are_those_of_the_game(guess: str, secret: str, told: str) -> None:
    assert marks(guess, secret) == told


@given(any_word, any_word)
def test_a_letter_is_marked_as_often_as_the_word_has_it(guess: str, secret: str) -> None:
    told = marks(guess, secret)
    assert [mark == "g" for mark in told] == [a == b for a, b in zip(guess, secret, strict=True)]
    for letter in set(guess):
        found = sum(mark in "gy" for said, mark in zip(guess, told, strict=True) if said == letter)
        assert found == min(guess.count(letter), secret.count(letter))


def test_the_list_is_of_five_plain_letters_and_each_word_in_one_split() -> None:
    assert len(words()) >= 900 and all(len(w) == 5 and w.isascii() and w.isalpha() and w.islower() for w in words())
    told = [task.data["word"] for split in ("train", "dev", "test") for task in Wordle().tasks(split)]
    assert sorted(told) == list(words())


def test_the_expert_finds_nearly_every_word() -> None:
    env, lost = Wordle(), 0
    tasks = env.tasks("test")
    for task in tasks[::4]:
        env.reset(task, 0)
        while not (outcome := env.step(env.expert() or "")).done:
            pass
        lost += not outcome.success
    assert lost <= 1


def test_the_last_guess_ends_the_game_and_tells_the_word() -> None:
    env = begun(guesses=2)
    assert env.step("slate").observation.text == "Guess 1 of 2, slate: b b g b g."
    outcome = env.step("p l a n e")
    assert outcome.done and not outcome.success and outcome.observation.text.endswith("The word was crane.")
    with pytest.raises(EnvironmentFailure, match="reset before"):
        env.step("crane")


def test_the_word_found_wins_at_once() -> None:
    outcome = begun().step("CRANE")
    assert (outcome.done, outcome.success, outcome.reward) == (True, True, 1.0)


@pytest.mark.parametrize("action", ["", "cranes", "cr4ne", "crâne", "is it crane?"])
def test_what_is_no_guess_counts_as_none(action: str) -> None:
    env = begun()
    outcome = env.step(action)
    assert not outcome.info["valid"] and not outcome.done and env._moment == ()


def test_words_outside_the_list_are_refused_where_asked() -> None:
    assert begun().step("zzzzz").info["valid"]
    assert "not in the list" in begun(listed=True).step("zzzzz").observation.text


def test_faults_tell_what_to_do() -> None:
    with pytest.raises(ConfigError, match="no split of wordle"):
        Wordle().tasks("tests")
    with pytest.raises(EnvironmentFailure, match="reset first"):
        Wordle().step("crane")
