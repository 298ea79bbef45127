"""Fusion and training data at the level of tokens: laws for three tokenizers, masks for three chat templates."""

from dataclasses import replace

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from tests.methods.tokenizing import TEMPLATES, TOKENIZERS, tokenizer
from tests.methods.wkm.learning import agent, household
from tests.models.conftest import make_model
from worldlore.agents import AGENTS
from worldlore.agents.fusing import fuse, openings, winner
from worldlore.agents.sources import Candidates
from worldlore.config import parse
from worldlore.environments import ENVIRONMENTS
from worldlore.experience import Message, Trajectory
from worldlore.methods.wkm.contrast import Contrast, moments
from worldlore.methods.wkm.pairs import Pair
from worldlore.methods.wkm.synthesis import Known
from worldlore.methods.wkm.tuition import acting, knowing
from worldlore.models import MODELS
from worldlore.models.local import Local
from worldlore.models.render import Template
from worldlore.training.data import examples

VERBS = ("clean", "close", "go", "look", "open", "take", "wait", "wait1", "0", "1", "7", "10")
"""Shared beginnings, one-word continuations, digits, and a name that another one begins with."""
TALK = (Message("user", "You are in the middle of a room. Your task is to: put a clean mug in cabinet."),)


@pytest.fixture(scope="module", params=sorted(TOKENIZERS))
def local(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    made = tokenizer(request.param, "chatml")
    make_model(made).save_pretrained(folder)
    made.save_pretrained(folder)
    return Local(parse(Local.Config, {"path": str(folder), "device": "cpu"}, "test"))


def totals(local, whole=False):
    (scores,) = local.score([Candidates(VERBS, whole).score(TALK, "policy")])
    return scores.totals


@pytest.mark.parametrize("whole", [False, True])
def test_each_candidate_is_scored_at_the_tokens_it_would_be_written_with(local, whole):
    template = local.engine.template
    network = AutoModelForCausalLM.from_pretrained(local.folder).eval()
    for name, total in zip(VERBS, totals(local, whole), strict=True):
        assert template.text(template.reply(name)) == name
        prompt, reply = template.prompt(TALK), template.reply(name)[: None if whole else -1]
        with torch.no_grad():
            logits = network(torch.tensor([prompt + reply])).logits[0].log_softmax(-1)
        expected = sum(logits[len(prompt) - 1 + i, token].item() for i, token in enumerate(reply))
        assert total == pytest.approx(expected, abs=1e-3)


def test_an_opinion_is_a_distribution_that_tells_shared_beginnings_apart(local):
    beginnings, wholes = (Candidates(VERBS, whole).opinion(totals(local, whole)) for whole in (False, True))
    for opinion in (beginnings, wholes):
        assert set(opinion) == set(VERBS) and sum(opinion.values()) == pytest.approx(1)
    assert wholes["clean"] != wholes["close"] and wholes["1"] != wholes["7"] and wholes["wait"] != wholes["wait1"]


def test_the_embedded_model_likes_the_same_kind_by_its_beginning_and_by_whole_actions():
    world = ENVIRONMENTS.build({"name": "household"})
    model = MODELS.build({"name": "embedded"})
    for task in world.tasks("dev")[:4]:
        seen = world.reset(task, 0)
        listed = Candidates(tuple(seen.actions or ()), True)
        begun = Candidates(openings(listed.names), False)
        talk = AGENTS.build({"name": "act"}).conversation(Trajectory(task, 0, final=seen))
        scores = [c.opinion(s.totals) for c in (begun, listed) for s in model.score([c.score(talk, "policy")])]
        assert max(scores[0], key=scores[0].__getitem__) == max(scores[1], key=scores[1].__getitem__) == "go"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(weights=st.lists(st.floats(0.01, 1), min_size=len(VERBS), max_size=len(VERBS)), gamma=st.floats(0, 1))
def test_gamma_goes_from_the_cases_to_the_policy_whatever_the_tokens(local, weights, gamma):
    policy = Candidates(VERBS, False).opinion(totals(local))
    cases = {name: weight / sum(weights) for name, weight in zip(VERBS, weights, strict=True)}
    opinions = {"policy": policy, "cases": cases}
    assert fuse(opinions, {"policy": 1.0, "cases": 0.0}) == pytest.approx(policy)
    assert fuse(opinions, {"policy": 0.0, "cases": 1.0}) == pytest.approx(cases)
    fused = fuse(opinions, {"policy": gamma, "cases": 1 - gamma})
    assert sum(fused.values()) == pytest.approx(1)
    best = winner(fused, policy)
    assert fused[best] == max(fused.values())


@pytest.fixture(scope="module")
def known():
    (course,) = household(1)
    contrast = Contrast([Pair(course)])
    states = tuple(contrast.state_knowledge(seen) for seen, _ in moments(course))
    return Known(Pair(course), contrast.task_knowledge(Pair(course)), states)


@pytest.mark.parametrize("kind", sorted(TOKENIZERS))
@pytest.mark.parametrize("template", sorted(TEMPLATES))
@pytest.mark.parametrize("said", [acting, knowing])
def test_only_what_a_role_says_carries_a_loss(known, said, kind, template):
    template = Template(tokenizer(kind, template))
    turns = said(agent(), known)
    made = list(examples(turns, template, 100_000))
    assert len(made) == len(turns) == len(known.states) + (said is knowing)
    for turn, example in zip(turns, made, strict=True):
        (line,) = example.chosen
        trained, shown = list(line.tokens[line.reply :]), list(line.tokens[: line.reply])
        assert template.text(trained) == turn.reply and trained[-1] in template.ends
        assert shown == template.prompt(turn.messages)
        assert all(one.content.split()[-1] in template.text(shown) for one in turn.messages)


def test_an_agent_that_thinks_learns_the_thoughts_of_its_courses(known):
    pair = known.pair
    steps = (replace(s, decision=replace(s.decision, thought="I think so.")) for s in pair.chosen.steps)
    told = replace(known, pair=Pair(replace(pair.chosen, steps=tuple(steps))))
    replies = [turn.reply for turn in acting(agent(think=True), told)]
    assert replies == [f"Thought: I think so.\nAction: {action}" for action in pair.chosen.actions]
    assert [turn.reply for turn in acting(agent(), told)] == list(pair.chosen.actions)


def test_state_knowledge_is_trained_once_and_only_in_the_world_model(known):
    knows = [turn.reply for turn in knowing(agent(), known)]
    assert knows == [known.task, *known.states]
    shown = "\n".join(m.content for turn in acting(agent(), known) for m in turn.messages)
    assert known.task in shown and not any(state in shown for state in known.states)
