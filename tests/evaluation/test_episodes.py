from __future__ import annotations

import pytest

from worldlore.evaluation.episodes import measure, outcomes
from worldlore.experience import Decision, Observation, Step, Stop, Task, Trajectory


def episode(name="a", success: bool | None = True, steps=2, stop=Stop.TERMINATED, **data) -> Trajectory:
    task = Task(name, "household", "test", f"do {name}", {"name": name, **data})
    done = tuple(
        Step(Observation("a room"), Decision("look"), float(success is True and i == steps - 1)) for i in range(steps)
    )
    return Trajectory(task, 0, 0, done, Observation("end"), stop, success)


def by_name(*episodes: Trajectory):
    return {m.name: m for m in measure((0, e) for e in episodes)}


def test_success_score_and_steps_are_measured():
    found = by_name(episode("a"), episode("b", False, steps=10, stop=Stop.MAX_STEPS))
    assert found["success"].value == found["score"].value == 0.5
    assert (found["success"].low, found["success"].high) == pytest.approx((0.0945, 0.9055), abs=1e-3)
    assert found["steps"].value == 6
    assert (found["steps_of_successes"].value, found["steps_of_successes"].n) == (2, 1)


def test_a_failed_episode_is_counted_beside_success_not_in_it():
    found = by_name(episode("a"), episode("b", None, stop=Stop.FAILED))
    assert (found["success"].value, found["success"].n) == (1, 1)
    assert (found["failed"].value, found["failed"].n) == (0.5, 2)
    assert found["steps"].n == 1


def test_an_unparsed_reply_is_the_agents_own_failure():
    found = by_name(episode("a"), episode("b", False, stop=Stop.UNPARSED))
    assert found["success"].value == 0.5
    assert found["unparsed"].value == 0.5


def test_what_was_not_measured_is_absent():
    assert measure([]) == ()
    assert set(by_name(episode("a", None, stop=Stop.FAILED))) == {"failed", "unparsed"}
    assert by_name(episode("a")).keys().isdisjoint({"invalid_actions", "invalid_episodes"})
    assert "steps_of_successes" not in by_name(episode("a", False))


def test_invalid_actions_are_a_share_of_the_actions():
    def step(valid):
        return Step(Observation("a room"), Decision("look"), info={"valid": valid})

    task = Task("a", "household", "test", "do a")
    long = Trajectory(task, 0, 0, (step(True),) * 8, Observation("end"), Stop.MAX_STEPS, False)
    short = Trajectory(task, 1, 0, (step(False),) * 2, Observation("end"), Stop.TERMINATED, True)
    found = by_name(long, short)
    assert found["invalid_actions"].value == 0.2
    assert (found["invalid_episodes"].value, found["invalid_episodes"].n) == (0.5, 2)


def test_where_the_environment_lists_its_actions_any_other_is_invalid():
    task = Task("a", "household", "test", "do a")
    steps = tuple(Step(Observation("a room", ("look", "go")), Decision(action)) for action in ("look", "fly", "go"))
    played = Trajectory(task, 0, 0, steps, Observation("end"), Stop.MAX_STEPS, False)
    assert by_name(played)["invalid_actions"].value == pytest.approx(1 / 3)


def program(valid: bool, *called: str, moves: int = 1, reward: float = 0.0) -> Step:
    """A step of a world that takes programs."""
    inner = [["move roomb", "You are in roomb.", valid, 0.0]] * moves
    return Step(Observation("a room"), Decision("…"), reward, {"valid": valid, "inner": inner, "called": list(called)})


def played(*steps: Step, success: bool | None = False, name="a") -> Trajectory:
    stop = Stop.FAILED if success is None else Stop.TERMINATED
    return Trajectory(Task(name, "gripper", "test", "move all"), 0, 0, steps, Observation("end"), stop, success)


def test_grounding_is_the_share_of_actions_that_had_an_effect_as_the_world_tells_it():
    found = by_name(played(program(True), program(False)), played(program(True), program(True), name="b"))
    assert found["grounding"].value == 0.75
    assert found["invalid_actions"].value == 0.25


def test_grounding_is_not_guessed_from_a_list_of_admissible_actions():
    step = Step(Observation("a room", ("look",)), Decision("look"))
    assert "grounding" not in by_name(played(step))


def test_calls_of_learned_actions_are_a_share_of_the_programs_and_have_a_success_of_their_own():
    found = by_name(played(program(True, "carry"), program(False, "carry", "back"), program(False), program(True)))
    assert found["learned_calls"].value == 0.5
    assert found["learned_call_success"].value == 0.5


def test_programs_that_call_no_learned_action_say_so_and_have_no_success_of_calls():
    found = by_name(played(program(True)))
    assert found["learned_calls"].value == 0
    assert "learned_call_success" not in found


def test_inner_moves_are_counted_an_episode_and_only_where_actions_are_programs():
    found = by_name(played(program(True, moves=7), program(True, moves=2)), played(program(True), name="b"))
    assert (found["inner_moves"].value, found["steps"].value) == (5, 1.5)
    assert {"inner_moves", "learned_calls"}.isdisjoint(by_name(episode("a")))


def test_inner_moves_of_a_failed_episode_are_left_out_as_its_steps_are():
    found = by_name(played(program(True, moves=9), success=None), played(program(True), name="b"))
    assert (found["inner_moves"].value, found["inner_moves"].n) == (1, 1)


def test_the_score_is_the_progress_where_rewards_tell_it():
    found = by_name(played(program(True, reward=0.25), program(True, reward=0.5)))
    assert (found["score"].value, found["success"].value) == (0.75, 0)


def test_success_is_told_by_family_where_tasks_have_one():
    found = by_name(episode("a", family="heat"), episode("b", False, family="heat"), episode("c", family="cool"))
    assert (found["success/heat"].value, found["success/heat"].n) == (0.5, 2)
    assert found["success/cool"].value == 1
    assert [name for name in found if "/" in name] == ["success/cool", "success/heat"]


def test_outcomes_carry_what_makes_two_episodes_a_pair():
    played = Trajectory(Task("a", "household", "test", "do a"), 3, 4, (), Observation("end"), Stop.TERMINATED, True)
    (outcome,) = outcomes([(7, played)])["success"]
    assert (outcome.task, outcome.learner, outcome.seed, outcome.attempt) == (played.task.key, 7, 3, 4)
