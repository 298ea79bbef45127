"""What tests need to read a report: its outline, what a browser makes of it, and runs with a say of their own."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from worldlore.experience import Action, Decision, Lesson, Observation, Step, Stop, Task, Trajectory
from worldlore.reports.payload import unpack

needs_browser = pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
VOID = {"meta", "link", "br", "input", "img", "hr"}
EVIL = '</script><script>alert("owned")</script><img src=x onerror=alert(1)> & "quotes" <!--'


@dataclass
class Outline(HTMLParser):
    """What a page holds; fails on tags that are not closed in order."""

    ids: list[str] = field(default_factory=list)
    scripts: list[tuple[dict, str]] = field(default_factory=list)
    attributes: list[tuple[str, str, str]] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)

    def __post_init__(self):
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag, attrs):
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        elif not self.open or self.open[-1] != "style":
            self.text.append(data)


def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    found.close()
    assert found.open == []
    return found


def data_of(page: str):
    return unpack(next(text for attrs, text in outline(page).scripts if attrs.get("id") == "data"))


def browsed(page: Path, place: str = "", size: tuple[int, int] = (1280, 900)) -> str:
    """What a browser makes of a page it opens from disk, as HTML."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    flags += ["--disable-background-networking", "--disable-component-update", "--virtual-time-budget=5000"]
    flags += [f"--user-data-dir={page.parent / 'profile'}", f"--window-size={size[0]},{size[1]}", "--dump-dom"]
    command = ["chromium", *flags, page.as_uri() + place]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


def hostile(runs):
    """Two runs whose every text would take the page over if it were parsed."""
    task = Task(EVIL, "household", "test", EVIL, {"family": EVIL})
    inside = {"valid": False, "inner": [[EVIL, EVIL, False, 0.0]] * 2, "called": [EVIL], "failure": 0}
    inside |= {"error": EVIL, "ending": EVIL, "rung": EVIL}
    near = {"likeness": 0.5, "before": EVIL, "state": EVIL, "action": EVIL}
    weighed = {"opinions": {EVIL: {EVIL: 1.0}}, "fused": {EVIL: 1.0}, "winner": EVIL, "voted": 1, "nearest": [near]}
    step = Step(Observation(EVIL, (EVIL,)), Decision(EVIL, EVIL, weighed), 0.0, {EVIL: EVIL, **inside})
    other = replace(step, decision=Decision(EVIL, EVIL, {EVIL: EVIL}))
    played = Trajectory(task, 0, 0, (step, other), Observation(EVIL), Stop.FAILED, False, EVIL)

    class Hostile(type(runs[0])):
        def test(self, seed):
            yield played

        def lesson(self):
            source = f"def act():\n    return {EVIL!r}\n"
            return Lesson(actions=(Action("act", source, EVIL, (EVIL,), 1, 1, EVIL),))

    record = {"experiment": {"name": EVIL, "agent": {"name": EVIL}, EVIL: EVIL}, "digest": EVIL}
    return [replace(Hostile(EVIL, 0.5), record=record), replace(runs[2], name=EVIL)]


def weighing(run, grounds):
    """The run with its first decision weighed, and no other episode."""

    class Weighing(type(run)):
        def test(self, seed):
            first = next(super().test(seed))
            step = replace(first.steps[0], decision=Decision("go", grounds=grounds))
            yield replace(first, steps=(step, *first.steps[1:]))

    return replace(Weighing("weighing", 0.5), record=run.record)
