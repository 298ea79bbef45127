"""Theories on the page of a report and in the terminal."""

from __future__ import annotations

import io
import json
import re

from rich.console import Console

from tests.reports.pages import EVIL, browsed, needs_browser, outline
from tests.reports.theorised import PLANT, WRONG, lesson, records, written
from worldlore.experience import Cost, Lesson, Theory
from worldlore.reports.page import render, report
from worldlore.reports.theories.told import theories_text


def printed(renderable) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(renderable)
    return console.export_text()


def test_the_page_tells_theories_with_their_probabilities_and_what_is_true(tmp_path):
    page = render([written(tmp_path, "a/random"), written(tmp_path, "a/rl", seeds=(0, 1), explorer=True)])
    found = outline(page)
    assert "theories" in found.ids
    assert 'href="#theories"' in page
    text = " ".join(" ".join(found.text).split())
    for said in (
        "The true theory, rule by rule",
        "2 of 2",
        "75.0 %",
        "8 proposals, 7 of which changed a theory",
        "Predictions: training tasks that no theory was sought on",
        "What was sought out",
        "rl learns from 'disagreement'",
    ):
        assert said in text, said


def test_the_same_searches_give_the_same_bytes(tmp_path):
    runs = [written(tmp_path, seeds=(0, 1))]
    assert report(runs, tmp_path / "a.html").read_bytes() == report(runs, tmp_path / "b.html").read_bytes()


def test_a_page_without_theories_has_no_section_for_them(runs):
    page = render(runs)
    assert 'id="theories"' not in page
    assert "#theories" not in page


def hostile(tmp_path):
    run = written(tmp_path, "evil")
    for record in records(explorer=True):
        rows = [{**row, "text": EVIL} for row in record["proposed"]]
        first = {"first": [EVIL] * 2} if "first" in record else {}
        explorer = {**record["explorer"], "reward": EVIL, "kinds": {EVIL: 1.0}}
        told = {"best": EVIL, "theories": [{"text": EVIL, "probability": 1.0}], "kinds": {EVIL: 3}, "proposed": rows}
        run.seed(0).log({"seed": 0, **record, **told, **first, "explorer": explorer})
    run.seed(0).keep(Lesson(theories=(Theory(EVIL),), metrics={**lesson().metrics, "truth": EVIL}), Cost())
    return run


def test_texts_of_theories_are_never_parsed_as_html(tmp_path):
    page = render([hostile(tmp_path)])
    assert "<img" not in page
    assert [attrs for attrs, _ in outline(page).scripts] == [{"type": "application/gzip", "id": "data"}, {}]


def test_a_search_that_has_hardly_begun_has_a_page_too(tmp_path):
    run = written(tmp_path)
    path = run.path / "metrics.jsonl"
    path.write_text(path.read_text().splitlines()[0] + "\n")
    (run.seed(0).path / "practice.json").unlink()
    (run.seed(0).path / "predictions" / "heldout.jsonl").unlink()
    assert "What is believed" in render([run])


def test_a_run_that_plays_no_test_is_led_by_its_theories(tmp_path):
    run = written(tmp_path)
    (run.seed(0).path / "test.jsonl").unlink()
    text = " ".join(" ".join(outline(render([run])).text).split())
    assert "has no measured test episode" not in text
    led = text[: text.index("What was run")]
    assert re.search(r"100.0 % of what happens is among the three likeliest, .* with none 50.0 %.*16 transitions", led)


@needs_browser
def test_a_browser_shows_the_tree_of_theories(tmp_path):
    shown = browsed(report([written(tmp_path)], tmp_path / "page.html"))
    assert 'data-ready="true"' in shown
    assert shown.count('class="line best run-0"') >= 2


def test_theories_are_told_in_the_terminal(tmp_path):
    text = printed(theories_text(written(tmp_path, seeds=(0, 1))))
    assert "Theory 1: probability 0.750; log-likelihood -12.0" in text
    assert f"✓ {PLANT}" in text
    assert f"✗ {WRONG}" in text
    assert "2 of 2" in text
    assert "75 %" in text
    assert "100.0 %" in text
    assert theories_text(written(tmp_path, "other"), seed=7) is None


def test_a_chain_s_probabilities_are_told_to_be_shares_of_visits(tmp_path):
    for inference, said in (("mh", True), ("smc", False)):
        run = written(tmp_path, inference, inference=inference)
        assert ("shares of visits" in printed(theories_text(run))) is said
        assert ("shares of visits" in render([run])) is said


def test_a_theory_compared_with_itself_is_the_same(tmp_path):
    """The best theory and the true one foretell alike here, and what is alike is not undecided."""
    page = render([written(tmp_path)])
    assert '<span class="verdict same">same</span>' in page
    assert "+0.00 to +0.00" not in page


def test_records_are_those_a_search_writes(tmp_path):
    """The hand-made records hold no key a real search does not log."""
    from tests.methods.test_worldllm_search import FIRST, study
    from worldlore.methods.worldllm.inference import Sequential, SequentialConfig

    real = Sequential(study(tmp_path), SequentialConfig(particles=2)).take([FIRST]).record
    extra = {"phase", "collection", "best", "theories", "kinds", "cost"}
    assert set(records()[0]) - extra <= set(real)
    assert json.loads(json.dumps(real)) == real
