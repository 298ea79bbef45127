"""Knowledge by a language model."""

from tests.methods.wkm.learning import WIN, course
from worldlore.experience import Completion, Failure
from worldlore.methods.wkm.pairs import Pair
from worldlore.methods.wkm.synthesis import CUT, Author, state_prompt, task_prompt


def test_a_model_is_asked_about_each_pair_and_each_moment_and_reads_its_own_notes():
    asked = []

    def ask(requests):
        asked.append(requests)
        return [Completion(f"Task knowledge: note {len(asked)}") for _ in requests]

    short = Pair(course("look"), course("jump", success=False))
    known = Author(ask, "author").written([Pair(WIN), short])
    assert [len(round_) for round_ in asked] == [2, 2, 1, 1, 1]
    assert {request.to for round_ in asked for request in round_} == {"author"}
    assert known[0].task == "note 1" and len(known[0].states) == 4 and len(known[1].states) == 1
    assert "State knowledge: Task knowledge: note 2" in asked[2][0].messages[0].content
    assert (asked[0][0].sampling.temperature, asked[0][0].sampling.max_tokens, asked[1][0].sampling.max_tokens) == (
        0.5, 512, 128,
    )  # fmt: skip


def test_a_model_is_not_asked_for_knowledge_that_nobody_wants():
    asked = []

    def ask(requests):
        asked.append(len(requests))
        return [Completion("note") for _ in requests]

    (tasks,) = Author(ask, "author").written([Pair(WIN)], states=False)
    (states,) = Author(ask, "author").written([Pair(WIN)], tasks=False)
    assert asked == [1] * 5
    assert (tasks.task, tasks.states, states.task, states.states) == ("note", (), "", ("note",) * 4)


def test_each_learning_seed_draws_its_own_knowledge():
    asked = []

    def ask(requests):
        asked.extend(requests)
        return [Completion("note") for _ in requests]

    Author(ask, "author", 7).written([Pair(course("look"))])
    assert {request.sampling.seed for request in asked} == {7}


def test_an_answer_that_fails_stays_empty():
    replies = iter([[Completion("one"), Failure("gone")], [Completion(" "), Completion("b")]])
    author = Author(lambda _: next(replies), "policy")
    known = author.written([Pair(course("look")), Pair(course("look"))])
    assert [one.task for one in known] == ["one", ""]
    assert [one.states for one in known] == [("",), ("b",)]
    assert author.told() == {"failed": 1, "failure": "gone"}


def test_long_observations_are_cut_in_a_comparison_and_whole_in_notes():
    long = course("look", text="x" * 2 * CUT)
    assert "x" * (CUT + 1) not in task_prompt(Pair(long)) and "x" * CUT in task_prompt(Pair(long))
    assert "x" * 2 * CUT in state_prompt(long, ())
