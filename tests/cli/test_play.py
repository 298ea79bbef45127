"""A person at the terminal: what is shown, asked and typed."""

from pathlib import Path

import pytest

from worldlore.cli import main
from worldlore.environments.base import Environment
from worldlore.environments.household import Household
from worldlore.experience import Observation

GARDEN = Path(__file__).parents[2] / "examples" / "pddl"
PDDL = ("pddl", "--set", f"domain={GARDEN / 'domain.pddl'}", "--set", f"problems={GARDEN / '*-bed.pddl'}")
GRIPPER = ("programs", "--set", "inner.name=gripper")


@pytest.fixture
def typed(capsys, monkeypatch):
    """What `play` prints to a person who types these lines; its status is 0."""
    monkeypatch.setenv("COLUMNS", "160")

    def play(arguments, *lines):
        answers = iter(lines)

        def answer(*_):
            line = next(answers, None)
            if line is None:
                raise EOFError
            return line

        monkeypatch.setattr("builtins.input", answer)
        with pytest.raises(SystemExit) as end:
            main(["play", *arguments])
        assert not end.value.code, capsys.readouterr()
        return capsys.readouterr().out

    return play


def test_a_player_is_told_at_once_how_to_ask_and_to_leave(typed):
    text = typed(("household",), "")
    assert text.startswith("`?` lists what can be done, `!` asks the expert, an empty line leaves")
    assert "block" not in text


def test_what_can_be_done_is_listed_one_to_a_line_and_once(typed):
    before = typed(PDDL, "")
    listed = typed(PDDL, "?", "")[len(before) :].split("\n")
    commands = [line for line in listed if line.startswith(("walk", "take", "fill"))]
    assert len(commands) > 1
    assert len(commands) == len(set(commands))
    assert all(len(line.split()) <= 3 for line in commands)


@pytest.mark.parametrize("world", ["wordle", "scienceworld"])
def test_where_no_list_of_actions_is_told_the_manual_is(typed, monkeypatch, world):
    monkeypatch.setattr(Household, "name", world)
    monkeypatch.setattr(Household, "primitives", ())
    monkeypatch.setattr(Household, "reset", lambda *_: Observation("You are in a room."))
    assert {"wordle": "five letters each turn", "scienceworld": "pick up THING"}[world] in typed(
        ("household",), "?", ""
    )


def test_where_a_world_has_kinds_of_command_these_are_told(typed, monkeypatch):
    monkeypatch.setattr(Household, "reset", lambda *_: Observation("You are in a room."))
    assert "\nopen PLACE\n" in typed(("household",), "?", "")


def test_a_block_of_python_goes_on_until_an_empty_line(typed):
    text = typed(GRIPPER, "for n in (3, 7):", "    if n > 3:", "        print(n * 31)", "", "")
    assert "a line that ends with `:` opens a block" in text
    assert "217" in text
    assert "Error" not in text


def test_a_block_cut_off_by_the_end_of_input_is_still_run(typed):
    assert "217" in typed(GRIPPER, "for n in (3, 7):", "    print(n * 31)")


def test_the_first_split_with_tasks_is_played_and_the_end_tells_who_won(typed):
    plan = ("take can hut", "take beans hut", "walk hut well", "fill well", "walk well north-bed")
    text = typed(PDDL, *plan, "sow beans north-bed", "water north-bed")
    assert "won after 7 steps" in text


def test_of_faults_in_every_split_the_first_is_told(capsys):
    with pytest.raises(SystemExit) as end:
        main(["play", "pddl", "--set", "domain=nowhere.pddl", "--set", "problems=nowhere-*.pddl"])
    assert end.value.code == 2
    assert "nowhere" in capsys.readouterr().err


def test_a_world_without_an_expert_is_told_from_an_expert_without_advice(typed, monkeypatch):
    monkeypatch.setattr("worldlore.environments.household.Household.expert", lambda world: None)
    assert "there is no advice for this moment" in typed(("household",), "!", "")
    monkeypatch.setattr("worldlore.environments.household.Household.expert", Environment.expert)
    assert "this world has no expert" in typed(("household",), "!", "")
