"""The generated shop: its products, its search, its tasks in splits, its expert."""

from __future__ import annotations

import hashlib
import time
import tomllib
from collections import Counter
from functools import partial
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.environments.webshop import SPLITS, Catalogue, Goal, Webshop, WebshopConfig, generated
from worldlore.environments.webshop.attributes import ATTRIBUTES
from worldlore.environments.webshop.catalogue import words
from worldlore.environments.webshop.goals import ceiling, drawn, keywords, split_of
from worldlore.environments.webshop.shelves import KINDS, UNFIT
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import EVALUATION_SPLITS, Task
from worldlore.experiments.chosen import shared

PINNED = {
    "train": "b5409edd5e159552",
    "dev": "c9c543cc2a8dc56d",
    "test": "f2f8b27f18270d11",
    "test_unseen": "89b607e4d81dd10f",
}
PRODUCTS = "f73f0a5bb6473574"


def digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def played(env: Webshop, task: Task, limit: int = 10) -> tuple[float, int]:
    """What the expert reaches, and in how many steps."""
    env.reset(task, 0)
    for step in range(1, limit + 1):
        action = env.expert()
        assert action is not None
        outcome = env.step(action)
        assert outcome.info["valid"], action
        if outcome.done:
            assert outcome.success == (outcome.reward == 1)
            return outcome.reward, step
    return 0.0, limit


@pytest.mark.parametrize("split", SPLITS)
def test_the_tasks_of_a_split_are_these_for_ever(split: str) -> None:
    assert digest([task.key for task in Webshop().tasks(split)]) == PINNED[split]


def test_the_products_are_these_for_ever() -> None:
    assert digest([repr(product) for product in generated(1000).products]) == PRODUCTS


def test_a_larger_catalogue_begins_with_the_smaller_one() -> None:
    assert generated(400).products[:200] == generated(200).products
    assert generated(200, seed=1).products != generated(200).products


def test_products_tell_every_attribute_on_some_page_and_options_in_lower_case() -> None:
    numbers = set[str]()
    for product in generated(1000).products:
        told = " ".join([product.title, product.description, *product.bullets]).lower()
        assert all(attribute in told for attribute in product.attributes), product.asin
        assert any(attribute not in product.title.lower() for attribute in product.attributes)
        assert all(value == value.lower() for values in product.options.values() for value in values)
        assert product.pricing[0] <= product.price <= product.pricing[-1]
        assert len(product.asin) == 10
        numbers.add(product.asin)
    assert len(numbers) == 1000


def test_everything_a_shelf_says_is_known() -> None:
    assert {attribute for kind in KINDS for attribute in kind.attributes} == set(ATTRIBUTES)
    assert set(UNFIT) <= {kind.name for kind in KINDS}
    for kind in KINDS:
        assert len({alias.split()[-1] for alias in kind.aliases}) == 1
        assert not set(UNFIT.get(kind.name, "").split(", ")) & set(kind.attributes)
        assert len(kind.attributes) >= 6


def test_splits_share_no_task_no_target_and_no_withheld_kind() -> None:
    env = Webshop()
    splits = {split: env.tasks(split) for split in SPLITS}
    assert {split: len(tasks) for split, tasks in splits.items()} == {
        "train": 1824, "dev": 100, "test": 200, "test_unseen": 100,
    }  # fmt: skip
    assert set(SPLITS) - {"train"} <= EVALUATION_SPLITS
    keys = [task.key for tasks in splits.values() for task in tasks]
    assert len(set(keys)) == len(keys)
    by_number = {product.asin: product for product in generated(1000).products}
    withheld = {kind.name for kind in KINDS if kind.withheld}
    assert 6 <= len(withheld) <= 12
    for split, tasks in splits.items():
        targets = {task.data["asin"] for task in tasks}
        assert {split_of(by_number[asin]) for asin in targets} == {split}
        assert {by_number[asin].query in withheld for asin in targets} == {split == "test_unseen"}
        if split != "train":
            assert not shared(Webshop(), splits["train"], tasks)


def test_tasks_that_ask_for_the_same_are_found_whatever_their_words() -> None:
    shop = Webshop()
    one, two, three = shop.tasks("train")[:3]
    reworded = Task("other", "webshop", "test", "something else", {**one.data, "price_upper": 990.0})
    assert shared(shop, [one, two], [three, reworded]) == (reworded.key,)


def test_a_split_is_as_large_as_it_is_asked_for_and_begins_the_same() -> None:
    env = Webshop(WebshopConfig(train_tasks=5, test_tasks=7))
    assert env.tasks("train") == tuple(Webshop().tasks("train")[:5])
    assert env.tasks("test") == tuple(Webshop().tasks("test")[:7])


def test_a_catalogue_too_small_for_so_many_tasks_is_told() -> None:
    product = next(product for product in generated(200).products if split_of(product) == "dev")
    with pytest.raises(ConfigError, match="different tasks with 1 products, 9999 were asked for"):
        list(drawn(Catalogue("one", (product,)), "dev", 9_999))
    with pytest.raises(ConfigError, match="split 'test' has 0 different tasks"):
        list(drawn(Catalogue("one", (product,)), "test", 1))


def test_an_unknown_split_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'test'"):
        Webshop().tasks("tset")


def test_instructions_tell_what_the_goal_holds() -> None:
    for task in Webshop().tasks("train")[:300]:
        goal = Goal.of(task.data)
        assert goal.data == {key: task.data[key] for key in ("asin", "attributes", "options", "price_upper")}
        assert all(attribute in task.goal for attribute in goal.attributes)
        assert all(value in task.goal for value in goal.options.values())
        assert task.goal.endswith(f", and price lower than {goal.price_upper:.2f} dollars")
        found = set(words(keywords(task.goal)))
        assert {word for attribute in goal.attributes for word in words(attribute)} <= found
        assert "dollar" not in found


@given(st.integers(0, 10**6), st.floats(0.5, 1200))
def test_the_highest_price_is_one_of_the_four_tens_above_the_price(seed, price) -> None:
    upper = ceiling(Random(seed), price)
    above = [ten for ten in range(10, 1000, 10) if ten > price][1:4]
    assert upper in above or (not above and upper == 1_000_000)


def test_a_search_finds_the_target_often_and_not_always() -> None:
    catalogue = generated(1000)
    places = [
        catalogue.search(keywords(task.goal)).index(catalogue.places[task.data["asin"]])
        if catalogue.places[task.data["asin"]] in catalogue.search(keywords(task.goal))
        else 99
        for task in Webshop().tasks("test")
    ]
    assert 0.35 < sum(place < 10 for place in places) / len(places) < 0.9
    assert sum(place == 0 for place in places) / len(places) < 0.6


@given(st.text(max_size=40))
@settings(max_examples=20, deadline=None)
def test_any_query_is_answered_alike_by_any_copy_of_the_catalogue(query) -> None:
    found = generated(200).search(query)
    assert len(found) <= 50 and len(set(found)) == len(found)
    assert generated.__wrapped__(200).search(query) == found  # type: ignore[attr-defined]
    assert found == generated(200).search(query.upper()) or not query.isascii()


def test_equals_are_found_in_the_order_of_the_catalogue() -> None:
    found = generated(1000).search("cable")
    assert found, "cables are sold"
    assert list(generated(1000).search("  cable, the ")) == list(found)


@pytest.mark.parametrize("split", SPLITS)
def test_the_expert_shops_well_within_ten_steps(split: str) -> None:
    env = Webshop(WebshopConfig(actions=False))
    results = [played(env, task) for task in env.tasks(split)[:100]]
    rewards = [reward for reward, _ in results]
    assert sum(rewards) / len(rewards) > 0.83
    assert sum(reward == 1 for reward in rewards) / len(rewards) > 0.55
    assert all(reward > 0 for reward in rewards)
    assert 5 < sum(steps for _, steps in results) / len(results) < 8.5


def test_the_expert_goes_on_after_any_detour_and_ends() -> None:
    env = Webshop()
    for task in env.tasks("dev")[:30]:
        rng, seen = Random(task.id), env.reset(task, 0)
        for _ in range(rng.randrange(1, 8)):
            seen = env.step(rng.choice([a for a in seen.actions or () if a != "click[buy now]"])).observation
        done = False
        for _ in range(25):
            action = env.expert()
            assert action is not None
            done = env.step(action).done
            if done:
                break
        assert done


def test_the_expert_does_better_than_buying_the_first_result() -> None:
    env, first = Webshop(), []
    for task in env.tasks("test")[:60]:
        seen = env.reset(task, 0)
        seen = env.step((seen.actions or ())[0]).observation
        env.step(next(action for action in seen.actions or () if action.startswith("click[b0")))
        first.append(env.step("click[buy now]").reward)
    assert sum(first) / len(first) < 0.7
    assert sum(reward == 1 for reward in first) / len(first) < 0.2


def test_the_environment_keeps_its_contract() -> None:
    for table in ({}, {"products": 300, "seed": 4, "attributes": True, "actions": False, "train_tasks": 40}):
        factory = partial(ENVIRONMENTS.build, {"name": "webshop", **table})
        assert [f.detail for f in check(factory, SPLITS, tasks=2, steps=12) if not f.passed] == []


def test_a_moment_is_put_back_into_another_shop_and_goes_on_as_before() -> None:
    env, other = Webshop(), Webshop()
    task = env.tasks("dev")[3]
    env.reset(task, 0)
    for _ in range(3):
        env.step(env.expert() or "")
    moment = env.snapshot()
    other.restore(moment)
    assert other.expert() == env.expert()
    assert env.step("click[features]") == other.step("click[features]")
    env.restore(moment)
    assert env.snapshot() == moment


def test_a_task_of_another_catalogue_is_refused_before_it_is_played() -> None:
    task = Webshop(WebshopConfig(products=300, train_tasks=1)).tasks("train")[0]
    with pytest.raises(
        EnvironmentFailure, match="catalogue 'generated-1-0-300' and this shop has 'generated-1-0-1000'"
    ):
        Webshop().reset(task, 0)


def test_a_task_without_a_goal_is_refused() -> None:
    with pytest.raises(EnvironmentFailure, match="'attributes' is missing"):
        Webshop().reset(Task("x", "webshop", "train", "", {"asin": "B0", "catalogue": "generated-1-0-1000"}), 0)


def test_nothing_is_played_before_reset() -> None:
    for ask in (Webshop().expert, lambda: Webshop().step("click[x]")):
        with pytest.raises(EnvironmentFailure, match="reset first"):
            ask()


def test_the_script_of_the_example_buys_what_the_first_test_task_asks_for() -> None:
    page = tomllib.loads((Path(__file__).parents[3] / "examples" / "webshop.toml").read_text())
    env = Webshop(WebshopConfig(**{key: value for key, value in page["environment"].items() if key != "name"}))
    env.reset(env.tasks("test")[0], 0)
    outcomes = [env.step(reply) for reply in page["models"]["policy"]["replies"]]
    assert all(outcome.info["valid"] for outcome in outcomes)
    assert outcomes[-1].success and len(outcomes) <= page["limits"]["steps"] == 10


def test_random_shopping_is_worth_little() -> None:
    env, rng, rewards = Webshop(), Random(0), list[float]()
    for task in env.tasks("test")[:80]:
        seen, reward = env.reset(task, 0), 0.0
        for _ in range(10):
            outcome = env.step(rng.choice(seen.actions or ("",)))
            seen, reward = outcome.observation, outcome.reward
            if outcome.done:
                break
        rewards.append(reward)
    assert sum(rewards) / len(rewards) < 0.35


def test_goals_are_of_one_two_or_three_attributes() -> None:
    counts = Counter(len(task.data["attributes"]) for task in Webshop().tasks("train"))
    assert set(counts) == {1, 2, 3}
    assert counts[2] > counts[1] > counts[3]


def test_the_shop_opens_in_no_time() -> None:
    began = time.process_time()
    env = Webshop(WebshopConfig(seed=77))
    env.reset(env.tasks("test")[0], 0)
    env.step("search[lamp]")
    assert time.process_time() - began < 3
