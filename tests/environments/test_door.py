"""The door: its items, its rules in words and as data, its one step."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.environments.test_playground import digest
from worldlore.config import parse
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.environments.door import (
    COLOURS,
    ITEMS,
    NAMED,
    SHAPES,
    SIZES,
    Door,
    DoorConfig,
    Item,
    draw,
    kind_of,
    replay,
    rule,
    rule_of,
)
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Task

conjunctions = st.tuples(*(st.sampled_from((None, *words)) for words in (SIZES, COLOURS, SHAPES)))


def test_the_environment_keeps_its_contract() -> None:
    factory = partial(ENVIRONMENTS.build, {"name": "door"})
    assert [f.detail for f in check(factory, ("train", "dev", "test"), tasks=2) if not f.passed] == []


def test_the_tasks_are_these_for_ever() -> None:
    keys = [task.key for split in ("train", "dev", "test") for task in Door().tasks(split)]
    assert digest(keys) == "e6bd4eab8d899f99"


def test_there_are_27_items_by_colour_then_size_then_shape() -> None:
    assert len(set(ITEMS)) == 27
    assert [item.sentence for item in ITEMS[:4]] == [
        "You are holding a small red key.",
        "You are holding a small red card.",
        "You are holding a small red ball.",
        "You are holding a medium red key.",
    ]
    assert [item.colour for item in ITEMS[::9]] == ["red", "green", "blue"]


def test_the_named_rules_open_for_these_items() -> None:
    opened = {name: len(known.opening) for name, known in NAMED.items()}
    assert opened == {"not_blue": 18, "not_blue_key": 24, "nor_green_large": 12, "all_true": 27, "all_false": 0}
    assert all("blue" not in item for item in NAMED["not_blue"].opening)
    assert {(i.colour, i.shape) for i in set(ITEMS) - NAMED["not_blue_key"].opening} == {("blue", "key")}
    assert all(i.colour != "green" and i.size != "large" for i in NAMED["nor_green_large"].opening)
    assert len({known.sentence for known in NAMED.values()}) == 5


@given(conjunctions)
def test_a_conjunction_opens_for_what_has_all_its_attributes(parts: tuple[str | None, ...]) -> None:
    true = rule(list(parts))
    assert len(true.opening) == 3 ** parts.count(None)
    assert all(part in (None, own) for item in true.opening for part, own in zip(parts, item, strict=True))
    assert all(part in true.sentence for part in parts if part)
    assert rule(true.data) == true


@given(st.integers(0, 10**6), st.integers(1, 3))
def test_random_rules_are_conjunctions_of_as_many_attributes_as_asked_for(seed: int, attributes: int) -> None:
    true = draw(seed, attributes)
    assert sum(part is not None for part in true.data) == attributes
    assert len(true.opening) == 3 ** (3 - attributes) and true == draw(seed, attributes)


def test_random_rules_of_two_attributes_are_the_27_published_ones() -> None:
    assert len({draw(seed).data for seed in range(600)}) == 27


@given(st.sampled_from(ITEMS))
def test_an_item_is_named_by_the_last_three_words(item: Item) -> None:
    assert Item.parse(item.sentence) == Item.parse(f"hold the {' '.join(item).upper()}") == item


@pytest.mark.parametrize("said", ["", "key", "small key", "red small key", "small red moon", "«ü»"])
def test_what_names_no_item_is_answered_and_is_no_step(said: str) -> None:
    env = Door(DoorConfig(rule="not_blue"))
    env.reset(env.tasks("train")[0], 0)
    outcome = env.step(said)
    assert not outcome.done and outcome.info == {"valid": False}
    assert outcome.observation.text.startswith("There is no such item")
    assert env.step("small red key").success


def test_a_step_opens_the_door_or_not_and_is_the_last() -> None:
    env = Door(DoorConfig(rule="not_blue"))
    task, kinds = env.tasks("test")[0], list[str]()
    for item in ITEMS:
        first = env.reset(task, 0)
        assert first.text == "The door is closed.\n\nYour task is to: Open the door."
        assert sorted(first.actions or ()) == sorted(i.sentence for i in ITEMS)
        outcome = env.step(item.sentence)
        assert outcome.done and outcome.success == (item.colour != "blue") == bool(outcome.reward)
        assert outcome.info["transition"] == {
            "state": "The door is closed.",
            "action": item.sentence,
            "change": outcome.observation.text,
        }
        kinds.append(outcome.info["kind"])
        with pytest.raises(EnvironmentFailure, match="the task is over"):
            env.step(item.sentence)
    assert (kinds.count("opened"), kinds.count("closed")) == (18, 9)


def test_the_expert_opens_every_door_that_opens() -> None:
    for name, known in NAMED.items():
        env = Door(DoorConfig(rule=str(name)))
        env.reset(env.tasks("dev")[0], 0)
        action = env.expert()
        assert (action is None) == (not known.opening)
        if action:
            assert env.step(action).success and env.expert() is None


def test_items_are_offered_in_an_order_of_the_task_own() -> None:
    env = Door(DoorConfig(rule="not_blue"))
    orders = {env.reset(task, 0).actions for task in env.tasks("train")[:20]}
    assert len(orders) == 20
    assert Door(DoorConfig(actions=False)).reset(env.tasks("train")[0], 0).actions is None


def test_tasks_tell_their_rule_and_one_world_has_one_rule() -> None:
    assert {rule_of(task.data).data for task in Door(DoorConfig(world=4)).tasks("train")} == {draw(4).data}
    assert len({rule_of(task.data).data for task in Door().tasks("test")}) > 15
    assert rule_of(Door(DoorConfig(rule=("small", None, "key"))).tasks("dev")[0].data).opening == {
        Item("small", colour, "key") for colour in COLOURS
    }


def test_recorded_steps_are_compared_with_a_rule() -> None:
    acts = [item.sentence for item in ITEMS]
    diffs = [f"The door is {'opened' if item.colour != 'blue' else 'closed'}." for item in ITEMS]
    assert replay(acts, diffs, NAMED["not_blue"]) is None
    assert replay(acts, diffs, NAMED["all_true"]) == (
        "step 18: 'You are holding a small blue key.' does not bring 'The door is closed.'"
    )
    assert replay(["You sing."], diffs[:1], NAMED["all_true"]) == "step 0: 'You sing.' names no item"
    assert [kind_of(diff) for diff in (diffs[0], diffs[-1])] == ["opened", "closed"]
    with pytest.raises(ConfigError, match="a change is"):
        kind_of("Boom.")


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"rule": "not_blu"}, "did you mean 'not_blue'"),
        ({"rule": ["small", "", "kee"]}, "did you mean 'key'"),
        ({"rule": ["small"]}, "rule"),
        ({"attributes": 4}, "less than or equal to 3"),
    ],
)
def test_a_mistaken_key_is_told(keys: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        parse(DoorConfig, keys, "door")


def test_a_mistaken_split_or_task_is_told() -> None:
    with pytest.raises(ConfigError, match="did you mean 'train'"):
        Door().tasks("trains")
    with pytest.raises(ConfigError, match="need a rule"):
        Door().reset(Task("a", "door", "train", "Open the door", {}), 0)
    with pytest.raises(ConfigError, match="a rule of door is a name or"):
        rule(["small"])
    with pytest.raises(EnvironmentFailure, match="reset first"):
        Door().step("small red key")
