"""The published configurations of WorldLLM, sixteen and their base: each says what it should, and runs whole."""

import re
from pathlib import Path

import pytest

from tests.cli.test_examples import ROOT
from worldlore.cli import main
from worldlore.experiments.experiment import run
from worldlore.experiments.suite import load

FOLDER = Path("examples/worldllm")
SMOKE = FOLDER / "smoke.toml"
EXPERIMENTERS = {
    "base": "random",
    "play_metropolis_rb": "random",
    "play_metropolis_pb": "oracle",
    "play_metropolis_cp": "curriculum",
    "play_metropolis_db": "diverse",
    "play_metropolis_llm": "weighing",
    "play_metropolis_ll": "explorer",
    "play_metropolis_alp": "explorer",
    "play_metropolis_alpll": "explorer",
    "play_metropolis_alpexp": "explorer",
    "play_metropolis_custom": "explorer",
    "play_is_cp": "curriculum",
    "play_score_testset": "oracle",
    "door_metropolis_rb": "random",
    "door_metropolis_pb": "enumeration",
    "door_metropolis_llm": "weighing",
    "door_is_rb": "random",
}
LEARNING = [name for name, who in EXPERIMENTERS.items() if who == "explorer"]
COMMAND = re.compile(r"^#   worldlore run (\S+)((?:\\\n|[^\n&])*)", re.M)


@pytest.fixture(autouse=True)
def _root(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """One folder of runs for all: what one asked the model, another need not ask."""
    return tmp_path_factory.mktemp("runs")


def page(name, *overlays):
    (experiment,) = load(FOLDER / f"{name}.toml", overlays=overlays)
    return experiment.resolved()


def test_every_published_configuration_is_there_under_its_name():
    assert {path.stem for path in (ROOT / FOLDER).glob("*.toml")} == {*EXPERIMENTERS, SMOKE.stem}


@pytest.mark.parametrize("name", EXPERIMENTERS)
def test_a_configuration_has_the_published_settings(name):
    found = page(name)
    method, world = found.method, found.environment
    inference = "importance" if "_is_" in name else "mh"
    assert (found.seeds, method["inference"], method["experimenter"]) == ((60,), inference, EXPERIMENTERS[name])
    assert (method["phases"], method["trajectories"]) == (
        0 if name == "play_score_testset" else 400,
        27 if name == "door_metropolis_pb" else 6,
    )
    assert (method["theorist"], method["temperature"], method["max_tokens"]) == ("model", 1, 200)
    keys = method[inference]
    baseline, every = name == "play_score_testset", name == "door_metropolis_pb"
    assert (keys["particles"], keys["iterations"], keys["subset"]) == (1, 0 if baseline else 5, 27 if every else 5)
    assert method["mh"]["first"] == ([""] if baseline else [])
    assert not method["mh"]["hastings"] and method["mh"]["worst"] == 0
    assert world["name"] == ("door" if name.startswith("door") else "playground")
    assert world.get("goal", "standard") == "standard"
    assert world["rule" if world["name"] == "door" else "rules"] in ("random", "not_blue", "published")
    assert (world.get("rule") == "random") == (name == "door_metropolis_llm")
    assert found.limits.steps == 30


def test_explorers_are_paid_as_published():
    found = {name: page(name).method["explorer"] for name in LEARNING}
    paid = {name.rpartition("_")[2]: (keys["reward"], keys["ma"]) for name, keys in found.items()}
    assert paid == {
        "ll": ("ll", None),
        "alp": ("alp", 0),
        "alpll": ("alpll", None),
        "alpexp": ("alp", 0.6),
        "custom": ("custom", None),
    }
    worth = found["play_metropolis_custom"]
    assert list(worth["values"].values()) == [0.1, 0.09, 0.21, 0.03, 0.77, 0.87, 1.74]
    assert worth["count_exponent"] == 1
    for keys in found.values():
        assert keys["scenes"] * keys["steps"] == 3600
        assert (keys["gamma"], keys["gae_lambda"], keys["learning_rate"]) == (0.99, 0.95, 5e-4)
        assert (keys["epochs"], keys["minibatch"], keys["clip"], keys["entropy"]) == (20, 64, 0.2, 0.01)


@pytest.mark.parametrize("file", sorted((ROOT / FOLDER).glob("*.toml")), ids=lambda path: path.stem)
def test_the_commands_in_a_page_s_head_name_pages_and_keys_there_are(file):
    text = file.read_text()
    assert text.startswith("# ")
    for path, rest in COMMAND.findall(text):
        overlays = [Path(one) for one in re.findall(r"--with (\S+)", rest)]
        for experiment in load(Path(path), re.findall(r"--set (\S+)", rest), overlays):
            assert experiment.resolved()


def smoke(name, runs):
    """A configuration at smoke size: the run, what its seed left, and what it logged of each collection."""
    experiment = page(name, SMOKE)
    assert experiment.name == f"{name}-smoke"
    done = run(experiment, runs)
    book = done.seed(60)
    return done, book, [record for record in done.metrics() if record.get("phase") == "theories"]


def whole(name, runs):
    """Run a configuration and hold it to what all have in common; what it logged."""
    done, book, logged = smoke(name, runs)
    lesson = book.lesson()
    collections = 2 if "_is_" in name else 3
    assert len(logged) == lesson.metrics["phases"] == collections
    assert len(lesson.metrics["curve"]) == collections + 1
    told = done.result["predictions"]["metrics"]
    assert {"none", "true"} <= told.keys()
    assert ("best" in told) == (name != "play_score_testset")
    assert sum(theory.probability for theory in lesson.theories) == pytest.approx(1 if lesson.theories else 0)
    assert bool({"opened", "closed"} & lesson.metrics["seen"].keys()) == name.startswith("door")
    return logged


@pytest.mark.parametrize("name", [name for name in EXPERIMENTERS if name not in LEARNING])
def test_a_configuration_runs_whole_at_smoke_size(name, runs):
    whole(name, runs)


@pytest.mark.real
@pytest.mark.parametrize("name", LEARNING)
def test_a_learning_explorer_runs_whole_at_smoke_size(name, runs):
    pytest.importorskip("sb3_contrib")
    _first, *phases = [record.get("explorer") for record in whole(name, runs)]
    assert [phase["updates"] for phase in phases] == [1, 2]


def test_the_command_lays_a_page_over_another_and_finds_the_run_finished(runs, capsys):
    done, *_ = smoke("play_score_testset", runs)
    before = (done.path / "result.json").stat().st_mtime_ns
    with pytest.raises(SystemExit) as end:
        main(["run", str(FOLDER / "play_score_testset.toml"), "--with", str(SMOKE), "--root", str(runs)])
    assert not end.value.code
    assert "play_score_testset-smoke" in capsys.readouterr().out
    assert (done.path / "result.json").stat().st_mtime_ns == before
