from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.evaluation.standing import relative, step_wins
from worldlore.evaluation.statistics import Outcome


def played(*steps: float, learner: int = 0) -> list[Outcome]:
    return [Outcome(f"task {i}", n, learner) for i, n in enumerate(steps)]


def test_the_fewest_steps_win_and_equals_share():
    won = step_wins({"a": played(3, 5, 9), "b": played(4, 5, 9), "c": played(7, 6, 9)})
    assert [won[run].value for run in "abc"] == pytest.approx([(1 + 1 / 2 + 1 / 3) / 3, (1 / 2 + 1 / 3) / 3, 1 / 9])
    assert won["a"].n == 3
    assert won["a"].low is not None
    assert won["a"].low < won["a"].value < won["a"].high


@given(st.lists(st.tuples(*[st.integers(1, 5)] * 3), min_size=1, max_size=8))
def test_the_shares_of_all_runs_add_up_to_one(rows):
    sides = [played(*(row[i] for row in rows)) for i in range(3)]
    won = step_wins(dict(zip("abc", sides, strict=True)))
    assert sum(metric.value for metric in won.values()) == pytest.approx(1)


def test_only_episodes_that_all_runs_played_count():
    won = step_wins({"a": played(9, 1, 1), "b": played(2)})
    assert (won["a"].value, won["b"].value, won["a"].n) == (0, 1, 1)


def test_runs_without_a_common_episode_have_no_step_wins():
    assert step_wins({"a": played(1), "b": []}) == {}
    assert step_wins({"a": played(1), "b": [Outcome("other", 1)]}) == {}
    assert step_wins({}) == {}


def test_a_run_that_learned_nothing_stands_beside_each_learner_of_the_others():
    won = step_wins({"none": played(5), "learned": [*played(4), *played(6, learner=1)]})
    assert (won["none"].value, won["learned"].value, won["none"].n) == (0.5, 0.5, 2)


def test_the_worst_is_nothing_and_the_best_is_all():
    assert relative({"a": 0.2, "b": 0.6, "c": 0.3}) == pytest.approx({"a": 0, "b": 1, "c": 0.25})


def test_where_all_are_equal_nobody_has_a_place():
    assert relative({"a": 0.5, "b": 0.5}) == {}
    assert relative({}) == {}
