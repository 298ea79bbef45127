"""A world of maths problems: blocks, answers, the contract."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.environments.maths.sums import Sums, begun, build, does
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.rollout.loop import Episode, Stage


@pytest.fixture
def env() -> Iterator[Sums]:
    world = begun()
    yield world
    world.close()


def test_the_world_keeps_the_contract() -> None:
    findings = list(check(build, ["train"], tasks=3, steps=6))
    assert {f.name: f.detail for f in findings if not f.passed} == {}
    assert "branching" in {f.name for f in findings}


def test_a_problem_that_is_asked_twice_is_one_task() -> None:
    assert [task.id for task in build().tasks("train")] == ["train-0", "train-1", "train-2"]


def test_the_question_is_seen_and_how_an_answer_is_written() -> None:
    world = build()
    seen = world.reset(world.tasks("train")[0], 0)
    assert seen.text == "What is 6 times 7?"
    assert seen.functions is not None and seen.functions[0].startswith("Answer: NUMBER")
    world.close()


def test_a_block_shows_what_it_printed_and_the_value_of_its_last_line(env: Sums) -> None:
    assert does(env, "print('a')\n1 + 1") == "a\n2"


def test_a_variable_named_answer_is_no_answer(env: Sums) -> None:
    assert does(env, "answer: int = 42\nanswer") == "42"


def test_variables_and_functions_are_kept(env: Sums) -> None:
    assert does(env, "def double(n):\n    return 2 * n", "y = double(4)", "y") == "8"


def test_a_block_that_prints_nothing_is_told_so(env: Sums) -> None:
    assert "printed nothing" in does(env, "x = 1")


def test_an_error_is_one_sentence_after_what_was_printed(env: Sums) -> None:
    told = does(env, "print('before')\nx = 1 / 0")
    assert told == "before\nThe program failed in line 2, `x = 1 / 0`: ZeroDivisionError: division by zero."


def test_nothing_of_a_block_is_run_that_is_no_python(env: Sums) -> None:
    assert "SyntaxError" in does(env, "x = 1\ny = = 2")
    assert "NameError" in does(env, "x")


@pytest.mark.parametrize(
    ("code", "words"),
    [("input('n? ')", "nobody is there to type"), ("exit()", "leave exit out"), ("open('x')", "no files here")],
)
def test_what_a_block_may_not_do_is_refused_in_words(env: Sums, code: str, words: str) -> None:
    outcome = env.step(f"kept = 5\n{code}")
    assert words in outcome.observation.text and not outcome.info["valid"]
    assert does(env, "kept") == "5"


def test_what_is_seen_has_an_end() -> None:
    world = begun(shown=50)
    assert does(world, "print('x' * 500)") == "x" * 50 + "… (cut at 50 characters)"
    world.close()


def test_after_a_block_that_took_too_long_a_new_interpreter_is_there_and_that_is_said() -> None:
    world = begun(bounds={"seconds": 0.5})
    world.step("x = 1")
    outcome = world.step("while True: pass")
    assert "longer than 0.5 s" in outcome.observation.text
    assert "all variables and functions of earlier blocks are gone" in outcome.observation.text
    assert outcome.info["ending"] == "timeout" and outcome.info["lost"]
    assert "NameError" in does(world, "x")
    assert does(world, "x = 2", "x") == "2"
    world.close()


def test_a_wrong_answer_is_told_and_the_work_goes_on(env: Sums) -> None:
    outcome = env.step("Answer: 41")
    assert "incorrect" in outcome.observation.text and not outcome.done
    assert outcome.info == {"valid": True, "answer": "41", "number": 1, "correct": False}
    end = env.step("Answer: 42")
    assert (end.reward, end.done, end.success, end.info["number"]) == (1.0, True, True, 2)
    with pytest.raises(EnvironmentFailure, match="reset before"):
        env.step("1")


def test_without_feedback_the_first_answer_is_the_last_and_not_judged_aloud() -> None:
    world = begun(feedback=False)
    outcome = world.step("Answer: 41")
    assert outcome.observation.text == "The answer was taken."
    assert (outcome.done, outcome.success, outcome.reward) == (True, False, 0.0)
    world.close()


def test_the_last_answer_that_is_allowed_ends_the_task() -> None:
    world = begun(answers=2)
    assert not world.step("Answer: 1").done
    outcome = world.step("Answer: 2")
    assert outcome.done and not outcome.success and outcome.info["number"] == 2
    world.close()


def test_an_action_that_is_neither_is_answered(env: Sums) -> None:
    outcome = env.step("  \n")
    assert "Nothing to do" in outcome.observation.text and not outcome.info["valid"]


def test_the_expert_acts_out_the_solution_whatever_was_done_between(env: Sums) -> None:
    assert env.expert() == "x = 6"
    env.step("x = 6")
    env.step("print('something else')")
    assert env.expert() == "y = x * 7\nprint(y)"
    env.step(env.expert() or "")
    assert env.expert() == "Answer: 42"
    assert env.step("Answer: 42").success and env.expert() is None


def test_where_no_solution_is_written_down_there_is_no_expert() -> None:
    world = begun(2)
    assert world.expert() is None
    world.close()


def test_random_is_the_same_in_every_episode_of_a_task_and_seed() -> None:
    drawn = []
    for seed in (0, 0, 1):
        world = begun(seed=seed)
        drawn.append(does(world, "import random\nrandom.random()"))
        world.close()
    assert drawn[0] == drawn[1] != drawn[2]


def test_the_expert_solves_arithmetic() -> None:
    from worldlore.agents.expert import Expert

    make = partial(ENVIRONMENTS.build, {"name": "arithmetic"})
    tasks = make().tasks("train")[:12]
    played = list(Stage(make, {}).play(Expert(), [Episode(task) for task in tasks]))
    assert [trajectory.success for trajectory in played] == [True] * len(tasks)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"rung": "landlok"}, "did you mean 'landlock'"),
        ({"answers": 0}, "answers: "),
        ({"feedbak": True}, "did you mean 'feedback'"),
    ],
)
def test_keys_that_cannot_be_are_refused_with_what_to_do(keys: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        ENVIRONMENTS.build({"name": "arithmetic", **keys})
