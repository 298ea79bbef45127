"""New actions: written by a model whose words are known, tried, described, demonstrated, in the gripper world."""

import pytest

from tests.methods.learnact.stage import (
    BRING,
    GOOD,
    PLAY,
    TOLD,
    asked,
    fenced,
    learn,
    tasks,
)
from tests.toys import Pages
from worldlore.experience import Failure, Message


def test_a_model_creates_an_action_that_is_described_demonstrated_tried_and_measured():
    lesson = learn(iterations=0)
    (action,) = lesson.actions
    assert (action.name, action.about, action.by) == ("bring", TOLD, "model")
    assert action.source == BRING
    assert (action.calls, action.failures) == (21, 15)
    (case,) = lesson.cases
    assert case.actions == PLAY
    assert case.score == 0.5
    assert "Ball1 is at roomb" in case.steps[1].observation.text
    assert lesson.metrics["rounds"][0]["best"] == 0
    assert [one["kind"] for one in lesson.metrics["rounds"][0]["pool"]] == ["created", "created"]
    assert lesson.metrics["calls"] == lesson.metrics["rounds"][0]["calls"] == 6
    assert lesson.metrics["story"] == ["created at once"]


def test_the_request_for_new_actions_holds_no_goal_and_nothing_seen_in_practice():
    pages = Pages()
    learn(pages, iterations=0)
    for call in asked(pages, "creation"):
        text = call.request.messages[0].content
        assert "pick(obj, room, gripper): " in text
        for task in tasks(("aaaa", "a"), ("aaaaaa", "a")):
            assert task.goal not in text
        assert "Robby is at" not in text


def test_samples_are_drawn_hot_and_from_different_seeds():
    pages = Pages()
    learn(pages, iterations=0, samples=4, temperature=0.7)
    drawn = [call.request.sampling for call in asked(pages, "creation")]
    assert {s.temperature for s in drawn} == {0.7}
    assert len({s.seed for s in drawn}) == 4
    assert {call.request.sampling.temperature for call in asked(pages, "description")} == {0.0}


def test_a_traceback_goes_back_to_the_writer_until_the_code_runs():
    pages = Pages()
    broken = fenced("def bring(ball, here):\n    pick(ball, here, gripper)", 'bring("ball1", "rooma")')
    lesson = learn(pages, {"creation": [broken, "I do not know.", GOOD]}, samples=1, iterations=0)
    assert [a.source for a in lesson.actions] == [BRING]
    assert lesson.metrics["story"] == ["created after 2 repairs"]
    last = asked(pages, "creation")[-1].request.messages
    assert [m.role for m in last] == ["user", "assistant", "user", "assistant", "user"]
    assert "NameError: name 'gripper' is not defined" in last[2].content
    assert 'File "<bring>", line 2' in last[2].content
    assert "no Python" in last[4].content
    assert last[1] == Message("assistant", broken)


def test_a_sample_that_never_runs_is_dropped_and_logged():
    pages = Pages()
    calls = []

    def says(request):
        calls.append(request)
        return GOOD if request.sampling.seed == calls[0].sampling.seed else fenced("def f():\n    return x", "f()")

    lesson = learn(pages, {"creation": says}, attempts=3, iterations=0)
    assert len(calls) == 1 + 3
    assert len(lesson.metrics["rounds"][0]["pool"]) == 1
    (record,) = [r for r in pages.records if "faults" in r]
    assert record["dropped"] == 1
    assert len(record["faults"]) == 3


@pytest.mark.parametrize("reply", ["", "no code", fenced("x = 1"), Failure("the server is gone"), fenced("def f(:")])
def test_where_every_sample_fails_the_lesson_is_empty(reply):
    pages = Pages()
    lesson = learn(pages, {"creation": reply})
    assert (lesson.actions, lesson.cases) == ((), ())
    assert lesson.metrics["score"] is None
    assert lesson.metrics["rounds"] == [{"pool": [], "best": None, "calls": lesson.metrics["calls"]}]
    assert len([r for r in pages.records if "faults" in r]) == 2


def test_code_that_fails_in_the_world_only_is_no_error():
    lesson = learn(words={"creation": fenced(BRING, 'bring("ball1", "roomb", "rooma", "left")')}, iterations=0)
    assert [a.name for a in lesson.actions] == ["bring"]


def test_trying_code_changes_no_other_episode():
    pages = Pages()
    learn(pages, iterations=0)
    starts = {t.task.id: set() for t in pages.trajectories()}
    for t in pages.trajectories():
        starts[t.task.id].add((t.steps[0].observation if t.steps else t.final).text)
    assert all(len(texts) == 1 for texts in starts.values())


def test_helpers_are_kept_and_imports_stay_with_those_who_use_them():
    code = (
        "import re\nimport math",
        "def number(ball):\n    return re.sub(r'\\D', '', ball)",
        BRING.replace("pick(ball", "number(ball)\n    pick(ball"),
    )
    lesson = learn(words={"creation": fenced(*code, 'print(number("ball1"))')}, iterations=0)
    sources = {a.name: a.source for a in lesson.actions}
    assert sources["number"].startswith("import re\n\n\ndef number")
    assert "import" not in sources["bring"]


DEMONSTRATIONS = [
    ("the goal is missed, but something is earned", 'bring("ball1", "rooma", "roomb", "left")', 1),
    ("nothing is earned", 'move("rooma", "roomb")', None),
    (
        "no learned action is used",
        'pick("ball1", "rooma", "left")\nmove("rooma", "roomb")\ndrop("ball1", "roomb", "left")',
        None,
    ),
    ("Python raises", 'bring("ball1", "rooma", "roomb", "left")\nbring("ball2")', None),
    (
        "it goes wrong in the end",
        'bring("ball1", "rooma", "roomb", "left")\nbring("ball2", "rooma", "roomb", "left")',
        1,
    ),
]


@pytest.mark.parametrize(("why", "lines", "steps"), DEMONSTRATIONS, ids=[d[0] for d in DEMONSTRATIONS])
def test_a_demonstration_is_carried_out_and_kept_as_far_as_it_goes_well(why, lines, steps):
    pages = Pages()
    lesson = learn(pages, {"usage": fenced(lines)}, samples=1, iterations=0)
    assert len([r for r in pages.records if r.get("dropped") == "demonstration"]) == (steps is None)
    assert [len(case.steps) for case in lesson.cases] == ([] if steps is None else [steps])
    for case in lesson.cases:
        assert case.final.text.startswith("Ball1 is a ball. Ball1 is at roomb.")


def test_observations_a_model_imagines_are_never_shown():
    usage = 'Action: bring("ball1", "rooma", "roomb", "left")\nObservation: All balls fly.\n> move("roomb", "rooma")'
    (case,) = learn(words={"usage": usage}, iterations=0).cases
    assert case.actions == ('bring("ball1", "rooma", "roomb", "left")', 'move("roomb", "rooma")')
    assert "fly" not in str(case)
