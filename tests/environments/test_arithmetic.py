"""Problems of arithmetic: right, reproducible, and apart from split to split."""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from itertools import islice
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.environments.maths.arithmetic import (
    KINDS,
    LONG,
    LONG_EVERY,
    LONG_STEPS,
    PARTS,
    SIZES,
    STEPS,
    draw,
    drawn,
    part_of,
    problems,
    told,
)
from worldlore.environments.maths.arithmetic.calculation import Amount, Step, Unfit, blocks
from worldlore.environments.maths.problems import Problem
from worldlore.errors import ConfigError
from worldlore.sandbox import Sandbox

LINE = re.compile(r"(\w+) = (\S+) (\+|-|\*|//?|%) (\S+)|print\((\w+)\)")
keys = st.integers(0, 10**9).map(str)


def worked(program: tuple[str, ...]) -> list[Fraction]:
    """What each block of a program prints, worked out without Python's own arithmetic."""
    values: dict[str, Fraction] = {}
    said = []
    for line in "\n".join(program).splitlines():
        found = LINE.fullmatch(line)
        assert found, line
        name, left, sign, right, shown = found.groups()
        if shown:
            said.append(values[shown])
            continue
        a, b = (values[side] if side in values else Fraction(side) for side in (left, right))
        values[name] = {"+": a + b, "-": a - b, "*": a * b, "%": a % b if b else a}.get(sign, a / b if b else a)
    return said


def run(problem: Problem) -> str:
    """What the last block prints in the sandbox."""
    with Sandbox() as sandbox:
        session = sandbox.session({})
        for block in problem.program:
            ran = session.run(block, lambda *_: None)
        session.close()
    return ran.output.strip()


@given(keys, st.sampled_from([STEPS, LONG_STEPS]))
@settings(max_examples=60, deadline=None)
def test_running_the_program_gives_the_answer(key: str, sizes: tuple[int, int]) -> None:
    problem = told(draw("train", key, sizes))
    assert worked(problem.program)[-1] == Fraction(problem.answer)


@pytest.mark.parametrize("at", range(0, 400, 80))
def test_python_itself_gives_the_answer(at: int) -> None:
    problem = problems("test")[at]
    assert Fraction(run(problem)) == Fraction(problem.answer)


@given(keys, st.sampled_from([STEPS, LONG_STEPS]))
@settings(max_examples=60, deadline=None)
def test_a_problem_has_as_many_steps_as_wanted_in_one_to_three_blocks(key: str, sizes: tuple[int, int]) -> None:
    story = draw("dev", key, sizes)
    assert sizes[0] <= len(story.steps) <= sizes[1]
    assert 1 <= len(told(story).program) <= 3
    assert sum(block.count(" = ") for block in told(story).program) == len(story.steps)


@given(keys)
@settings(max_examples=60, deadline=None)
def test_the_text_tells_every_number_that_the_solution_needs(key: str) -> None:
    story = draw("train", key, STEPS)
    question = told(story).question
    said = {int(n) for n in re.findall(r"\d+", question)}
    said |= {n for n, word in {3: "three times", 4: "four times", 5: "five times"}.items() if word in question.lower()}
    known = {2, 10, 12, 100} | {n - 1 for n in said} | {100 - n for n in said} | {100 + n for n in said}
    for step in story.steps:
        for side in (step.left, step.right):
            value = int(side.value)
            assert side.name or value in said | known, (question, step.text)


@given(keys)
@settings(max_examples=30, deadline=None)
def test_the_same_key_tells_the_same_story(key: str) -> None:
    assert told(draw("train", key, STEPS)) == told(draw("train", key, STEPS))


def test_a_split_is_always_the_same() -> None:
    first = problems("dev")
    problems.cache_clear()
    assert problems("dev") == first
    assert {split: len(problems(split)) for split in SIZES} == SIZES


def test_no_calculation_and_no_question_is_in_two_splits() -> None:
    calculations = {split: {problem.program for problem in problems(split)} for split in SIZES}
    questions = [problem.question for split in SIZES for problem in problems(split)]
    assert len(questions) == len(set(questions))
    assert not calculations["train"] & calculations["dev"]
    assert not (calculations["train"] | calculations["dev"]) & calculations["test"]


def test_every_checksum_belongs_to_one_part() -> None:
    assert sorted(n for part in PARTS.values() for n in part) == list(range(100))


@pytest.mark.parametrize("part", PARTS)
def test_a_story_belongs_to_the_part_it_was_drawn_for(part: str) -> None:
    assert all(part_of(story) == part for story, _ in islice(drawn(part, 7), 20))


def test_long_problems_are_in_the_test_only_and_longer_than_any_other() -> None:
    kinds = {split: Counter(problem.kind for problem in problems(split)) for split in SIZES}
    assert kinds["train"].keys() == kinds["dev"].keys() == {kind.name for kind in KINDS}
    assert kinds["test"][LONG] == SIZES["test"] // LONG_EVERY
    assert LONG_STEPS[0] > STEPS[1]


def test_every_kind_reaches_every_number_of_steps() -> None:
    for kind in KINDS:
        for size in range(STEPS[0], LONG_STEPS[1] + 1):
            assert any(_tells(kind, size, seed) for seed in range(300)), (kind.name, size)


def _tells(kind, size: int, seed: int) -> bool:
    try:
        return len(kind.tell(Random(seed), size).steps) == size
    except Unfit:
        return False


def test_an_unknown_split_is_answered_with_the_nearest_known() -> None:
    with pytest.raises(ConfigError, match="did you mean 'train'"):
        problems("trian")


def test_a_step_below_zero_or_off_the_quarters_is_unfit() -> None:
    three, five, zero = (Amount(Fraction(n)) for n in (3, 5, 0))
    for left, sign, right in ((three, "-", five), (five, "/", three), (three, "/", zero), (three, "%", zero)):
        with pytest.raises(Unfit):
            Step("x", left, sign, right).result  # noqa: B018


def test_a_division_is_written_as_it_comes_out() -> None:
    whole = Step("x", Amount(Fraction(6)), "/", Amount(Fraction(3)))
    broken = Step("y", Amount(Fraction(7)), "/", Amount(Fraction(2)))
    assert (whole.text, broken.text) == ("x = 6 // 3", "y = 7 / 2")
    assert blocks([whole, broken]) == ("x = 6 // 3\ny = 7 / 2\nprint(y)",)
