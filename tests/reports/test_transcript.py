"""What the terminal shows of programs and of learned actions."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tests.reports.learned import ACTIONS, TRACEBACK, played, step, written
from worldlore.experience import Action, Decision, Lesson, Observation, Step
from worldlore.reports.actions import learned, moves, share, success
from worldlore.reports.tables import comparison_table, run_table
from worldlore.reports.transcript import actions_table, actions_text, episode_text


def printed(thing, width: int = 100) -> str:
    console = Console(width=width, file=io.StringIO())
    console.print(thing)
    return console.file.getvalue()


def test_the_inner_moves_of_a_program_stand_under_it_and_the_first_failure_is_marked():
    lines = printed(episode_text(played(0))).splitlines()
    at = next(i for i, line in enumerate(lines) if "> carry('ball9'" in line)
    assert lines[at + 1].split() == [*["✗", "first", "pick", "ball9", "rooma", "left"], *lines[at + 1].split()[6:]]
    assert lines[at + 2].strip().startswith("· move rooma roomb")


def test_the_rung_of_protection_is_told_once_and_only_where_a_program_ran(runs):
    text = printed(episode_text(played(0)))
    assert text.count("programs ran under: Landlock, seccomp, limits, no network") == 1
    assert "programs ran" not in printed(episode_text(next(runs[0].test(0))))


@pytest.mark.parametrize(("ending", "words"), [("stopped", "the task was over"), ("timeout", "out of time")])
def test_a_program_that_was_cut_off_says_why(ending, words):
    cut = step("go()", [], ending=ending)
    assert words in printed(episode_text(replace(played(0), steps=(cut,))))


def test_a_traceback_is_shown_whole_under_the_program_that_raised_it():
    text = printed(episode_text(played(0)))
    assert all(line.strip() in text for line in TRACEBACK.splitlines())


def test_a_program_of_several_lines_keeps_its_lines():
    text = printed(episode_text(played(0)))
    assert "  4 > for ball in ['ball2', 'ball3']:\n    |     carry(ball, 'rooma', 'roomb')   reward 0.5" in text


def test_a_plain_command_is_not_repeated_as_its_own_inner_move():
    text = printed(episode_text(played(0)))
    assert "· look" not in text
    assert "· move roomb rooma" in text


def test_how_a_decision_was_weighed_is_told_in_a_line():
    opinions = {"policy": {"go": 0.9, "take": 0.1}, "cases": {"take": 1.0}, "judge": {}}
    grounds = {"opinions": opinions, "fused": {"go": 0.45, "take": 0.55}, "winner": "take", "voted": 3, "nearest": []}
    weighed = Step(Observation("seen"), Decision("take mug 1", grounds=grounds))
    text = printed(episode_text(replace(played(0), steps=(weighed,))))
    assert "weighed: policy go 90% · cases take 100% → take" in text


def test_text_of_a_world_that_looks_like_markup_is_printed_as_it_is():
    odd = step("go()", [["go [/x]", "[bold]there[/bold]", False, 0.0]])
    text = printed(episode_text(replace(played(0), steps=(odd,))))
    assert "go [/x]  [bold]there[/bold]" in text


def test_the_actions_of_a_lesson_are_counted_in_the_test_and_while_they_were_learned(tmp_path):
    carry, carry_all, name = learned(written(tmp_path))
    assert (carry.action, carry.called, carry.failed) == (ACTIONS[0], 9, 3)
    assert (carry.action.calls, carry.action.failures) == (12, 1)
    assert (carry_all.called, name.called) == (0, 0)
    assert carry.author == "mined from trajectories"


def test_actions_are_told_of_each_learning_seed(tmp_path):
    found = learned(written(tmp_path, seeds=(0, 3)))
    assert [one.seed for one in found] == [0, 0, 0, 3, 3, 3]
    assert printed(actions_table(written(tmp_path / "one"))).count("seed") == 0
    assert "seed" in printed(actions_table(written(tmp_path / "two", seeds=(0, 3))))


def test_a_lesson_without_actions_has_no_table(tmp_path):
    assert actions_table(written(tmp_path, Lesson())) is None


def test_an_action_is_printed_with_its_notes_its_success_and_its_code(tmp_path):
    text = printed(actions_text(learned(written(tmp_path))))
    assert "Carry one ball to another room & come back." in text
    assert "note: stand in the room of the ball first" in text
    assert "mined from trajectories (seed 0); learning: 11 of 12 calls succeeded; test: 6 of 9 calls succeeded" in text
    assert "for attempt in range(3):" in text


def test_an_author_nobody_named_is_told_as_unknown(tmp_path):
    action = Action("go", "def go():\n    pass\n")
    (one,) = learned(written(tmp_path, Lesson(actions=(action,))))
    assert one.author in ("by an unknown author", "written by hand")


def test_a_run_and_a_comparison_tell_calls_and_moves_in_a_hundred_columns(tmp_path, runs):
    with_calls = written(tmp_path)
    text = printed(run_table(with_calls))
    for name in ("inner moves", "learned calls", "learned call success", "grounding"):
        assert name in text
    for width in (80, 100):
        text = printed(comparison_table([runs[2], with_calls]), width)
        for cell in ("60 %", "67 % ok", "(13.0)", "0.750", "3,801", "1.62M"):
            assert cell in text
        assert "gripper" in " ".join(text.split())
        assert "…" not in text.replace("(…) below", "")


def test_a_comparison_without_calls_has_no_column_for_them(runs):
    assert "called" not in printed(comparison_table(runs))


@pytest.mark.parametrize(
    ("calls", "failures", "words", "rate"),
    [
        (0, 0, "never called", "—"),
        (1, 0, "1 of 1 call succeeded", "100.0 %"),
        (12, 1, "11 of 12 calls succeeded", "91.7 %"),
    ],
)
def test_success_of_calls_in_words(calls, failures, words, rate):
    assert success(calls, failures) == words
    assert share(calls, failures) == rate


def test_a_step_that_was_no_program_has_no_moves(runs):
    assert moves(next(runs[0].test(0)).steps[0]) is None


def test_of_an_answer_only_what_is_new_is_shown():
    state = "Ball1 is at rooma. Left is free. Robby is at rooma."
    held = "Left is carrying ball1. Robby is at rooma."
    refused = "This action is not valid."
    inner = [["pick", held, True, 0.0], ["pick", refused, False, 0.0], ["pick", refused, False, 0.0]]
    inner += [["look", held, True, 0.0], ["move", "Left is carrying ball1. Robby is at roomb.", True, 0.0]]
    found = [move.news for move in moves(step("…", inner, text=state))]
    assert found == ["Left is carrying ball1.", refused, refused, held, "Robby is at roomb."]


def test_long_answers_of_inner_moves_are_cut_to_a_line():
    long = step("go()", [["go", "word " * 100, True, 0.0]])
    text = printed(episode_text(replace(played(0), steps=(long,))), width=400)
    assert "word…" in text
