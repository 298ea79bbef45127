"""Learning as a whole: killed and resumed, out of budget, in every world; what is refused before it begins."""

import pytest

from tests.methods.learnact.stage import (
    BETTER,
    BRING,
    HASTY,
    NOTE,
    PLAY,
    WORDS,
    asked,
    fenced,
    learn,
    learner,
    method,
    player,
    practice,
    update,
)
from tests.toys import KilledError, Pages, Walk, walker
from worldlore.agents.act import Act
from worldlore.environments import ENVIRONMENTS
from worldlore.errors import ConfigError
from worldlore.methods.learnact.replies import FENCE
from worldlore.methods.learnact.requests import examples
from worldlore.models.scripted import Scripted


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
