from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import dataclass, field, replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.reports.learned import ACTIONS, TRACEBACK, played, written
from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Action, Decision, Lesson, Observation, Step, Stop, Task, Trajectory
from worldlore.reports.page import render, report
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


def test_the_page_has_every_section_and_says_the_verdict(runs):
    found = outline(render([replace(run, episodes=120) for run in runs]))
    sections = ["summary", "results", "learning", "families", "cost", "episodes", "trees", "provenance"]
    assert [i for i in found.ids if i in sections] == sections
    assert len(found.ids) == len(set(found.ids))
    text = " ".join(" ".join(found.text).split())
    assert re.search(r"densepolicy succeeds in [\d.]+ % where none does in [\d.]+ %", text)
    assert " better +" in text
    assert "3f1c9a7be2d04456" in text
    assert "worldlore run examples/demo.toml" in text


def test_the_same_runs_give_the_same_bytes(runs, tmp_path):
    first, second = report(runs, tmp_path / "a.html"), report(runs, tmp_path / "deep" / "b.html")
    assert first.read_bytes() == second.read_bytes()


def test_nothing_is_loaded_from_anywhere(runs):
    page = render(runs)
    found = outline(page)
    policy = next(value for tag, name, value in found.attributes if name == "content" and "default-src" in value)
    assert policy.startswith("default-src 'none'")
    linked = [v for _, name, v in found.attributes if name in ("src", "href", "action", "srcset", "data")]
    assert all(value.startswith("#") for value in linked)
    without_data = re.sub(r'id="data">[^<]*<', "", page)
    assert set(re.findall(r"https?://[^\s\"'<]+", without_data)) == {"http://www.w3.org/2000/svg"}
    assert "@import" not in page
    assert "url(" not in page


def test_the_policy_lets_the_pages_own_script_run_and_no_other(runs):
    found = outline(render(runs))
    policy = next(value for _, name, value in found.attributes if name == "content" and "default-src" in value)
    (script,) = [text for attrs, text in found.scripts if "type" not in attrs]
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]


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

    record = {"experiment": {"name": EVIL, EVIL: EVIL}, "digest": EVIL}
    return [replace(Hostile(EVIL, 0.5), record=record), replace(runs[2], name=EVIL)]


def test_texts_of_models_and_worlds_are_never_parsed_as_html(runs):
    page = render(hostile(runs))
    assert "<img" not in page
    assert [attrs for attrs, _ in outline(page).scripts] == [{"type": "application/gzip", "id": "data"}, {}]
    assert data_of(page)["tasks"][0][2] == EVIL


def test_every_test_episode_can_be_read_back_from_the_data(runs):
    data = data_of(render(runs))
    assert data["runs"] == ["none", "imitation", "densepolicy"]
    for place, run in enumerate(runs):
        told = [e for e in data["episodes"] if e[0] == place and e[2] == "test"]
        assert [restored(data, e) for e in told] == [spelled(t) for t in run.test(0)]


def test_trees_carry_values_pairs_and_ends(runs):
    data = data_of(render(runs))
    grown = [(i, *found) for i, run in enumerate(runs) for found in run.trees(0)]
    assert len(data["trees"]) == len(grown) == 4
    for told, (place, name, tree, appraisal) in zip(data["trees"], grown, strict=True):
        assert (told["run"], told["name"]) == (place, name)
        assert told["parents"] == [node.parent for node in tree.nodes]
        assert [data["strings"][data["steps"][i][2]] for i in told["steps"]] == [
            node.step.decision.action for node in tree.nodes
        ]
        assert told["values"] == pytest.approx(appraisal.values, abs=1e-6)
        assert [tuple(pair) for pair in told["pairs"]] == list(appraisal.pairs)
        assert [(leaf[0], leaf[3]) for leaf in told["leaves"]] == [(leaf.node, leaf.success) for leaf in tree.leaves]


def test_learned_actions_are_shown_as_code_with_their_success_and_their_author(tmp_path):
    page = render([written(tmp_path)])
    assert 'href="#actions"' in page
    code = re.findall(r'<pre class="code">(.*?)</pre>', page, re.DOTALL)
    assert [unescape(text) for text in code] == [action.source for action in ACTIONS]
    text = " ".join(" ".join(outline(page).text).split())
    assert "mined from trajectories · learning: 11 of 12 calls succeeded (91.7 %)" in text
    assert "test: 6 of 9 calls succeeded (66.7 %)" in text
    assert "stand in the room of the ball first" in text
    assert "60.0 % [" in text


def test_what_a_method_measured_while_it_learned_can_be_unfolded(tmp_path):
    lesson = Lesson(actions=ACTIONS, metrics={"story": ["mined from 3 trajectories"]})
    assert "mined from 3 trajectories" in " ".join(outline(render([written(tmp_path, lesson)])).text)
    assert "Measured while learning" not in render([written(tmp_path / "other")])


def test_lessons_of_several_learning_seeds_are_told_apart(tmp_path):
    text = " ".join(outline(render([written(tmp_path, seeds=(0, 4))])).text)
    assert "learning seed 0" in text
    assert "learning seed 4" in text
    assert text.count("over all seeds") == 1


def test_a_page_without_learned_actions_has_no_section_for_them(runs):
    page = render(runs)
    assert 'id="actions"' not in page
    assert "#actions" not in page


def test_what_happened_inside_a_program_is_in_the_data(tmp_path):
    data = data_of(render([written(tmp_path)]))
    infos = [json.loads(data["strings"][step[5]]) for step in data["steps"]]
    assert [info["inner"] for info in infos[:5]] == [step.info["inner"] for step in played(0).steps]
    assert infos[2]["error"] == TRACEBACK


def test_a_thousand_episodes_stay_light(runs, tmp_path):
    many = [replace(run, episodes=350, learns=False) for run in runs]
    assert report(many, tmp_path / "page.html").stat().st_size < 5_000_000


def test_what_is_left_out_is_said(runs):
    page = render([replace(runs[2], tree_count=20, rollouts=2)])
    assert len(data_of(page)["trees"]) == 12
    assert "12 of 20 trees of demo/densepolicy are shown" in page


def test_a_run_that_has_hardly_begun_has_a_page_too(runs):
    page = render([replace(runs[0], episodes=0, seeds=())])
    assert "has no measured test episode yet" in page
    assert 'id="trees"' not in page


def test_no_run_or_no_disk_is_told_in_one_sentence(runs, tmp_path):
    with pytest.raises(ConfigError, match="at least one run"):
        report([], tmp_path / "page.html")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write"):
        report(runs[:1], tmp_path / "file" / "page.html")


def browsed(page: Path, place: str = "") -> str:
    """What a browser makes of a page it opens from disk, as HTML."""
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    flags += ["--disable-background-networking", "--disable-component-update", "--virtual-time-budget=5000"]
    flags += [f"--user-data-dir={page.parent / 'profile'}", "--dump-dom"]
    command = ["chromium", *flags, page.as_uri() + place]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout


@needs_browser
def test_a_browser_shows_episodes_and_the_chosen_node_of_a_tree(runs, tmp_path):
    shown = browsed(report(runs, tmp_path / "page.html"), "#tree-3-1")
    assert 'data-ready="true"' in shown
    assert shown.count("data-place=") == len(list(runs[2].test(0)))
    assert "You are in the middle of a room." in shown
    assert shown.count('class="branch') > 10
    assert re.search(r'class="node picked" data-node="1"', shown)


@needs_browser
def test_a_browser_colours_code_and_offers_to_unfold_a_program(tmp_path):
    shown = browsed(report([written(tmp_path)], tmp_path / "page.html"), "#episode-0")
    assert '<span class="py-word">def</span> <span class="py-call">carry</span>' in shown
    assert '<span class="py-text">"""Carry every ball there."""</span>' in shown
    assert "2 inner moves, 1 failed, raised</summary>" in shown
    assert shown.count('class="inside"') == 4
    assert '<span class="tag">calls carry</span>' in shown


@needs_browser
def test_a_browser_shows_hostile_texts_as_texts(runs, tmp_path):
    shown = browsed(report(hostile(runs), tmp_path / "page.html"), "#episode-0")
    assert 'data-ready="true"' in shown
    assert "<img" not in shown
    assert shown.count("<script") == 2


def weighing(run, grounds):
    """The run with its first decision weighed, and no other episode."""

    class Weighing(type(run)):
        def test(self, seed):
            first = next(super().test(seed))
            step = replace(first.steps[0], decision=Decision("go", grounds=grounds))
            yield replace(first, steps=(step, *first.steps[1:]))

    return replace(Weighing("weighing", 0.5), record=run.record)


def test_how_a_decision_was_weighed_is_in_the_page(runs):
    grounds = {"opinions": {"policy": {"go": 1.0}}, "fused": {"go": 1.0}, "winner": "go", "voted": 0, "nearest": []}
    data = data_of(render([weighing(runs[0], grounds)]))
    told = [data["strings"][step[-1]] for step in data["steps"] if step[-1] >= 0]
    assert [json.loads(text) for text in told] == [grounds]


@needs_browser
def test_a_decision_against_the_policys_own_choice_says_so(runs, tmp_path):
    opinions = {"cases": {"take": 1.0}, "policy": {"go": 0.6, "take": 0.4}}
    grounds = {"opinions": opinions, "fused": {"go": 0.3, "take": 0.7}, "winner": "take", "voted": 0, "nearest": []}
    shown = browsed(report([weighing(runs[0], grounds)], tmp_path / "page.html"), "#episode-0")
    assert "weighed: take 70 %, where the policy alone would go" in shown


def restored(data, record):
    """An episode of the page's data, spelled out as `spelled` does."""

    def text(i):
        return "" if i < 0 else data["strings"][i]

    _, _, _, task, seed, attempt, path, seen, actions, stop, success, score, error, _ = record
    said, steps = [], []
    for i in path:
        looked, listed, action, thought, reward, _, calls, _ = data["steps"][i]
        for call in calls:
            kept, *new = call["messages"]
            said = said[:kept] + [(data["messages"][m][0], text(data["messages"][m][1])) for m in new]
            assert text(call["text"]) == f"> {text(action)}"
        listed = tuple(text(j) for j in data["lists"][listed])
        steps.append((text(looked), listed, text(action), text(thought), reward, tuple(said)))
    assert (listed is not None, actions) == (True, -1)
    return data["tasks"][task][4], seed, attempt, tuple(steps), text(seen), stop, success, score, text(error)


def spelled(t: Trajectory):
    steps = tuple(
        (
            step.observation.text,
            step.observation.actions,
            step.decision.action,
            step.decision.thought,
            step.reward,
            tuple((m.role, m.content) for m in step.calls[0].request.messages),
        )
        for step in t.steps
    )
    return t.task.key, t.seed, t.attempt, steps, t.final.text, t.stop, t.success, t.score, t.error or ""
