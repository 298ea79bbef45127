"""The pages of WKM's variants and baselines: each is there, says what it should, and runs whole at smoke size."""

from pathlib import Path

import pytest

from tests.cli.test_examples import ROOT
from tests.models.conftest import make_model, make_tokenizer
from worldlore.experience import Completion
from worldlore.experiments.experiment import run
from worldlore.experiments.suite import load
from worldlore.models.local import Local

FOLDER = Path("examples/wkm")
LAID = {"smoke", "alfworld"}
ALONE = {"published"}
VARIANTS = {
    "full",
    "without_rejected",
    "without_state",
    "without_task",
    "merged",
    "prompted",
    "explicit_state",
    "dataset_level",
    "unified",
    "weak_guides_strong",
    "gamma",
    "fitted",
    "sources",
}
BASELINES = {"none", "react", "replay", "reflexion", "imitation", "nat", "eto", "knowagent"}


class Brief(Local):
    """Weights that are trained, scored and embedded with, and replies that cost nothing and suit any agent."""

    def generate(self, requests):
        return [Completion("Path: start > look\nThought: so\nAction: look") for _ in requests]

    def with_weights(self, folder):
        taught = super().with_weights(folder)
        taught.generate = self.generate
        return taught


MODEL = f"name={__name__}:Brief"


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("worldlore.evaluation.statistics.RESAMPLES", 500)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """The folder of runs, and overrides that make a page small: a tiny model in every role."""
    root, tokenizer = tmp_path_factory.mktemp("runs"), make_tokenizer()
    make_model(tokenizer, context=4096).save_pretrained(root / "tiny")
    tokenizer.save_pretrained(root / "tiny")
    model = [f"models.{role}.{key}" for role in ("policy", "world") for key in (MODEL, f"path={root / 'tiny'}")]
    return root, [*model, "cache=false", "train.tasks=1", "limits.steps=8"]


def played(runs, name, *overrides):
    root, small = runs
    if name in VARIANTS - {"gamma", "weak_guides_strong"}:
        small = [*small, "method.world.epochs=1", "method.training.epochs=1"]
    pages = load(FOLDER / f"{name}.toml", [*small, *overrides], [FOLDER / "smoke.toml"])
    return {page.name.partition("/")[2]: run(page, root) for page in pages}


def test_every_variant_and_baseline_has_a_page():
    assert {path.stem for path in FOLDER.glob("*.toml")} == VARIANTS | BASELINES | LAID | ALONE | {"base"}


@pytest.mark.parametrize("laid", ["", "smoke", pytest.param("alfworld", marks=pytest.mark.real)])
@pytest.mark.parametrize("name", sorted(VARIANTS | BASELINES | {"base"}))
def test_a_page_and_the_pages_laid_over_it_name_keys_there_are(name, laid):
    for page in load(FOLDER / f"{name}.toml", overlays=[FOLDER / f"{laid}.toml"] if laid else []):
        assert page.model_copy(update={"lesson": None}).resolved()


@pytest.mark.real
def test_the_published_page_has_the_published_numbers():
    pytest.importorskip("alfworld")
    (page,) = load(FOLDER / "published.toml", ["method.courses=pairs.json", "agent.think=true"])
    method = page.resolved().method
    training = method["training"]
    assert (training["learning_rate"], training["epochs"], training["batch"]) == (1e-4, 3, 32)
    assert (training["lora"]["rank"], method["knowledge"], method["world"]) == (8, "model", None)


@pytest.mark.parametrize("name", sorted((VARIANTS | BASELINES) - {"gamma", "unified", "sources"}))
def test_a_page_runs_at_smoke_size(runs, name):
    fewer = ["method.fusion.tasks=2"] if name == "fitted" else []
    for store in played(runs, name, *fewer).values():
        (episode,) = store.test(0)
        assert episode.error is None or episode.stop == "unparsed", episode.error
        assert episode.steps


def test_a_sweep_of_gamma_starts_from_the_lesson_of_another_run(runs):
    played(runs, "full")
    for name, store in played(runs, "gamma", f"lesson={runs[0] / 'full-smoke'}", "train.tasks=0").items():
        (episode,) = store.test(0)
        grounds = episode.steps[0].decision.grounds
        gamma, kind = int(name) / 100, grounds["winner"]
        policy, cases = (grounds["opinions"][source].get(kind, 0.0) for source in ("policy", "cases"))
        assert grounds["fused"][kind] == pytest.approx(gamma * policy + (1 - gamma) * cases)


def test_one_world_knowledge_model_learns_what_both_worlds_have_to_say(runs):
    root = runs[0] / "unified-smoke"
    also = [
        f'variants.{one}_unified.method.also=["{root / two}"]' for one, two in (("house", "shop"), ("shop", "house"))
    ]
    stores = played(runs, "unified", *also, "limits.steps=10")
    steps = {name: store.seed(0).lesson().metrics["world"]["loss"] for name, store in stores.items()}
    assert set(steps) == {"house", "shop", "house_unified", "shop_unified"}
    assert steps["house"] != steps["house_unified"]


@pytest.mark.parametrize("third", ["judge", "theories"])
def test_further_sources_are_heard_and_get_a_weight(runs, third):
    overrides = ["method.fusion.tasks=2", f"variants.judge.models.judge.{MODEL}"]
    overrides += [f"variants.judge.models.judge.path={runs[0] / 'tiny'}"]
    store = played(runs, "sources", *overrides)[third]
    fusion = store.seed(0).lesson().metrics["fusion"]
    assert set(fusion["weights"]) == {"policy", "cases", third}
    assert sum(fusion["weights"].values()) == pytest.approx(1, abs=1e-3)
    (episode,) = store.test(0)
    assert set(episode.steps[0].decision.grounds["opinions"]) == {"policy", "cases", third}
