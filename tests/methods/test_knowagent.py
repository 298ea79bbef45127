"""KnowAgent: the rules it is told, the path it writes, and what it learns from."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.methods.test_methods import TRAINING, practice
from tests.toys import Pages, saying
from worldlore.agents import AGENTS
from worldlore.agents.knowagent import with_paths
from worldlore.agents.primer import HEADINGS, known, task_example
from worldlore.agents.rules import Rules, path
from worldlore.environments.household import Household, HouseholdConfig
from worldlore.environments.webshop import Webshop
from worldlore.errors import ConfigError
from worldlore.experience import Completion, Decision, Lesson, Observation, Task, Trajectory
from worldlore.methods import METHODS
from worldlore.methods import knowagent as module
from worldlore.methods.knowagent import mined
from worldlore.rollout.loop import Episode, Limits, Stage

TEXT = "Kinds:\ngo (after anything): walk\nmove, put (after go, open): put down\ntake (after start): at once"
TASK = Task("a", "household", "test", "put a mug in desk")
SEEN = Trajectory(TASK, 0, final=Observation("You are in a room.\nYour task is to: put a mug in desk."))


def test_rules_say_what_may_follow_what():
    rules = Rules.read(TEXT)
    assert rules.text == TEXT
    assert rules.allow("start", "go") and rules.allow("go", "put") and not rules.allow("take", "move")
    assert rules.kept(("take", "go", "put")) and not rules.kept(("go", "take"))
    assert not rules.kept(("fly",))


@given(st.lists(st.sampled_from(("go", "take", "fly"))))
def test_without_rules_every_path_is_kept(kinds):
    assert Rules.read("Be careful.").kept(kinds)


@pytest.mark.parametrize("world", [lambda: Household(HouseholdConfig()), Webshop])
def test_the_rules_written_for_a_world_are_kept_by_its_expert(world):
    tasks = world().tasks("train")[:20]
    played = Stage(world, {}, Limits(steps=60)).play(AGENTS.build({"name": "expert"}), [Episode(t) for t in tasks])
    rules = Rules.read(known(tasks[0].environment, "actions"))
    for course in played:
        assert course.steps and rules.kept(path(course.actions)), course.actions


@pytest.mark.parametrize("world", ["household", "alfworld", "webshop", "scienceworld"])
def test_a_world_has_every_sort_of_knowledge_written(world):
    assert all(known(world, title) for title in HEADINGS)
    assert Rules.read(known(world, "actions")).after
    assert task_example(world, TASK).startswith("When you have to ")


def test_the_example_of_a_task_is_of_its_family():
    task = replace(TASK, data={"family": "pick_heat_then_place_in_recep"})
    assert "heat a potato" in task_example("alfworld", task)
    assert task_example("nowhere", task) == ""


def test_a_file_of_ones_own_takes_the_worlds_place(tmp_path):
    (tmp_path / "my.md").write_text(f"## actions\n{TEXT}\n")
    agent = AGENTS.build({"name": "knowagent", "primer": str(tmp_path / "my.md")})
    assert agent.rules(TASK).text == TEXT
    (tmp_path / "odd.md").write_text("## action\n")
    with pytest.raises(ConfigError, match="did you mean 'actions'"):
        known(str(tmp_path / "odd.md"), "actions")
    with pytest.raises(ConfigError, match="give the path of a Markdown file"):
        known(str(tmp_path / "absent.md"), "actions")


def test_it_is_told_the_rules_and_writes_a_path():
    agent = AGENTS.build({"name": "knowagent", "manual": "none"}).with_lesson(
        Lesson(knowledge={"actions": TEXT, "hint": "Be quick."})
    )
    acting = agent.act(SEEN)
    opening = next(acting).messages[0].content
    assert TEXT in opening and "Be quick." in opening and opening.count(TEXT) == 1
    reply = "Path: start > go\nThought: The desk first.\nAction: go to desk 1"
    with pytest.raises(StopIteration) as end:
        acting.send(Completion(reply))
    decision = end.value.value
    assert decision == Decision("go to desk 1", "The desk first.", {"path": ["start", "go"]})
    assert decision.grounds == {"path": ["start", "go"]} and agent.reply_for(decision) == reply


@pytest.mark.parametrize("line", ["Path: start->Go", "path: start, go", "Path: start → go"])
def test_a_path_is_read_however_it_is_joined(line):
    agent = AGENTS.build({"name": "knowagent"})
    assert agent.read(f"{line}\nAction: go to desk 1").grounds == {"path": ["start", "go"]}
    assert agent.read("Action: go to desk 1").grounds == {}


def test_somebody_elses_course_is_told_with_the_path_so_far(tiny, tmp_path):
    (course, *_) = practice(Pages(folder=tmp_path)).rollouts(AGENTS.build({"name": "expert"}))
    paths = [step.decision.grounds["path"] for step in with_paths(course).steps]
    assert paths[0] == ["start", "right"] and [len(p) for p in paths] == list(range(2, len(paths) + 2))


def test_mined_rules_are_what_successes_did(tmp_path):
    played = list(practice(Pages(folder=tmp_path)).rollouts(AGENTS.build({"name": "expert"})))
    rules = Rules.read(mined(played))
    assert rules.after == {"right": frozenset({"start", "right"})}
    assert all(rules.kept(path(course.actions)) for course in played)


def test_it_learns_from_the_shortest_own_successes_that_keep_the_rules(tmp_path, monkeypatch):
    fits = []
    monkeypatch.setattr(module, "fitted", lambda p, units, *_, **k: (fits.append(list(units)), Lesson())[1])
    ways = ["right", "stay"]
    model = saying(lambda r: f"Path: start\nAction: {ways[(r.sampling.seed or 0) % 7 == 0]}")
    method = METHODS.build({"name": "knowagent", "rules": "mined", "rounds": 2, "attempts": 6})
    agent = AGENTS.build({"name": "knowagent", "manual": "none"})
    lesson = method.learn(agent, practice(Pages(folder=tmp_path), model))
    first, last = lesson.metrics["rounds"]
    assert first["wins"] > first["kept"] >= first["tasks"] > 0 and last["tasks"] >= first["tasks"]
    assert {turn.reply.rpartition("Action: ")[2] for fit in fits for turn in fit} == {"right"}
    assert all(turn.reply.startswith("Path: start > right") for fit in fits for turn in fit)
    assert lesson.knowledge["actions"].startswith("Kinds of action")


def test_it_may_begin_with_the_expert_and_teaches_no_other_agent(tmp_path, monkeypatch):
    fits = []
    monkeypatch.setattr(module, "fitted", lambda p, units, *_, **k: (fits.append(list(units)), Lesson())[1])
    method = METHODS.build({"name": "knowagent", "expert": True, "rounds": 0, "training": TRAINING})
    lesson = method.learn(AGENTS.build({"name": "knowagent", "manual": "none"}), practice(Pages(folder=tmp_path)))
    assert len(fits) == 1 and fits[0] and lesson.metrics == {"expert": 4, "rounds": []}
    with pytest.raises(ConfigError, match='set \\[agent\\] name = "knowagent"'):
        method.learn(AGENTS.build({"name": "react"}), practice(Pages(folder=tmp_path)))


@pytest.mark.parametrize("name", ["wkm", "knowagent"])
def test_agents_that_learn_commands_are_refused_where_actions_are_programs(name):
    seen = replace(SEEN, final=replace(SEEN.final, functions=("go(place): walk",)))
    with pytest.raises(ConfigError, match=f"agent '{name}' gives commands, and .* is played in Python here"):
        next(AGENTS.build({"name": name}).act(seen))
