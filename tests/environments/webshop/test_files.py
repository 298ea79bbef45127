"""WebShop's own files, in the form in which it writes them; what is in these is made up."""

from __future__ import annotations

import json
from functools import partial
from random import Random

import pytest

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.environments.webshop import Goal, Webshop, WebshopConfig
from worldlore.environments.webshop.files import catalogue, wishes
from worldlore.errors import ConfigError
from worldlore.experiments.chosen import shared

COUNT = 210


def entry(number: int) -> dict:
    """A product as WebShop writes it."""
    asin = f"B{number:09}"
    return {
        "asin": asin,
        "name": f"Plain Cotton Shirt number {number} for Gardeners",
        "full_description": f"Shirt {number} is easy to wash." if number % 2 else None,
        "small_description": [f"Pockets: {number} of them.", "Made of cotton."] if number % 3 else "One line only.",
        "pricing": ("$12.50", "$10.00$20.00", "", "$1,250.00", None)[number % 5],
        "customization_options": {
            "Color": [{"value": " Navy/White ", "image": None}, {"value": "Red"}],
            "Size": None if number % 4 else [{"value": "X-Large"}],
        },
        "category": "fashion",
        "query": " Shirts for Men ",
        "product_category": "Clothing › Men › Shirts",  # noqa: RUF001
        "images": ["none.jpg"],
    }


@pytest.fixture
def folder(tmp_path):
    items = [entry(number) for number in range(COUNT)]
    strange = [{**entry(0), "asin": "nan"}, {**entry(0), "asin": "B12345678901"}, entry(3)]
    human = {
        item["asin"]: [
            {
                "instruction": f"i want shirt {n}.",
                "instruction_attributes": ["easy wash"],
                "instruction_options": ["red"],
            },
            {"instruction": "nothing", "instruction_attributes": [], "instruction_options": []},
        ]
        for n, item in enumerate(items)
        if n % 2
    }
    made_up = {
        item["asin"]: {
            "attributes": ["easy wash", "machine wash"],
            **({"instruction": "find shirts", "instruction_attributes": ["machine wash"]} if n < 20 else {}),
        }
        for n, item in enumerate(items)
    }
    for name, content in {
        "items_shuffle_1000.json": items + strange,
        "items_ins_v2_1000.json": made_up,
        "items_human_ins.json": human,
        "reviews.json": [
            {
                "asin": items[0]["asin"],
                "average_rating": 4.1,
                "reviews": [{"title": "Good", "stars": "4.0", "review": "Warm."}, {"title": "Bad", "score": 1}],
            }
        ],
    }.items():
        (tmp_path / name).write_text(json.dumps(content))
    return tmp_path


def shop(folder, **keys) -> Webshop:
    return Webshop(WebshopConfig(data=str(folder), **keys))


def test_products_are_read_as_webshop_reads_them(folder) -> None:
    products = catalogue(str(folder), None, 0).products
    assert len(products) == COUNT
    first, second, third, fourth, fifth = products[:5]
    assert [p.tag for p in products[:5]] == ["$12.5", "$10.0 to $20.0", "$100.0", "$1250.0", "$100.0"]
    assert (first.price, third.price, fourth.price, fifth.price) == (12.5, 100.0, 1250.0, 100.0)
    assert 10 <= second.price <= 20
    assert first.options == {"color": ("navy | white", "red"), "size": ("x-large",)}
    assert second.options == {"color": ("navy | white", "red")}
    assert (first.bullets, second.bullets) == (("One line only.",), ("Pockets: 1 of them.", "Made of cotton."))
    assert (first.description, second.description) == ("", "Shirt 1 is easy to wash.")
    assert (first.query, first.category, first.attributes) == (
        "shirts for men",
        "fashion",
        ("easy wash", "machine wash"),
    )
    assert (first.rating, second.rating) == ("4.1", "N.A.")
    assert [(r.title, r.score, r.body) for r in first.reviews] == [("Good", 4, "Warm."), ("Bad", 1, "")]


def test_the_first_so_many_products_can_be_taken(folder) -> None:
    assert len(shop(folder, products=200).shop.catalogue.products) == 200


def test_prices_are_the_same_in_every_run_and_others_for_another_seed(folder) -> None:
    def prices(seed: int) -> list[float]:
        catalogue.cache_clear()
        return [product.price for product in catalogue(str(folder), None, seed).products]

    def ceilings(seed: int) -> list[float]:
        wishes.cache_clear()
        return [wish.goal.price_upper for wish in wishes(catalogue(str(folder), None, seed), str(folder), "human")]

    assert prices(0) == prices(0) != prices(1)
    assert ceilings(0) == ceilings(0) != ceilings(1)


def test_peoples_instructions_are_asked_in_the_published_order(folder) -> None:
    found = wishes(catalogue(str(folder), None, 0), str(folder), "human")
    numbers = [number for number in range(COUNT) if number % 2]
    Random(233).shuffle(numbers)
    assert [wish.goal.asin for wish in found] == [f"B{number:09}" for number in numbers]
    for wish in found:
        assert wish.goal.attributes == ("easy wash",) and wish.goal.options == {"0": "red"}
        limit = f", and price lower than {wish.goal.price_upper:.2f} dollars" if wish.goal.price_upper < 1e6 else ""
        assert wish.instruction == f"i want shirt {int(wish.goal.asin[1:])}{limit}"


def test_synthetic_goals_are_every_combination_of_options(folder) -> None:
    found = wishes(catalogue(str(folder), None, 0), str(folder), "synthetic")
    assert len(found) == 40
    told = {wish.instruction.partition(", and price")[0] for wish in found}
    assert told == {
        "find shirts with color: navy | white", "find shirts with color: red",
        "find shirts with color: navy | white, and size: x-large", "find shirts with color: red, and size: x-large",
    }  # fmt: skip


def test_a_small_folder_is_split_in_fifths(folder) -> None:
    env = shop(folder)
    sizes = {split: len(env.tasks(split)) for split in ("train", "dev", "test")}
    assert sizes == {"test": 21, "dev": 10, "train": 74}
    assert len({task.id for split in sizes for task in env.tasks(split)}) == 105
    assert len(shop(folder, train_tasks=3).tasks("train")) == 3
    with pytest.raises(ConfigError, match="no split 'test_unseen'"):
        env.tasks("test_unseen")


def test_index_files_say_which_goals_are_in_a_split_and_their_overlap_is_told(folder) -> None:
    (folder / "train_indices.json").write_text("[5, 6, 7, 900]")
    (folder / "test_indices.json").write_text("[7, 8]")
    env = shop(folder)
    assert [task.id for task in env.tasks("train")] == ["webshop-goal-5", "webshop-goal-6", "webshop-goal-7"]
    assert [task.id for task in env.tasks("test")] == ["webshop-goal-7", "webshop-goal-8"]
    assert len(env.tasks("dev")) == 100 and "webshop-goal-8" not in {task.id for task in env.tasks("dev")}
    assert shared(env, env.tasks("train"), env.tasks("test")) == (env.tasks("test")[0].key,)
    assert env.tasks("train")[2].key == env.tasks("test")[0].key


def test_the_same_pages_and_the_same_reward_are_played(folder) -> None:
    env = shop(folder)
    task = next(task for task in env.tasks("train") if Goal.of(task.data).price_upper < 1e6)
    env.reset(task, 0)
    while True:
        action = env.expert()
        assert action is not None
        outcome = env.step(action)
        if outcome.done:
            break
    assert outcome.success and outcome.reward == 1.0
    assert '"color": "red"' in outcome.observation.text


def test_the_environment_keeps_its_contract_on_files(folder) -> None:
    factory = partial(ENVIRONMENTS.build, {"name": "webshop", "data": str(folder)})
    assert [f.detail for f in check(factory, ("train", "test"), tasks=2, steps=8) if not f.passed] == []


def test_a_missing_file_is_told_with_what_is_needed_and_where_to_put_it(tmp_path) -> None:
    for ask in (shop(tmp_path).ready, lambda: shop(tmp_path).tasks("train")):
        with pytest.raises(ConfigError, match=r"no items_shuffle.json or items_shuffle_1000.json in .*: put WebShop's"):
            ask()


def test_synthetic_goals_do_without_peoples_instructions(folder) -> None:
    (folder / "items_human_ins.json").unlink()
    shop(folder, goals="synthetic").ready()
    with pytest.raises(ConfigError, match=r"no items_human_ins.json"):
        shop(folder).ready()


def test_a_file_that_is_damaged_is_named(folder) -> None:
    (folder / "items_ins_v2_1000.json").write_text("{")
    with pytest.raises(ConfigError, match=r"items_ins_v2_1000.json is not JSON"):
        shop(folder).tasks("train")
    (folder / "items_ins_v2_1000.json").write_text("{}")
    (folder / "items_shuffle_1000.json").write_text('[{"asin": "B000000001"}]')
    with pytest.raises(ConfigError, match=r"items_shuffle_1000.json: product 0 is not as WebShop writes it: KeyError"):
        shop(folder).tasks("train")
