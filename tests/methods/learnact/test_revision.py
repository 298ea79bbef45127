"""Actions revised: a note, an update, or neither; what outlives it and what it may not touch."""

from dataclasses import replace

import pytest

from tests.methods.learnact.stage import (
    BETTER,
    BRING,
    HASTY,
    NOTE,
    TOLD,
    asked,
    fenced,
    learn,
    player,
    tasks,
    update,
)
from tests.toys import Pages
from worldlore.agents.act import Act
from worldlore.experience import Action, Failure, Lesson
from worldlore.models.scripted import Scripted


def test_a_note_is_added_to_the_failing_action_and_the_code_stays():
    pages = Pages()

    def plays(request):
        noted = "Be where the ball is." in request.messages[0].content
        turn = sum(m.role == "assistant" for m in request.messages)
        ball = turn // 2 + 1
        back = 'move("roomb", "rooma")' if noted or ball == 1 else "pass"
        return f'bring("ball{ball}", "rooma", "roomb", "left")' if turn % 2 == 0 else back

    lesson = learn(
        pages, {"revision": NOTE}, Scripted.of(plays, identity="p"), given=tasks(("aaaa", "a")), iterations=1
    )
    (action,) = lesson.actions
    assert action.notes == ("Be where the ball is.",)
    assert (action.source, action.about) == (BRING, TOLD)
    assert (action.calls, action.failures) == (4, 0)
    assert lesson.metrics["rounds"][1]["best"] == 1
    assert lesson.metrics["revisions"] == 2
    assert lesson.metrics["code_updates"] == 0
    assert lesson.metrics["story"] == ["created at once", "note on bring: Be where the ball is."]
    assert len(asked(pages, "description")) == 2


def test_an_update_replaces_the_code_and_what_was_said_and_shown_of_it():
    pages, show = Pages(), fenced("\n".join(f'bring("ball{n}", "rooma", "roomb", "left")' for n in range(1, 5)))
    again = update(BETTER, 'bring("ball1", "rooma", "roomb", "left")')
    lesson = learn(pages, {"revision": again, "usage": show}, HASTY, iterations=1)
    (action,) = lesson.actions
    assert action.source == BETTER
    assert lesson.metrics["code_updates"] == 1
    assert lesson.metrics["story"] == ["created at once", "update of bring at once"]
    assert [len(case.steps) for case in lesson.cases] == [4]
    assert lesson.cases[0].success
    assert len(asked(pages, "usage")) == len(asked(pages, "description")) == 4
    assert BETTER in asked(pages, "usage")[-1].request.messages[0].content


def test_notes_outlive_an_update_that_keeps_the_signature_and_no_other():
    known = Action.of(BRING, notes=("old advice",), by="hand")
    other = BETTER.replace("(ball, here, there, gripper)", "(ball, here, there, gripper='left')")
    start = Lesson(actions=(known,))
    for code, notes in ((BETTER, ("old advice",)), (other, ())):
        assert learn(lesson=start, samples=0, iterations=0).actions[0].notes == ("old advice",)
        words = {"revision": update(code), "creation": "no"}
        lesson = learn(words=words, plays=HASTY, lesson=start, samples=1, iterations=1)
        assert [(a.source, a.notes) for a in lesson.actions] == [(code, notes)]


def test_actions_written_by_hand_are_tried_as_they_are_and_may_be_called_and_revised():
    known = Action.of(BRING, about="by hand", by="hand")
    pair = (
        "def bring_two(first, second, here, there):\n"
        '    bring(first, here, there, "left")\n    move(there, here)\n    bring(second, here, there, "left")'
    )
    pages = Pages()
    lesson = learn(
        pages,
        {"creation": fenced(pair, 'bring_two("ball1", "ball2", "rooma", "roomb")')},
        lesson=Lesson(actions=(known,)),
        iterations=0,
    )
    pool = lesson.metrics["rounds"][0]["pool"]
    assert [(one["kind"], one["actions"]) for one in pool] == [("given", 1), ("created", 2), ("created", 2)]
    assert BRING in asked(pages, "creation")[0].request.messages[0].content
    assert lesson.actions == (replace(known, calls=21),)


@pytest.mark.parametrize("name", ["bring", "move", "pick"])
def test_a_new_action_may_not_take_the_name_of_another(name):
    pages = Pages()
    code = fenced(f"def {name}(x):\n    drop(x, x, x)")
    lesson = learn(pages, {"creation": code}, lesson=Lesson(actions=(Action.of(BRING),)), iterations=0)
    assert [one["kind"] for one in lesson.metrics["rounds"][0]["pool"]] == ["given"]
    assert f"{name} is there already" in next(r for r in pages.records if "faults" in r)["faults"][0]


def test_without_a_failing_call_nothing_is_revised():
    pages = Pages()
    plays = player('bring("ball1", "rooma", "roomb", "left")', "pass", "pass")
    lesson = learn(pages, plays=plays, agent=Act(), iterations=2, steps=3)
    assert asked(pages, "revision") == []
    assert len(lesson.metrics["rounds"]) == 1


def test_the_best_is_never_lost_to_a_revision_that_is_worse():
    worse = "def bring(ball, here, there, gripper):\n    drop(ball, there, gripper)\n"
    lesson = learn(words={"revision": update(worse)}, iterations=2)
    assert lesson.actions[0].source == BRING
    assert [r["best"] for r in lesson.metrics["rounds"]] == [0, 0, 0]
    assert [len(r["pool"]) for r in lesson.metrics["rounds"]] == [2, 3, 3]


def test_a_candidate_that_is_the_same_as_another_is_not_played_twice():
    pages = Pages()
    learn(pages, iterations=0, samples=4)
    recited = 1 + 4 + 4
    assert len(pages.lines) == recited + 3


REVISIONS = {
    "both": [NOTE],
    "notes": [update(BETTER), NOTE],
    "code": [NOTE, update(BETTER)],
}


@pytest.mark.parametrize("revise", REVISIONS)
def test_a_revision_may_be_kept_to_code_or_to_notes(revise):
    pages = Pages()
    learn(pages, {"revision": REVISIONS[revise]}, revise=revise, iterations=1, samples=1)
    first, *again = asked(pages, "revision")
    text = first.request.messages[0].content
    assert ("- Update:" in text, "- Note:" in text) == (revise != "notes", revise != "code")
    assert text.count("An example:") == (2 if revise == "both" else 1)
    assert len(again) == len(REVISIONS[revise]) - 1


@pytest.mark.parametrize(
    ("reply", "fault"),
    [
        ("Reason: x\nChoice: Update bring\nContent: I would go back first.", "no Python"),
        ("Reason: x\nChoice: Note bring", "no note"),
        ("Reason: x\nChoice: Note bring\nContent:\n", "no note"),
        ("", "no note"),
        (update(BRING), "as it was"),
        (update("def bring(ball):\n    return nothing", 'bring("ball1")'), "NameError"),
        (update("def move(a, b):\n    pass"), "there already"),
        ("Choice: Note bring\nContent: old advice", "given already"),
    ],
)
def test_a_malformed_revision_is_sent_back_and_dropped_in_the_end(reply, fault):
    pages = Pages()
    known = Lesson(actions=(Action.of(BRING, notes=("old advice",)),))
    words = {"revision": reply, "creation": Failure("the server is gone")}
    lesson = learn(pages, words, lesson=known, iterations=1, samples=1, attempts=2)
    _, record = [r for r in pages.records if "faults" in r]
    assert len(record["faults"]) == 2
    assert fault in record["faults"][0]
    assert len(lesson.metrics["rounds"][1]["pool"]) == 1


def test_an_update_under_another_name_adds_an_action():
    code = BRING.replace("bring", "carry")
    lesson = learn(words={"revision": update(code)}, iterations=1, score="correction")
    best = lesson.metrics["rounds"][1]
    assert [one["actions"] for one in best["pool"]] == [1, 2, 2]


def test_a_failed_request_for_words_leaves_the_docstring_and_no_demonstration():
    gone = Failure("the server is gone")
    lesson = learn(words={"description": gone, "usage": gone}, iterations=0)
    assert lesson.actions[0].about == "Carry one ball."
    assert lesson.cases == ()


@pytest.mark.parametrize("context", ["call", "episode"])
def test_a_revision_is_shown_the_failing_call_and_what_happened_inside(context):
    pages = Pages()
    learn(pages, {"revision": NOTE}, iterations=1, samples=1, context=context)
    text = asked(pages, "revision")[0].request.messages[0].content
    assert "The action that failed: bring" in text
    assert "What went wrong: This action is not valid and therefore takes no effect." in text
    assert "Inside, the primitives answered:\n1. pick ball1 rooma left: " in text
    assert ("The episode up to the failing call:" in text) == (context == "episode")
    if context == "episode":
        case = text.split("The episode up to the failing call:")[1]
        assert case.count("\nObservation: ") == case.count("\nAction: ") == 4
    else:
        assert 'The agent then called:\nbring("ball1", "rooma", "roomb", "left")' in text
