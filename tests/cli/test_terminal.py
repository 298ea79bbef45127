"""What is printed cannot steer the terminal it is printed on."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from worldlore.cli.terminal import STEERING, Terminal
from worldlore.experience import Decision, Observation, Step, Stop, Task, Trajectory
from worldlore.reports.transcript import episode_text

TITLE, CLIPBOARD = "\x1b]0;owned\x07", "\x9d52;c;b3duZWQ=\x9c"


def printed(thing, **keys) -> str:
    terminal = Terminal(file=io.StringIO(), width=60, **keys)
    terminal.print(thing)
    return terminal.file.getvalue()


@pytest.mark.parametrize("keys", [{}, {"force_terminal": True}], ids=["file", "terminal"])
def test_an_episode_is_shown_without_the_escape_sequences_in_it(keys):
    step = Step(Observation(f"A hall.{CLIPBOARD}"), Decision(f"look{TITLE}", f"hm\x1b[2J{TITLE}"))
    played = Trajectory(Task("t", "hall", "test", "leave"), 0, 0, (step,), Observation("Out."), Stop.TERMINATED, True)
    text = printed(episode_text(played), **keys)
    assert "\x1b]" not in text and "\x1b[2J" not in text and "\x9d" not in text and "\x07" not in text
    assert "A hall.52;c;b3duZWQ=" in text
    assert ("\x1b[" in text) == bool(keys)


@given(st.text(max_size=80))
def test_nothing_but_what_can_be_seen_is_passed_on(said):
    assert not set(map(ord, printed(Text(said)))) & STEERING.keys()
