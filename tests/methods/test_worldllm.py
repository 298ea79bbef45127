"""WorldLLM whole: planted rules are found, a killed run goes on as if never killed, and what is told to whom."""

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from tests.methods.theorising import DOOR, PLAYGROUND, literal, opening, practice, world, worldllm
from tests.toys import KilledError, Pages, Walk, tasks, walker
from worldlore.environments.door import NAMED, rule_of
from worldlore.environments.playground import PUBLISHED, recipes_in, rules_of
from worldlore.errors import ConfigError, ModelError
from worldlore.experience import (
    Completion,
    Failure,
    Generate,
    Lesson,
    Score,
    Scores,
    Stop,
    Theory,
    Transition,
    dumps,
    likeliest,
    loads,
    transitions,
)
from worldlore.methods.worldllm.experimenters import Collection, collect
from worldlore.methods.worldllm.statistician import Statistician
from worldlore.methods.worldllm.theorist import Basis, LanguageModel
from worldlore.methods.worldllm.worlds import World, world_of
from worldlore.models.embedded import Embedded, EmbeddedConfig
from worldlore.models.scripted import Scripted
from worldlore.rollout.loop import Limits, Stage
from worldlore.rollout.practice import Budget, Ledger, Practice

SMC = {"theorist": "grammar", "inference": "smc", "smc": {"particles": 12, "memory": 60, "last_moves": 2}}
SEEDS = Transition("You see the pea seed. In your inventory, there is the water.", "You go to the pea seed.", "c", "k")


def known(environment, folder):
    """The world's words, and a practice in it."""
    here = practice(folder, environment)
    return here, world_of(here.stage.environment(), here.tasks)


# planted rules


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("planted", [*NAMED, ("small", "red", None), (None, None, "ball")])
def test_a_door_s_rule_is_found(tmp_path, planted, seed):
    here = practice(tmp_path, {"name": "door", "rule": planted}, seed=seed)
    keys = {"phases": 1, "trajectories": 27, "experimenter": "enumeration"}
    lesson = worldllm(**SMC, **keys).learn(walker(), here)
    assert opening(likeliest(lesson.theories).text) == rule_of(here.tasks[0].data).opening
    assert sum(theory.probability for theory in lesson.theories) == pytest.approx(1, abs=1e-3)
    assert all(len(repr(theory.probability)) < 12 for theory in lesson.theories)
    assert not any(record.get("phase") == "note" for record in here.out.records)


def test_a_model_to_which_the_world_is_strange_is_told_of_once_at_the_start(tmp_path):
    strange = Scripted.of(lambda request: Scores(((-9.0, -7.0),) * len(request.continuations)))
    here = practice(tmp_path, DOOR, model=strange)
    worldllm(**SMC, phases=1, trajectories=3).learn(walker(), here)
    [note] = [record["said"] for record in here.out.records if record.get("phase") == "note"]
    assert "strange to the model in the role 'policy' (-8.0 nats a token)" in note


@pytest.mark.parametrize("rules", [{}, {"rules": "random", "world": 5}])
def test_a_playground_s_recipes_are_found_and_foretell_held_out_changes(tmp_path, rules):
    here = practice(tmp_path, {**PLAYGROUND, **rules}, tasks=20)
    keys = {"phases": 2, "trajectories": 6, "experimenter": "diverse", "heldout": 3}
    lesson = worldllm(**SMC, **keys).learn(walker(), here)
    seen = [t for trajectory in here.out.trajectories() for t in transitions(trajectory)]
    best = likeliest(lesson.theories).text
    true = rules_of(here.tasks[0].data)
    assert {r for r in recipes_in(best) if r.sentence in true.sentences}
    figures = lesson.metrics["heldout"]
    kinds = {t.kind for t in seen if t.kind.startswith("transform")}
    assert kinds
    for kind in kinds & figures["none"]["loglik"].keys():
        assert figures["best"]["loglik"][kind] > figures["none"]["loglik"][kind] + 1
    assert figures["best"]["loglik"]["all"] == pytest.approx(figures["true"]["loglik"]["all"], abs=0.05)
    assert len(lesson.metrics["curve"]) == 1 + 1 + 2
    assert (tmp_path / "predictions" / "heldout.jsonl").is_file()


# the run


def interrupted(folder, environment, life, model=None, **keys):
    """A run killed after every `life` writes and gone on with, and how often that was."""
    pages, kills = Pages(folder=folder), 0
    while True:
        pages.life, pages.records = life, []
        here = replace(practice(folder, environment, model, pages=pages), ledger=Ledger(pages))
        try:
            return worldllm(**keys).learn(walker(), here), here, kills
        except KilledError:
            kills += 1


def told(records) -> list[dict]:
    """Records as they are written, without what time decides."""
    return [loads(dumps({k: v for k, v in r.items() if k not in ("cost", "from_cache")}), dict) for r in records]


def chatty(request):
    """Proposes a rule of the door by the request's seed; tells how probable that was."""
    said = list(NAMED.values())[request.sampling.seed % 5].sentence
    return Completion(said, logprobs=(-1.5,))


@pytest.mark.parametrize(
    ("environment", "keys"),
    [
        (DOOR, {**SMC, "phases": 2}),
        (DOOR, {"phases": 3, "mh": {"iterations": 4, "hastings": True, "worst": 1}}),
        (DOOR, {"phases": 2, "inference": "importance", "importance": {"iterations": 2, "weights": "real"}}),
        (PLAYGROUND, {**SMC, "phases": 1, "trajectories": 3, "heldout": 3, "experimenter": "diverse"}),
    ],
)
def test_a_killed_run_goes_on_with_the_same_chain(tmp_path, environment, keys):
    model = world(chatty)
    whole = practice(tmp_path / "whole", environment, model)
    lesson = worldllm(**keys).learn(walker(), whole)
    again, here, kills = interrupted(tmp_path / "cut", environment, 2, model, **keys)
    assert kills > 2
    assert again == lesson
    assert told(here.out.records) == told(whole.out.records)
    assert replace(here.so_far(), seconds=0) == replace(whole.so_far(), seconds=0)


def test_the_budget_ends_the_search_and_what_was_found_is_kept(tmp_path):
    here = practice(tmp_path, DOOR, budget={"episodes": 13})
    lesson = worldllm(**SMC, phases=9).learn(walker(), here)
    assert lesson.metrics["phases"] == 2
    assert lesson.theories
    assert here.out.records[-1]["ended"] == "the budget is spent"
    short = worldllm(**SMC, phases=9).learn(walker(), practice(tmp_path / "b", DOOR, budget={"calls": 5}))
    assert short.metrics["phases"] in (0, 1)


def test_without_phases_and_with_no_theory_it_is_the_baseline(tmp_path):
    here = practice(tmp_path, PLAYGROUND, tasks=12)
    keys = {"phases": 0, "mh": {"first": [""]}, "experimenter": "oracle", "heldout": 3}
    lesson = worldllm(**keys, theorist="grammar").learn(walker(), here)
    assert lesson.theories == ()
    assert lesson.metrics["heldout"]["best"] == lesson.metrics["heldout"]["none"]
    assert lesson.metrics["curve"][0] == lesson.metrics["curve"][1]


def test_it_collects_once_more_than_there_are_phases_unless_by_importance(tmp_path):
    for inference, expected in (("mh", 4), ("importance", 3), ("smc", 4)):
        here = practice(tmp_path / inference, DOOR, world(chatty))
        keys = {"phases": 3, "trajectories": 2, "mh": {"iterations": 1}, "theorist": "grammar"}
        lesson = worldllm(**keys, inference=inference, smc={"particles": 2}).learn(walker(), here)
        assert (lesson.metrics["phases"], here.cost.episodes) == (expected, 2 * expected)


# what is said


def test_a_statistician_is_told_the_theory_before_what_changes_from_step_to_step(tmp_path):
    here, playground = known(PLAYGROUND, tmp_path)
    statistician = Statistician(here, playground)
    told = statistician.request("Water helps.", SEEDS, ("c",))
    none = statistician.request("", SEEDS, ("c",))
    text = told.messages[1].content
    assert [m.role for m in told.messages] == ["system", "user"]
    assert (
        text.index("carrot, potato") < text.index("Water helps.") < text.index(SEEDS.state) < text.index("pea seed.\nC")
    )
    assert text.replace("What is known about this world:\nWater helps.\n\n", "") == none.messages[1].content
    assert (told.continuations, told.end_of_turn, told.to) == (("c",), True, "policy")


def test_a_door_s_question_names_the_outcomes_seen_so_far_once_each(tmp_path):
    here, door = known(DOOR, tmp_path)
    statistician = Statistician(here, door)
    step = Transition("The door is closed.", "You are holding a small red key.", "The door is opened.", "opened")
    statistician.discover([step, step])
    assert 'Answer with "The door is opened.".' in statistician.request("", step, ()).messages[1].content
    statistician.discover([replace(step, change="The door is closed.")])
    text = statistician.request("", step, ()).messages[1].content
    assert 'Answer with "The door is closed." or "The door is opened.".' in text
    assert text.count("The door is closed.") == 1


def test_a_theorist_is_shown_what_was_seen_and_what_it_goes_on_from(tmp_path):
    here, playground = known(PLAYGROUND, tmp_path)
    theorist = LanguageModel(here, playground, 1.0, 200)
    course = (replace(SEEDS, action="A1", change="C1"), replace(SEEDS, state="S2", action="A2", change="C2"))
    first = theorist.prompt(Basis((course,)))[1].content
    assert f"State: {SEEDS.state}\nAction: A1\nChange: C1\nAction: A2\nChange: C2" in first
    assert "S2" not in first
    plain = theorist.prompt(Basis((course,), "Old rule."))[1].content
    worst = theorist.prompt(Basis((course,), "Old rule.", (course,)))[1].content
    assert "Old rule." in plain and "Old rule." not in first
    assert (plain.count("Action: A2"), worst.count("Action: A2")) == (1, 2)


def test_a_model_s_theories_are_sampled_one_by_one_and_scored_where_it_tells_no_density(tmp_path):
    asked = []

    def say(request):
        asked.append(request)
        return " a theory "

    model = Scripted.of(lambda r: Scores(((-2.0, -1.0),)) if isinstance(r, Score) else say(r), identity="says")
    here = practice(tmp_path, DOOR, model)
    theorist = LanguageModel(here, World(), 1.0, 50)
    one, _ = theorist.propose([Basis(), Basis()], Random(0))
    assert one.text == "a theory" and np.isnan(one.logq)
    assert asked[0].sampling.seed != asked[1].sampling.seed
    assert (asked[0].sampling.temperature, asked[0].sampling.max_tokens) == (1.0, 50)
    assert theorist.density(["a theory"], [Basis()]).tolist() == [-3.0]
    assert len(list(here.out.exchanges())) == 2


# who gathers evidence


def played(folder, environment, name, collection, model=None, count=6):
    here, found = known(environment, folder)
    here = replace(here, stage=replace(here.stage, models={"policy": model or world()}))
    return list(collect(name, here, found, walker(), replace(collection, count=count, tasks=len(here.tasks))))


START = Collection(0, 0.0, 6, "", 60)


@pytest.mark.parametrize(("progress", "steps"), [(0.0, 4), (1 / 3, 4), (0.34, 7), (2 / 3, 7), (0.67, 19), (1.0, 19)])
def test_the_curriculum_moves_on_by_thirds(tmp_path, progress, steps):
    episodes = played(tmp_path, PLAYGROUND, "curriculum", replace(START, progress=progress))
    assert {len(t.steps) for t in episodes} == {steps}
    assert {t.stop for t in episodes} <= {Stop.RESIGNED, Stop.TERMINATED}


@pytest.mark.parametrize(("count", "small", "both", "blind"), [(6, 2, 2, 2), (9, 3, 3, 3), (4, 1, 1, 2), (5, 1, 2, 2)])
def test_the_diverse_collection_has_thirds(tmp_path, count, small, both, blind):
    lengths = [len(t.steps) for t in played(tmp_path, PLAYGROUND, "diverse", START, count=count)]
    assert lengths[: small + both] == [7] * small + [19] * both
    assert len(lengths) == small + both + blind


def test_the_published_test_has_its_168_transitions(tmp_path):
    episodes = played(tmp_path, PLAYGROUND, "diverse", START, count=9)
    kinds = [t.kind for e in episodes[:6] for t in transitions(e)]
    assert len(kinds) == 78
    assert [kinds.count(k) for k in ("transformP", "transformSH", "transformBH")] == [3 + 9, 6, 3]


def test_the_oracle_plays_19_steps_and_random_play_never_repeats_itself(tmp_path):
    assert {len(t.steps) for t in played(tmp_path, PLAYGROUND, "oracle", START)} == {19}
    first = played(tmp_path, PLAYGROUND, "random", START)
    assert first == played(tmp_path, PLAYGROUND, "random", START)
    later = played(tmp_path, PLAYGROUND, "random", replace(START, number=10))
    assert [t.task for t in later] == [t.task for t in first]
    assert [t.actions for t in later] != [t.actions for t in first]


def test_the_experiments_own_agent_tries_a_task_anew_when_its_turn_comes_again(tmp_path):
    look = Scripted.of(["Go to water"], repeat=True)
    tries = [
        [t.attempt for t in played(tmp_path / str(number), PLAYGROUND, "agent", replace(START, number=number), look)]
        for number in (0, 9, 10)
    ]
    assert tries == [[0] * 6, [0] * 6, [1] * 6]


def test_enumeration_tries_the_items_in_order_again_and_again(tmp_path):
    actions = [t.actions[0] for t in played(tmp_path, DOOR, "enumeration", START, count=30)]
    assert len(set(actions[:27])) == 27
    assert actions[27:] == actions[:3]
    assert actions[0] == "You are holding a small red key."


def test_a_model_weighs_actions_told_the_best_theory_and_draws_by_weight(tmp_path):
    asked = []

    def weigh(request):
        asked.append(request)
        return Scores(tuple((np.log(3.0) if "blue" in c else 0.0,) for c in request.continuations))

    model = Scripted.of(weigh, identity="weigh")
    episodes = played(tmp_path, DOOR, "weighing", replace(START, theory="Blue opens."), model, count=400)
    blue = sum("blue" in t.actions[0] for t in episodes) / 400
    assert blue == pytest.approx(3 * 9 / (3 * 9 + 18), abs=0.08)
    text = asked[0].messages[1].content
    assert "Blue opens." in text and len(asked[0].continuations) == 27
    assert played(tmp_path / "p", PLAYGROUND, "weighing", START, Scripted.of(weigh, identity="weigh"), count=2)


def test_the_own_agent_is_told_the_best_theory(tmp_path):
    model = Scripted.of(lambda r: "Grasp" if "Water helps." in r.messages[0].content else "Look", identity="own")
    told = played(tmp_path, PLAYGROUND, "agent", replace(START, theory="Water helps."), model, count=1)
    assert set(told[0].actions) == {"Grasp"}
    assert Lesson(theories=(Theory(""),))


# what cannot be


def learn(folder, environment=DOOR, model=None, **keys):
    return worldllm(**{**SMC, "phases": 0, **keys}).learn(walker(), practice(folder, environment, model))


def test_bad_input_is_answered_with_the_remedy(tmp_path):
    with pytest.raises(ConfigError, match="'random' or 'oracle'"):
        learn(tmp_path, experimenter="diverse")
    with pytest.raises(ConfigError, match="57 worlds with different rules"):
        learn(tmp_path, {"name": "playground", "rules": "random"})
    with pytest.raises(ConfigError, match=r"holds out 60 of 60 .*; raise train\.tasks or lower method\.heldout"):
        learn(tmp_path, heldout=60)
    with pytest.raises(ConfigError, match="phases"):
        worldllm(phases=-1)
    with pytest.raises(ConfigError, match="cannot score"):
        learn(tmp_path, model=Scripted.of(["x"]))
    with pytest.raises(ConfigError, match="cannot go on from"):
        learn(tmp_path, phases=1, inference="mh", mh={"first": ["Doors are magic."]})
    stage = Stage(Walk, {"policy": world()}, Limits(steps=3))
    pages = Pages(folder=tmp_path)
    with pytest.raises(ConfigError, match="knows playground and door"):
        worldllm(**SMC).learn(walker(), Practice(tasks(3), stage, Budget(), 0, pages, Ledger(pages)))


def test_a_theory_too_long_for_the_context_is_an_error_before_the_search(tmp_path):
    def narrow(request):
        words = sum(len(m.content.split()) for m in request.messages)
        return Failure(f"{words} tokens do not fit", "context") if words > 300 else literal(request)

    model = Scripted.of(lambda r: narrow(r) if isinstance(r, Score) else "short", identity="narrow")
    asked = {"theorist": "model", "inference": "mh", "mh": {"iterations": 0}}
    with pytest.raises(ConfigError, match="do not fit together"):
        learn(tmp_path, PLAYGROUND, model, **asked, max_tokens=300)
    pages = Pages(folder=tmp_path)
    assert not list(pages.exchanges())
    assert learn(tmp_path / "short", PLAYGROUND, model, **asked, max_tokens=100).metrics["phases"] == 1


def test_a_model_that_fails_ends_the_search_with_its_word(tmp_path):
    with pytest.raises(ModelError, match="statistician's model could not answer: gone"):
        learn(tmp_path, model=Scripted.of(lambda r: Failure("gone"), identity="gone"))
    broken = Scripted.of(lambda r: Failure("gone") if isinstance(r, Generate) else literal(r), identity="half")
    with pytest.raises(ModelError, match="theorist's model could not answer: gone"):
        learn(tmp_path, model=broken, theorist="model", inference="mh")


def test_any_world_can_be_searched_with_a_language_model(tmp_path):
    def say(request):
        return "Right leads on." if isinstance(request, Generate) else Scores(((-1.0,),))

    stage = Stage(Walk, {"policy": Scripted.of(say, identity="walk")}, Limits(steps=3))
    pages = Pages(folder=tmp_path)
    here = Practice(tasks(3), stage, Budget(), 0, pages, Ledger(pages))
    lesson = worldllm(phases=1, heldout=1, experimenter="random", trajectories=2).learn(walker(), here)
    assert lesson.theories[0] == Theory("Right leads on.", 1.0, 6, -6.0)
    assert lesson.metrics["heldout"]["best"] == {"loglik": {"all": -1.0}}


# the model that ships


def test_scores_are_those_of_one_by_one_in_any_batch(tmp_path):
    here, playground = known(PLAYGROUND, tmp_path)
    seen = [t for e in played(tmp_path / "p", PLAYGROUND, "diverse", START, count=3) for t in transitions(e)][:8]
    theories = ["", PUBLISHED.theory]

    def statistician(name):
        model = Embedded(EmbeddedConfig())
        stage = replace(here.stage, models={"policy": model})
        pages = Pages(folder=tmp_path / name)
        return Statistician(replace(here, stage=stage, out=pages, ledger=Ledger(pages)), playground)

    at_once = statistician("at once").weigh(theories, seen)
    singly = statistician("singly")
    reference = np.array([[singly.weigh([theory], [t])[0, 0] for t in seen] for theory in theories])
    assert abs(at_once - reference).max() < 1e-3
    threes = statistician("threes")
    parts = [threes.weigh(theories, seen[i : i + 3]) for i in range(0, len(seen), 3)]
    assert abs(np.concatenate(parts, axis=1) - reference).max() < 1e-3
