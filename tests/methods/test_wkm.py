"""WKM: pairs, knowledge with and without a language model, weights for two roles and a case base."""

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.models.conftest import make_model, make_tokenizer
from tests.toys import KilledError, Pages, walker
from worldlore.agents import AGENTS
from worldlore.config import parse
from worldlore.environments.household import Household, HouseholdConfig
from worldlore.errors import ConfigError, WorldloreError
from worldlore.experience import Completion, Decision, Failure, Lesson, Observation, Step, Stop, Task, Trajectory
from worldlore.methods import METHODS
from worldlore.methods.wkm.contrast import Contrast, moments
from worldlore.methods.wkm.pairs import BEYOND, Pair, paired, published
from worldlore.methods.wkm.phrases import in_sight, listing, phrase
from worldlore.methods.wkm.released import turns_in
from worldlore.methods.wkm.synthesis import CUT, Author, state_prompt, task_prompt
from worldlore.methods.wkm.tuition import further, knowing
from worldlore.models.local import Local
from worldlore.rollout.loop import Episode, Limits, Stage
from worldlore.rollout.practice import Budget, Ledger, Practice

TASK = Task("a", "walk", "train", "put a clean mug in shelf")


def course(*actions, success=True, text="You see a mug 1.", score=None):
    steps = [Step(Observation(text), Decision(action), info={"valid": action != "fly"}) for action in actions]
    if success or score:
        steps[-1] = replace(steps[-1], reward=1.0 if score is None else score)
    return Trajectory(TASK, 0, 0, tuple(steps), Observation("end"), Stop.TERMINATED, success)


WIN = course("go to desk 1", "take mug 1 from desk 1", "clean mug 1 with sinkbasin 1", "move mug 1 to shelf 2")


def test_every_success_makes_a_pair_and_ties_are_kept():
    other = course("look")
    assert paired([WIN, course("look", success=False)], {}) == [Pair(WIN)]
    assert paired([WIN], {TASK.key: other}) == [Pair(WIN, other)]


def test_the_other_way_drops_ties_follows_the_better_and_cuts_the_worse():
    assert paired([WIN], {TASK.key: course("look")}, "eto") == []
    lost = course(*["look"] * 30, success=False)
    (pair,) = paired([WIN], {TASK.key: lost}, "eto")
    assert pair.chosen == WIN and len(pair.rejected.steps) == len(WIN.steps) + BEYOND
    assert pair.rejected.final == Observation("You see a mug 1.")
    half = course("look", score=0.5)
    (pair,) = paired([half], {TASK.key: WIN}, "eto")
    assert (pair.chosen, pair.rejected) == (WIN, half)


def test_a_phrase_tells_what_is_wanted_from_what_is_not():
    found = phrase("take mug 1 from desk 2", TASK.goal)
    assert (found.verb, found.words, found.wanted, found.others) == ("take", "take mug from desk", ("mug",), ("desk",))
    assert (found.told(True), found.told(False)) == ("take mug from desk", "take mug")
    assert in_sight("On desk 1 is a mug 3, a pen 1 and a mug 4.", TASK.goal) == ["mug 3", "mug 4"]
    assert [listing(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


def household(count, agent="expert"):
    world = Household(HouseholdConfig())
    stage = Stage(lambda: Household(HouseholdConfig()), {}, Limits(steps=40))
    played = stage.play(AGENTS.build({"name": agent}), [Episode(task) for task in world.tasks("train")[:count]])
    return list(played)


@pytest.fixture(scope="module")
def pairs():
    own = {t.task.key: t for t in household(120, "random")}
    return paired(household(120), own)


def test_task_knowledge_says_where_to_look_what_not_to_do_and_the_workflow(pairs):
    contrast = Contrast(pairs)
    heating = next(pair for pair in pairs if pair.chosen.task.goal == "heat some cup and put it in fridge")
    assert contrast.workflow(heating.chosen) == ["take cup", "heat cup with microwave", "move cup to fridge"]
    text = contrast.task_knowledge(heating)
    assert text.startswith("When you have to heat some cup and put it in fridge, you should look for the cup in ")
    assert "You should not " in text and "stop before you take cup, heat cup with microwave and move cup" in text
    assert text.endswith("The action workflows are: take cup, heat cup with microwave, move cup to fridge.")


def test_task_knowledge_without_the_other_course_warns_of_nothing(pairs):
    alone = Contrast([Pair(pair.chosen) for pair in pairs])
    assert not any("should not" in alone.task_knowledge(Pair(pair.chosen)) for pair in pairs)


def test_state_knowledge_tells_what_is_done_and_in_sight(pairs):
    contrast = Contrast(pairs)
    heating = next(pair for pair in pairs if pair.chosen.task.goal == "heat some cup and put it in fridge")
    told = {step.decision.action: contrast.state_knowledge(seen) for seen, step in moments(heating.chosen)}
    actions = list(told)
    assert told[actions[0]] == "Done: nothing yet. In sight: nothing wanted."
    assert told["open fridge 1"] == "Done: nothing yet. In sight: fridge 1. The fridge 1 is closed."
    assert told["take cup 1 from cabinet 3"].startswith("Done: nothing yet. In sight: cup 1.")
    assert told["move cup 1 to fridge 1"].startswith("Done: take cup and heat cup with microwave. In sight: fridge 1.")


def test_an_action_that_did_nothing_is_told():
    seen = course("look", "fly", success=False)
    assert Contrast([Pair(WIN)]).state_knowledge(seen).endswith("The last action is not possible here.")


def test_knowledge_of_worlds_that_speak_otherwise_is_thin_but_there():
    win = course("search[red mug]", "click[buy]")
    assert "The action workflows are: search[red mug], click[buy]." in Contrast([Pair(win)]).task_knowledge(Pair(win))


def test_a_success_of_which_nothing_is_like_the_others_has_no_workflow():
    odd = [Pair(course(action)) for action in ("look", "jump", "sing")]
    assert Contrast(odd).task_knowledge(odd[0]) == f"When you have to {TASK.goal}, you should go straight at it."


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
    known = Author(lambda _: next(replies), "policy").written([Pair(course("look")), Pair(course("look"))])
    assert [one.task for one in known] == ["one", ""]
    assert [one.states for one in known] == [("",), ("b",)]


def test_long_observations_are_cut_in_a_comparison_and_whole_in_notes():
    long = course("look", text="x" * 2 * CUT)
    assert "x" * (CUT + 1) not in task_prompt(Pair(long)) and "x" * CUT in task_prompt(Pair(long))
    assert "x" * 2 * CUT in state_prompt(long, ())


# the whole


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    model.config.max_position_embeddings = 4096
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


class Talker(Local):
    """Weights that could be trained, and words that are not theirs."""

    def generate(self, requests):
        return [Completion("look") for _ in requests]

    def with_weights(self, folder):
        taught = super().with_weights(folder)
        taught.generate = self.generate
        return taught


TRAINING = {"batch": 16, "learning_rate": 1e-3, "save_every": 0}


def practice(folder, pages, tasks=2, **keys) -> Practice:
    models = {role: Talker(parse(Local.Config, {"path": str(folder), "device": "cpu"}, "test")) for role in ROLES}
    stage = Stage(lambda: Household(HouseholdConfig()), models, Limits(steps=20))
    train = Household(HouseholdConfig()).tasks("train")[:tasks]
    return Practice(train, stage, Budget(**keys), 0, pages, Ledger(pages))


ROLES = ("policy", "world")


def agent(**keys):
    return AGENTS.build({"name": "wkm", "manual": "none", "purpose": False, "max_tokens": 4, **keys})


def wkm(**keys):
    return METHODS.build({"name": "wkm", "training": TRAINING, **keys})


def test_a_lesson_has_weights_for_both_roles_and_a_case_for_every_step(tiny, tmp_path):
    pages = Pages(folder=tmp_path)
    lesson = wkm().learn(agent(), practice(tiny, pages))
    steps = sum(len(t.steps) for t in pages.trajectories() if t.success)
    assert set(lesson.weights) == set(ROLES)
    assert len(lesson.casebase.cases) == len(lesson.casebase.vectors) == steps == lesson.metrics["state_knowledge"]
    assert np.allclose(np.linalg.norm(lesson.casebase.vectors, axis=1), 1, atol=1e-5)
    assert lesson.casebase.cases[0].before == ""
    assert lesson.metrics["empty"] == 0
    taught = agent(gamma=0.5).with_lesson(lesson)
    stage = practice(tiny, Pages()).stage
    (played,) = replace(stage, limits=Limits(steps=2)).play(taught, [Episode(HELD)])
    assert played.error is None
    assert played.steps[0].decision.grounds["voted"] == 2


HELD = Household(HouseholdConfig()).tasks("test")[0]


def test_killed_and_resumed_it_learns_the_same(tiny, tmp_path):
    one = wkm().learn(agent(), practice(tiny, Pages(folder=tmp_path / "a")))
    again = Pages(life=3, folder=tmp_path / "b")
    with pytest.raises(KilledError):
        wkm().learn(agent(), practice(tiny, again))
    again.life = None
    two = wkm().learn(agent(), practice(tiny, again))
    assert one.casebase.cases == two.casebase.cases
    assert np.array_equal(one.casebase.vectors, two.casebase.vectors)
    for role in ROLES:
        a, b = ((lesson.weights[role] / "model.safetensors").read_bytes() for lesson in (one, two))
        assert a == b


VARIANTS = [
    ({"rejected": False}, {}),
    ({"pairs": "eto", "rejected": True}, {}),
    ({"states": False}, {"state": "none"}),
    ({"tasks": False}, {"task_knowledge": False}),
    ({"merged": True}, {}),
    ({"trains": []}, {}),
    ({"trains": ["world"]}, {}),
    ({"knowledge": "model"}, {}),
    ({}, {"state": "explicit"}),
    ({}, {"candidates": "verbs", "verbs": ["go", "take", "look"]}),
    ({"training": {**TRAINING, "lora": {"rank": 2, "targets": ["q_proj", "v_proj"]}}}, {}),
]


@pytest.mark.parametrize(("method", "keys"), VARIANTS)
def test_every_variant_learns_and_plays(tiny, tmp_path, method, keys):
    here = practice(tiny, Pages(folder=tmp_path))
    lesson = wkm(**{"training": TRAINING, **method}).learn(agent(**keys), here)
    stage = replace(here.stage, limits=Limits(steps=2)).with_lesson(lesson)
    (played,) = stage.play(agent(**keys).with_lesson(lesson), [Episode(HELD)])
    assert played.stop in (Stop.MAX_STEPS, Stop.UNPARSED), played.error


def test_the_agent_is_told_task_knowledge_once_and_state_knowledge_never(tiny, tmp_path, monkeypatch):
    from worldlore.methods.wkm import method as module

    trained = []
    monkeypatch.setattr(module, "fitted", lambda p, units, *_, **k: (trained.append(units), Lesson())[1])
    wkm(rejected=False, states=False).learn(agent(state="none"), practice(tiny, Pages(folder=tmp_path)))
    acting, knowing = trained
    for turn in acting:
        said = "\n".join(message.content for message in turn.messages)
        assert said.count("Task knowledge:") == 1 and "State knowledge" not in said
    assert all(turn.reply.startswith("When you have to") for turn in knowing)


def test_the_world_model_learns_both_kinds_in_the_order_of_play(tiny, tmp_path, monkeypatch):
    from worldlore.methods.wkm import method as module

    trained = []
    monkeypatch.setattr(module, "fitted", lambda p, units, *_, **k: (trained.append(units), Lesson())[1])
    course_ = module._Course(wkm().config, agent(), practice(tiny, Pages(folder=tmp_path)))
    (one, *_) = course_._written(course_._pairs())
    turns = knowing(course_.agent, one)
    assert turns[0].reply == one.task and [turn.reply for turn in turns[1:]] == list(one.states)
    last = [message.content for message in turns[-1].messages]
    assert last[1] == one.task and last[3::2] == list(one.states[:-1])
    assert all(text.endswith("State knowledge:") for text in last[2::2])


def test_it_teaches_no_other_agent(tiny):
    with pytest.raises(ConfigError, match='set \\[agent\\] name = "wkm"'):
        wkm().learn(walker(), practice(tiny, Pages()))


def test_what_the_agent_asks_for_must_be_made(tiny):
    with pytest.raises(ConfigError, match=r"method\.tasks and method\.states"):
        wkm(states=False).learn(agent(), practice(tiny, Pages()))
    with pytest.raises(ConfigError, match=r"method\.tasks and method\.states"):
        wkm().learn(agent(task_knowledge=False), practice(tiny, Pages()))
    with pytest.raises(ConfigError, match=r"method\.embed and agent\.embedder agree"):
        wkm().learn(agent(embedder="policy"), practice(tiny, Pages()))


def test_pairs_of_which_one_is_better_need_two_courses(tiny):
    with pytest.raises(ConfigError, match=r'without method\.rejected there are none; set pairs = "wkm"'):
        wkm(pairs="eto", rejected=False).learn(agent(), practice(tiny, Pages()))


def test_what_is_not_asked_for_is_not_told_as_missing(tiny, tmp_path):
    here = practice(tiny, Pages(folder=tmp_path))
    lesson = wkm(tasks=False, rejected=False).learn(agent(task_knowledge=False), here)
    assert (lesson.metrics["task_knowledge"], lesson.metrics["empty"]) == (0, 0)


def test_a_case_base_is_made_only_where_it_is_asked(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(Talker, "embed", lambda self, requests: pytest.fail("nobody asks a case base here"))
    lesson = wkm(rejected=False).learn(agent(state="explicit"), practice(tiny, Pages(folder=tmp_path)))
    assert lesson.casebase is None


def test_a_budget_that_practice_spent_leaves_the_case_base_whole(tiny, tmp_path):
    here = practice(tiny, Pages(folder=tmp_path), calls=1)
    lesson = wkm().learn(agent(), here)
    assert here.budget.spent(here.cost)
    assert len(lesson.casebase.cases) == lesson.metrics["state_knowledge"] > 0


def test_practice_without_a_success_is_told(tiny, tmp_path):
    here = practice(tiny, Pages(folder=tmp_path), steps=3)
    with pytest.raises(ConfigError, match="solved none of the training tasks"):
        wkm(rejected=False).learn(agent(), here)


def test_a_budget_that_ends_before_the_knowledge_is_written_leaves_what_there_is(tiny, tmp_path):
    spent = sum(len(t.steps) for t in household(1)) + 20
    here = practice(tiny, Pages(folder=tmp_path), tasks=1, steps=spent)
    lesson = wkm(knowledge="model").learn(agent(), here)
    assert (lesson.metrics["state_knowledge"], lesson.metrics["task_knowledge"]) == (0, 0)
    assert "raise the budget" in lesson.metrics["ended"] and lesson.metrics["empty"] == 1 + len(household(1)[0].steps)
    assert lesson.casebase.cases == () and set(lesson.weights) == {"policy"}
    lesson = Lesson.load(lesson.save(tmp_path / "lesson") and tmp_path / "lesson")
    stage = replace(here.stage, limits=Limits(steps=2)).with_lesson(lesson)
    for keys in ({}, {"candidates": "verbs"}):
        (played,) = stage.play(agent(**keys).with_lesson(lesson), [Episode(HELD)])
        assert played.stop is Stop.MAX_STEPS, played.error


def test_what_is_known_and_what_is_to_be_said_lies_beside_the_lesson(tiny, tmp_path):
    lesson = wkm(rejected=False).learn(agent(), practice(tiny, Pages(folder=tmp_path)))
    folder = tmp_path / "knowledge"
    told = [json.loads(line) for line in (folder / "known.jsonl").read_text().splitlines()]
    assert sum(len(one["states"]) for one in told) == lesson.metrics["state_knowledge"]
    learned = turns_in(folder / "world.json")
    assert [turn.reply for turn in learned if turn.reply == told[0]["task_knowledge"]]
    assert len(learned) == len(told) + lesson.metrics["state_knowledge"]
    assert {turn.reply for turn in turns_in(folder / "policy.json")} >= {one["action"] for one in told[0]["states"]}


def test_one_text_for_all_tasks_is_told_in_training_and_in_play(tiny, tmp_path):
    keys = {"task_knowledge": False, "state": "none"}
    for how, said in (("contrast", "In tasks such as to"), ("written", "carry one thing at a time"), ("model", "look")):
        here = practice(tiny, Pages(folder=tmp_path / how))
        lesson = wkm(general=how, tasks=False, states=False, rejected=False).learn(agent(**keys), here)
        assert said in lesson.knowledge["world"].replace("\n", " ")
        (turn, *_) = turns_in(tmp_path / how / "knowledge" / "policy.json")
        assert lesson.knowledge["world"] in turn.messages[0].content


def test_more_to_learn_comes_from_other_runs_and_from_published_files(tiny, tmp_path):
    other = tmp_path / "other" / "seed-3"
    wkm(rejected=False).learn(agent(), practice(tiny, Pages(folder=other)))
    found = further(tmp_path / "other", 0)
    assert found == further(other / "knowledge" / "world.json", 0) != []
    with pytest.raises(ConfigError, match="no run of method 'wkm' that has written its knowledge; run that one first"):
        further(tmp_path / "absent", 0)


@pytest.mark.parametrize(
    ("method", "keys", "said"),
    [
        ({"general": "written"}, {}, "set method.tasks = false"),
        ({"merged": True, "trains": ["world"]}, {}, "method.merged trains one model"),
        ({"fusion": {}}, {"state": "explicit"}, r"the agent does not fuse; set agent\.state"),
        ({}, {"fitted": True}, "weights that nobody fits; set method.fusion"),
    ],
)
def test_what_may_not_be_asked_for_together_is_told_with_the_remedy(tiny, method, keys, said):
    with pytest.raises(ConfigError, match=said):
        wkm(**method).learn(agent(**keys), practice(tiny, Pages()))


@pytest.mark.parametrize("key", ["also", "cases"])
def test_a_file_that_is_not_there_is_told_before_anything_is_practised(tiny, tmp_path, key):
    pages = Pages(folder=tmp_path)
    with pytest.raises(WorldloreError, match=r"absent\.json"):
        wkm(**{key: [str(tmp_path / "absent.json")]}).learn(agent(), practice(tiny, pages))
    assert not list(pages.trajectories())


def test_published_courses_of_the_tests_tasks_are_refused(tiny, tmp_path):
    seen = household(1)[0].steps[0].observation.text
    turns = [("human", "Act."), ("gpt", "OK"), ("human", seen), ("gpt", "Thought: So.\nAction: look")]
    file = tmp_path / "courses.json"
    file.write_text(json.dumps([{"conversations": [{"from": who, "value": text} for who, text in turns]}]))
    here = practice(tiny, Pages(folder=tmp_path))
    (course,) = published(file, here.tasks)
    with pytest.raises(ConfigError, match=r"the test asks the same task; .* or say test\.trained = true"):
        wkm(courses=str(file)).learn(agent(), replace(here, tested={course.chosen.task.key}))


def test_without_any_pair_a_text_written_by_hand_is_told_all_the_same(tiny, tmp_path):
    (tmp_path / "none.json").write_text("[]")
    method = wkm(general="written", tasks=False, states=False, courses=str(tmp_path / "none.json"))
    told = method.learn(agent(task_knowledge=False, state="none"), practice(tiny, Pages(folder=tmp_path)))
    assert told.knowledge["world"] and told.metrics["pairs"] == 0


def test_published_pairs_take_the_place_of_courses_that_are_played(tiny, tmp_path):
    turns = [("human", "Act."), ("gpt", "OK")]
    for step in household(1)[0].steps:
        turns += [("human", step.observation.text), ("gpt", f"Thought: So.\nAction: {step.decision.action}")]
    told = [{"from": who, "value": text} for who, text in turns]
    file = tmp_path / "pairs.json"
    file.write_text(json.dumps([{"chosen": {"conversations": told, "reward": 1}, "rejected": told[:-2]}] * 2))
    pages = Pages(folder=tmp_path)
    lesson = wkm(courses=str(file)).learn(agent(), practice(tiny, pages))
    assert list(pages.trajectories()) == []
    assert lesson.metrics["pairs"] == 2 and len(lesson.casebase.cases) == 2 * len(household(1)[0].steps)
    (one, two) = published(file, practice(tiny, pages).tasks)
    assert one.chosen.actions == two.chosen.actions and one.rejected.actions == one.chosen.actions[:-1]
    assert published(file, practice(tiny, pages).tasks, "eto") == []
    file.write_text(json.dumps([{"conversations": told}]))
    assert [pair.rejected for pair in published(file, practice(tiny, pages).tasks)] == [None]
    with pytest.raises(ConfigError, match="the world here is 'walk'"):
        published(file, [replace(TASK, environment="walk")])
