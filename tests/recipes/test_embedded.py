"""The recipe of the embedded model, and what it shipped."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recipes.embedded import curve, tokenizer
from recipes.embedded.household import measure, names
from recipes.embedded.household.corpus import FIRST, Games
from recipes.embedded.train import Recipe, Run, padded, rate, tokens
from worldlore.environments.household import HouseholdConfig
from worldlore.environments.household.generate import SIZES, task, withheld
from worldlore.errors import ConfigError
from worldlore.experience import Message
from worldlore.models.embedded import HOME
from worldlore.models.render import Template

FOLDER = HOME / "household"
TINY = Recipe(width=32, layers=1, heads=2, inner=32, steps=4, games=2, course=((0, 1.0),), save_every=2)
shipped = pytest.mark.skipif(not (FOLDER / "model.safetensors").is_file(), reason="no weights in the package")


@pytest.fixture(scope="module")
def made() -> Any:
    """A tokenizer trained on a few games."""
    texts = [m.content for lesson in Games(0).read(0, 60) for m in lesson.messages]
    return tokenizer.train(texts, names(), 1024)


@pytest.fixture(scope="module")
def template(made: Any) -> Template:
    return Template(made)


@pytest.fixture
def begin(tmp_path: Path, made: Any):
    """Begins or goes on with a run in a folder of that name."""

    def run(name: str, recipe: Recipe = TINY) -> Run:
        made.save_pretrained(str(tmp_path / name / "model"))
        return Run(recipe, tmp_path / name)

    return run


def test_a_run_that_was_interrupted_ends_as_one_that_was_not(begin: Any):
    whole = begin("whole")
    whole.train()
    begin("parts").train(until=2)
    parts = begin("parts")
    assert parts.step == 2
    parts.train()
    for (name, a), b in zip(whole.network.named_parameters(), parts.network.parameters(), strict=True):
        assert torch.equal(a, b), name
    assert parts.tokens == whole.tokens
    steps = [json.loads(line)["step"] for line in (parts.folder / "log.jsonl").read_text().splitlines()]
    assert steps == sorted(set(steps))


def test_a_run_learns(begin: Any):
    run = begin("run", replace(TINY, steps=30, rate=0.02))
    run.train()
    losses = [json.loads(line)["loss"] for line in (run.folder / "log.jsonl").read_text().splitlines()]
    assert losses[-1] < losses[0] - 0.5


def test_a_run_refuses_to_go_on_with_another_recipe(begin: Any):
    begin("run").train(until=2)
    with pytest.raises(ConfigError, match="has other rate, width"):
        begin("run", replace(TINY, width=64, rate=1.0))
    assert begin("run", replace(TINY, steps=8)).step == 2


def test_the_learning_rate_goes_in_straight_lines_between_its_points():
    recipe = replace(TINY, course=((0, 0.0), (10, 1.0), (20, 1.0), (40, 0.0)))
    assert [rate(recipe, step) for step in (0, 5, 10, 15, 20, 30, 40, 50)] == [0.0, 0.5, 1.0, 1.0, 1.0, 0.5, 0.0, 0.0]


def test_the_course_of_the_learning_rate_ends_with_the_run():
    assert Recipe().course[-1] == (Recipe().steps, 0.0)


def test_the_games_are_in_no_split():
    assert HouseholdConfig.model_fields["train_tasks"].metadata[1].le < FIRST
    corpus = Games(0, cases=1.0)
    goals = {m.content.rpartition("to: ")[2] for lesson in corpus.read(0, 40) for m in lesson.messages[:1]}
    read = [task("train", FIRST + index) for index in range(40)]
    assert {t.goal + "." for t in read} == goals
    keys = {task(split, index).key for split in SIZES for index in range(100)}
    assert not keys & {t.key for t in read}
    assert not any(withheld(t.data["thing"], t.data["target"]) for t in read)


def test_the_same_seed_gives_the_same_lessons():
    assert list(Games(3).read(5, 6)) == [Games(3).lesson(index) for index in range(5, 11)]
    assert list(Games(3).read(5, 6)) != list(Games(4).read(5, 6))


def test_slips_are_read_but_never_imitated_and_the_expert_goes_on_from_them(template: Template):
    lessons = list(Games(0, detours=1.0, cases=0.0).read(0, 30))
    assert any(lesson.slips for lesson in lessons)
    for lesson in lessons:
        ids, weights = tokens(lesson, template, 0.1)
        said = [m.content for m in lesson.messages if m.role == "assistant"]
        wanted = [i for turn, text in enumerate(said) if turn not in lesson.slips for i in template.reply(text)]
        assert [i for i, weight in zip(ids, weights, strict=True) if weight == 1] == wanted


def test_what_is_trained_is_what_is_sampled(template: Template):
    lesson = Games(0, detours=0.0, cases=0.0).lesson(0)
    ids, weights = tokens(lesson, template, 0.1)
    opening = template.prompt(lesson.messages[:1])
    assert ids[: len(opening)] == opening
    assert set(weights[: len(opening)]) == {0.0}
    reply = template.reply(lesson.messages[1].content)
    assert ids[len(opening) :][: len(reply)] == reply
    assert weights[len(opening) :][: len(reply)] == [1.0] * len(reply)
    assert weights[len(opening) + len(reply)] == 0.1


def test_padding_weighs_nothing():
    ids, weights = padded([([5, 6, 7], [0.0, 1.0, 1.0]), ([8], [0.1])])
    assert ids.shape == weights.shape == (2, 32)
    assert float(weights.sum()) == pytest.approx(2.1)


def test_a_name_is_one_token_and_the_same_wherever_it_stands(made: Any):
    for name in names():
        [token] = made.encode(f" {name}")
        for text in (f"you see a {name} 1, and a pen 2.", f"take {name} 1 from desk 2", f"The {name} 1 is closed."):
            assert token in made.encode(text)
    for number in tokenizer.NUMBERS:
        assert len(made.encode(f" {number}")) == 1


@settings(deadline=None, max_examples=200)
@given(st.text().filter(lambda text: "<|" not in text))
def test_any_text_can_be_written(text: str):
    made = _shipped_or_bytes()
    assert made.decode(made.encode(text, add_special_tokens=False), skip_special_tokens=True) == text


_TOKENIZERS: dict[str, Any] = {}


def _shipped_or_bytes() -> Any:
    """The shipped tokenizer, or one that knows next to nothing but bytes."""
    if not _TOKENIZERS:
        is_there = (FOLDER / "tokenizer.json").is_file()
        _TOKENIZERS["it"] = Template.load(FOLDER).tokenizer if is_there else tokenizer.train(["look"], names(), 400)
    return _TOKENIZERS["it"]


def test_a_curve_is_drawn(tmp_path: Path):
    log = tmp_path / "log.jsonl"
    lines = [{"tokens": 10**6 * k, "loss": 1 / k} for k in range(1, 9)]
    lines += [{"tokens": 10**6 * k, "dev": {"success": k / 10}} for k in (4, 8)]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    curve.draw(log, tmp_path / "curve.svg")
    assert (tmp_path / "curve.svg").read_text().count("<circle") == 2


@shipped
def test_the_shipped_tokenizer_copies_names():
    made = Template.load(FOLDER).tokenizer
    assert set(made.encode(" mug 1")) <= set(made.encode("you see a mug 1, and a pen 2."))
    assert set(made.encode(" mug 1")) <= set(made.encode("take mug 1 from desk 2"))
    assert len(made.encode(" mug 1")) == 2


@shipped
def test_the_shipped_model_is_small_and_plays():
    assert sum(file.stat().st_size for file in FOLDER.iterdir() if file.is_file()) < 12 << 20
    played = measure.play(FOLDER, "dev", 6)
    assert all(t.success is not None and t.steps for t in played.trajectories)
    assert played.record["success"] > 0


@shipped
def test_the_shipped_template_keeps_turns_apart():
    template = Template.load(FOLDER)
    text = template.render([Message("system", "Be kind."), Message("user", "look"), Message("assistant", "go")])
    assert text == "<|user|>Be kind.<|user|>look<|assistant|>go<|end|><|assistant|>"
