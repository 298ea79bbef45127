from __future__ import annotations

import random
from math import inf

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.evaluation.statistics import UNBOUNDED, Outcome, bootstrap, compare, rate, wilson

quick = settings(max_examples=25, deadline=None)
bits = st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=30)


def of(values, learner: int = 0) -> list[Outcome]:
    return [Outcome(f"task {i}", float(value), learner) for i, value in enumerate(values)]


def test_wilson_gives_the_published_numbers():
    # Newcombe 1998 (Statistics in Medicine 17), table I, method 3
    interval = wilson(81, 263)
    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)
    interval = wilson(0, 20)
    assert (interval.low, round(interval.high, 4)) == (0.0, 0.1611)
    interval = wilson(29, 29)
    assert (round(interval.low, 4), interval.high) == (0.8830, 1.0)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (-1, 3), (4, 3)])
def test_wilson_refuses_what_is_no_count(successes, n):
    with pytest.raises(ValueError, match="expected 0 <= successes <= n"):
        wilson(successes, n)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_rate_within_zero_and_one_and_mirrors_failures(counts):
    successes, n = counts
    interval, mirror = wilson(successes, n), wilson(n - successes, n)
    assert 0 <= interval.low <= successes / n <= interval.high <= 1
    assert interval.low < interval.high
    assert interval.low == pytest.approx(1 - mirror.high)


def test_a_rate_with_one_episode_a_task_is_wilsons():
    assert rate(of([1, 1, 1, 0])) == wilson(3, 4)


def test_ten_tries_at_a_task_are_not_ten_tasks():
    once = rate(of([1, 0] * 10))
    often = rate([Outcome(o.task, o.value, attempt=k) for o in of([1, 0] * 10) for k in range(10)])
    if_independent = wilson(100, 200)
    assert often.high - often.low > 0.8 * (once.high - once.low) > 2 * (if_independent.high - if_independent.low)


def test_a_mean_of_one_task_without_bounds_has_no_interval():
    interval = bootstrap(of([7]))
    assert (interval.value, interval.low, interval.high) == (7, None, None)


def test_a_weight_counts_as_so_many_equal_outcomes():
    weighed = bootstrap([Outcome("a", 0.5, weight=4), Outcome("b", 0.0, weight=2)], (0, 1))
    one_by_one = [("a", 1), ("a", 1), ("a", 0), ("a", 0), ("b", 0), ("b", 0)]
    assert weighed == bootstrap([Outcome(task, v, attempt=i) for i, (task, v) in enumerate(one_by_one)], (0, 1))


def test_no_outcome_is_no_interval():
    with pytest.raises(ValueError, match="at least one outcome"):
        bootstrap([])


@quick
@given(st.lists(st.floats(0, 9), min_size=1, max_size=12), st.lists(st.floats(0.1, 3), min_size=12, max_size=12))
def test_no_interval_leaves_the_range_of_possible_values(values, weights):
    given_values = [Outcome(str(i), v, weight=w) for i, (v, w) in enumerate(zip(values, weights, strict=False))]
    for bounds in ((0, 9), (0, inf), (-3, 9), (-inf, 9)):
        found = bootstrap(given_values, bounds)
        ends = [end for end in (found.low, found.value, found.high) if end is not None]
        assert all(bounds[0] <= end <= bounds[1] for end in ends)
        assert ends == sorted(ends)
    few = bootstrap(of([0, 0, 0, 0, 8]), (0, inf))
    assert few.low == 0


def test_pairs_count_as_much_as_their_outcomes():
    before = [Outcome("a", 0.0, weight=3), Outcome("b", 1.0, weight=1)]
    after = [Outcome("a", 1.0, weight=3), Outcome("b", 1.0, weight=1)]
    found = compare(before, after)
    assert found
    assert (found.before, found.after, found.difference) == (0.25, 1.0, 0.75)


@quick
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20), st.randoms(use_true_random=False))
def test_equal_outcomes_in_any_order_give_equal_intervals(values, shuffler: random.Random):
    given_order = of(values) + of(values[::-1], learner=1)
    shuffled = list(given_order)
    shuffler.shuffle(shuffled)
    assert bootstrap(given_order, (0, 1)) == bootstrap(shuffled, (0, 1))


@quick
@given(bits, st.randoms(use_true_random=False))
def test_swapping_the_sides_mirrors_the_comparison(values, shuffler: random.Random):
    other = shuffler.choices([0, 1], k=len(values))
    forth, back = compare(of(values), of(other)), compare(of(other), of(values))
    assert forth and back
    assert forth.difference == -back.difference
    assert (forth.wins, forth.losses) == (back.losses, back.wins)
    if forth.difference:
        assert forth.low == pytest.approx(-back.high)
    assert -1 <= forth.low <= forth.difference <= forth.high <= 1


@quick
@given(bits)
def test_an_agent_compared_with_itself_is_undecided_with_room_for_doubt(values):
    found = compare(of(values), of(values))
    assert found
    assert found.verdict == "undecided"
    assert (found.difference, found.wins, found.losses) == (0, 0, 0)
    assert found.low < 0 < found.high


@quick
@given(st.integers(20, 300))
def test_few_wins_against_no_loss_decide_as_the_sign_test_does(n):
    def verdict(wins):
        return compare(of([0] * n), of([1] * wins + [0] * (n - wins))).verdict

    assert [verdict(w) for w in (1, 4, 6, 9)] == ["undecided", "undecided", "better", "better"]


def test_winning_every_task_of_many_is_better_and_losing_every_one_is_worse():
    assert compare(of([0] * 20), of([1] * 20)).verdict == "better"
    assert compare(of([1] * 20), of([0] * 20)).verdict == "worse"
    assert compare(of([0]), of([1])).verdict == "undecided"


def test_only_the_same_task_seed_and_attempt_are_a_pair():
    a = [Outcome("x", 0), Outcome("y", 0), Outcome("z", 0, seed=1)]
    b = [Outcome("x", 1), Outcome("y", 1, attempt=1), Outcome("z", 1)]
    found = compare(a, b)
    assert found is not None
    assert (found.n_pairs, found.n_tasks, found.difference) == (1, 1, 1)
    assert compare(a, b[1:]) is None


def test_a_baseline_that_learned_nothing_is_compared_with_every_learner():
    found = compare(of([0, 1, 0]), of([1, 1, 0], 5) + of([0, 1, 1], 6))
    assert found is not None
    assert (found.n_pairs, found.n_tasks, found.n_learners) == (6, 3, 2)
    assert found.difference == pytest.approx(1 / 3)


def test_learners_of_both_sides_pair_by_their_seed():
    a = of([0, 0], 1) + of([1, 1], 2) + of([0, 0], 3)
    b = of([0, 0], 1) + of([1, 1], 2) + of([1, 1], 4)
    found = compare(a, b)
    assert found is not None
    assert (found.n_pairs, found.n_learners, found.difference) == (4, 2, 0)


def test_learners_that_disagree_widen_the_interval():
    baseline = of([0, 1] * 40)
    alike = [o for learner in range(4) for o in of([0, 1] * 30 + [1, 1] * 10, learner)]
    unlike = [
        o for learner, ones in enumerate((0, 4, 16, 20)) for o in of([0, 1] * (40 - ones) + [1, 1] * ones, learner)
    ]
    sure, unsure = compare(baseline, alike), compare(baseline, unlike)
    assert sure and unsure
    assert sure.difference == unsure.difference
    assert sure.verdict == "better"
    assert unsure.verdict == "undecided"


def test_steps_can_be_compared_without_bounds():
    found = compare(of([12, 20, 15, 30] * 5), of([10, 15, 12, 21] * 5), bounds=UNBOUNDED)
    assert found is not None
    assert found.verdict == "worse"
    assert (found.before, found.after) == (19.25, 14.5)
    alone = compare(of([3]), of([9]), bounds=UNBOUNDED)
    assert alone is not None
    assert (alone.low, alone.high, alone.verdict) == (None, None, "undecided")


@pytest.mark.parametrize(
    ("tasks", "learners", "attempts", "spread"), [(40, 1, 1, 0.0), (40, 1, 3, 0.0), (25, 3, 1, 0.0), (40, 4, 1, 0.12)]
)
def test_the_interval_covers_the_truth_about_as_often_as_it_says(monkeypatch, tasks, learners, attempts, spread):
    monkeypatch.setattr("worldlore.evaluation.statistics.RESAMPLES", 1000)
    generator = np.random.default_rng(7)
    repeats, covered = 200, 0
    for _ in range(repeats):
        hard = generator.uniform(0.25, 0.55, tasks)
        helped = hard + generator.uniform(-0.1, 0.3, tasks)  # a gain of 0.1 in the mean
        luck = generator.normal(0, spread, learners)
        before = [Outcome(str(i), float(generator.random() < hard[i])) for i in range(tasks)]
        a = [Outcome(o.task, o.value, attempt=k) for o in before for k in range(attempts)]
        b = [
            Outcome(str(i), float(generator.random() < np.clip(helped[i] + luck[j], 0, 1)), j, attempt=k)
            for i in range(tasks)
            for j in range(learners)
            for k in range(attempts)
        ]
        found = compare(a, b)
        assert found and found.low is not None and found.high is not None
        covered += found.low <= 0.1 <= found.high
    assert 0.915 <= covered / repeats <= 0.995


def of_transitions(generator, tasks: int, steps: int) -> tuple[list[Outcome], list[Outcome]]:
    """Predictions before and after a gain of 0.15, more right in some tasks than in others."""
    right = np.repeat(generator.uniform(0.5, 0.7, tasks), steps)
    gain = np.repeat(generator.uniform(0.05, 0.25, tasks), steps)
    luck = generator.random(tasks * steps)
    found = [
        [Outcome(str(i // steps), float(value), attempt=i) for i, value in enumerate(luck < p)]
        for p in (right, right + gain)
    ]
    return found[0], found[1]


def test_transitions_of_a_task_are_neither_one_thing_nor_independent(monkeypatch):
    monkeypatch.setattr("worldlore.evaluation.statistics.RESAMPLES", 1000)
    generator = np.random.default_rng(5)
    found = [compare(*of_transitions(generator, 9, 19), alike=False) for _ in range(200)]
    assert 0.91 <= np.mean([f.low <= 0.15 <= f.high for f in found]) <= 0.995
    assert np.mean([f.high - f.low for f in found]) < 0.2
    same = [Outcome(o.task, o.value, attempt=k) for o in of([0, 1, 1] * 4) for k in range(19)]
    assert bootstrap(same, (0, 1), alike=False) == bootstrap(same, (0, 1))
    sure = bootstrap([Outcome(str(i // 19), 1.0, attempt=i) for i in range(9 * 19)], (0, 1), alike=False)
    assert (sure.low < 0.75, sure.high) == (True, 1.0)


@pytest.mark.parametrize(("tasks", "verdict"), [(2, "undecided"), (3, "better")])
def test_two_tasks_that_agree_decide_nothing(tasks, verdict):
    before = [Outcome(str(task), -1.0 - task) for task in range(tasks)]
    after = [Outcome(str(task), -0.5 - task + task / 1000) for task in range(tasks)]
    assert compare(before, after, UNBOUNDED, alike=False).verdict == verdict
