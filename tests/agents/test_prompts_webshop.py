"""What agents are told about the shop: every demonstration was played there, and is played again here."""

import json

import pytest

from tests.agents.test_prompts import turns
from worldlore.agents import AGENTS
from worldlore.agents.manual import manual, raw_sections, section
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.webshop import Webshop

PLAYERS = ("act", "react", "codeact")


def played(title):
    """A demonstration, its task, and a world in which the task begins."""
    comment, _, told = raw_sections("webshop")[title].strip().partition("\n")
    content = json.loads(comment.removeprefix("<!--").removesuffix("-->"))
    task = Webshop().tasks(content["split"])[content["index"]]
    session = "persistent" if title == "codeact" else "fresh"
    world = ENVIRONMENTS.build({"name": "programs", "inner": {"name": "webshop"}, "session": session})
    assert told.strip().startswith(world.reset(task, 0).text + "\n> ")
    return told.strip(), task, world


@pytest.mark.parametrize("agent", PLAYERS)
def test_a_demonstration_tells_what_the_shop_says_and_is_worth_one(agent):
    told, _, world = played(agent)
    player = AGENTS.build({"name": agent})
    rewards = []
    for reply, seen in turns(told):
        decision = player.read_program(reply)
        assert player.reply_for(decision) == reply
        outcome = world.step(decision.action)
        assert outcome.observation.text == seen
        assert outcome.info["valid"]
        rewards.append(outcome.reward)
    assert rewards[-1] == sum(rewards) == 1
    world.close()


@pytest.mark.parametrize("agent", ["act", "react"])
def test_a_failed_attempt_failed_as_it_is_told(agent):
    told, _, world = played(f"reflexion {agent}")
    attempt, _, hint = told.rpartition("\nHint: ")
    assert hint
    valid = []
    for reply, seen in turns(attempt):
        outcome = world.step(reply.rpartition("Action: ")[2])
        assert outcome.observation.text == seen
        assert not outcome.done
        valid.append(outcome.info["valid"])
    assert not all(valid)
    world.close()


def test_the_file_tells_both_forms_of_action_and_demonstrates_training_tasks_only():
    assert "search[keywords]" in manual("webshop") and "click[label]" in manual("webshop")
    assert section("webshop", "programs")
    for title in (*PLAYERS, "reflexion act", "reflexion react"):
        assert '"split": "train"' in raw_sections("webshop")[title]
