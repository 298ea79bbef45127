"""Methods from practice to lesson, end to end."""

import pytest

from tests.toys import KilledError, Pages, Plain, Walk, saying, tasks, walker, wanderer
from worldlore.agents.act import Act
from worldlore.agents.expert import Expert
from worldlore.config import parse
from worldlore.environments.household import Household
from worldlore.errors import ConfigError
from worldlore.experience import Cost, Lesson, Sampling, Stop
from worldlore.methods import METHODS
from worldlore.methods.densepolicy import DensePolicy
from worldlore.methods.imitation import turns_of
from worldlore.models.local import Local
from worldlore.models.scripted import Scripted
from worldlore.rollout.loop import Episode, Limits, Stage
from worldlore.rollout.practice import Budget, Ledger, Practice


def practice(pages, model=None, given=None, world=Walk, steps=4, **keys) -> Practice:
    stage = Stage(world, {"policy": model or wanderer()}, Limits(steps=steps, width=8, trees=4))
    budget = Budget(**keys.pop("budget", {}))
    chosen = tasks(4) if given is None else given
    return Practice(chosen, stage, budget, keys.pop("seed", 0), pages, Ledger(pages), **keys)


def method(name: str, **keys):
    return METHODS.build({"name": name, **keys})


def test_nothing_is_learned_at_no_cost():
    pages = Pages()
    here = practice(pages)
    assert method("none").learn(walker(), here) == Lesson()
    assert here.cost == Cost()
    assert (pages.lines, pages.records) == ([], [])


def test_replay_keeps_the_shortest_success_of_each_task():
    pages = Pages()
    lesson = method("replay", attempts=8, temperature=1.0).learn(walker(), practice(pages))
    played = list(pages.trajectories())
    assert len(played) == 32
    for task in tasks(4):
        wins = [t for t in played if t.task == task and t.success]
        kept = [c for c in lesson.cases if c.task == task]
        assert kept == [min(wins, key=lambda t: len(t.steps))] if wins else kept == []
    assert lesson.metrics == {"played": 32, "cases": len(lesson.cases)}
    assert lesson.cases
    assert pages.records[-1]["phase"] == "practice"


def test_replay_of_household_shows_what_went_well():
    """The scripted model plays the expert's words of one task: the case is found and shown for the next."""
    world = Household()
    first, other = world.tasks("train")[0], world.tasks("train")[6]
    assert first.data["family"] == other.data["family"]
    moves = {}
    for task in (first, other):
        (played,) = Stage(Household, {}, Limits(steps=60)).play(Expert(), [Episode(task)])
        assert played.success
        moves[task.goal] = played.actions
    goal = first.goal

    def say(request):
        turn = sum(m.role == "assistant" for m in request.messages)
        return moves[goal][turn] if goal in request.messages[0].content and turn < len(moves[goal]) else "look"

    pages = Pages()
    here = practice(pages, saying(say), [first, other], Household, steps=60)
    lesson = method("replay").learn(Act(), here)
    assert [c.task for c in lesson.cases] == [first]
    taught = Act().with_lesson(lesson)
    (seen,) = Stage(Household, {"policy": Scripted.of(["look"], repeat=True)}, Limits(steps=1)).play(
        taught, [Episode(other)]
    )
    opening = seen.steps[0].calls[0].request.messages[0].content
    assert f"> {moves[goal][-1]}" in opening
    assert seen.stop is Stop.MAX_STEPS


@pytest.mark.parametrize("name", ["imitation", "densepolicy"])
def test_what_cannot_be_trained_is_told_before_anything_is_played(name):
    pages = Pages()
    here = practice(pages)
    with pytest.raises(ConfigError, match="cannot be trained: its weights are not at hand"):
        method(name).learn(walker(), here)
    assert here.cost == Cost()


class Puppet(Local):
    """Weights that could be trained, and words that are not theirs: so a tiny random model practises sensibly."""

    def generate(self, requests):
        return wanderer().generate(requests)


def puppet(folder) -> Puppet:
    return Puppet(parse(Local.Config, {"path": str(folder), "device": "cpu"}, "test"))


TRAINING = {"batch": 4, "learning_rate": 1e-2, "epochs": 2, "save_every": 0}
KEYS = {
    "imitation": {"attempts": 4, "training": TRAINING},
    "densepolicy": {
        "search": {"base": 4, "window": 4, "rollouts": 24},
        "pairs": {"gap": 0.3, "visits": 2},
        "training": TRAINING,
    },
}
KINDS = [
    ("imitation", {}),
    ("imitation", {"source": "expert"}),
    ("imitation", {"source": "trees", "trees": {"search": {"base": 4, "window": 4, "rollouts": 12}}}),
    ("densepolicy", {}),
    ("densepolicy", {"merge": True, "search": {"rule": "undecided", "base": 4, "rollouts": 24}}),
]


@pytest.mark.parametrize(("name", "keys"), KINDS)
def test_a_method_that_trains_leaves_weights_that_play(tiny, tmp_path, name, keys):
    pages = Pages(folder=tmp_path)
    here = practice(pages, puppet(tiny), seed=1)
    lesson = method(name, **{**KEYS[name], **keys}).learn(walker(), here)
    assert set(lesson.weights) == {"policy"}
    assert lesson.metrics["steps"] > 0
    assert here.cost.trained_tokens > 0
    assert any(r["phase"] == "training" for r in pages.records)
    plain = Local(parse(Local.Config, {"path": str(tiny), "device": "cpu"}, "test"))
    taught = plain.with_weights(lesson.weights["policy"])
    (played,) = Stage(Walk, {"policy": taught}, Limits(steps=2)).play(walker(again=0), [Episode(tasks(1)[0])])
    assert played.calls
    before = (tiny / "model.safetensors").read_bytes()
    assert (lesson.weights["policy"] / "model.safetensors").read_bytes() != before


def test_densepolicy_appraises_every_tree_and_counts_its_pairs(tiny, tmp_path):
    pages = Pages(folder=tmp_path)
    here = practice(pages, puppet(tiny))
    lesson = method("densepolicy", **KEYS["densepolicy"], balance={"pairs": 6}).learn(walker(), here)
    assert set(pages.appraisals) == set(pages.grown)
    assert len(pages.grown) == lesson.metrics["trees"] == 4
    chosen = 0
    for name, appraisal in pages.appraisals.items():
        tree = pages.tree(name).tree
        assert len(appraisal.values) == len(appraisal.visits) == len(tree.nodes)
        chosen += len(appraisal.pairs)
        for better, worse in appraisal.pairs:
            assert tree.nodes[better].parent == tree.nodes[worse].parent
            assert appraisal.values[better] - appraisal.values[worse] >= 0.3
    assert chosen == lesson.metrics["usable_pairs"] > 6
    assert 4 <= lesson.metrics["trained_pairs"] <= 8
    assert lesson.metrics["rollouts"] == here.cost.episodes == sum(len(g.tree.leaves) for _, g in pages.grown.values())


def test_densepolicy_killed_and_resumed_learns_the_same(tiny, tmp_path):
    whole, again = Pages(folder=tmp_path / "a"), Pages(folder=tmp_path / "b")
    learn = method("densepolicy", **KEYS["densepolicy"]).learn
    one = learn(walker(), practice(whole, puppet(tiny)))
    again.life = 2
    with pytest.raises(KilledError):
        learn(walker(), practice(again, puppet(tiny)))
    again.life = None
    other = learn(walker(), practice(again, puppet(tiny)))
    assert again.grown == whole.grown
    assert other.metrics == one.metrics
    files = [lesson.weights["policy"] / "model.safetensors" for lesson in (one, other)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_where_nothing_can_be_learned_there_is_no_training(tiny, tmp_path):
    class Stuck(Puppet):
        def generate(self, requests):
            return saying(lambda r: "stay").generate(requests)

    stuck = Stuck(parse(Local.Config, {"path": str(tiny), "device": "cpu"}, "test"))
    for name in ("imitation", "densepolicy"):
        pages = Pages(folder=tmp_path)
        lesson = method(name, **KEYS[name]).learn(walker(), practice(pages, stuck))
        assert lesson.weights == {}
        assert lesson.metrics["steps"] == 0


def test_densepolicy_refuses_to_grow_trees_on_an_evaluation_split(tiny, tmp_path):
    here = practice(Pages(folder=tmp_path), puppet(tiny), tasks(2, "valid_unseen"))
    with pytest.raises(ConfigError, match="may not be grown on the evaluation split 'valid_unseen'"):
        DensePolicy(DensePolicy.Config()).learn(walker(), here)


def test_densepolicy_stops_where_the_budget_does(tiny, tmp_path):
    pages = Pages(folder=tmp_path)
    here = practice(pages, puppet(tiny), budget={"episodes": 60}, world=Plain)
    lesson = method("densepolicy", **KEYS["densepolicy"]).learn(walker(), here)
    assert lesson.metrics["trees"] == 2
    assert here.cost.episodes <= 60


def test_turns_are_what_was_asked_and_said():
    (played,) = Stage(Walk, {"policy": Scripted.of(["right"], repeat=True)}, Limits(steps=4)).play(
        walker(), [Episode(tasks(1)[0])]
    )
    turns = list(turns_of(played))
    assert [t.reply for t in turns] == ["right", "right"]
    assert [t.messages for t in turns] == [c.request.messages for c in played.calls]
    assert played.calls[0].request.sampling != Sampling()
