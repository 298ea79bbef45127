"""The recipe of the model of arithmetic, and what it shipped."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from recipes.embedded import tokenizer
from recipes.embedded.__main__ import halve
from recipes.embedded.arithmetic import LANGUAGE
from recipes.embedded.arithmetic.corpus import Solutions
from recipes.embedded.arithmetic.measure import accuracy, play
from recipes.embedded.arithmetic.slips import printed, slipped
from recipes.embedded.arithmetic.words import ANSWER, ASKED, CLOSE, FENCE, INCORRECT, names, phrases, pieces
from recipes.embedded.language import Lesson
from recipes.embedded.train import Recipe, tokens
from worldlore.agents import grammar
from worldlore.agents.codeact import CodeAct, CodeActConfig
from worldlore.environments import ENVIRONMENTS, Environment
from worldlore.environments.maths.arithmetic import STEPS, draw, problems
from worldlore.environments.maths.numbers import same
from worldlore.experience import Step, Task, Trajectory
from worldlore.models.embedded import HOME
from worldlore.models.render import Template
from worldlore.sandbox import Sandbox

shipped = pytest.mark.skipif(
    not (HOME / "arithmetic" / "model.safetensors").is_file(), reason="no weights in the package"
)


@pytest.fixture(scope="module")
def made() -> Any:
    """A tokenizer trained on a few solutions."""
    texts = [m.content for lesson in Solutions(0).read(0, 200) for m in lesson.messages]
    return tokenizer.train(texts, names(), 1024, phrases(), pieces=pieces())


def told(lesson: Lesson) -> list[str]:
    """What the world said after each of the assistant's turns that was heard."""
    return [m.content for m in lesson.messages[2:] if m.role == "user"]


def test_the_course_of_the_learning_rate_ends_with_the_run() -> None:
    recipe = Recipe.of("arithmetic")
    assert recipe.course[-1] == (recipe.steps, 0.0)


def test_the_same_seed_gives_the_same_lessons_in_whatever_parts_they_are_read() -> None:
    whole = list(Solutions(3).read(6, 12))
    assert whole == [*Solutions(3).read(6, 5), *Solutions(3).read(11, 7)]
    assert whole != list(Solutions(4).read(6, 12))


def test_no_lesson_is_a_problem_of_a_split() -> None:
    asked = {problem.question for split in ("train", "dev", "test") for problem in problems(split)}
    assert not any(lesson.messages[0].content.partition("\n\n")[2] in asked for lesson in Solutions(0).read(0, 300))


def test_the_sandbox_prints_what_a_lesson_says_it_does() -> None:
    with Sandbox() as sandbox:
        for lesson in Solutions(0, slips=0.9).read(0, 12):
            session = sandbox.session({})
            said = [m.content for m in lesson.messages if m.role == "assistant"]
            for reply, heard in zip(said, told(lesson), strict=False):
                if reply.startswith(FENCE):
                    block = reply.removeprefix(FENCE).removesuffix(CLOSE)
                    assert session.run(block, lambda *_: None).output.strip() == heard
            session.close()


def test_a_lesson_ends_with_the_right_answer_and_every_other_answer_is_called_incorrect() -> None:
    for index in range(60):
        lesson = Solutions(0, slips=0.9).lesson(index)
        right = draw("none", f"0 {index}", STEPS).now.text
        value = printed(draw("none", f"0 {index}", STEPS).steps)[right]
        answers = [m.content.removeprefix(ANSWER) for m in lesson.messages if m.content.startswith(ANSWER)]
        assert answers[-1] == value
        assert not any(same(answer, value) for answer in answers[:-1])
        assert told(lesson).count(INCORRECT) == len(answers) - 1


def test_what_is_wrong_is_read_but_never_imitated(made: Any) -> None:
    template, slips = Template(made), 0
    for lesson in Solutions(0, slips=0.9).read(0, 40):
        ids, weights = tokens(lesson, template, 0.05)
        said = [m.content for m in lesson.messages if m.role == "assistant"]
        wanted = [i for turn, text in enumerate(said) if turn not in lesson.slips for i in template.reply(text)]
        assert [i for i, weight in zip(ids, weights, strict=True) if weight == 1] == wanted
        slips += len(lesson.slips)
    assert slips > 40


def test_a_wrong_solution_has_another_answer_and_is_right_before_its_first_wrong_step() -> None:
    rng = Random(0)
    for index in range(40):
        steps = draw("none", str(index), STEPS).steps
        found = slipped(steps, [2, 3, 5, 7], rng)
        assert found is not None
        at, wrong = found
        assert wrong[:at] == steps[:at]
        assert wrong[-1].result.value != steps[-1].result.value


def test_a_lesson_is_what_the_agent_would_have_lived() -> None:
    world = ENVIRONMENTS.build({"name": "arithmetic"})
    for lesson in Solutions(0, slips=0.0).read(0, 4):
        seen = _lived(world, lesson)
        assert CodeAct(CodeActConfig(**ASKED)).conversation(seen)[:-1] == lesson.messages
        assert [step.reward for step in seen.steps][-1] == 1
    world.close()


def _lived(world: Environment, lesson: Lesson) -> Trajectory:
    """What an agent lives that replies as a lesson does."""
    task = _task(lesson.messages[0].content.partition("\n\n")[2], lesson)
    sight, steps = world.reset(task, 0), list[Step]()
    for reply in [m.content for m in lesson.messages if m.role == "assistant"]:
        decision = grammar.read(reply, "fenced", answers=True).decision
        assert decision is not None and grammar.written(decision, "fenced") == reply
        outcome = world.step(decision.action)
        steps.append(Step(sight, decision, outcome.reward))
        sight = outcome.observation
    return Trajectory(task, 0, steps=tuple(steps), final=sight)


def _task(question: str, lesson: Lesson) -> Task:
    answer = lesson.messages[-1].content.removeprefix(ANSWER)
    return Task("one", "arithmetic", "recipe", question, {"answer": answer})


def test_the_world_calls_a_wrong_answer_incorrect_in_the_words_that_are_trained() -> None:
    world = ENVIRONMENTS.build({"name": "arithmetic"})
    world.reset(world.tasks("dev")[0], 0)
    assert world.step("Answer: -1").observation.text == INCORRECT
    world.close()


def test_small_numbers_and_things_are_one_token_and_large_numbers_are_read_digit_by_digit(made: Any) -> None:
    assert [made.decode([i]) for i in made.encode("cost = 48 * 100")][-3:] == ["48", " * ", "100"]
    assert [made.decode([i]) for i in made.encode("rest = 4801 - 7")][-6:] == ["4", "8", "0", "1", " - ", "7"]
    assert [made.decode([i]) for i in made.encode("12 marbles")] == ["12", " marbles"]


def test_what_never_changes_is_one_token_each(made: Any) -> None:
    assert all(len(made.encode(phrase)) == 1 for phrase in LANGUAGE.phrases() or ())


@shipped
def test_the_shipped_model_reads_what_never_changes_as_one_token_each() -> None:
    template = Template.load(HOME / "arithmetic")
    assert all(len(template.tokenizer.encode(phrase)) == 1 for phrase in phrases())


@shipped
def test_the_shipped_model_solves_some_problems_of_dev() -> None:
    found = accuracy(play(HOME / "arithmetic", "dev", 12))
    assert found["at 1"]["share"] > 0.25


def test_halved_weights_are_the_same_to_three_digits_and_said_to_be_half(tmp_path: Path) -> None:
    weights = torch.linspace(-3, 3, 101)
    save_file({"a": weights}, tmp_path / "model.safetensors", {"format": "pt"})
    (tmp_path / "config.json").write_text('{"dtype": "float32", "hidden_size": 8}')
    halve(tmp_path)
    assert torch.allclose(load_file(tmp_path / "model.safetensors")["a"].float(), weights, rtol=1e-3)
    assert json.loads((tmp_path / "config.json").read_text()) == {"dtype": "float16", "hidden_size": 8}
