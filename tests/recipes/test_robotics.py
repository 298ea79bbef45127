"""The recipe of the model of the robotic worlds, and what it shipped."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from recipes.embedded import tokenizer
from recipes.embedded.robotics import LANGUAGE, corpus
from recipes.embedded.robotics.corpus import Moments
from recipes.embedded.robotics.functions import MINED, Functions, told_in
from recipes.embedded.robotics.tasks import WORLDS, drawn, held
from recipes.embedded.robotics.words import names
from recipes.embedded.train import Recipe, tokens
from worldlore.environments import ENVIRONMENTS
from worldlore.experience import content_hash
from worldlore.methods.learnact.mined.patterns import calls_in
from worldlore.models.embedded import HOME
from worldlore.models.render import Template

LEARNED = "Learned functions, made of the others:"
shipped = pytest.mark.skipif(
    not (HOME / "robotics" / "model.safetensors").is_file(), reason="no weights in the package"
)


@pytest.fixture(scope="module")
def made() -> Any:
    """A tokenizer trained on a few moments."""
    texts = [m.content for lesson in Moments(0).read(0, 64) for m in lesson.messages]
    return tokenizer.train(texts, names(), 900, LANGUAGE.phrases())


def test_the_course_of_the_learning_rate_ends_with_the_run():
    recipe = Recipe.of("robotics")
    assert recipe.course[-1] == (recipe.steps, 0.0)


@pytest.mark.parametrize("name", WORLDS)
def test_the_tasks_are_in_no_split(name: str):
    world = ENVIRONMENTS.build({"name": name})
    played = {
        task.key for split in ("train", "dev", "test", "test_generated", "published") for task in world.tasks(split)
    }
    rng = Random(0)
    for _ in range(50):
        task = drawn(name, rng)
        assert task.key not in played
        content = {key: value for key, value in task.data.items() if key not in ("family", "index")}
        assert content_hash(content) not in held(name)


def test_the_same_seed_gives_the_same_lessons_in_whatever_parts_they_are_read():
    whole = list(Moments(3).read(6, 12))
    assert whole == [*Moments(3).read(6, 5), *Moments(3).read(11, 7)]
    assert whole != list(Moments(4).read(6, 12))


def test_a_lesson_is_one_state_and_one_line_of_python():
    for lesson in Moments(0).read(0, 40):
        asked, said = lesson.messages
        assert (asked.role, said.role) == ("user", "assistant")
        assert asked.content.count("The goal is") == 1
        name = said.content.partition("(")[0]
        assert f"\n{name}(" in asked.content and "\n" not in said.content


def test_the_reply_alone_carries_the_loss(made: Any):
    template = Template(made)
    for lesson in Moments(0).read(0, 8):
        ids, weights = tokens(lesson, template, Recipe.of("robotics").world)
        assert [i for i, weight in zip(ids, weights, strict=True) if weight] == template.reply(
            lesson.messages[1].content
        )


def test_functions_made_at_random_do_what_the_expert_did():
    checked = 0
    for index in range(60):
        rng = Random(index)
        world = ENVIRONMENTS.build(
            {"name": "programs", "observe": "state", "inner": {"name": "blockworld", "state": "whole"}}
        )
        seen, begun = Moments(0, detours=0.0)._played(world, drawn("blockworld", rng), rng)
        functions = Functions.drawn(seen, 0, world.primitives, rng)
        if functions is None or len(told := told_in(functions, seen, world.primitives, begun)) == len(seen.steps):
            continue
        checked += 1
        world.equip(functions.actions)
        world.reset(seen.task, 0)
        last = [world.step(said) for _, said in told][-1]
        assert last.success and last.observation == seen.final
        if checked == 2:
            return
    raise AssertionError("no function was ever called")


def test_functions_that_the_examples_mine_are_never_taught():
    for index in range(60):
        rng = Random(index)
        world = corpus._world("blockworld" if index % 3 else "tyreworld")
        seen, begun = Moments(0)._played(world, drawn(world.name, rng), rng)
        functions = Functions.drawn(seen, min(begun, len(seen.steps)), world.primitives, rng)
        for macro in functions.macros if functions else ():
            assert tuple(do.name for do in calls_in(macro.body)) not in MINED


def test_some_lessons_tell_functions_and_use_them():
    lessons = list(Moments(0, taught=1.0).read(0, 160))
    told = [lesson for lesson in lessons if LEARNED in lesson.messages[0].content]
    own = [lesson.messages[0].content.partition(LEARNED)[2].partition("\n\n")[0] for lesson in told]
    used = [lesson.messages[1].content.partition("(")[0] + "(" in text for lesson, text in zip(told, own, strict=True)]
    assert sum(used) > 20


def test_a_name_is_one_token_in_a_state_and_in_python(made: Any):
    for name in ("ball3", "roomb", "left", "b7", "shot2", "ingredient1", "nut4", "hub4", "wrench", "Unstack", "fetch"):
        [token] = made.encode(name)
        for text in (f"Is at {name}: {name}.", f'grasp("{name}", "boot")', f"{name}("):
            assert token in made.encode(text), text


def test_what_every_prompt_says_costs_a_token(made: Any):
    for phrase in LANGUAGE.phrases() or ():
        assert len(made.encode(phrase)) == 1


def test_any_text_can_be_written(made: Any):
    for text in ("def f(x):\n    return x + 1", "größer → 漢字", "The hub hub1 is free."):
        assert made.decode(made.encode(text, add_special_tokens=False), skip_special_tokens=True) == text


@shipped
def test_the_model_in_the_package_is_small_and_has_the_recipes_shape():
    from transformers import AutoConfig

    folder = HOME / "robotics"
    assert sum(file.stat().st_size for file in folder.iterdir()) < 10_000_000
    config, recipe = AutoConfig.from_pretrained(str(folder)), Recipe.of("robotics")
    assert (config.hidden_size, config.num_hidden_layers) == (recipe.width, recipe.layers)
