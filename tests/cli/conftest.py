"""The command, run in a folder of its own."""

import pytest

from worldlore.cli import main


@pytest.fixture
def say(capsys, tmp_path, monkeypatch):
    """Run the command in an empty folder: its exit status and everything it printed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")

    def run(*arguments):
        status = 0
        try:
            main([str(a) for a in arguments])
        except SystemExit as end:
            status = end.code or 0
        printed = capsys.readouterr()
        return status, printed.out + printed.err

    return run
