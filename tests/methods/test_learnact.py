"""learnact end to end in the gripper world, with a language model whose words are known."""

from dataclasses import replace

import pytest

from tests.methods.learnact.stage import (
    BRING,
    NOTHING,
    asked,
    fenced,
    learner,
    method,
    player,
    practice,
    tasks,
)
from tests.toys import KilledError, Pages, Walk, walker
from worldlore.agents.act import Act
from worldlore.environments import ENVIRONMENTS
from worldlore.errors import ConfigError
from worldlore.experience import Action, Failure, Lesson, Message
from worldlore.methods.learnact.replies import FENCE
from worldlore.methods.learnact.requests import examples
from worldlore.models.scripted import Scripted

GOOD = fenced(BRING, 'bring("ball1", "rooma", "roomb", "left")')
PLAY = (
    'bring("ball1", "rooma", "roomb", "left")',
    'move("roomb", "rooma")',
    'bring("ball2", "rooma", "roomb", "left")',
)
SHOW = fenced("\n".join(PLAY))
TOLD = "Carries a ball from here to there."
WORDS = {"creation": GOOD, "usage": SHOW, "description": TOLD, "revision": "Reason: x"}


def learn(pages=None, words=None, plays=None, lesson=NOTHING, given=None, agent=None, budget=None, **keys) -> Lesson:
    pages = Pages() if pages is None else pages
    here = practice(pages, learner({**WORDS, **(words or {})}), plays or player(*PLAY), lesson, given, **(budget or {}))
    return method(**{"samples": 2, **keys}).learn(agent or Act(), here)


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


NOTE = "Reason: the ball is not here.\nChoice: Note bring\nContent: Be where the ball is."
BETTER = BRING.rstrip() + "\n    move(there, here)\n"
HASTY = player(*(f'bring("ball{n}", "rooma", "roomb", "left")' for n in range(1, 5)))


def update(*code: str) -> str:
    return f"Reason: it must go back first.\nChoice: Update bring\nContent:\n{fenced(*code)}"


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


@pytest.mark.parametrize("revision", [NOTE, update(BETTER)], ids=["note", "update"])
@pytest.mark.parametrize("share", [0.02, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 0.99])
def test_killed_and_resumed_it_learns_the_same(revision, share):
    whole, again = Pages(), Pages()
    one = learn(whole, {"revision": revision}, HASTY, iterations=1, steps=3, instances=2)
    again.life = int(share * (len(whole.lines) + len(whole.asked)))
    with pytest.raises(KilledError):
        learn(again, {"revision": revision}, HASTY, iterations=1, steps=3, instances=2)
    again.life = None
    assert learn(again, {"revision": revision}, HASTY, iterations=1, steps=3, instances=2) == one
    assert (again.lines, again.asked) == (whole.lines, whole.asked)


@pytest.mark.parametrize(
    "budget",
    [
        {"calls": 1},
        {"calls": 3},
        {"calls": 40},
        {"episodes": 0},
        {"calls": 0},
        {"episodes": 2},
        {"episodes": 6},
        {"steps": 30},
    ],
)
def test_a_spent_budget_ends_learning_with_the_best_so_far(budget):
    pages = Pages()
    lesson = learn(pages, {"revision": NOTE}, budget=budget)
    for one in lesson.metrics["rounds"]:
        assert len(one["pool"]) <= 3
    if budget.get("episodes"):
        assert len(pages.lines) <= budget["episodes"]
    assert all(a.name == "bring" for a in lesson.actions)


def test_the_policy_writes_the_actions_where_no_learner_is_given():
    learns, plays = learner(WORDS), player(*PLAY)

    def says(request):
        model = learns if request.messages[0].content.startswith(("Write", "Show", "Describe", "An agent")) else plays
        return model.generate([request])[0]

    pages = Pages()
    lesson = method(samples=1, iterations=0).learn(Act(), practice(pages, None, Scripted.of(says, identity="both")))
    assert [a.name for a in lesson.actions] == ["bring"]
    assert {call.request.to for call in asked(pages, "creation")} == {"policy"}


def test_a_world_of_commands_is_refused_with_the_remedy():
    from tests.toys import tasks as walks

    here = practice(Pages(), learner(WORDS), player("left"), given=walks(2), make=Walk)
    with pytest.raises(ConfigError, match=r"name = .programs., inner = { name = 'walk' }"):
        method().learn(walker(), here)


def test_no_training_task_is_refused():
    with pytest.raises(ConfigError, match=r"train\.tasks"):
        learn(given=[])


def test_presets_set_several_keys_and_yield_to_those_that_are_given():
    assert method(preset="without_learning").config.iterations == 0
    assert method(preset="code_only").config.revise == "code"
    assert method(preset="notes_only").config.revise == "notes"
    assert method(preset="alfworld").config.context == "episode"
    assert method(preset="alfworld", context="call").config.context == "call"
    paper = method().config
    assert (paper.samples, paper.attempts, paper.instances, paper.steps, paper.iterations) == (4, 4, 3, 10, 2)
    assert paper.score == "correction+ratio+success"
    with pytest.raises(ConfigError, match="preset"):
        method(preset="pap")


def test_an_unknown_author_is_answered_with_the_nearest():
    with pytest.raises(ConfigError, match="did you mean 'mined'"):
        learn(author="mine")


def test_a_learner_that_cannot_write_is_refused():
    class Mute(Scripted):
        pass

    mute = Mute.of(lambda request: "", identity="mute")
    mute.can = frozenset({"embed"})
    with pytest.raises(ConfigError, match="asks for code in words"):
        method().learn(Act(), practice(Pages(), mute, player("pass")))


def test_a_reply_that_was_cut_off_is_told_so():
    pages = Pages()
    learn(
        pages, {"creation": "```python\n" + BRING + "\n" + "x = (" + "1 + " * 3000}, samples=1, attempts=2, iterations=0
    )
    assert "cut off: be brief" in asked(pages, "creation")[-1].request.messages[-1].content


WORLDS = ("gripper", "blockworld", "barman", "tyreworld", "household")


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("preset", ["paper", "alfworld"])
def test_the_pipeline_runs_in_every_world(name, preset):
    def make():
        return ENVIRONMENTS.build({"name": "programs", "inner": {"name": name}})

    (code,) = [block for _, block in FENCE.findall(examples(name)["creation"]) if "def " in block]
    words = {"creation": fenced(code), "usage": fenced(code), "description": "Does it.", "revision": NOTE}
    call = code.strip().splitlines()[-1].strip() if name != "household" else 'take_from("mug", "countertop 1")'
    pages = Pages()
    here = practice(pages, learner(words), player(call), given=make().tasks("train")[:3], make=make)
    lesson = method(preset=preset, samples=1, iterations=1, steps=3).learn(Act(), here)
    assert lesson.actions
    assert sum(action.calls for action in lesson.actions) == 9
    assert len(asked(pages, "revision")) == 1
    for call in asked(pages, "creation"):
        assert not any(task.goal in call.request.messages[0].content for task in here.tasks)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ('def f(x=move("rooma", "roomb")):\n    return x', "calls a primitive while it is being defined"),
        ("import math as move\n\ndef f(x):\n    return move.sqrt(x)", "hides the primitive 'move'"),
        ("import os\n\ndef f():\n    return os.listdir('/')", "wrong"),
        ("def f():\n    while True:\n        pass", "wrong"),
    ],
)
def test_what_the_world_will_not_load_or_run_is_told_to_the_writer(code, told):
    def make():
        bounds = {"seconds": 0.5}
        return ENVIRONMENTS.build({"name": "programs", "inner": {"name": "gripper"}, "bounds": bounds})

    pages = Pages()
    here = practice(pages, learner({"creation": fenced(code, "f()")}), player("pass"), make=make)
    lesson = method(samples=1, attempts=1).learn(Act(), here)
    assert lesson.actions == ()
    assert told in next(r for r in pages.records if "faults" in r)["faults"][0]


def test_without_any_model_the_missing_role_is_named():
    with pytest.raises(ConfigError, match=r"add \[models\.learner\]"):
        method().learn(Act(), practice(Pages(), None, None))
