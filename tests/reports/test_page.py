from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html import unescape

import pytest

from tests.reports.learned import ACTIONS, TRACEBACK, played, written
from tests.reports.pages import EVIL, data_of, hostile, outline, weighing
from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Lesson, Trajectory
from worldlore.reports.page import render, report


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


def test_how_a_decision_was_weighed_is_in_the_page(runs):
    grounds = {"opinions": {"policy": {"go": 1.0}}, "fused": {"go": 1.0}, "winner": "go", "voted": 0, "nearest": []}
    data = data_of(render([weighing(runs[0], grounds)]))
    told = [data["strings"][step[-1]] for step in data["steps"] if step[-1] >= 0]
    assert [json.loads(text) for text in told] == [grounds]


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
