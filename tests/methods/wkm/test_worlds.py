"""WKM from end to end at smoke size on the worlds of the paper: ALFWorld's game files and the shop."""

import json
from dataclasses import replace

import pytest

from tests.environments.real_games import write_game
from tests.methods.wkm.learning import ROLES, TRAINING, Talker, agent, wkm
from tests.toys import Pages
from worldlore.config import parse
from worldlore.environments.household import Household
from worldlore.environments.webshop import Webshop
from worldlore.rollout.loop import Episode, Limits, Stage
from worldlore.rollout.practice import Budget, Ledger, Practice


def learned(folder, out, world, tasks, steps, **keys):
    """The lesson, and one held-out task played with it for two steps."""
    models = {role: Talker(parse(Talker.Config, {"path": str(folder), "device": "cpu"}, "test")) for role in ROLES}
    stage = Stage(world, models, Limits(steps=steps))
    train, held = tasks
    pages = Pages(folder=out)
    practice = Practice(train, stage, Budget(), 0, pages, Ledger(pages))
    lesson = wkm(training={**TRAINING, "max_length": 4096}).learn(agent(**keys), practice)
    taught = replace(stage, limits=Limits(steps=2)).with_lesson(lesson)
    (played,) = taught.play(agent(**keys).with_lesson(lesson), [Episode(held)])
    return lesson, played


def whole(lesson, played, out):
    """Everything the pipeline makes is there, and was used."""
    kept = (out / "knowledge" / "known.jsonl").read_text().splitlines()
    assert set(lesson.weights) == set(ROLES)
    assert lesson.metrics["empty"] == 0 and lesson.metrics["pairs"] == len(kept)
    assert len(lesson.casebase.cases) == lesson.metrics["state_knowledge"] > 0
    assert played.error is None and len(played.steps) == 2
    for step in played.steps:
        grounds = step.decision.grounds
        assert set(grounds["opinions"]) == {"policy", "cases"} and grounds["winner"] in grounds["fused"]
    assert played.steps[0].decision.grounds["voted"] == lesson.metrics["pairs"]


def test_in_the_shop_kinds_of_action_are_weighed(tiny, tmp_path):
    shop = Webshop()
    tasks = shop.tasks("train")[:2], shop.tasks("test")[0]
    lesson, played = learned(tiny, tmp_path, Webshop, tasks, 10, candidates="verbs")
    whole(lesson, played, tmp_path)
    first = json.loads((tmp_path / "knowledge" / "known.jsonl").read_text().splitlines()[0])
    assert first["states"][0]["action"].startswith("search[") and first["task_knowledge"].startswith("When you have to")
    assert set(played.steps[0].decision.grounds["opinions"]["cases"]) == {"search"}


@pytest.mark.real
def test_in_alfworlds_own_game_files_whole_actions_are_weighed(tiny, tmp_path):
    alfworld = pytest.importorskip("worldlore.environments.alfworld")
    for number, task in enumerate(Household().tasks("train")[:3]):
        split = "train" if number < 2 else "valid_seen"
        name = f"{task.data['family']}-{task.data['thing']}-None-{task.data['target']}-{number}"
        write_game(task, tmp_path / "data" / "json_2.1.1" / split / name / "trial_1", "move")
    config = parse(alfworld.AlfworldConfig, {"data": str(tmp_path / "data")}, "test")
    world = alfworld.Alfworld(config)
    tasks = world.tasks("train"), world.tasks("valid_seen")[0]
    lesson, played = learned(tiny, tmp_path, lambda: alfworld.Alfworld(config), tasks, 30)
    whole(lesson, played, tmp_path)
    assert {task.environment for task in tasks[0]} == {"alfworld"}
    assert "goal" in json.loads((tmp_path / "knowledge" / "known.jsonl").read_text().splitlines()[0])
