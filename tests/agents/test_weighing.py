"""The agent that weighs possible actions: what it asks, and what it makes of the answer."""

from collections import Counter
from dataclasses import replace
from math import log

import pytest

from worldlore.agents import AGENTS
from worldlore.errors import ConfigError
from worldlore.experience import Decision, Lesson, Observation, Scores, Task, Theory, Trajectory

TASK = Task("a", "playground", "test", "Grow any plant", {"seed": 1})
START = Observation("You see the water.\n\nYour task is to: Grow any plant.", ("Go to water", "Grasp", "Go to water"))
SEEN = Trajectory(TASK, 0, final=START)


def weighing(**keys):
    return AGENTS.build({"name": "weighing", **keys})


def decided(agent, *worths, seen=SEEN):
    acting = agent.act(seen)
    next(acting)
    with pytest.raises(StopIteration) as end:
        acting.send(Scores(tuple((worth,) for worth in worths)))
    return end.value.value


def told(agent, seen=SEEN):
    return next(agent.act(seen)).messages[1].content


def test_every_possible_action_is_scored_once_given_world_theory_goal_and_state():
    agent = weighing().with_lesson(
        Lesson({"k": "Be quick."}, theories=(Theory("Fire burns.", 0.2), Theory("Water.", 0.8)))
    )
    request = next(agent.act(SEEN))
    text = request.messages[1].content
    assert (request.to, request.continuations, request.end_of_turn) == ("policy", ("Go to water", "Grasp"), True)
    places = [
        text.index(part) for part in ("large herbivores", "Be quick.", "Water.", "Goal: Grow any plant", "State: ")
    ]
    assert places == sorted(places)
    assert "Fire burns." not in text and "Your task" not in text


def test_what_the_world_is_comes_from_the_prompt_file_unless_told_otherwise():
    assert told(weighing(manual="none")).startswith("Goal: ")
    assert told(weighing(manual="door")).startswith("In front of you is a closed door")
    assert told(replace(weighing(), setting="A cave.")).startswith("A cave.")


def test_an_action_is_drawn_in_proportion_to_its_probability_and_again_the_same():
    places = [replace(SEEN, attempt=k) for k in range(400)]
    drawn = [decided(weighing(), log(3.0) - 90, -90.0, seen=seen) for seen in places]
    share = Counter(drawn)[Decision("Go to water")] / len(drawn)
    assert share == pytest.approx(0.75, abs=0.06)
    assert drawn == [decided(weighing(), log(3.0) - 90, -90.0, seen=seen) for seen in places]
    other = [decided(replace(weighing(), salt=1), log(3.0) - 90, -90.0, seen=seen) for seen in places]
    assert other != drawn


def test_without_temperature_the_likeliest_is_taken():
    assert {decided(weighing(temperature=0), -2.0, -1.9, seen=replace(SEEN, attempt=k)) for k in range(20)} == {
        Decision("Grasp")
    }


def test_where_no_action_can_be_each_is_as_likely():
    never = float("-inf")
    drawn = Counter(decided(weighing(), never, never, seen=replace(SEEN, attempt=k)).action for k in range(60))
    assert min(drawn["Go to water"], drawn["Grasp"]) > 15


def test_a_world_that_tells_no_actions_is_refused():
    with pytest.raises(ConfigError, match="'weighing' needs possible actions, and 'playground' tells none"):
        next(weighing().act(replace(SEEN, final=Observation("dark"))))
