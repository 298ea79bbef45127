"""NAT and ETO: what they learn from, and that their weights play."""

from dataclasses import replace

import pytest

from tests.methods.test_methods import TRAINING, practice, puppet
from tests.toys import KilledError, Pages, Walk, tasks, walker
from worldlore.agents import AGENTS
from worldlore.errors import ConfigError
from worldlore.experience import Lesson
from worldlore.methods import METHODS
from worldlore.methods import eto as eto_module
from worldlore.methods import nat as nat_module
from worldlore.methods.nat import BAD, GOOD
from worldlore.rollout.loop import Episode

KEYS = {
    "nat": {"attempts": 3, "training": TRAINING},
    "eto": {"rounds": 2, "imitation": TRAINING, "training": TRAINING, "later": TRAINING, "temperature": 1.0},
}


def learned(name, tiny, pages):
    return METHODS.build({"name": name, **KEYS[name]}).learn(walker(), practice(pages, puppet(tiny), seed=1))


@pytest.fixture
def fits(monkeypatch):
    """What each training run is given."""
    given = []
    for module in (nat_module, eto_module):
        monkeypatch.setattr(module, "fitted", lambda p, units, *_, **k: (given.append(list(units)), Lesson())[1])
    return given


def test_nat_learns_successes_and_failures_under_their_own_instruction(tiny, tmp_path, fits):
    pages = Pages(folder=tmp_path)
    lesson = learned("nat", tiny, pages)
    played = list(pages.trajectories())
    asked = {aim: [turn for turn in fits[0] if aim in turn.messages[0].content] for aim in (GOOD, BAD)}
    assert asked[GOOD] and asked[BAD] and len(asked[GOOD]) + len(asked[BAD]) == len(fits[0])
    assert {turn.reply for turn in asked[GOOD]} <= {a for t in played if t.success for a in t.actions}
    assert lesson.knowledge == {"aim": GOOD}
    told = walker().with_lesson(lesson)
    (played,) = replace(practice(Pages()).stage).play(told, [Episode(tasks(1)[0])])
    assert GOOD in played.calls[0].request.messages[0].content


def test_eto_contrasts_whole_trajectories_the_better_one_chosen(tiny, tmp_path, fits):
    lesson = learned("eto", tiny, Pages(folder=tmp_path))
    imitated, *rounds = fits
    assert {turn.reply for turn in imitated} == {"right"}
    assert [len(contrasts) for contrasts in rounds] == lesson.metrics["pairs"]
    for contrast in (contrast for contrasts in rounds for contrast in contrasts):
        assert [turn.reply for turn in contrast.chosen] == ["right"] * len(contrast.chosen)
        assert [turn.reply for turn in contrast.rejected] != [turn.reply for turn in contrast.chosen]


@pytest.mark.parametrize("name", sorted(KEYS))
def test_weights_are_learned_and_an_interrupted_run_learns_the_same(tiny, tmp_path, name):
    one = learned(name, tiny, Pages(folder=tmp_path / "a"))
    again = Pages(life=6, folder=tmp_path / "b")
    with pytest.raises(KilledError):
        learned(name, tiny, again)
    again.life = None
    two = learned(name, tiny, again)
    a, b = ((lesson.weights["policy"] / "model.safetensors").read_bytes() for lesson in (one, two))
    assert a == b != (tiny / "model.safetensors").read_bytes()


def test_eto_goes_on_with_the_adapter_of_the_round_before(tiny, tmp_path):
    adapters = {**TRAINING, "lora": {"rank": 2, "targets": ["q_proj", "v_proj"]}}
    keys = {**KEYS["eto"], "imitation": adapters, "training": adapters, "later": adapters}
    here = practice(Pages(folder=tmp_path), puppet(tiny), seed=1)
    lesson = METHODS.build({"name": "eto", **keys}).learn(walker(), here)
    assert len(lesson.metrics["pairs"]) == 2
    assert (lesson.weights["policy"] / "adapter_model.safetensors").is_file()
    assert here.with_lesson(lesson).stage.models["policy"].folder == tiny


@pytest.mark.parametrize("name", ["imitation", "eto"])
def test_an_agent_that_asks_others_before_it_decides_is_refused(tiny, tmp_path, name):
    asking = AGENTS.build({"name": "wkm"})
    keys = {"source": "expert", "training": TRAINING} if name == "imitation" else KEYS[name]
    with pytest.raises(ConfigError, match="agent 'wkm' cannot be taught by imitation, for it asks others"):
        METHODS.build({"name": name, **keys}).learn(asking, practice(Pages(folder=tmp_path), puppet(tiny)))


def test_replay_of_the_experts_successes_is_prompting_with_examples(tmp_path):
    pages = Pages(folder=tmp_path)
    lesson = METHODS.build({"name": "replay", "source": "expert"}).learn(walker(), practice(pages, given=tasks(3)))
    assert len(lesson.cases) == 3 == len(list(pages.trajectories())) and all(case.success for case in lesson.cases)
    shown = AGENTS.build({"name": "react", "cases": 1}).with_lesson(lesson)
    (played,) = practice(Pages()).stage.play(shown, [Episode(tasks(4)[3])])
    opening = played.calls[0].request.messages[0].content
    assert opening.count("An earlier success:") == 1 and "> Action: right" in opening


def test_without_an_expert_there_is_nothing_to_contrast(tiny, tmp_path):
    mute = [replace(task, data={**task.data, "mute": True}) for task in tasks(2)]
    here = practice(Pages(folder=tmp_path), puppet(tiny), given=mute, world=Walk)
    lesson = METHODS.build({"name": "eto", **KEYS["eto"]}).learn(walker(), here)
    assert (lesson.weights, lesson.metrics["pairs"]) == ({}, [])
