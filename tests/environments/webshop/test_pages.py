"""What stands on the pages, and where clicks lead."""

from __future__ import annotations

import pytest

from tests.environments.webshop.small import GOAL, LAMP, SHOP
from worldlore.environments.webshop import Place, Shop, Webshop
from worldlore.environments.webshop.goals import made
from worldlore.errors import EnvironmentFailure

ASKED = "i need a black desk lamp"
BEGIN = f"Instruction: [SEP] {ASKED} [SEP] Back to Search [SEP] "


@pytest.fixture
def shop() -> Webshop:
    env = Webshop()
    env._shop = Shop(SHOP)
    env.reset(made(GOAL, ASKED, "lamp", "train", SHOP), 0)
    return env


def read(env: Webshop, *actions: str) -> str:
    return [env.step(action) for action in actions][-1].observation.text


def test_the_first_page_tells_the_instruction(shop) -> None:
    first = shop.reset(made(GOAL, ASKED, "lamp", "train", SHOP), 0)
    assert first.text == f"WebShop [SEP] Instruction: [SEP] {ASKED} [SEP] Search"
    assert first.actions == ("search[black desk lamp]",)


def test_the_search_that_is_offered_tells_nothing_that_the_instruction_does_not(shop) -> None:
    assert shop.reset(made(GOAL, "Buy it for me", "lamp", "train", SHOP), 0).actions == ("search[buy it for me]",)


def test_results_tell_number_title_and_price(shop) -> None:
    assert read(shop, "search[lamp]") == (
        f"{BEGIN}Page 1 (Total results: 2) [SEP] B0LAMP0001 [SEP] Norvik Dimmable Desk Lamp for Reading [SEP] "
        "$19.5 to $24.0 [SEP] B0SHADE002 [SEP] Kerr Floor Lamp with Linen Shade [SEP] $80.0"
    )


def test_a_product_tells_options_title_price_rating_and_its_pages(shop) -> None:
    assert read(shop, "search[lamp]", "click[B0LAMP0001]") == (
        f"{BEGIN}< Prev [SEP] color [SEP] black [SEP] navy blue [SEP] size [SEP] small [SEP] large [SEP] "
        "Norvik Dimmable Desk Lamp for Reading [SEP] Price: $19.5 to $24.0 [SEP] Rating: 4.5 [SEP] Description [SEP] "
        "Features [SEP] Reviews [SEP] Buy Now"
    )


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("Description", "A lamp made for long evenings. Also energy saving."),
        ("features", "Eye care: light that does not tire. [SEP] Steel frame: welded once."),
        ("REVIEWS", '"Bright" [SEP] 5 [SEP] I can read again. [SEP] "Fine" [SEP] 4 [SEP] A lamp.'),
    ],
)
def test_the_pages_behind_a_product(shop, page, text) -> None:
    assert read(shop, "search[lamp]", "click[b0lamp0001]", f"click[{page}]") == f"{BEGIN}< Prev [SEP] {text}"


def test_what_a_product_lacks_is_said(shop) -> None:
    assert read(shop, "search[tea]", "click[b00tea0003]", "click[features]").endswith("< Prev [SEP] No Features")
    assert read(shop, "click[< prev]", "click[reviews]").endswith("< Prev [SEP] No reviews found")


def test_the_page_of_attributes_is_there_where_it_is_asked_for(shop) -> None:
    assert shop.step("click[attributes]").info["valid"] is False
    shop._shop = Shop(SHOP, attributes=True)
    assert "Reviews [SEP] Attributes [SEP] Buy Now" in read(shop, "search[lamp]", "click[b0lamp0001]")
    assert read(shop, "click[attributes]").endswith(
        "dimmable [SEP] eye care [SEP] steel frame [SEP] energy saving [SEP] home [SEP] desk lamp [SEP] " + LAMP.path
    )


def test_the_last_page_tells_what_was_bought_and_the_score(shop) -> None:
    read(shop, "search[lamp]", "click[b0lamp0001]", "click[small]", "click[black]")
    outcome = shop.step("click[Buy Now]")
    assert outcome.observation.text == (
        "Thank you for shopping with us! [SEP] Purchased [SEP] asin [SEP] B0LAMP0001 [SEP] options [SEP] "
        '{"size": "small", "color": "black"} [SEP] Your score (min 0.0, max 1.0) [SEP] 1'
    )
    assert (outcome.done, outcome.success, outcome.reward) == (True, True, 1.0)
    assert outcome.observation.actions == ()
    assert outcome.info["reward"] == {"type": 1.0, "attributes": [True, True], "options": [True], "price": True}


def test_a_purchase_that_misses_a_wish_ends_the_task_without_success(shop) -> None:
    read(shop, "search[lamp]", "click[b0lamp0001]", "click[navy blue]")
    outcome = shop.step("click[buy now]")
    assert (outcome.done, outcome.success, outcome.reward) == (True, False, 0.75)
    with pytest.raises(EnvironmentFailure, match="the task is over"):
        shop.step("click[buy now]")


@pytest.mark.parametrize(
    "action",
    ["click[white]", "click[search]", "click[]", "search[]", "buy now", "press[black]", "click[b0lamp0001", ""],
)
def test_what_means_nothing_here_changes_nothing(shop, action) -> None:
    for before in ("search[lamp]", "click[b0lamp0001]", "click[description]"):
        text = read(shop, before)
        outcome = shop.step(action)
        assert (outcome.observation.text, outcome.reward, outcome.done) == (text, 0.0, False)
        assert outcome.info["valid"] is False


def test_choosing_an_option_is_valid_and_is_not_seen(shop) -> None:
    text = read(shop, "search[lamp]", "click[b0lamp0001]")
    outcome = shop.step("click[black]")
    assert outcome.observation.text == text
    assert outcome.info == {"valid": True, "kind": "item"}
    assert shop.snapshot()[1].place.chosen == (("color", "black"),)
    shop.step("click[navy blue]")
    assert shop.snapshot()[1].place.chosen == (("color", "navy blue"),)


def test_options_last_while_a_products_pages_are_read_and_no_longer(shop) -> None:
    read(shop, "search[lamp]", "click[b0lamp0001]", "click[black]", "click[features]", "click[< prev]")
    assert shop.snapshot()[1].place.chosen == (("color", "black"),)
    read(shop, "click[< prev]", "click[b0lamp0001]")
    assert shop.snapshot()[1].place.chosen == ()


def test_arguments_are_lower_cased_and_what_follows_the_bracket_is_passed_over(shop) -> None:
    assert read(shop, "search[LAMP]") == read(shop, "search[lamp] because i need one")
    assert shop.snapshot()[1].place == Place("results", "lamp")


def test_a_search_may_be_made_on_any_page_and_may_find_nothing(shop) -> None:
    read(shop, "search[lamp]", "click[b0lamp0001]", "click[features]")
    outcome = shop.step("search[xyzzy]")
    assert outcome.observation.text == f"{BEGIN}Page 1 (Total results: 0)"
    assert outcome.observation.actions == ("click[back to search]",)
    assert outcome.info["valid"] is True
    assert read(shop, "click[back to search]").startswith("WebShop [SEP]")


def test_results_come_ten_to_a_page_fifty_at_most() -> None:
    env = Webshop()
    env.reset(env.tasks("train")[0], 0)
    pages, seen = 1, env.step("search[lamp light speaker dress shampoo]").observation
    shown: list[str] = []
    while True:
        numbers = [action for action in seen.actions or () if action.startswith("click[b0")]
        assert f"Page {pages} (Total results: 50)" in seen.text
        assert len(numbers) == 10
        shown += numbers
        if "click[next >]" not in (seen.actions or ()):
            break
        pages, seen = pages + 1, env.step("click[next >]").observation
    assert pages == 5 and len(set(shown)) == 50
    assert "Page 4 (Total results: 50) [SEP] < Prev [SEP] Next > [SEP] B0" in env.step("click[< prev]").observation.text
