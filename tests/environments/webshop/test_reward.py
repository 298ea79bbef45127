"""What a purchase is worth: the published parts, and the laws they keep."""

from __future__ import annotations

import string
import sys
from dataclasses import replace
from difflib import SequenceMatcher
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.environments.webshop.small import GOAL, LAMP, SHADE, TEA
from worldlore.environments.webshop import Goal, Reward, Webshop, WebshopConfig, generated, judge
from worldlore.environments.webshop.catalogue import BETWEEN
from worldlore.environments.webshop.matching import CLOSE, common, likeness, matches
from worldlore.environments.webshop.reward import kinship, nouns_by, plain_nouns
from worldlore.environments.webshop.shelves import KINDS
from worldlore.errors import ConfigError

PHRASES = st.lists(st.sampled_from(("tea", "tree", "oil", "free", "sugar", "usb", "x-large", "large", "3")), max_size=4)
TEXTS = PHRASES.map(" ".join)
PRODUCTS = st.sampled_from(generated(200).products)


def bought(product, goal=GOAL, target=LAMP, **chosen):
    return judge(product, chosen, goal, target, plain_nouns)


def test_a_purchase_that_meets_every_wish_is_worth_one() -> None:
    assert bought(LAMP, color="black") == Reward(1.0, (True, True), (True,), True)
    assert bought(LAMP, color="black", size="large").value == 1.0


@pytest.mark.parametrize(
    ("goal", "chosen", "value"),
    [
        (GOAL, {}, 3 / 4),
        (GOAL, {"color": "navy blue"}, 3 / 4),
        (replace(GOAL, price_upper=20.0), {"color": "black"}, 3 / 4),
        (replace(GOAL, attributes=("dimmable", "solid wood")), {"color": "black"}, 3 / 4),
        (replace(GOAL, attributes=("solid wood",), price_upper=20.0), {}, 0.0),
        (replace(GOAL, attributes=("dimmable",), options={}), {}, 1.0),
    ],
)
def test_each_wish_that_is_not_met_costs_its_share(goal, chosen, value) -> None:
    assert bought(LAMP, goal, **chosen).value == pytest.approx(value)


def test_attributes_are_found_in_the_list_or_told_on_any_page() -> None:
    bare = replace(LAMP, attributes=())
    wished = replace(GOAL, attributes=("dimmable", "eye care", "energy saving", "solid wood"))
    assert bought(bare, wished).attributes == (True, True, True, False)
    listed = replace(LAMP, title="", bullets=(), description="")
    assert bought(listed).attributes == (True, True)


def test_a_value_that_names_a_colour_stands_for_the_colour() -> None:
    goal = replace(GOAL, options={"color": "dark blue marble"})
    assert bought(LAMP, goal, color="navy blue").options == (True,)
    assert bought(LAMP, goal, color="black").options == (False,)


def test_options_are_met_by_value_whatever_their_name_is() -> None:
    assert bought(LAMP, replace(GOAL, options={"0": "black"}), color="black").options == (True,)


def test_the_kind_counts_as_published() -> None:
    assert kinship(LAMP, LAMP, plain_nouns) == 1.0
    assert kinship(SHADE, LAMP, plain_nouns) == 1.0, "two categories are shared"
    assert kinship(TEA, LAMP, plain_nouns) == 0.0, "no noun is shared"
    stranger = replace(SHADE, path=f"Garden {BETWEEN} Sheds {BETWEEN} Lights", query="shed light")
    assert kinship(stranger, LAMP, plain_nouns) == 1.0, "a quarter of the nouns"
    wordy = replace(LAMP, title="lamp stand foot wire plug")
    assert kinship(stranger, wordy, plain_nouns) == 0.5, "a fifth of the nouns, and nothing else"
    wordier = replace(LAMP, title="lamp stand foot wire plug bulb shop cord screw door knob")
    assert kinship(SHADE, wordier, plain_nouns) == 0.1, "an eleventh of them, though two categories are shared"
    assert kinship(TEA, replace(LAMP, title="7"), plain_nouns) == 0.5, "where there are none, kinship is one fifth"


def test_nouns_are_what_is_neither_little_nor_a_number_nor_looks_like_an_adjective() -> None:
    assert plain_nouns("Norvik 2 Dimmable Desk Lamps for the Waterproof Garden, Large, Child-Friendly") == {
        "norvik", "desk", "lamps", "garden",
    }  # fmt: skip


def test_every_kind_of_product_is_a_noun() -> None:
    for kind in KINDS:
        for alias in kind.aliases:
            assert alias.split()[-1] in plain_nouns(f"{alias.title()} for Reading"), alias


def test_without_spacy_a_tagger_is_refused(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(ConfigError, match="needs the package 'spacy', which is not installed"):
        nouns_by("any")


def test_a_tagger_that_is_not_there_is_told_with_its_remedy(monkeypatch) -> None:
    def load(name):
        raise OSError(name)

    monkeypatch.setitem(sys.modules, "spacy", SimpleNamespace(load=load))
    with pytest.raises(ConfigError, match="python -m spacy download unheard_of"):
        Webshop(WebshopConfig(tagger="unheard_of")).ready()


def test_a_tagger_finds_the_nouns_of_titles(monkeypatch) -> None:
    def pipeline(title):
        return [SimpleNamespace(text=word, pos_="PROPN" if word.istitle() else "ADJ") for word in title.split()]

    monkeypatch.setitem(sys.modules, "spacy", SimpleNamespace(load=lambda name: pipeline))
    assert nouns_by("capitals")("Norvik dimmable Lamp") == {"norvik", "lamp"}


@given(PRODUCTS, PRODUCTS, st.data())
@settings(max_examples=150, deadline=None)
def test_a_reward_lies_between_zero_and_one_and_grows_with_every_wish_met(product, target, data) -> None:
    attributes = tuple(data.draw(st.lists(st.sampled_from(product.attributes), min_size=1, max_size=3, unique=True)))
    options = {name: data.draw(st.sampled_from(values)) for name, values in product.options.items()}
    chosen = dict(data.draw(st.lists(st.sampled_from(sorted(options.items())), unique=True))) if options else {}
    goal = Goal(target.asin, attributes, options, data.draw(st.sampled_from([product.price - 1, product.price])))
    some, all_ = judge(product, chosen, goal, target, plain_nouns), judge(product, options, goal, target, plain_nouns)
    assert 0 <= some.value <= all_.value <= 1
    assert all(all_.attributes) and all(all_.options)
    assert some.price == (product.price <= goal.price_upper)
    met = sum(some.attributes) + sum(some.options) + some.price
    assert some.value == pytest.approx(some.type * met / (len(attributes) + len(options) + 1))
    assert some.type in (0.0, 0.1, 0.5, 1.0)


@given(PRODUCTS)
@settings(max_examples=50, deadline=None)
def test_the_target_itself_with_its_options_is_worth_one(target) -> None:
    goal = Goal(target.asin, target.attributes, {name: values[-1] for name, values in target.options.items()}, 1e6)
    assert judge(target, goal.options, goal, target, plain_nouns).value == 1.0


@given(st.text("abc ", max_size=12), st.text("abc ", max_size=12))
def test_the_longest_common_subsequence_is_that_of_the_textbook(one, other) -> None:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            table[i + 1][j + 1] = table[i][j] + 1 if a == b else max(table[i][j + 1], table[i + 1][j])
    assert common(one, other) == table[-1][-1]
    assert common(one, other) >= sum(block.size for block in SequenceMatcher(None, one, other).get_matching_blocks())


@given(TEXTS, TEXTS)
def test_likeness_is_symmetric_whole_for_equals_and_deaf_to_order_case_and_signs(one, other) -> None:
    assert likeness(one, other) == likeness(other, one)
    assert 0 <= likeness(one, other) <= 100
    if one:
        assert likeness(one, one) == 100
        assert likeness(" ".join(reversed(one.split())), one.upper() + "!") == 100
        assert likeness(one, f"{one} {other}") == 100, "a phrase is like any that contains its words"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("essential oil", "essential oils", 96),
        ("cool powder snow", "powder snow", 100),
        ("large", "x-large", 100),
        ("fuzzy was a bear", "fuzzy fuzzy was a bear", 100),
        ("gluten free", "sugar free", 57),
        ("black", "white", 0),
        ("", "black", 0),
        ("!", "black", 0),
    ],
)
def test_known_likenesses(one, other, expected) -> None:
    assert likeness(one, other) == expected
    assert matches(one, [other]) == (expected > CLOSE)


@given(st.text(string.ascii_letters + " -'7é", max_size=30))
def test_any_title_has_a_set_of_nouns(title) -> None:
    assert all(noun == noun.lower() and " " not in noun for noun in plain_nouns(title))
