"""The fine-tuned world model: what it is trained on, and that its predictions are measured beside theories'."""

from dataclasses import replace

import pytest

from tests.methods.theorising import DOOR, PLAYGROUND, practice
from tests.models.conftest import make_model, make_tokenizer
from tests.toys import walker
from worldlore.errors import ConfigError
from worldlore.evaluation.predictions import by_theory, changes, outcomes
from worldlore.experience import transitions
from worldlore.experiments.experiment import Experiment, run
from worldlore.methods import METHODS
from worldlore.methods.worldllm.corpus import Corpus, Gathering
from worldlore.methods.worldllm.statistician import Statistician
from worldlore.models.scripted import Scripted


def corpus(folder, environment, tasks=3, **keys):
    here = practice(folder, environment, tasks=tasks)
    return Corpus(Gathering(**keys), here), here


def test_each_transition_is_told_once_as_the_statistician_asks_told_no_theory(tmp_path):
    made, here = corpus(tmp_path, PLAYGROUND, experimenter="oracle", collections=2)
    found = made.gather(walker())
    assert found == tuple(t for e in here.out.trajectories() for t in transitions(e))
    assert len(found) == 2 * 3 * 19
    turns = made.turns(found)
    assert len(turns) == len({(t.state, t.action) for t in found}) <= len(found) // 2
    asked = Statistician(here, made.statistician.world).request("", found[0], ())
    assert (turns[0].messages, turns[0].reply) == (asked.messages, found[0].change)
    assert not any("What is known" in turn.messages[1].content for turn in turns)


def test_a_question_that_names_outcomes_names_all_that_were_seen(tmp_path):
    made, _ = corpus(tmp_path, DOOR, tasks=27, experimenter="enumeration", collections=1)
    turns = made.turns(made.gather(walker()))
    assert len(turns) == 27
    assert {turn.reply for turn in turns} == {"The door is opened.", "The door is closed."}
    assert all('"The door is closed." or "The door is opened."' in turn.messages[1].content for turn in turns)


def test_later_collections_are_no_repetition_and_the_curriculum_moves_on(tmp_path):
    made, here = corpus(tmp_path / "random", PLAYGROUND, collections=3)
    made.gather(walker())
    actions = [e.actions for e in here.out.trajectories()]
    assert len(actions) == len(set(actions)) == 9
    made, here = corpus(tmp_path / "curriculum", PLAYGROUND, tasks=1, experimenter="curriculum", collections=3)
    made.gather(walker())
    assert [len(e.actions) for e in here.out.trajectories()] == [4, 7, 19]


def test_the_budget_ends_gathering(tmp_path):
    _, here = corpus(tmp_path, PLAYGROUND)
    short = Corpus(Gathering(), replace(here, budget=here.budget.model_copy(update={"steps": 95})))
    assert 0 < len(short.gather(walker())) <= 95


def test_what_cannot_be_gathered_or_trained_is_told_at_once(tmp_path):
    for name, word in (("explorer", "theories that fail"), ("diverse", "'random' or 'oracle'")):
        with pytest.raises(ConfigError, match=word):
            corpus(tmp_path, DOOR, experimenter=name)
    imitation = METHODS.build({"name": "imitation", "source": "transitions"})
    here = practice(tmp_path, DOOR, Scripted.of(["x"]))
    with pytest.raises(ConfigError, match="weights are not at hand"):
        imitation.learn(walker(), here)
    assert here.cost.episodes == 0


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder, tokenizer = tmp_path_factory.mktemp("tiny"), make_tokenizer()
    make_model(tokenizer, context=1024).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return {"name": "local", "path": str(folder), "device": "cpu"}


@pytest.mark.parametrize("role", ["world", "policy"])
def test_fine_tuned_on_transitions_a_model_foretells_better_than_before(tiny, tmp_path, role, monkeypatch):
    monkeypatch.setattr("worldlore.evaluation.statistics.RESAMPLES", 500)
    method = {
        "name": "imitation",
        "source": "transitions",
        "transitions": {"experimenter": "enumeration", "collections": 1},
        "training": {"learning_rate": 1e-2, "epochs": 4, "batch": 9, "save_every": 0},
    }
    keys = {"environment": DOOR, "models": {role: tiny}, "agent": {"name": "random"}, "train": {"tasks": 27}}
    page = {**keys, "test": {"tasks": 9, "predictions": True}, "cache": False}
    none = run(Experiment(name="none", **page), tmp_path)
    tuned = run(Experiment(name="tuned", method=method, **page), tmp_path)
    lesson = tuned.seed(0).lesson()
    assert set(lesson.weights) == {role}
    assert (lesson.metrics["transitions"], lesson.metrics["turns"]) == (27, 27)
    before, after = (by_theory((0, one) for one in r.seed(0).predictions("test"))["none"] for r in (none, tuned))
    found = changes(outcomes(before), outcomes(after))["loglik"]
    assert (found.n_pairs, found.verdict) == (9, "better")
    assert found.difference > 10
