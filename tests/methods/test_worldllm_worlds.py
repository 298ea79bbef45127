"""What the search knows of its worlds: candidates, hints, and grammars in which the truth can be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.theorising import DOOR, PLAYGROUND, opening, practice
from tests.toys import walker
from worldlore.environments.door import NAMED, draw, rule_of
from worldlore.environments.playground import PUBLISHED, recipes_in, rules_of
from worldlore.environments.playground.hidden import draw as hidden
from worldlore.errors import ConfigError
from worldlore.experience import Transition, transitions
from worldlore.methods.worldllm.experimenters import Collection, collect
from worldlore.methods.worldllm.literal import foretold
from worldlore.methods.worldllm.spaces import door, hints, playground, space_of
from worldlore.methods.worldllm.statistician import Statistician
from worldlore.methods.worldllm.worlds import World, one_world, world_of


def seen(folder, environment, name="diverse", count=9):
    here = practice(folder, environment)
    world = world_of(here.stage.environment(), here.tasks)
    playing = collect(name, here, world, walker(), Collection(0, 0.0, count, "", len(here.tasks)))
    return here, world, [step for trajectory in playing for step in transitions(trajectory)]


def test_among_the_candidates_is_what_happened_as_many_as_published(tmp_path):
    here, world, steps = seen(tmp_path, PLAYGROUND)
    counts = [len(world.candidates(step)) for step in steps]
    assert all(step.change in world.candidates(step) for step in steps)
    assert 30 < sum(counts) / len(counts) < 40  # published for its own episodes: 35.7
    assert max(counts) <= 47
    for prediction in Statistician(here, world).predict(PUBLISHED.theory, steps):
        worth = dict(zip(prediction.candidates, prediction.logprobs, strict=True))
        assert worth[prediction.transition.change] == prediction.logprob == max(prediction.logprobs)


def test_reworded_changes_have_reworded_candidates(tmp_path):
    _, world, steps = seen(tmp_path, {**PLAYGROUND, "wording": "reworded"}, count=3)
    assert all(step.change in world.candidates(step) for step in steps)
    assert any(change.startswith("Beneath you is the") for change in world.candidates(steps[0]))
    assert world.setting.startswith("Around you")


@pytest.mark.parametrize("rules", [{}, *({"rules": "random", "world": n} for n in range(4))])
def test_what_grew_hints_at_the_recipe_it_grew_by(tmp_path, rules):
    here, world, steps = seen(tmp_path, {**PLAYGROUND, **rules}, count=6)
    true = rules_of(here.tasks[0].data)
    for step in steps:
        if step.kind.startswith("transform"):
            hinted = hints(world, [step])
            fitting = [r for r in true.recipes if foretold(r.sentence, step.state, step.action) == step.change]
            assert fitting
            assert all(recipe.sentence in hinted for recipe in fitting)
            assert all(len(recipes_in(sentence)) == 1 for sentence in hinted)
        else:
            assert hints(world, [step]) == {}


def test_at_the_door_what_agrees_with_all_that_was_seen_is_hinted_at(tmp_path):
    here, world, steps = seen(tmp_path, DOOR, "enumeration", 27)
    true = rule_of(here.tasks[0].data)
    assert list(hints(world, steps)) == [true.sentence]
    assert true.sentence in hints(world, steps[:4])
    assert len(hints(world, steps[:4])) > 1
    assert hints(world, []) == hints(World(), steps) == {}


@given(st.integers(0, 10**6))
def test_the_grammars_can_tell_every_hidden_rule(seed):
    assert playground().read(hidden(seed).theory) is not None
    assert door().read(draw(seed).sentence) is not None


def test_the_door_s_sentences_mean_what_they_say(tmp_path):
    assert all(door().read(rule.sentence) is not None for rule in NAMED.values())
    world = world_of(practice(tmp_path, DOOR).stage.environment(), ())
    for sentence in door().slots[0].sentences:
        for item in ("small red key", "large blue ball", "medium green card"):
            step = Transition("The door is closed.", f"You are holding a {item}.", "The door is opened.", "opened")
            opens = any(" ".join(one) == item for one in opening(sentence))
            assert (sentence in hints(world, [step])) == opens


def test_a_theory_is_of_one_world(tmp_path):
    here = practice(tmp_path, {"name": "door", "rule": "random"})
    world = world_of(here.stage.environment(), here.tasks)
    with pytest.raises(ConfigError, match="name one"):
        one_world(here.tasks, world)
    one_world(here.tasks[:1], world)
    with pytest.raises(ConfigError, match="use theorist = 'model'"):
        space_of(World())


def test_what_could_have_happened_is_marked_among_the_candidates(tmp_path):
    here, world, steps = seen(tmp_path, PLAYGROUND)
    for prediction in Statistician(here, world).predict("", steps):
        marks = dict(zip(prediction.candidates, prediction.possible, strict=True))
        assert marks[prediction.transition.change]
        assert 1 <= sum(marks.values()) <= 9
        assert not marks["You are standing on nothing."]
