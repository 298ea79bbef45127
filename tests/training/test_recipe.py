import math

import pytest

from worldlore.config import parse
from worldlore.errors import ConfigError
from worldlore.training import Training
from worldlore.training.data import Example
from worldlore.training.recipe import learning_rate, steps_of


def rates(steps, **keys):
    return [learning_rate(Training(learning_rate=1.0, **keys), step, steps) for step in range(steps)]


def test_the_rate_rises_in_a_line_and_falls_as_told():
    assert rates(4, schedule="constant", warmup_ratio=0.5) == [0.5, 1, 1, 1]
    assert rates(6, schedule="linear", warmup_ratio=0.3) == pytest.approx([0.5, 1, 1, 0.75, 0.5, 0.25])
    assert rates(4, schedule="cosine", warmup_ratio=0) == pytest.approx(
        [(1 + math.cos(math.pi * done)) / 2 for done in (0, 0.25, 0.5, 0.75)]
    )


def test_a_warm_up_of_the_whole_run_ends_at_the_peak():
    assert rates(4, warmup_ratio=1.0) == [0.25, 0.5, 0.75, 1]


def given(*trees):
    return [Example((), (), 1.0, tree) for tree in trees]


def test_each_epoch_uses_every_example_once_in_steps_of_equal_size():
    steps = steps_of(Training(batch=3, epochs=2), given(*"aabbbccc"))
    assert [len(step) for step in steps] == [3, 3, 2, 3, 3, 2]
    assert sorted(i for step in steps[:3] for i in step) == list(range(8))
    assert sorted(i for step in steps[3:] for i in step) == list(range(8))


def test_trees_stay_together_and_the_seed_orders_them():
    examples = given(*"abcdefgh" * 2)
    orders = {
        seed: [examples[i].tree for s in steps_of(Training(batch=5, seed=seed), examples) for i in s]
        for seed in range(3)
    }
    assert all(order[::2] == order[1::2] for order in orders.values())
    assert len({tuple(order) for order in orders.values()}) == 3


def test_a_tree_larger_than_a_batch_is_shuffled_in_parts():
    steps = steps_of(Training(batch=2, epochs=8), given(*"aaaaaa"))
    assert {tuple(step) for step in steps} == {(0, 1), (2, 3), (4, 5)}
    assert len({tuple(map(tuple, steps[at : at + 3])) for at in range(0, 24, 3)}) > 1


def test_an_unknown_key_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'learning_rate'"):
        parse(Training, {"learningrate": 1}, "training")
    with pytest.raises(ConfigError, match="beta"):
        parse(Training, {"beta": 0}, "training")
