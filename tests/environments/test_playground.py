"""The playground in play: tasks, scenes, goals, the oracle, what is answered to mistakes."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import partial
from random import Random

import pytest

from tests.environments.test_playground_moments import named
from worldlore.config import parse
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.environments.playground import (
    DESCRIPTIONS,
    DRAWN,
    GOALS,
    HELD_OUT,
    PUBLISHED,
    STANDARD,
    Playground,
    PlaygroundConfig,
    goals,
)
from worldlore.environments.playground.environment import SIZES
from worldlore.environments.playground.expert import advise
from worldlore.environments.playground.language import state_text
from worldlore.environments.playground.scene import draw
from worldlore.environments.playground.things import CATEGORY, NAMES, type_of
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import EVALUATION_SPLITS, Task

PINNED = {
    "train": "a0fe001a8b1a5fab",
    "dev": "7279b08638a06287",
    "test": "ab1d9c4487252a0a",
    "test_unseen": "808246d03fa440aa",
}
OPENINGS = "76f870027431ca45"


def digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def play(env: Playground, task: Task, limit: int = 40) -> list[str]:
    """Kinds of change while the oracle plays; nothing is left to do afterwards."""
    env.reset(task, 0)
    kinds: list[str] = []
    while len(kinds) < limit:
        action = env.expert()
        assert action is not None, f"{task.goal} in {state_text(env.scene.opening)}"
        outcome = env.step(action)
        kinds.append(outcome.info["kind"])
        if outcome.done:
            assert outcome.success and outcome.reward == 1
            return kinds
    raise AssertionError(f"{task.goal} was not reached")


@pytest.mark.parametrize("split", SIZES)
def test_the_tasks_of_a_split_are_these_for_ever(split: str) -> None:
    assert digest([task.key for task in Playground().tasks(split)]) == PINNED[split]


def test_the_scenes_of_the_tasks_are_these_for_ever() -> None:
    env = Playground()
    told = [env.reset(task, 0).text for split in SIZES for task in env.tasks(split)[:50]]
    assert digest(told) == OPENINGS


def test_the_environment_keeps_its_contract_whatever_its_rules() -> None:
    for table in ({}, {"rules": "random", "goal": "standard"}):
        factory = partial(ENVIRONMENTS.build, {"name": "playground", **table})
        assert [f.detail for f in check(factory, ("train", "test"), tasks=2, steps=12) if not f.passed] == []


def test_splits_ask_for_the_published_goals_and_keep_the_withheld_words_for_the_last() -> None:
    env = Playground()
    asked = {split: {task.goal for task in env.tasks(split)} for split in SIZES}
    assert asked["train"] == asked["dev"] == asked["test"] == set(GOALS)
    assert asked["test_unseen"] == set(HELD_OUT)
    assert set(SIZES) - {"train"} <= EVALUATION_SPLITS
    seeds = [task.data["seed"] for split in SIZES for task in env.tasks(split)]
    assert len(set(seeds)) == len(seeds)


def test_the_published_goals_are_35_and_6_and_eleven_are_drawn_by_default() -> None:
    assert (len(DESCRIPTIONS), len(HELD_OUT), len(DRAWN), len(GOALS)) == (35, 6, 11, 26)
    assert set(DESCRIPTIONS) - set(GOALS) == {goal for goal in DESCRIPTIONS if goal.startswith("Go ")}
    assert {goal.split()[-1] for goal in HELD_OUT} == {"potato", "cow", "rhinoceros"}


def test_the_standard_scene_is_the_published_recipe() -> None:
    recipe = ["small_herbivorous", "supply", "plant", "big_herbivorous", "supply", "plant", "supply", "plant"]
    for seed in range(50):
        opening = draw(goals.parse(STANDARD), seed).opening
        assert [CATEGORY[type_of(code)] for code in opening.codes] == recipe
        assert opening.held == () and all(NAMES[c] == "water" or " " in NAMES[c] for c in opening.codes)


@pytest.mark.parametrize(
    ("goal", "recipe"),
    [
        ("Grow any carrot", ["carrot", "supply"]),
        ("Grow any pig", ["pig", "supply", "plant"]),
        ("Grow any elephant", ["elephant", "supply", "plant", "supply", "plant"]),
        ("Grasp any cow", ["cow"]),
        ("Grasp any supply then grow any pea", ["supply", "pea", "supply"]),
    ],
)
def test_a_scene_begins_with_the_goal_and_what_it_takes(goal: str, recipe: list[str]) -> None:
    codes = draw(goals.parse(goal), 7).opening.codes
    assert len(codes) == 8
    kinds = [type_of(code) for code in codes]
    assert [kind if kind in recipe else CATEGORY[kind] for kind in kinds[: len(recipe)]] == recipe


def test_a_goal_too_large_for_a_scene_is_refused_before_it_is_played() -> None:
    with pytest.raises(ConfigError, match="takes 10 things and a scene has 8"):
        draw(goals.parse("Grow any elephant then grow any giraffe"), 0)


def test_one_scene_in_ten_begins_on_something_and_random_play_looks_as_measured() -> None:
    env, kinds, choices, on = Playground(PlaygroundConfig(goal="standard")), Counter[str](), list[int](), 0
    for task in env.tasks("train")[:300]:
        rng, seen = Random(task.data["seed"]), env.reset(task, 0)
        on += env.state.on >= 0
        for _ in range(30):
            choices.append(len(seen.actions or ()))
            outcome = env.step(rng.choice(seen.actions or ()))
            seen = outcome.observation
            kinds[outcome.info["kind"]] += 1
    assert 15 <= on <= 46  # 9.8 % of 300, four standard deviations
    share = {kind: count / kinds.total() for kind, count in kinds.items()}
    assert share["standing"] == pytest.approx(0.897, abs=0.015)
    assert share["holding1"] == pytest.approx(0.040, abs=0.008)
    assert share["holding2"] == pytest.approx(0.037, abs=0.008)
    assert share["transformP"] == pytest.approx(0.025, abs=0.008)
    assert sum(choices) / len(choices) == pytest.approx(7.7, abs=0.15)
    assert (min(choices), max(choices)) == (3, 9)


def test_the_reworded_world_differs_in_changes_only() -> None:
    plain, other = (Playground(PlaygroundConfig(goal="standard", wording=w)) for w in ("published", "reworded"))
    task = plain.tasks("test")[0]
    assert plain.reset(task, 0) == other.reset(task, 0)
    changes: set[str] = set()
    while (action := plain.expert()) is not None:
        one, two = plain.step(action), other.step(action)
        assert one.observation == two.observation and one.info["kind"] == two.info["kind"]
        told = {**two.info["transition"], "change": one.info["transition"]["change"]}
        assert told == one.info["transition"] != two.info["transition"]
        changes.add(two.info["transition"]["change"])
    assert {"Beneath you is the water.", "In your grasp is the water."} <= changes
    assert {change for change in changes if change.endswith(" results from combining the objects.")}
    assert plain.wording.setting != other.wording.setting


def test_the_plan_for_the_standard_goal_is_the_published_one_of_19_steps() -> None:
    env = Playground(PlaygroundConfig(goal="standard"))
    for task in env.tasks("dev")[:40]:
        kinds = Counter(play(env, task))
        composition = {"standing": 8, "holding1": 4, "holding2": 2, "transformP": 3, "transformSH": 1, "transformBH": 1}
        assert kinds == composition


@pytest.mark.parametrize(("goal", "steps"), [("plant", 4), ("small_herbivorous", 7), ("big_herbivorous", 12)])
def test_plans_have_the_published_lengths(goal: str, steps: int) -> None:
    env = Playground(PlaygroundConfig(goal=f"Grow any {goal}"))
    assert {len(play(env, task)) for task in env.tasks("test")[:40]} == {steps}


def test_the_oracle_reaches_every_goal() -> None:
    env = Playground()
    for task in (*env.tasks("train")[:52], *env.tasks("test_unseen")[:12]):
        assert len(play(env, task)) <= 12


def test_the_oracle_goes_on_after_a_detour_where_a_way_is_left() -> None:
    env, ways = Playground(PlaygroundConfig(goal="Grow any big_herbivorous")), 0
    for task in env.tasks("train")[:12]:
        rng, seen = Random(task.data["seed"]), env.reset(task, 0)
        for _ in range(8):
            seen = env.step(rng.choice(seen.actions or ())).observation
        for _ in range(20):
            action = env.expert()
            if action is None:
                break
            assert action in (seen.actions or ())
            outcome = env.step(action)
            seen = outcome.observation
            if outcome.done:
                ways += 1
                break
    assert ways >= 8


def test_two_useless_things_in_hand_are_a_dead_end() -> None:
    stuck = named("baby pig", "water", "pea seed", held=("baby elephant", "baby giraffe"))
    assert advise(stuck, goals.parse("Grow any pig"), PUBLISHED) is None
    assert advise(stuck._replace(held=(3,)), goals.parse("Grow any pig"), PUBLISHED) is not None


def test_parts_of_a_goal_may_be_reached_in_any_order_and_stay_reached() -> None:
    env = Playground(PlaygroundConfig(goal="Grasp any carrot then grasp any pig"))
    task = env.tasks("train")[0]
    env.reset(task, 0)
    progress: list[float] = []
    for action in ("Go to baby pig", "Grasp", "Go to carrot seed", "Grasp"):
        outcome = env.step(action)
        progress.append(outcome.info["progress"])
    assert progress == [0, 0.5, 0.5, 1] and outcome.success


def test_where_all_that_is_left_is_in_hand_the_episode_is_over_and_lost() -> None:
    env = Playground(PlaygroundConfig(goal="Grow any elephant"))
    task = env.tasks("train")[0]
    env.reset(task, 0)
    env.restore((task, env.snapshot()[1]._replace(state=named("pig", "cow")._replace(on=0))))
    for action, over in (("Grasp", False), ("Go to cow", False), ("Grasp", True)):
        outcome = env.step(action)
        assert (outcome.done, outcome.success, outcome.reward) == (over, False, 0)
    assert outcome.observation.actions == () and env.expert() is None
    with pytest.raises(EnvironmentFailure, match="the task is over"):
        env.step("Grasp")


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ("Go to carrot", "You see no carrot."),
        ("Go to the moon", "You see no moon."),
        ("Grasp", "There is nothing here to grasp"),
        ("Release water", "You hold nothing."),
        ("open the door", "That is not something you can do."),
        ("", "That is not something you can do."),
    ],
)
def test_what_cannot_be_done_is_answered_with_the_reason_and_changes_nothing(said: str, answer: str) -> None:
    env = Playground(PlaygroundConfig(goal="standard"))
    task = next(t for t in env.tasks("train") if draw(goals.parse(STANDARD), t.data["seed"]).opening.on < 0)
    env.reset(task, 0)
    before = env.state
    outcome = env.step(said)
    assert outcome.observation.text.startswith(answer) and outcome.info == {"valid": False}
    assert env.state == before and outcome.observation.text.endswith(state_text(before))


def test_releasing_where_nothing_grows_keeps_the_thing_and_full_hands_grasp_nothing() -> None:
    env = Playground(PlaygroundConfig(goal="standard"))
    env.reset(env.tasks("train")[0], 0)
    for said in ("Go to water", "Grasp", "Go to water"):
        assert env.step(said).info["valid"]
    assert env.step("Release water").observation.text.startswith("Nothing happens")
    assert env.step("Release carrot").observation.text.startswith("You hold no carrot.")
    assert env.step("Grasp").info["valid"] and env.step("Go to baby sheep").info["valid"]
    assert env.step("Grasp").observation.text.startswith("Your hands are full.")


def test_stepping_out_of_turn_is_refused() -> None:
    env = Playground(PlaygroundConfig(goal="Grasp any plant"))
    with pytest.raises(EnvironmentFailure, match="reset first"):
        env.step("Grasp")
    play(env, env.tasks("train")[0])
    with pytest.raises(EnvironmentFailure, match="the task is over"):
        env.step("Grasp")


@pytest.mark.parametrize(
    ("keys", "complaint"),
    [
        ({"goal": "Grow any pigg"}, "did you mean 'pig'"),
        ({"goal": "Grow any water"}, "no thing to grow 'water'"),
        ({"goal": "Eat any pig"}, 'a goal is "Grow any pig"'),
        ({"goal": "Go left"}, 'a goal is "Grow any pig"'),
        ({"rules": "hidden"}, "'published' or 'random'"),
        ({"word": 3}, "did you mean 'world'"),
        ({"world": -1}, "greater than or equal to 0"),
    ],
)
def test_a_mistaken_key_is_told_in_one_sentence(keys: dict[str, object], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        parse(PlaygroundConfig, keys, "playground")


def test_a_mistaken_split_or_task_is_told_too() -> None:
    env = Playground()
    with pytest.raises(ConfigError, match="did you mean 'test'"):
        env.tasks("tests")
    with pytest.raises(ConfigError, match="seed missing"):
        env.reset(Task("a", "playground", "train", "g", {"goal": "Grow any pig", "rules": "published"}), 0)


def test_a_goal_may_be_written_in_plain_words() -> None:
    config = PlaygroundConfig(goal="grow any small herbivorous then grow any big herbivorous")
    assert config.goal == STANDARD
