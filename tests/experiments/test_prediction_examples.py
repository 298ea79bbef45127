"""The examples about predictions and about world models as policies, played small, one after the other as they say."""

from pathlib import Path

import pytest

from tests.models.conftest import make_model, make_tokenizer
from worldlore.environments.playground import PUBLISHED
from worldlore.evaluation.predictions import by_theory
from worldlore.experience import Lesson, likeliest
from worldlore.experiments.experiment import run
from worldlore.experiments.suite import load

ROOT = Path(__file__).parents[2]
LITERAL = "name=worldlore.methods.worldllm.literal:Literal"
SMALL = ["train.tasks=6", "test.tasks=3", "cache=false"]
TINY = ["train.tasks=3", "test.tasks=1", "limits.steps=8", "cache=false"]


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("worldlore.evaluation.statistics.RESAMPLES", 500)


def played(root, example, variant, *overrides):
    (page,) = [page for page in load(Path(f"examples/{example}.toml"), overrides) if page.name.endswith(f"/{variant}")]
    return run(page, root)


def found(store):
    return by_theory((0, one) for one in store.seed(0).predictions("test"))


def mean(store, theory):
    told = found(store)[theory]
    return sum(prediction.logprob for _, prediction in told) / len(told)


def test_theories_found_are_measured_and_again_in_other_words(tmp_path):
    here = played(tmp_path, "worldllm_predictions", "theories", f"models.world.{LITERAL}", "method.phases=1", *SMALL)
    assert list(here.test(0)) == []
    assert mean(here, "none") < mean(here, "best") <= mean(here, "true")
    again = (f"models.world.{LITERAL}", "models.world.wording=reworded", f"variants.theories.lesson={here.path}")
    there = played(tmp_path, "worldllm_reworded", "theories", *again, "test.tasks=3", "cache=false")
    assert len(found(there)["best"]) == len(found(here)["best"])
    assert mean(there, "best") == pytest.approx(mean(here, "best"))


def test_tuned_weights_are_measured_and_again_in_other_words(tmp_path):
    folder, tokenizer = tmp_path / "tiny", make_tokenizer()
    make_model(tokenizer, context=2048).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    model = ["models.world.name=local", f"models.world.path={folder}", "models.world.device=cpu"]
    training = ["method.training.batch=8", "method.training.learning_rate=0.01", "method.training.epochs=2"]
    here = played(tmp_path, "worldllm_predictions", "tuned", *model, *training, *TINY)
    assert (here.seed(0).path / "lesson" / "weights" / "world" / "adapter_config.json").is_file()
    there = played(
        tmp_path,
        "worldllm_reworded",
        "tuned",
        *model,
        f"variants.tuned.lesson={here.path}",
        "test.tasks=3",
        "cache=false",
    )
    assert set(found(there)) == {"none", "true"}
    assert mean(here, "none") > mean(there, "none")


@pytest.mark.parametrize("theory", ["none", "found", "true"])
def test_a_world_model_is_a_policy_told_goal_and_theory(tmp_path, theory):
    overrides = [f"models.policy.{LITERAL}", "test.tasks=2", "limits.steps=4", "cache=false"]
    overrides += [f"variants.{goal}-found.lesson=examples/theories/playground" for goal in ("plant", "small")]
    for goal, asked in (("plant", "Grow any plant"), ("small", "Grow any small_herbivorous")):
        store = played(tmp_path, "worldmodel_as_policy", f"{goal}-{theory}", *overrides)
        assert {m["name"] for m in store.result["metrics"]} >= {"success", "steps"}
        (first, *_) = store.test(0)
        text = first.steps[0].calls[0].request.messages[1].content
        assert f"Goal: {asked}" in text
        assert ("give it two grown plants" in text) == (theory != "none")


def test_the_theory_written_by_hand_is_the_true_one():

    assert likeliest(Lesson.load(ROOT / "examples/theories/playground").theories).text == PUBLISHED.theory
