"""What a tree says of its nodes, against the definition written out naively."""

import math
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.planting import TASK, planted
from tests.toys import walker
from worldlore.experience import ROOT, Leaf, Stop
from worldlore.methods.densepolicy import temperature_of
from worldlore.methods.densepolicy.labels import by_sampling, by_temperature
from worldlore.methods.densepolicy.pairs import Thresholds
from worldlore.methods.densepolicy.trees import Trees
from worldlore.methods.densepolicy.values import depths, evaluate
from worldlore.rollout.explore import Branch
from worldlore.rollout.growth import Growth
from worldlore.rollout.loop import heated

DEPTH = 4


@st.composite
def rollouts(draw):
    """Outcomes by address, in any order; no address goes on from the end of another."""
    full = st.lists(st.integers(0, 2), min_size=DEPTH, max_size=DEPTH).map(tuple)
    found = {}
    for address, length, success in draw(
        st.lists(st.tuples(full, st.integers(1, DEPTH), st.none() | st.booleans()), min_size=1, max_size=14)
    ):
        cut = address[:length]
        if not any(cut[: len(a)] == a or a[: len(cut)] == cut for a in found):
            found[cut] = success
    return found


def naive(outcomes):
    """Value, visits, wins and mean remaining steps of each address, from the definition."""
    children, through = defaultdict(set), defaultdict(list)
    for address, success in outcomes.items():
        for d in range(1, len(address) + 1):
            children[address[: d - 1]].add(address[:d])
            if success is not None:
                through[address[:d]].append((len(address) - d, success))

    def value(address):
        if address in outcomes:
            return None if outcomes[address] is None else float(outcomes[address])
        known = [v for child in children[address] if (v := value(child)) is not None]
        return sum(known) / len(known) if known else None

    return {
        a: (
            value(a),
            len(through[a]),
            sum(s for _, s in through[a]),
            sum(r for r, _ in through[a]) / len(through[a]) if through[a] else 0.0,
        )
        for below in children.values()
        for a in below
    }


def addresses(growth: Growth):
    found = {}
    for (parent, label), node in growth.known.items():
        found[node] = (*(found[parent] if parent != ROOT else ()), label)
    return found


def close(a, b):
    return a is b is None or (a is not None and b is not None and math.isclose(a, b, abs_tol=1e-12))


@given(rollouts(), st.randoms(use_true_random=False))
def test_values_are_means_of_children_whatever_the_order_of_rollouts(outcomes, draw):
    shuffled = dict(draw.sample(list(outcomes.items()), len(outcomes)))
    growth, expected = planted(shuffled, DEPTH), naive(outcomes)
    values = evaluate(growth.nodes, growth.leaves, growth.draws)
    where = addresses(growth)
    assert len(where) == len(expected) == len(growth.nodes)
    for node, address in where.items():
        value, visits, wins, remaining = expected[address]
        assert close(values.value[node], value)
        assert (values.visits[node], values.wins[node]) == (visits, wins)
        assert close(values.remaining[node], remaining)
    assert depths(growth.nodes) == [len(where[i]) for i in range(len(growth.nodes))]


@given(rollouts())
def test_the_share_of_rollouts_is_wins_over_visits(outcomes):
    growth = planted(outcomes, DEPTH)
    values = evaluate(growth.nodes, growth.leaves, growth.draws, "rollouts")
    for value, visits, wins in zip(values.value, values.visits, values.wins, strict=True):
        assert value == (wins / visits if visits else None)


def test_a_value_is_the_mean_of_children_and_not_of_rollouts():
    growth = planted({(0, 0): True, (0, 1, 0): False, (0, 1, 1): False, (0, 1, 2): True})
    assert evaluate(growth.nodes, growth.leaves, growth.draws).value[0] == pytest.approx((1 + 1 / 3) / 2)
    assert evaluate(growth.nodes, growth.leaves, growth.draws, "rollouts").value[0] == 0.5


def test_a_merged_child_counts_once_for_each_label_that_led_to_it():
    growth = planted({(0, 0): True, (0, 1): False})
    growth.join((0, 2), growth.known[0, 0])
    assert evaluate(growth.nodes, growth.leaves, growth.draws).value[0] == pytest.approx(2 / 3)


def test_what_failed_to_be_measured_says_nothing():
    growth = planted({(0, 0): None, (0, 1): True, (1, 0): None})
    values = evaluate(growth.nodes, growth.leaves, growth.draws)
    assert values.value == (1.0, None, 1.0, None, None)
    assert values.visits == (1, 0, 1, 0, 0)


def test_a_dead_end_counts_as_a_failed_child():
    growth = planted({(0, 0): True})
    growth.keep((0, 1), Leaf(0, 0, None, Stop.UNPARSED, False))
    values = evaluate(growth.nodes, growth.leaves, growth.draws)
    assert values.value == (0.5, 1.0)
    assert values.visits == (2, 1)


def test_a_tree_without_steps_has_no_values():
    growth = Growth(TASK, 0, 3)
    growth.keep((0,), Leaf(ROOT, 0, None, Stop.UNPARSED, False))
    assert evaluate(growth.nodes, growth.leaves, growth.draws).value == ()


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        (3, [0.0, 1.0, 0.5]),
        (4, [0.0, 1.0, 0.5, 0.7]),
        (8, [0.0, 1.0, 0.5, 0.7, 1.0, 0.5, 0.7, 1.0]),
        (10, [0.0, 1.0, 0.5, 0.7, 1.0, 0.5, 0.7, 1.0, 0.5, 0.7]),
    ],
)
def test_labels_have_the_published_temperatures(base, expected):
    assert [temperature_of(label) for label in range(base)] == expected
    request = next(walker().act(planted({(0,): True}).after[0]))
    branches = [Branch(label, {}) for label in range(base)]
    assert [by_temperature(branch, request) for branch in branches] == [heated(request, t) for t in expected]
    assert {by_sampling(branch, request).sampling.temperature for branch in branches} == {1.0}


@pytest.mark.parametrize(
    ("remaining", "needed"),
    [(0, 1), (0.9, 1), (1, 2), (1.5, 2), (1.6, 3), (2, 4), (2.4, 5), (2.9, 7), (3, 8), (3.5, 8), (29, 8), (1e9, 8)],
)
def test_more_visits_are_asked_the_further_the_end_is(remaining, needed):
    assert Thresholds().needed(remaining) == needed
    assert Thresholds(visits=2).needed(remaining) == min(needed, 2)
    assert Thresholds(visits=1000).needed(remaining) == min(math.floor(2 ** min(remaining, 30)), 1000)


def test_the_published_defaults_are_pinned():
    keys = Trees().model_dump()
    assert keys == {
        "labels": "temperature",
        "merge": False,
        "estimate": "children",
        "search": {
            "rule": "published",
            "base": 10,
            "window": 8,
            "pairs": 512,
            "rollouts": 1000,
            "empty": 1000,
            "contrast": 0.8,
            "depth": 0.2,
            "curiosity": 2.0,
            "first": 8,
        },
        "pairs": {"gap": 0.5, "visits": 8, "per_node": None, "per_task": None, "examples": False},
    }
