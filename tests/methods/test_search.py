"""Which rollouts are tried next: the published rule to the last digit, and why a search ends."""

import math
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.planting import TASK, planted
from tests.methods.test_values import DEPTH, addresses, rollouts
from tests.toys import Walk, saying, tasks, walker, wanderer
from worldlore.config import parse
from worldlore.errors import ConfigError
from worldlore.methods.densepolicy.pairs import Thresholds
from worldlore.methods.densepolicy.search import Searching, _Search, searching
from worldlore.methods.densepolicy.trees import Trees
from worldlore.methods.densepolicy.values import evaluate
from worldlore.rollout.dispatch import drive
from worldlore.rollout.explore import grow
from worldlore.rollout.growth import Growth
from worldlore.rollout.watch import Pool


def search_of(growth: Growth, seed: int = 0, **keys) -> _Search:
    return _Search(Searching(**{"base": 3, **keys}), Thresholds(), "children", growth, Random(seed))


def values_of(growth: Growth):
    return evaluate(growth.nodes, growth.leaves, growth.draws)


@given(rollouts(), st.lists(st.integers(0, 20), max_size=4))
def test_the_published_score_is_the_published_formula(outcomes, choices):
    growth = planted(outcomes, DEPTH)
    search, values = search_of(growth), values_of(growth)
    for node in choices:
        search.chosen[node] = search.chosen.get(node, 0) + 1
    scores = search._published(values)
    tree = growth.grown("").tree
    groups = tree.children()
    for i, node in enumerate(tree.nodes):
        mine = values.value[i]
        others = [values.value[j] for j in groups[node.parent] if j != i and values.value[j] is not None]
        contrast = max((abs(mine - o) for o in others), default=0.0) if mine is not None else 0.0
        n = values.visits[i] + choices.count(i)
        expected = 0.8 * contrast ** (1 / 4) + 0.2 * (values.remaining[i] / DEPTH) + 2 * math.sqrt(1 + n) / (2 + n)
        assert scores[i] == pytest.approx(expected, abs=1e-9)


def test_the_published_score_of_a_worked_example():
    growth = planted({(0, 0, 0, 0): True, (0, 1, 0, 0): False, (1, 0, 0, 0): False})
    scores = search_of(growth)._published(values_of(growth))
    first = 0.8 * 0.5**0.25 + 0.2 * 3 / 4 + 2 * math.sqrt(3) / 4
    assert scores[0] == pytest.approx(first, abs=1e-9)
    assert scores[3] == pytest.approx(0.0 + 0.8 * 0.0 + 2 * math.sqrt(2) / 3 + 0.0, abs=1e-9)


def test_a_tie_is_drawn_by_the_seed():
    growth = planted({(i, 0, 0, 0): False for i in range(3)})
    picks = [search_of(growth, seed)._select(values_of(growth)) for seed in range(30)]
    assert len(set(picks)) > 1
    assert picks == [search_of(growth, seed)._select(values_of(growth)) for seed in range(30)]


@pytest.mark.parametrize("rule", ["published", "undecided"])
@given(outcomes=rollouts(), seed=st.integers(0, 99))
def test_a_node_where_nothing_can_be_tried_is_never_chosen(rule, outcomes, seed):
    growth = planted(outcomes, DEPTH)
    node = search_of(growth, seed, rule=rule)._select(values_of(growth))
    if node is not None:
        assert not growth.over(node)
        assert len(addresses(growth)[node]) < DEPTH


def test_the_first_window_tries_each_label_and_goes_on_greedily():
    growth = Growth(TASK, 0, 5)
    assert search_of(growth, base=4)._begin() == [(i, 0, 0, 0, 0) for i in range(4)]
    assert len(search_of(growth, base=10, rollouts=3)._begin()) == 3


def test_the_undecided_rule_begins_at_random_below_the_first_labels():
    window = search_of(Growth(TASK, 0, 5), rule="undecided", base=6, first=4)._begin()
    assert [a[0] for a in window] == [0, 1, 2, 3]
    assert len({a[1:] for a in window}) > 1
    assert all(len(a) == 5 and set(a) <= set(range(6)) for a in window)


@given(rollouts(), st.integers(0, 99), st.integers(1, 5), st.integers(1, 20))
def test_proposals_are_new_whole_and_no_more_than_a_window(outcomes, seed, window, room):
    growth = planted(outcomes, DEPTH)
    search = search_of(growth, seed, window=window, rollouts=len(growth.leaves) + room)
    values = values_of(growth)
    node = search._select(values)
    if node is None:
        return
    stem = addresses(growth)[node]
    proposed = search._propose(node)
    assert len(proposed) == len(set(proposed)) <= min(window, room)
    for address in proposed:
        assert len(address) == DEPTH
        assert address[: len(stem)] == stem
        assert set(address) <= {0, 1, 2}
        assert not any(address[: len(run)] == run for run, success in outcomes.items() if success is not None)


def test_what_ended_covers_all_that_would_go_on_from_it():
    growth = planted({(0, 0): True, (1, 1): False, (2, 0, 0, 0): False})
    search = search_of(growth)
    assert search._covered((0, 0, 1, 2))
    assert search._covered((1, 1, 0, 0))
    assert search._covered((2, 0, 0, 0))
    assert not search._covered((2, 0, 0, 1))
    assert not search._covered((0, 1, 0, 0))
    growth.dead[growth.known[-1, 2], 1] = growth.leaves[0]
    assert search._covered((2, 1, 0, 0))


def grown(model=None, depth=4, task=None, **keys):
    how = Trees(**{"search": {"base": 3, "window": 4, "rollouts": 40, **keys.pop("search", {})}, **keys})
    pool = Pool(Walk, 5)
    job = grow(task or tasks(1)[0], 0, how.growing(walker(again=0), depth), pool)
    (found,) = drive([job], {"policy": model or wanderer()}, 1)
    pool.close()
    return found


def test_a_search_stops_at_its_rollouts_exactly():
    for n in (1, 2, 7, 23):
        found = grown(search={"rollouts": n, "pairs": 10**6})
        assert len(found.tree.leaves) == n == found.cost.episodes
        assert found.reason == f"{n} rollouts"


def test_a_search_stops_at_its_pairs():
    found = grown(search={"pairs": 2, "rollouts": 500}, pairs={"gap": 0.3})
    assert found.reason.endswith("usable pairs")
    assert int(found.reason.split()[0]) >= 2
    assert len(found.tree.leaves) < 500


def test_a_search_stops_when_all_is_tried():
    found = grown(saying(lambda r: "stay"), depth=2, search={"base": 2, "rollouts": 500})
    assert found.reason == "nothing left to try" or found.reason.endswith("windows without a proposal")
    assert len(found.tree.leaves) == 4
    assert len({leaf.node for leaf in found.tree.leaves}) == 4


def test_a_search_gives_up_after_so_many_empty_windows():
    found = grown(saying(lambda r: "stay"), depth=2, search={"base": 2, "rollouts": 500, "empty": 7})
    assert found.reason == "7 windows without a proposal"


def test_a_search_of_a_task_solved_at_once_ends():
    found = grown(saying(lambda r: "right"), depth=2)
    assert {leaf.success for leaf in found.tree.leaves} == {True}


def test_a_task_of_which_no_step_comes_is_left():
    found = grown(saying(lambda r: " "))
    assert (found.tree.nodes, found.reason) == ((), "nothing left to try")


def test_the_undecided_rule_leaves_what_is_decided():
    rule = {"rule": "undecided", "first": 3, "rollouts": 500}
    assert grown(saying(lambda r: "right"), search=rule).reason == "always succeeds"
    assert grown(saying(lambda r: "stay"), search=rule).reason == "never succeeds"


def test_the_undecided_rule_asks_of_the_sibling_known_least():
    growth = planted({(0, 0, 0, 0): True, (0, 1, 0, 0): False, (0, 2, 0, 0): True, (1, 0, 0, 0): False})
    scores = search_of(growth, rule="undecided")._undecided(values_of(growth))
    assert scores[growth.known[-1, 1]] > scores[growth.known[-1, 0]]
    before = scores[growth.known[-1, 1]]
    search = search_of(growth, rule="undecided")
    search.chosen[growth.known[-1, 1]] = 1
    assert search._undecided(values_of(growth))[growth.known[-1, 1]] == pytest.approx(before / 2)


@pytest.mark.parametrize("rule", ["published", "undecided"])
def test_a_tree_is_the_same_every_time(rule):
    one, other = grown(search={"rule": rule}), grown(search={"rule": rule})
    assert one == other
    assert len(one.tree.leaves) > 3


@pytest.mark.parametrize("merge", [False, True])
def test_no_rollout_of_a_search_repeats_another(merge):
    found = grown(search={"rollouts": 60, "pairs": 10**6}, merge=merge)
    ends = [leaf.node for leaf in found.tree.leaves]
    assert len(set(ends)) == len(ends) or merge


@pytest.mark.parametrize("key", ["base", "window", "pairs", "rollouts", "empty", "first"])
def test_keys_that_allow_nothing_are_refused(key):
    with pytest.raises(ConfigError, match=key):
        parse(Searching, {key: 0}, "search")


def test_a_search_is_made_from_its_keys():
    windows = searching(Searching(base=2), Thresholds(), "children")(Growth(TASK, 0, 3), Random(0))
    assert next(windows) == [(0, 0, 0), (1, 0, 0)]
