"""Hidden rules: published and random, as data, as tables and in words."""

from __future__ import annotations

import json
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.environments.test_playground import digest
from worldlore.environments.playground import GOALS, HELD_OUT, PUBLISHED, STANDARD, Playground, PlaygroundConfig, goals
from worldlore.environments.playground.candidates import candidates
from worldlore.environments.playground.expert import advise
from worldlore.environments.playground.hidden import draw as hidden
from worldlore.environments.playground.rules import SUBJECTS, SUPPLIES, Recipe, Rules, recipes_in
from worldlore.environments.playground.scene import draw
from worldlore.environments.playground.things import CODES, NAMES, TYPES
from worldlore.environments.playground.world import act
from worldlore.errors import ConfigError

recipes = st.builds(
    Recipe, st.sampled_from(SUBJECTS), st.lists(st.sampled_from(SUPPLIES), min_size=1, max_size=2).map(tuple)
)


def test_the_published_rules_in_plain_words() -> None:
    assert PUBLISHED.sentences == (
        "To grow a plant seed, give it water.",
        "To grow a baby small herbivore, give it a grown plant.",
        "To grow a baby large herbivore, give it two grown plants.",
    )
    assert PUBLISHED.theory.endswith("\n".join(PUBLISHED.sentences))


@given(recipes)
def test_a_recipe_can_be_told_and_understood_again(recipe: Recipe) -> None:
    assert Recipe.parse(recipe.sentence) == recipe
    assert Recipe.parse(recipe.sentence.upper().rstrip(".")) == recipe


@given(st.lists(recipes, max_size=5, unique=True))
def test_the_recipes_of_a_theory_are_found_among_its_other_sentences(told: list[Recipe]) -> None:
    listed = "\n".join(f"{number}. {recipe.sentence}" for number, recipe in enumerate(told, start=1))
    assert list(recipes_in(f"Seeds are small. {listed}\nThat is all.")) == told
    assert list(recipes_in(" ".join(recipe.sentence for recipe in told))) == told


def test_the_true_theory_tells_the_true_recipes() -> None:
    assert all(recipes_in(rules.theory) == rules.recipes for rules in (PUBLISHED, *map(hidden, range(20))))


def test_a_recipe_is_the_same_in_whatever_order_its_supplies_are_named() -> None:
    assert Recipe("pig", ("carrot", "water")) == Recipe("pig", ("water", "carrot"))
    assert Recipe.parse("To grow the baby pig, give it a grown carrot and water.") == Recipe("pig", ("water", "carrot"))


@pytest.mark.parametrize(
    "told", ["", "Seeds need water.", "To grow a stone, give it water.", "To grow a pig, give it x."]
)
def test_a_sentence_that_tells_no_recipe_is_refused_with_the_form(told: str) -> None:
    with pytest.raises(ConfigError, match="the form is 'To grow a baby small herbivore"):
        Recipe.parse(told)


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({"plant": ["water"]}, "no recipe says how these grow: elephant"),
        ({**PUBLISHED.data, "plants": ["water"]}, "did you mean 'plant'"),
        ({**PUBLISHED.data, "pig": []}, "one or two supplies"),
        ({**PUBLISHED.data, "pig": ["baby cow"]}, "no supply 'baby cow'"),
    ],
)
def test_rules_that_are_no_rules_are_refused(data: dict[str, list[str]], complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        Rules.of(data)


def test_the_recipe_of_a_type_goes_before_that_of_its_category() -> None:
    rules = Rules.of({**PUBLISHED.data, "carrot": ["water", "water"]})
    assert rules.needs["carrot"] == ("water", "water") and rules.needs["pea"] == ("water",)


@settings(max_examples=15)
@given(st.integers(0, 5000))
def test_of_things_brought_together_at_most_one_grows_whatever_the_order(seed: int) -> None:
    rules = hidden(seed)
    for together, place in rules.grows.items():
        codes = sorted(together)
        young = [code for code in codes if 0 < code <= len(TYPES)]
        assert young == [together[place]]
        assert all(NAMES[code] for code in codes)
    for a, b in product(range(CODES), repeat=2):
        assert bool(rules.single[a, b]) == bool(rules.single[b, a])


@given(st.integers(0, 10**6))
def test_random_rules_survive_json_and_differ_from_the_published_ones(seed: int) -> None:
    rules = hidden(seed)
    assert Rules.of(json.loads(json.dumps(rules.data))) == rules == hidden(seed)
    assert rules.needs != PUBLISHED.needs
    assert [Recipe.parse(sentence) for sentence in rules.sentences] == list(rules.recipes)


def test_random_worlds_are_these_for_ever() -> None:
    assert digest([json.dumps(hidden(seed).data) for seed in range(200)]) == "f9aac76c29bfa35e"


def test_random_worlds_are_many_and_of_all_sorts() -> None:
    worlds = [hidden(seed) for seed in range(300)]
    assert len({rules.recipes for rules in worlds}) > 150
    needs = {supplies for rules in worlds for supplies in rules.needs.values()}
    assert ("water", "water") in needs and ("plant",) in needs and any(set(n) & set(TYPES) for n in needs)
    exceptions = sum(len(rules.recipes) == 4 for rules in worlds)
    assert 100 < exceptions < 220


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from((*GOALS, *HELD_OUT, STANDARD)))
def test_random_worlds_can_always_be_won(world: int, seed: int, goal: str) -> None:
    scene = draw(goals.parse(goal), seed, hidden(world))
    state, wishes, steps = scene.opening, scene.goal, 0
    while wishes:
        action = advise(state, wishes, scene.rules, first=steps == 0)
        assert action is not None and steps < 40
        state, change = act(state, action, scene.rules)
        wishes = tuple(wish for wish in wishes if not wish.met(change.kind, change.codes[-1]))
        steps += 1


def test_tasks_tell_their_world_so_that_all_of_a_world_share_its_rules() -> None:
    one = Playground(PlaygroundConfig(rules="random", world=5, goal="standard"))
    tasks = [*one.tasks("train")[:20], *one.tasks("test")[:20]]
    assert {json.dumps(task.data["rules"]) for task in tasks} == {json.dumps(hidden(5).data)}
    many = Playground(PlaygroundConfig(rules="random")).tasks("train")[:20]
    assert len({json.dumps(task.data["rules"]) for task in many}) > 10
    one.reset(many[3], 0)
    assert one.scene.rules == hidden(many[3].data["world"])


def test_candidates_of_a_hidden_world_do_not_give_its_rules_away() -> None:
    state = draw(goals.parse(STANDARD), 3).opening
    listed = [{c.text for c in candidates(state, hidden(world))} for world in range(20)]
    assert all(texts == listed[0] for texts in listed)
