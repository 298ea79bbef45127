"""The page on one's own parts: its files and commands are what is tested."""

import re
import sys
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "extending.md").read_text(encoding="utf-8")
FILES: dict[str, str] = dict(re.findall(r"```\w+\n# (\S+)\n(.*?)```", PAGE, re.DOTALL))
COMMANDS = [line.split() for line in re.findall(r"^    worldlore (?!play)(.*)$", PAGE, re.MULTILINE)]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The page's files, in the folder where the command is run; nothing of them is left imported."""
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    yield tmp_path
    for name in FILES:
        sys.modules.pop(name.removesuffix(".py"), None)


def test_the_page_shows_a_file_of_each_sort_and_a_page():
    assert list(FILES) == ["counter.py", "asker.py", "noting.py", "counting.py", "own.toml"]
    assert len(COMMANDS) == 5


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_of_the_page_works(folder, say, command):
    status, text = say(*command)
    assert status == 0, text


def test_the_page_s_parts_learn_and_succeed_together(folder, say):
    status, text = say("run", "own.toml")
    assert status == 0, text
    assert "Episodes that went well ended with: stop." in (
        next((folder / "runs").rglob("lesson/knowledge/noting.md")).read_text(encoding="utf-8")
    )
