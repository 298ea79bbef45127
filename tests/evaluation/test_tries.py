"""Within how many tries a task is done."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.evaluation.episodes import measure, outcomes
from worldlore.evaluation.statistics import compare, wilson
from worldlore.evaluation.tries import ks, limit_of
from worldlore.experience import Decision, Observation, Step, Stop, Task, Trajectory


def answering(name: str, *right: bool, family: str | None = None, attempt: int = 0, success=...) -> Trajectory:
    """An episode of blocks and answers; `right` tells of each answer whether it was right."""
    steps = [Step(Observation("?"), Decision("print(1)"), info={"valid": True, "error": None})]
    for number, correct in enumerate(right, 1):
        info = {"valid": True, "answer": "1", "number": number, "correct": correct}
        steps.append(Step(Observation("?"), Decision("Answer: 1"), float(correct), info))
    task = Task(name, "arithmetic", "test", name, {"family": family} if family else {})
    won = any(right) if success is ... else success
    return Trajectory(task, 0, attempt, tuple(steps), Observation("."), Stop.TERMINATED, won)


def told(*episodes: Trajectory, answers: int | None = None):
    return {m.name: m for m in measure([(0, e) for e in episodes], answers)}


def values(found, name: str) -> dict[int, float]:
    return {k: found[f"{name}@{k}"].value for k in ks(found, name)}


def test_accuracy_is_told_for_every_number_of_answers_up_to_the_limit():
    played = [answering("a", True), answering("b", False, False, True), answering("c", False)]
    assert values(told(*played, answers=5), "accuracy") == pytest.approx(
        {1: 1 / 3, 2: 1 / 3, 3: 2 / 3, 4: 2 / 3, 5: 2 / 3}
    )
    assert list(values(told(*played), "accuracy")) == [1, 2, 3]  # where none is set, up to the most that were given


def test_the_interval_of_an_accuracy_is_that_of_a_rate():
    found = told(*(answering(str(i), i < 7) for i in range(10)))["accuracy@1"]
    expected = wilson(7, 10)
    assert (found.value, found.low, found.high, found.n) == (0.7, expected.low, expected.high, 10)


def test_within_the_limit_accuracy_is_success():
    played = [answering("a", False, True), answering("b", False, False), answering("c")]
    found = told(*played, answers=2)
    assert found["accuracy@2"].value == found["success"].value == pytest.approx(1 / 3)


def test_an_agent_that_never_answers_is_right_in_none():
    assert values(told(answering("a"), answers=2), "accuracy") == {1: 0, 2: 0}


def test_where_nothing_is_answered_nothing_is_told_of_tries():
    assert not [name for name in told(answering("a"), answering("b")) if "@" in name]
    assert measure([]) == ()


def test_an_episode_that_broke_is_left_out():
    found = told(answering("a", True), answering("b", False, success=None))
    assert (found["accuracy@1"].value, found["accuracy@1"].n) == (1, 1)


def test_kinds_are_told_apart_and_weigh_alike_in_their_mean():
    many = [answering(f"a{i}", True, family="sums") for i in range(6)]
    few = [answering("b0", False, True, family="products"), answering("b1", False, False, family="products")]
    found = told(*many, *few)
    assert found["accuracy@1"].value == 0.75
    assert found["accuracy_by_family@1"].value == pytest.approx(0.5)
    assert found["accuracy_by_family@2"].value == pytest.approx(0.75)
    assert found["success_by_family"].value == pytest.approx(0.75)
    assert (found["accuracy@2/products"].value, found["accuracy@2/products"].n) == (0.5, 2)
    assert found["accuracy_by_family@1"].low < 0.5 < found["accuracy_by_family@1"].high


def test_one_kind_has_no_mean_over_kinds():
    assert not [name for name in told(answering("a", True, family="sums")) if "by_family" in name]


def test_accuracies_of_two_runs_are_paired_by_task():
    before = outcomes([(0, answering(str(i), False)) for i in range(12)])
    after = outcomes([(0, answering(str(i), False, True)) for i in range(12)], 2)
    assert compare(before["accuracy@1"], after["accuracy@1"]).verdict == "undecided"
    assert compare(before["accuracy@1"], after["accuracy@2"]).verdict == "better"


@given(st.lists(st.booleans(), min_size=2, max_size=6), st.data())
def test_solved_at_k_is_the_mean_over_all_choices_of_k_attempts(wins, data):
    k = data.draw(st.integers(1, len(wins)))
    found = told(*(answering("a", attempt=i, success=won) for i, won in enumerate(wins)))
    chosen = list(combinations(wins, k))
    assert found[f"solved@{k}"].value == pytest.approx(sum(map(any, chosen)) / len(chosen))
    assert found[f"solved@{k}"].n == 1


def test_one_attempt_is_no_try_among_several():
    assert not [name for name in told(answering("a", True), answering("b", True)) if name.startswith("solved")]


def test_a_task_with_fewer_measured_attempts_says_nothing_of_more():
    found = told(*(answering("a", attempt=i, success=False) for i in range(3)), answering("b", attempt=0, success=True))
    assert [found[f"solved@{k}"].n for k in (1, 2, 3)] == [2, 1, 1]


@pytest.mark.parametrize(
    ("table", "limit"),
    [
        ({"name": "household"}, None),
        ({"name": "gsm8k", "feedback": True, "answers": 10}, 10),
        ({"name": "gsm8k", "feedback": True, "answers": None}, None),
        ({"name": "gsm8k", "feedback": False, "answers": None}, 1),
    ],
)
def test_the_limit_is_what_the_world_allows(table, limit):
    assert limit_of(table) == limit
