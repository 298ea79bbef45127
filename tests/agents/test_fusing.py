"""Laws of fusion, and kinds of action scored as beginnings by three tokenizers."""

from math import log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.agents.fusing import Verbs, fuse, kinds, openings, shares, votes, winner
from worldlore.experience import Case, Neighbour, verb

KINDS = ("go", "take", "open", "look", "3", "wait", "wait1")


@st.composite
def opinions(draw, names=KINDS):
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    weights = [draw(st.floats(0.01, 1)) for _ in chosen]
    return {kind: weight / sum(weights) for kind, weight in zip(chosen, weights, strict=True)}


@given(opinions(), opinions())
def test_all_weight_on_the_policy_is_the_policy_and_none_is_the_cases(policy, cases):
    both = {"policy": policy, "cases": cases}
    assert winner(fuse(both, {"policy": 1.0, "cases": 0.0}), policy) == max(policy, key=lambda k: (policy[k], _back(k)))
    chosen = winner(fuse(both, {"policy": 0.0, "cases": 1.0}), policy)
    assert cases.get(chosen) == max(cases.values())


def _back(name: str) -> list[int]:
    return [-ord(letter) for letter in name]


@given(opinions(), opinions(), st.floats(0, 1))
def test_a_fusion_is_a_distribution_between_its_opinions(policy, cases, gamma):
    fused = fuse({"policy": policy, "cases": cases}, {"policy": gamma, "cases": 1 - gamma})
    assert sum(fused.values()) == pytest.approx(1.0)
    for kind, share in fused.items():
        low, high = sorted((policy.get(kind, 0.0), cases.get(kind, 0.0)))
        assert low - 1e-9 <= share <= high + 1e-9


@given(opinions(), st.floats(0, 1))
def test_equal_opinions_are_returned_as_they_are(opinion, gamma):
    assert fuse({"policy": opinion, "cases": opinion}, {"policy": gamma, "cases": 1 - gamma}) == pytest.approx(opinion)


@given(opinions(), st.floats(0, 1))
def test_an_opinion_of_nothing_has_no_weight(policy, gamma):
    assert fuse({"policy": policy, "cases": {}}, {"policy": gamma, "cases": 1 - gamma}) == pytest.approx(policy)


@given(st.lists(st.floats(-200, 0), min_size=1, max_size=8), st.floats(-50, 50))
def test_shares_add_up_and_do_not_mind_a_constant(totals, shift):
    assert sum(shares(totals)) == pytest.approx(1.0)
    assert shares([t + shift for t in totals]) == pytest.approx(shares(totals), abs=1e-9)


def test_alternatives_that_cannot_be_are_equally_likely():
    assert shares([float("-inf")] * 2) == [0.5, 0.5]


@given(
    st.lists(st.tuples(st.sampled_from(["go to a 1", "go to b 2", "take c 1", "look"]), st.floats(0, 1)), min_size=1)
)
def test_a_kind_is_as_likely_as_its_actions_together(pairs):
    actions, weights = [a for a, _ in pairs], [w for _, w in pairs]
    found = kinds(actions, weights)
    for kind in {verb(a) for a in actions}:
        assert found[kind] == pytest.approx(sum(w for a, w in pairs if verb(a) == kind))


def test_cases_vote_for_what_is_possible_only():
    near = [Neighbour(Case("", "", action), 1.0) for action in ("go to a 1", "go to b 1", "open a 1", "fly")]
    assert votes(near, ("go", "open")) == {"go": pytest.approx(2 / 3), "open": pytest.approx(1 / 3)}
    assert votes(near, ()) == {}


def test_what_begins_with_a_longer_name_does_not_count_for_the_shorter():
    verbs = Verbs(("wait", "wait1", "wait10", "look"))
    found = verbs.shares([log(0.6), log(0.3), log(0.1), log(0.4)])
    assert found == pytest.approx({"wait": 0.3, "wait1": 0.2, "wait10": 0.1, "look": 0.4})


@given(st.lists(st.floats(-30, 0), min_size=len(KINDS), max_size=len(KINDS)))
def test_beginnings_are_a_distribution_whatever_their_tokens(totals):
    found = Verbs(KINDS).shares(totals)
    assert sum(found.values()) == pytest.approx(1.0)
    assert min(found.values()) >= 0


@given(opinions())
def test_the_winner_of_equals_is_the_one_that_is_preferred(policy):
    even = dict.fromkeys(policy, 1 / len(policy))
    assert policy[winner(even, policy)] == max(policy.values())


def test_kinds_begin_with_the_words_that_all_their_actions_share():
    shelves = [f"go to shelf {n}" for n in range(1, 4)]
    assert openings([*shelves, "go to bed 1", "look"]) == ("go to", "look")
    assert openings([*shelves, "look"]) == ("go", "look"), "three alike may be alike by chance"
    assert openings(["take mug 1 from bed 1", "take pen 2", "take key 1 from desk 1", "take pen 1"]) == ("take",)
