"""Which siblings make a pair, and how many pairs of which tasks are trained on."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.planting import planted
from tests.methods.test_values import DEPTH, addresses, rollouts
from worldlore.experience import Tree
from worldlore.methods.densepolicy import Balance, Pair, Thresholds, balanced, pairs_of, usable_pairs
from worldlore.methods.densepolicy.values import Values, evaluate
from worldlore.rollout.growth import Growth

PUBLISHED = Thresholds()


def told(growth: Growth, thresholds: Thresholds = PUBLISHED) -> tuple[list[Pair], Tree, Values]:
    tree = growth.grown("done").tree
    values = evaluate(growth.nodes, growth.leaves, growth.draws)
    return pairs_of(tree, values, thresholds), tree, values


@given(rollouts(), st.sampled_from([0.0, 0.3, 0.5, 1.0]), st.integers(1, 8))
def test_every_pair_of_siblings_that_differ_is_told_once(outcomes, gap, visits):
    thresholds = Thresholds(gap=gap, visits=visits)
    growth = planted(outcomes, DEPTH)
    pairs, tree, values = told(growth, thresholds)
    expected = set()
    for group in tree.siblings():
        for a, b in combinations(group, 2):
            va, vb = values.value[a], values.value[b]
            if va is not None and vb is not None and va != vb:
                expected.add((a, b) if va > vb else (b, a))
    assert {(p.better, p.worse) for p in pairs} == expected
    assert len(pairs) == len(expected)
    where = addresses(growth)
    for p in pairs:
        high, low = values.value[p.better], values.value[p.worse]
        assert p.gap == high - low > 0
        assert tree.nodes[p.better].parent == tree.nodes[p.worse].parent
        assert p.depth == len(where[p.better])
        assert (p.chosen, p.rejected) == (
            tree.nodes[p.better].step.decision.action,
            tree.nodes[p.worse].step.decision.action,
        )
        assert p.messages == tree.nodes[p.better].step.calls[-1].request.messages
        enough = all(values.visits[n] >= thresholds.needed(values.remaining[n]) for n in (p.better, p.worse))
        assert p.usable == (enough and p.gap >= gap)
    groups = [list(group) for group in tree.siblings()]
    if gap > 0:
        assert usable_pairs(groups, values, thresholds) == sum(p.usable for p in pairs)


def test_the_same_words_are_no_pair():
    growth = planted({(0,): True, (1,): False, (2,): False}, say=lambda a: "go on " if a == (2,) else " go on")
    assert told(growth)[0] == []


def test_what_was_asked_differently_is_no_pair():
    growth = planted({(0,): True, (1,): False})
    tree = growth.grown("done").tree
    step = tree.nodes[1].step
    asked = replace(step.calls[0], request=replace(step.calls[0].request, messages=()))
    other = replace(tree, nodes=(tree.nodes[0], replace(tree.nodes[1], step=replace(step, calls=(asked,)))))
    silent = replace(tree, nodes=(tree.nodes[0], replace(tree.nodes[1], step=replace(step, calls=()))))
    values = evaluate(tree.nodes, tree.leaves, growth.draws)
    assert len(pairs_of(tree, values, Thresholds())) == 1
    assert pairs_of(other, values, Thresholds()) == []
    assert pairs_of(silent, values, Thresholds()) == []


WIDE = {(0, 0): True, (0, 1): True, (1, 0): False, (1, 1): False, (2, 0): True, (2, 1): False}


def test_a_pair_knows_its_task_and_family():
    (pair, *_) = told(planted(WIDE))[0]
    assert (pair.family, pair.task) == ("walks", planted(WIDE).task.key)


@pytest.mark.parametrize(
    ("keys", "gaps"),
    [
        ({}, {1.0: 2, 0.5: 2}),
        ({"per_task": 1}, {1.0: 1}),
        ({"per_task": 3}, {1.0: 2, 0.5: 1}),
        ({"per_node": 1}, {1.0: 2}),
        ({"per_node": 2}, {1.0: 2, 0.5: 1}),
        ({"per_node": 1, "per_task": 1}, {1.0: 1}),
        ({"per_task": 0}, {}),
    ],
)
def test_beyond_a_cap_the_narrowest_gaps_are_let_go(keys, gaps):
    pairs = told(planted(WIDE), Thresholds(**keys))[0]
    assert Counter(p.gap for p in pairs if p.usable) == gaps


def some(task: str, n: int, family: str = "a", usable: bool = True) -> list[Pair]:
    return [Pair(task, family, 1, i, n + i, 1.0, usable, (), f"{task} {i}", "no") for i in range(n)]


def count(pairs) -> dict[str, int]:
    return dict(Counter(p.task for p in pairs))


SIZES = {"t1": 10, "t2": 40, "t3": 20, "t4": 30}
ALL = [p for task, n in SIZES.items() for p in some(task, n)]


def test_all_usable_pairs_are_taken_unless_told_otherwise():
    assert balanced(ALL + some("t5", 9, usable=False), Balance()) == ALL


def test_the_tasks_with_the_most_pairs_are_kept():
    assert count(balanced(ALL, Balance(tasks=2, tasks_by="pairs"))) == {"t2": 40, "t4": 30}
    assert count(balanced(ALL, Balance(tasks=9, tasks_by="pairs"))) == SIZES
    even = [p for task in "dbca" for p in some(task, 5)]
    assert set(count(balanced(even, Balance(tasks=2, tasks_by="pairs")))) == {"a", "b"}


def test_random_tasks_do_not_go_by_their_pairs():
    kept = [frozenset(count(balanced(ALL, Balance(tasks=2, seed=s)))) for s in range(20)]
    assert len(set(kept)) > 3
    assert kept[0] == frozenset(count(balanced(ALL, Balance(tasks=2, seed=0))))


def test_every_task_is_thinned_by_the_same_share():
    thin = balanced(ALL, Balance(pairs=50))
    assert count(thin) == {"t1": 5, "t2": 20, "t3": 10, "t4": 15}
    assert set(thin) <= set(ALL)
    assert [ALL.index(p) for p in thin] == sorted(ALL.index(p) for p in thin)
    assert count(balanced(ALL, Balance(pairs=35, tasks=2, tasks_by="pairs"))) == {"t2": 20, "t4": 15}


def test_nothing_is_repeated_to_fill_up():
    assert balanced(ALL, Balance(pairs=10**6)) == ALL


def test_each_family_has_its_own_share():
    two = ALL + some("u1", 8, "b") + some("u2", 2, "b")
    assert count(balanced(two, Balance(pairs=50))) == {"t1": 5, "t2": 20, "t3": 10, "t4": 15, "u1": 8, "u2": 2}
    assert count(balanced(two, Balance(tasks=1, tasks_by="pairs"))) == {"t2": 40, "u1": 8}


def test_the_seed_decides_the_thinning_and_is_the_published_one():
    assert Balance().seed == 42
    assert balanced(ALL, Balance(pairs=50)) == balanced(ALL, Balance(pairs=50))
    assert balanced(ALL, Balance(pairs=50)) != balanced(ALL, Balance(pairs=50, seed=1))


@given(st.dictionaries(st.text("abc", min_size=1), st.integers(0, 30), max_size=6), st.integers(0, 60))
def test_there_are_exactly_as_many_as_were_asked_for(sizes, wanted):
    pairs = [p for task, n in sizes.items() for p in some(task, n)]
    for balance in (Balance(pairs=wanted), Balance(total=wanted)):
        thin = balanced(pairs, balance)
        assert len(set(thin)) == len(thin) == min(wanted, len(pairs))
        for task, kept in count(thin).items():
            assert abs(kept - sizes[task] * min(1, wanted / len(pairs))) < 1


def test_the_total_is_shared_by_all_families():
    thin = balanced(ALL + some("u1", 100, family="other"), Balance(total=20))
    assert count(thin) == {"t1": 1, "t2": 4, "t3": 2, "t4": 3, "u1": 10}
    assert len(balanced(ALL + some("u1", 100, family="other"), Balance(pairs=10, total=15))) == 15


def test_nothing_gives_nothing():
    assert balanced([], Balance(pairs=5, tasks=5)) == []
