"""A report as a browser shows it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.reports.conftest import appraised, episode, task
from tests.reports.learned import written
from tests.reports.pages import browsed, hostile, needs_browser, weighing
from worldlore.experience import Stop, Tree
from worldlore.reports.page import report


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


def drawn(page: Path, size: tuple[int, int], place: str) -> tuple[float, float]:
    """How wide and high a window of this size draws a tree."""
    svg = re.search(r'<svg [^>]*aria-label="Tree of[^>]*>', browsed(page, place, size))[0]
    return tuple(float(re.search(rf' {side}="([^"]+)"', svg)[1]) for side in ("width", "height"))


def long(run):
    """The run with one tree, of four rollouts of forty steps."""
    of = task(0, "train")
    paths = [(0,) * first + (1,) * (40 - first) for first in (3, 4, 20, 40)]
    played = [episode(of, path, Stop.MAX_STEPS, False) for path in paths]
    tree = Tree.grow([replace(one, attempt=attempt) for attempt, one in enumerate(played)])

    class Long(type(run)):
        def trees(self, seed):
            yield "0-long", tree, appraised(tree)

    return replace(Long("long", 0.5), record=run.record)


@needs_browser
@pytest.mark.parametrize("width", [600, 900, 1600])
def test_a_tree_is_seen_from_its_root_to_its_ends_when_it_opens(runs, tmp_path, width):
    wide, high = drawn(report([long(runs[0])], tmp_path / "page.html"), (width, 900), "#tree-0")
    assert wide < (0.7 if width > 832 else 1) * width
    assert high < 900


@needs_browser
def test_a_decision_against_the_policys_own_choice_says_so(runs, tmp_path):
    opinions = {"cases": {"take": 1.0}, "policy": {"go": 0.6, "take": 0.4}}
    grounds = {"opinions": opinions, "fused": {"go": 0.3, "take": 0.7}, "winner": "take", "voted": 0, "nearest": []}
    shown = browsed(report([weighing(runs[0], grounds)], tmp_path / "page.html"), "#episode-0")
    assert "weighed: take 70 %, where the policy alone would go" in shown
