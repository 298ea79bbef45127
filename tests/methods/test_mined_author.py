"""The author "mined" in the method's loop, and the repair of its actions."""

from dataclasses import replace

import pytest

from tests.methods.learnact.stage import NOTHING, practice, tasks
from tests.methods.mining import call, corpus, example, expanded
from tests.toys import KilledError, Pages
from worldlore.agents.act import Act, ActConfig
from worldlore.environments import ENVIRONMENTS
from worldlore.errors import ConfigError
from worldlore.experience import Action, Decision, Lesson, Observation, Step, Task, Trajectory
from worldlore.methods import METHODS
from worldlore.methods.learnact.author import Candidate, Failing
from worldlore.methods.learnact.mined import Miner
from worldlore.methods.learnact.mined.compression import Mining, mined
from worldlore.methods.learnact.mined.corpus import corpus_of, example_of
from worldlore.methods.learnact.mined.patterns import Do, Macro, Var, variables
from worldlore.methods.learnact.mined.repair import repairs
from worldlore.methods.learnact.mined.rewriting import Edition, edition_of
from worldlore.methods.learnact.recital import Recital
from worldlore.models import MODELS
from worldlore.rollout.loop import Episode
from worldlore.sandbox import Sandbox

SHORT = (("aabb", "a"), ("abaabb", "a"), ("bbaabb", "a"))
LONG = (("bbaabb", "a"), ("b" + "a" * 9, "a"), ("a" * 12, "b"))


def brief():
    return ENVIRONMENTS.build({"name": "programs", "inner": {"name": "gripper", "state": "brief"}})


def learnact(steps: int = 20, **mined):
    return METHODS.build({"name": "learnact", "author": "mined", "steps": steps, "mined": mined})


def here(pages=None, plays=None, chosen=SHORT, lesson=NOTHING, **budget):
    return practice(pages or Pages(), None, plays, lesson, tasks(*chosen), brief, **budget)


def test_in_gripper_the_way_to_carry_balls_is_mined_with_its_loops():
    lesson = learnact(candidates=1, most=2, longest=6).learn(Act(), here(chosen=LONG))
    carry, carry_all = lesson.actions
    assert carry.signature == "pick_move_drop(objs: list[str], room: str, r2: str)"
    assert 'for obj, gripper in zip(objs, ["left", "right"]):' in carry.source
    assert "pick_move_drop(objs[start:start + 2], room, r2)" in carry_all.source
    assert {a.by for a in lesson.actions} == {"mined"}
    assert (carry.calls, carry_all.calls) == (3, 3)
    assert carry.failures == carry_all.failures == 0
    (case,) = lesson.cases
    assert case.success
    assert len(case.steps) < sum(len(step.info["inner"]) for step in case.steps)


def test_of_equal_scores_the_shorter_description_wins_and_all_are_tried():
    lesson = learnact(candidates=3).learn(Act(), here())
    (round_,) = lesson.metrics["rounds"]
    assert len(round_["pool"]) == 3
    assert all(one["success"] == 1.0 for one in round_["pool"])
    assert round_["best"] == max(range(3), key=lambda k: (round_["pool"][k]["total"], -k))


def test_the_same_practice_goes_on_where_it_was_killed():
    whole = learnact(most=2).learn(Act(), here())
    pages = Pages(life=5)
    with pytest.raises(KilledError):
        learnact(most=2).learn(Act(), here(pages))
    pages.life = None
    assert learnact(most=2).learn(Act(), here(pages)).actions == whole.actions


def test_a_world_without_primitives_cannot_be_mined():
    with pytest.raises(ConfigError, match="names no primitives"):
        practice_ = practice(Pages(), None, None, make=lambda: ENVIRONMENTS.build({"name": "tests.toys:Walk"}))
        learnact().learn(Act(), practice_)


def test_actions_known_from_the_start_stay_beside_the_mined_ones():
    known = Action.of('def wait() -> str:\n    return move("rooma", "rooma")\n')
    lesson = learnact(candidates=1).learn(Act(), here(lesson=Lesson(actions=(known,))))
    assert "wait" in [action.name for action in lesson.actions]
    assert len(lesson.actions) > 1


def test_the_policy_rehearses_what_was_mined_in_the_words_it_will_be_asked_in(tmp_path):
    agent = Act(ActConfig(window=0, cases=0, demonstration=False, describe=False, manual="none"))
    training = {"learning_rate": 1e-3, "batch": 4}
    pages = Pages(folder=tmp_path)
    lesson = learnact(candidates=1, training=training).learn(agent, here(pages, MODELS.build({"name": "embedded"})))
    assert set(lesson.weights) == {"policy"}
    assert lesson.metrics["rehearsed"] == lesson.metrics["wins"] == 3
    assert lesson.metrics["turns"] < 20  # in primitives they would be 42
    assert lesson.metrics["steps"] >= 1
    assert [a.calls for a in lesson.actions] != [0 for _ in lesson.actions]
    assert [a.name for a in lesson.actions] == sorted(a.name for a in lesson.actions)


def test_a_candidate_of_unknown_origin_is_played_in_primitives_and_not_repaired():
    author = Miner(Act(), here(), learnact().config)
    author.create()
    stranger = Candidate((Action.of("def f() -> str:\n    return 1\n"),))
    (script, *_) = author.player(stranger).scripts.values()
    assert script[0] == 'pick("ball1", "rooma", "left")'


SAFE = "desk safe box chest mug pen cup key pan"
BODY = (Do("goto", (Var("p"),)), Do("open", (Var("p"),)), Do("take", (Var("t"), Var("p"))))
OPENED = Macro("reach", variables(BODY), BODY, BODY)
CLOSED = corpus(
    *(
        example(
            f"goto {place}",
            f"open {place}",
            f"take {thing} {place}",
            seen=(SAFE, f"You arrive. The {place} is closed.", "It opens.", "Taken."),
        )
        for place, thing in (("safe", "mug"), ("box", "pen"))
    )
)


def broke(action: str, *inner: tuple[str, str, bool]) -> Failing:
    """A step whose last inner move had no effect."""
    info = {"inner": [[*move, 0.0] for move in inner], "failure": len(inner) - 1, "called": ["reach"]}
    step = Step(Observation(SAFE), Decision(action), info=info)
    task = Task("t", "toy", "train", "goal")
    return Failing(Trajectory(task, 0, steps=(step,), final=Observation("")), 0, "reach")


AJAR = broke('reach("desk", "key")', ("go to desk", "You arrive. The desk is open.", True), ("open desk", "No.", False))


def test_a_repaired_action_does_not_fail_where_it_failed():
    found = repairs(Edition((OPENED,), CLOSED.named, {}), CLOSED, AJAR)
    assert [r.kind for r in found] == ["update", "update", "note"]
    sandbox = Sandbox()
    try:
        line, open_desk = 'reach("desk", "key")', ["You arrive. The desk is open.", "Taken."]
        skips, leaves, _ = [expanded(line, r.edition.actions, sandbox, open_desk) for r in found]
        assert skips == [call("goto desk"), call("take key desk")]
        assert leaves == [call("goto desk")]
        shut = ["You arrive. The desk is closed.", "It opens.", "Taken."]
        for repair in found:
            made = expanded(line, repair.edition.actions, sandbox, shut)
            assert [c.name for c in made] == ["goto", "open", "take"]
    finally:
        sandbox.close()


def test_a_note_says_what_was_told_whenever_the_call_went_well():
    *_, noted = repairs(Edition((OPENED,), CLOSED.named, {}), CLOSED, AJAR)
    (action,) = noted.edition.actions
    assert action.notes == ("Works only where it was told that the place is closed.",)
    assert "noted" in noted.words


def test_what_fails_at_its_first_call_can_only_be_noted():
    near = [replace(e, seen=(f"The {e.calls[0].arguments[0]} is near.", *e.seen[1:])) for e in CLOSED.examples]
    failing = broke('reach("desk", "key")', ("go to desk", "Too far.", False))
    found = repairs(Edition((OPENED,), CLOSED.named, {}), replace(CLOSED, examples=tuple(near)), failing)
    assert [r.kind for r in found] == ["note"]


def test_a_failure_that_nothing_tells_apart_is_not_repaired():
    shut = broke(
        'reach("desk", "key")', ("go to desk", "You arrive. The desk is closed.", True), ("open desk", "No.", False)
    )
    assert repairs(Edition((OPENED,), CLOSED.named, {}), CLOSED, shut) == []
    assert repairs(Edition((OPENED,), CLOSED.named, {}), CLOSED, replace(shut, action="other")) == []


@pytest.mark.parametrize("world", ["gripper", "blockworld", "barman", "tyreworld", "household"])
def test_in_every_world_the_training_tasks_are_told_again_in_fewer_steps_and_still_succeed(world):
    from worldlore.agents import AGENTS
    from worldlore.rollout.loop import Limits, Stage

    stage = Stage(lambda: ENVIRONMENTS.build({"name": "programs", "inner": {"name": world}}), {}, Limits(steps=100))
    environment = stage.environment()
    chosen = [Episode(task) for task in environment.tasks("train")[: 12 if world == "household" else 3]]
    shown = list(stage.play(AGENTS.build({"name": "expert"}), chosen))
    found = corpus_of(shown, environment.primitives)
    edition = edition_of(mined(found, Mining(longest=6, beam=1, most=3))[0])
    told = {t.task.key: tuple(map(str, edition.rewritten(example_of(t, found.primitives)))) for t in shown}
    again = list(stage.with_lesson(Lesson(actions=edition.actions)).play(Recital(told), chosen))
    assert all(t.success for t in again)
    assert sum(len(t.steps) for t in again) < sum(len(t.steps) for t in shown)
    assert not any(step.info["error"] or step.info["failure"] is not None for t in again for step in t.steps)
