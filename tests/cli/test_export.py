"""`worldlore export` as a user meets it."""

from __future__ import annotations

import json
import re

import pytest

from tests.cli.terminal import refused
from tests.reports.learned import written
from tests.reports.practised import practised
from worldlore.experience import Lesson
from worldlore.reports.export import DATASETS, EXPORTS


@pytest.fixture(autouse=True)
def learned(say, tmp_path):
    """A run that learned actions, in the folder the command is given in."""
    written(tmp_path / "runs")


def test_a_run_is_exported_as_skills_and_as_tools(say, tmp_path):
    status, text = say("export", "runs/learnact", "--to", "skills", "--out", "skills")
    assert (status, text.splitlines()[0]) == (0, "skills/carry/SKILL.md")
    assert (tmp_path / "skills/carry/scripts/carry.py").is_file()
    assert say("export", "runs/learnact/seed-0/lesson", "--to", "openai-tools", "--out", "tools")[0] == 0
    assert [tool["function"]["name"] for tool in json.loads((tmp_path / "tools/tools.json").read_text())] == [
        "carry",
        "carry_all",
    ]


def test_actions_written_by_hand_are_exported_too(say, tmp_path):
    (tmp_path / "mine" / "actions").mkdir(parents=True)
    (tmp_path / "mine" / "actions" / "fetch.py").write_text("def fetch(ball):\n    pick(ball, 'rooma', 'left')\n")
    status, text = say("export", "mine", "--to", "skills", "--out", "skills")
    assert (status, text.splitlines()[0]) == (0, "skills/fetch/SKILL.md")


def test_what_is_wrong_is_told_in_one_sentence(say, tmp_path):
    to = ("--to", "skills", "--out", "out")
    assert "no run and no lesson in absent" in refused(say, "export", "absent", *to, status=1)
    assert "did you mean 'openai-tools'?" in refused(
        say, "export", "runs/learnact", "--to", "openai-tool", "--out", "out"
    )
    assert "no learning seed 4; there: 0" in refused(say, "export", "runs/learnact", "--seed", 4, *to)
    written(tmp_path / "other", Lesson())
    assert "no actions to export" in refused(say, "export", "other/learnact", *to)
    assert "has no actions" in refused(say, "show", "other/learnact", "--actions")
    say("export", "runs/learnact", *to)
    assert "is not empty" in refused(say, "export", "runs/learnact", *to)
    assert say("export", "runs/learnact", *to, "--force")[0] == 0


def test_show_lists_the_actions_prints_their_code_and_unfolds_a_step(say):
    status, text = say("show", "runs/learnact")
    assert status == 0
    assert "Learned actions" in text
    assert "carry_all" in text
    assert "worldlore show runs/learnact --actions" in text
    status, text = say("show", "runs/learnact", "--actions")
    assert "for attempt in range(3):" in text
    status, text = say("show", "runs/learnact", "1")
    assert "✗ first pick ball9 rooma left" in text


def test_a_lesson_without_actions_is_not_spoken_of(say, tmp_path):
    written(tmp_path / "other", Lesson())
    assert "Learned actions" not in say("show", "other/learnact")[1]


def test_pairs_and_episodes_leave_with_what_they_count(say, tmp_path):
    practised(tmp_path / "runs")
    run = "runs/walks"
    status, text = say("export", run, "--to", "trl-preference", "--out", "pairs", "--pairs", "all")
    assert (status, text.splitlines()[-1]) == (0, "2 pairs, 1 tasks")
    assert say("export", run, "--to", "llamafactory-ranking", "--out", "lf")[0] == 0
    assert "`stage: dpo`" in (tmp_path / "lf/walks_long_way_0_train_ranking.md").read_text()
    assert say("export", run, "--to", "inspect", "--out", "log", "--part", "test")[1].endswith("3 episodes\n")
    assert "did you mean 'trl-sft'?" in refused(say, "export", run, "--to", "trl-sfd", "--out", "out")
    assert "leave out all but --seed" in refused(
        say, "export", "runs/learnact", "--to", "skills", "--out", "out", "--part", "test"
    )
    assert "no run in absent" in refused(say, "export", "absent", "--to", "atif", "--out", "out", status=1)


def test_the_help_names_every_target_and_breaks_none(say, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    words = re.findall(r"[a-z-]+", say("export", "--help")[1])
    assert {*DATASETS.names, *EXPORTS.names} <= set(words)
