"""The prompt files: every demonstration in them was played, and is played again here."""

import json

import pytest

from worldlore.agents import AGENTS
from worldlore.agents.code_as_policy import CodeAsPolicy
from worldlore.agents.manual import PROMPTS, SECTIONS, manual, raw_sections, section
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.household.generate import task as household_task
from worldlore.experience import Task

ROBOTICS = ("gripper", "blockworld", "barman", "tyreworld")
PLAYED = (*ROBOTICS, "household")
PLAYERS = ("act", "react", "codeact")


def table(name: str, title: str) -> dict:
    """The environment a demonstration was played in."""
    session = "persistent" if title == "codeact" else "fresh"
    return {"name": "programs", "inner": {"name": name}, "session": session}


def shown(name: str, title: str) -> tuple[str, Task]:
    """A demonstration and its task."""
    comment, _, told = raw_sections(name)[title].strip().partition("\n")
    content = json.loads(comment.removeprefix("<!--").removesuffix("-->"))
    if name == "household":
        return told.strip(), household_task(content["split"], content["index"])
    family = ENVIRONMENTS.load(name).family
    goal = family.language.goal(family.problem(content).goal)
    return told.strip(), Task(f"{name} {title}", name, "shown", goal, {"family": name, **content})


def played(name: str, title: str):
    """A demonstration, and a world in which its task begins."""
    told, task = shown(name, title)
    world = ENVIRONMENTS.build(table(name, title))
    return told, world, world.reset(task, 0).text


def turns(text: str):
    """What was said and what was seen then, in turn; a reply is its line, its two lines or its block."""
    lines = text.splitlines()
    starts = [i for i, line in enumerate(lines) if line.startswith("> ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        if lines[start + 1 : start + 2] == ["```python"]:
            stop = lines.index("```", start) + 1
        else:
            stop = start + (2 if lines[start].startswith("> Thought:") else 1)
        yield "\n".join(lines[start:stop]).removeprefix("> "), "\n".join(lines[stop:end])


@pytest.mark.parametrize("name", PLAYED)
@pytest.mark.parametrize("agent", PLAYERS)
def test_a_demonstration_tells_what_the_world_says_and_ends_well(name, agent):
    told, world, first = played(name, agent)
    player = AGENTS.build({"name": agent})
    assert told.startswith(first + "\n> ")
    done = False
    for reply, seen in turns(told):
        assert not done
        decision = player.read_program(reply)
        assert player.reply_for(decision) == reply
        outcome = world.step(decision.action)
        assert outcome.observation.text == seen
        assert outcome.info["valid"]
        done = outcome.success
    assert done
    world.close()


@pytest.mark.parametrize("name", PLAYED)
@pytest.mark.parametrize("title", ["code_as_policy", "code_as_policy hierarchical"])
def test_a_demonstrated_program_solves_its_task(name, title):
    told, world, first = played(name, title)
    assert told.startswith(first + "\n```python\n")
    program = CodeAsPolicy().read_program(told).action
    assert ("def " in program) == (title != "code_as_policy")
    outcome = world.step(program)
    assert outcome.success
    assert outcome.info["valid"]
    world.close()


@pytest.mark.parametrize("name", PLAYED)
@pytest.mark.parametrize("agent", ["act", "react"])
def test_a_failed_attempt_failed_as_it_is_told(name, agent):
    told, world, first = played(name, f"reflexion {agent}")
    attempt, _, hint = told.rpartition("\nHint: ")
    assert attempt.startswith(first + "\n> ")
    assert hint
    outcomes = []
    for action, seen in turns(attempt):
        outcomes.append(world.step(action))
        assert outcomes[-1].observation.text == seen
    assert not outcomes[-1].done
    assert not all(outcome.info["valid"] for outcome in outcomes)
    world.close()


@pytest.mark.parametrize("name", (*PLAYED, "alfworld"))
def test_a_file_that_ships_is_whole(name):
    assert set(raw_sections(name)) == set(SECTIONS)
    assert all(section(name, title) for title in SECTIONS)
    assert "<!--" not in "".join(section(name, title) for title in SECTIONS)
    assert manual(name)
    assert {path.stem for path in PROMPTS.glob("*.md")} >= {*PLAYED, "alfworld"}


def test_alfworld_is_shown_what_household_is_for_they_speak_one_language():
    assert (PROMPTS / "alfworld.md").read_text() == (PROMPTS / "household.md").read_text()


@pytest.mark.parametrize("name", PLAYED)
def test_what_is_demonstrated_is_never_asked_in_a_split_for_measuring(name):
    world = ENVIRONMENTS.build({"name": "programs", "inner": {"name": name}})
    splits = ("dev", "test", "test_unseen" if name == "household" else "test_generated")
    asked = {content(t) for split in splits for t in world.tasks(split)}
    assert all(content(shown(name, title)[1]) not in asked for title in SECTIONS[1:])
    world.close()


def content(task: Task) -> str:
    return json.dumps({key: value for key, value in task.data.items() if key != "index"}, sort_keys=True)
