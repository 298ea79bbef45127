"""What is told of a forest."""

import pytest

from tests.methods.planting import planted
from worldlore.experience import Cost
from worldlore.methods.densepolicy import Survey, Thresholds, evaluate, pairs_of

EASY = Thresholds(visits=1)


def surveyed(outcomes, say=None) -> Survey:
    growth = planted(outcomes, depth=2, **({"say": say} if say else {}))
    growth.cost = Cost(episodes=len(outcomes), steps=12, calls=6, prompt_tokens=50, completion_tokens=10)
    values = evaluate(growth.nodes, growth.leaves, growth.draws)
    grown = growth.grown("done")
    return Survey.of(grown, values, pairs_of(grown.tree, values, EASY))


def test_a_tree_is_told_in_numbers():
    told = surveyed({(0, 0): True, (0, 1): False, (1, 0): False}).told()
    assert (told["trees"], told["rollouts"], told["nodes"]) == (1, 3, 5)
    # (0, 0) beats (0, 1) by 1, and (0) beats (1) by a half
    assert (told["usable_pairs"], told["pairs_per_task"], told["mean_gap"]) == (2, 2, 0.75)
    assert told["value_spread"] == 0.75
    assert told["duplicate_rate"] == 0
    assert (told["steps_per_pair"], told["calls_per_pair"], told["tokens_per_pair"]) == (6, 3, 30)


def test_a_step_that_repeats_a_sibling_is_a_duplicate_and_a_cousin_is_none():
    told = surveyed({(0, 0): True, (0, 1): False, (1, 0): False}, say=lambda address: f"go {address[-1] // 2}").told()
    assert told["duplicate_rate"] == pytest.approx(2 / 5)  # (1) repeats (0), and (0, 1) repeats (0, 0)


def test_a_merged_step_counts_each_time_it_was_drawn():
    growth = planted({(0, 0): True}, depth=2)
    growth.join((-1, 1), 0)
    grown = growth.grown("done")
    told = Survey.of(grown, evaluate(growth.nodes, growth.leaves, growth.draws), []).told()
    assert told["duplicate_rate"] == pytest.approx(1 / 3)


def test_surveys_add_up_and_tasks_without_pairs_count():
    forest = surveyed({(0, 0): True, (1, 0): False}) + surveyed({(0, 0): True, (1, 0): True})
    assert (forest.trees, forest.with_pairs, forest.cost.steps) == (2, 1, 24)
    assert forest.told()["pairs_per_task"] == 0.5


def test_without_a_pair_nothing_is_told_of_its_price():
    assert not [name for name in surveyed({(0, 0): True}).told() if name.endswith("_per_pair")]
    assert Survey().told()["pairs_per_task"] == 0
