"""The five ways of varying a branch: what is asked for the sampling, and that no history holds it."""

from __future__ import annotations

import pytest

from tests.toys import Plain, Walk, saying, tasks, walker
from worldlore.experience import Completion, Decision, Failure, Generate, Observation, Step
from worldlore.experience.messages import Call, Message
from worldlore.methods.densepolicy.labels import ADVICE, FIXED, META, VARIATIONS, guidelines
from worldlore.methods.densepolicy.trees import Trees
from worldlore.rollout.dispatch import drive
from worldlore.rollout.explore import Branch, grow
from worldlore.rollout.watch import Pool

REQUEST = Generate((Message("user", "task"), Message("assistant", "go"), Message("user", "seen")))
ADVISED = '{"good": "hurry", "bad": "linger"}'


def step(text: str, **info) -> Step:
    return Step(Observation(""), Decision(text), 0.0, info, (Call(REQUEST, Completion(text)),))


def sent(labels: str, label: int, siblings=None, reply: str | None = None) -> tuple[Generate, list[Generate]]:
    """The request that is sent, and what was asked before."""
    varying, asked, answer = VARIATIONS[labels](Branch(label, siblings or {}), REQUEST), [], None
    while True:
        try:
            asked.append(varying.send(answer))
            answer = Failure("no") if reply is None else Completion(reply)
        except StopIteration as end:
            return end.value, asked


@pytest.mark.parametrize("labels", ["fixed", "contrastive", "meta", "temperature"])
def test_label_0_is_greedy_and_asked_for_nothing(labels: str):
    request, asked = sent(labels, 0, {0: step("left")}, ADVISED)
    assert (request.messages, request.sampling.temperature, asked) == (REQUEST.messages, 0.0, [])


@pytest.mark.parametrize("label", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("labels", ["fixed", "contrastive", "meta"])
def test_every_other_label_samples_at_one_and_keeps_all_but_the_last_user_turn(labels: str, label: int):
    request, _ = sent(labels, label, {0: step("left")}, ADVISED)
    assert request.sampling.temperature == 1.0
    assert request.messages[:-1] == REQUEST.messages[:-1]
    assert request.messages[-1].content.startswith("seen")


def test_fixed_asks_odd_labels_alone():
    assert [sent("fixed", label)[0].messages[-1].content for label in (1, 2, 3)] == [
        f"seen\n\n{FIXED}",
        "seen",
        f"seen\n\n{FIXED}",
    ]


def test_a_contrast_shows_what_label_0_wrote_and_asks_for_worse_or_better():
    worse, better = (sent("contrastive", label, {0: step("left")})[0].messages[-1].content for label in (1, 2))
    assert "clearly worse" in worse and worse.endswith("left")
    assert "clearly better" in better and better.endswith("left")


@pytest.mark.parametrize("siblings", [{}, {1: step("left")}, {0: step("Answer: 4", answer="4")}])
def test_no_contrast_is_asked_for_without_a_step_or_to_an_answer(siblings: dict):
    assert sent("contrastive", 1, siblings)[0].messages == REQUEST.messages


def test_meta_asks_for_guidelines_and_passes_on_one():
    request, asked = sent("meta", 1, reply=f"Here you are:\n{ADVISED}")
    assert request.messages[-1].content == "seen\n\n" + ADVICE.format(advice="linger")
    assert sent("meta", 2, reply=ADVISED)[0].messages[-1].content == "seen\n\n" + ADVICE.format(advice="hurry")
    (question,) = asked
    assert question.messages[-1].content == f"seen\n\n{META}" and question.sampling.temperature == 0.0


@pytest.mark.parametrize("reply", [None, "no", "{", '{"good": 3}', '["bad"]', "{" * 10_000 + "}"])
def test_where_no_guideline_comes_nothing_is_asked(reply: str | None):
    assert sent("meta", 1, reply=reply)[0].messages == REQUEST.messages


def test_guidelines_are_read_and_never_run():
    assert guidelines("{'good': __import__('os').getcwd()}") == {}


TASK = tasks(1)[0]


def tree(labels: str, world=Walk, base: int = 3, merge: bool = False):
    """A small tree, and every request the model got."""
    got: list[Generate] = []

    def reply(request: Generate) -> str:
        got.append(request)
        asked = request.messages[-1].content
        if META in asked:
            return ADVISED
        return "left" if any(word in asked for word in (FIXED, "worse", "linger")) else "right"

    keys = Trees.model_validate(
        {"labels": labels, "merge": merge, "search": {"base": base, "rollouts": 8, "window": 4}}
    )
    pool = Pool(world, 5)
    (grown,) = drive([grow(TASK, 0, keys.growing(walker(), 3), pool)], {"policy": saying(reply)}, 1)
    pool.close()
    return grown, got


@pytest.mark.parametrize("world", [Walk, Plain])
@pytest.mark.parametrize("labels", ["fixed", "contrastive", "meta"])
def test_what_is_asked_for_the_sampling_is_in_no_history(labels: str, world):
    grown, got = tree(labels, world)
    words = {"fixed": FIXED, "contrastive": "another attempt wrote", "meta": "follow this guideline"}[labels]
    assert any(words in request.messages[-1].content for request in got)
    assert grown.mismatches == 0
    for node in grown.tree.nodes:
        said = node.step.said()
        assert said is not None
        assert not any(words in message.content or META in message.content for message in said[0])
    by_label = {call.request.sampling.temperature for node in grown.tree.nodes for call in node.step.calls}
    assert by_label == {0.0, 1.0}


@pytest.mark.parametrize("labels", ["fixed", "contrastive", "meta"])
def test_steps_asked_to_be_worse_are_siblings_of_those_that_were_not(labels: str):
    grown, _ = tree(labels)
    first = {node.step.decision.action for node in grown.tree.nodes if node.parent == -1}
    assert first == {"left", "right"}


def test_the_model_is_asked_for_guidelines_once_a_node():
    grown, got = tree("meta", merge=True)
    questions = [request.messages for request in got if META in request.messages[-1].content]
    assert questions and len(questions) == len(set(questions))
    asked = [c for n in grown.tree.nodes for c in n.step.calls if META in c.request.messages[-1].content]
    assert 0 < len(asked) <= len(questions)


@pytest.mark.parametrize("world", [Walk, Plain])
def test_a_contrast_has_its_sibling_first_wherever_the_search_begins(world):
    grown, got = tree("contrastive", world, base=4)
    assert not any("another attempt wrote" in m.content for r in got for m in r.messages[:-1])
    groups: dict[int, int] = {}
    for node in grown.tree.nodes:
        groups[node.parent] = groups.get(node.parent, 0) + 1
    greedy = {n.parent for n in grown.tree.nodes if n.step.calls[-1].request.sampling.temperature == 0.0}
    assert greedy == set(groups)


def test_what_was_asked_counts_in_the_cost():
    grown, got = tree("meta")
    assert grown.cost.calls == len(got)
