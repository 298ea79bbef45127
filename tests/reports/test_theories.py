"""Theories in a report, against runs whose numbers are known by hand."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reports.theorised import PLANT, TRUTH, WATER, WRONG, predictions, records, search, written
from worldlore.experience import Lesson, Theory, write_jsonl
from worldlore.reports.theories.curves import groups, levels, panel
from worldlore.reports.theories.foretold import foreseen
from worldlore.reports.theories.search import Search, kinds, searches
from worldlore.reports.theories.section import section
from worldlore.reports.theories.sentences import Sentence, marked, rules, sentences
from worldlore.reports.theories.sought import sought


def named(found, title):
    return next(group for group in found if group.title == title)


def drawn(figure):
    return ElementTree.fromstring(str(figure.svg))


# what was logged


def test_of_a_collection_that_a_resumed_run_made_again_the_later_record_counts(tmp_path):
    run = written(tmp_path)
    run.seed(0).log({"seed": 0, **records()[2], "ess": 9.0})
    (found,) = searches([run])
    assert [record["collection"] for record in found.records] == [0, 1, 2]
    assert found.over_time("ess") == {0: 2.0, 1: 1.75, 2: 9.0}


def test_sorts_of_change_go_from_the_frequent_to_the_rare():
    assert kinds([search(records())]) == ["standing", "transformP"]


def test_a_search_under_way_is_told_from_its_log_and_a_lesson_from_elsewhere_from_itself(tmp_path):
    under_way = search(records()[:1], lesson=None)
    assert (under_way.best, under_way.truth, len(under_way.theories)) == (WATER, None, 2)
    assert search((), lesson=Lesson(theories=(Theory(PLANT, 0.5),))).best == PLANT
    assert section([written(tmp_path)]) is not None


# rule by rule


def test_sentences_lose_bullets_and_numbers():
    assert sentences("1. Seeds need water. Pigs need plants.\n- a third\n\n(2) b") == [
        "Seeds need water.",
        "Pigs need plants.",
        "a third",
        "b",
    ]


def test_a_sentence_is_true_if_the_true_theory_says_the_same():
    other = "to grow the plant seed, give it water"
    assert marked(f"{other}\n{WRONG}", TRUTH) == [Sentence(other, True), Sentence(WRONG, False)]
    assert marked("Blue opens.", None) == [Sentence("Blue opens.", None)]
    assert marked("", TRUTH) == []


def test_each_true_rule_is_told_with_the_seeds_that_found_it_and_the_belief_in_it():
    other = replace(search(records()[:2]), seed=1)
    ((truth, told),) = rules([search(records()), other])
    assert truth == TRUTH
    assert [(rule.text, rule.found[0].best, rule.found[0].belief) for rule in told[1:]] == [
        (WATER, 2, 1.0),
        (PLANT, 1, 0.375),
    ]
    assert told[0].found[0].best == 0


# figures


def test_curves_are_means_over_seeds_with_a_band_and_levels(tmp_path):
    run = written(tmp_path, seeds=(0, 1))
    found = searches([run])
    likelihood = named(groups(found), "How well theories foretell")
    assert [figure.title for figure in likelihood.figures] == [
        "All transitions",
        "Standing on something",
        "Growing a plant",
    ]
    plant = drawn(likelihood.figures[2])
    assert [e.get("class") for e in plant.iter("line") if "reference" in e.get("class")] == [
        "reference none",
        "reference true",
    ]
    assert likelihood.figures[2].last == ((0, "curious/smc", "-4 → -1"),)
    size = next(f for f in named(groups(found), "How the search went").figures if f.title == "Effective sample size")
    assert size.last == ((0, "curious/smc", "2.25 → 1.75"),)
    assert [e.get("class") for e in drawn(size).iter("path")] == ["band run-0", "curve run-0"]


@given(st.lists(st.lists(st.floats(0, 1), min_size=3, max_size=3), min_size=2, max_size=5))
def test_a_band_lies_around_its_mean_and_within_what_the_seeds_reached(values):
    found = [Search(0, "smc", i, (), None) for i in range(len(values))]
    (curve,) = panel("x", found, lambda search: dict(enumerate(values[search.seed]))).curves
    for (x, mean), (_, low, high) in zip(curve.points, curve.band, strict=True):
        reached = [round(of[x], 9) for of in values]
        assert min(reached) <= low <= mean + 1e-12
        assert mean - 1e-12 <= high <= max(reached)


def test_one_seed_has_no_band(tmp_path):
    for group in groups(searches([written(tmp_path)])):
        assert "standard deviation" not in group.note
        assert not any("band" in str(figure.svg) for figure in group.figures)


def test_what_was_seen_adds_up(tmp_path):
    seen = named(groups(searches([written(tmp_path)])), "What was seen")
    assert [(figure.title, figure.last[0][2]) for figure in seen.figures] == [
        ("Standing on something", "8 → 21"),
        ("Growing a plant", "0 → 3"),
    ]


def test_levels_on_which_runs_do_not_agree_are_not_drawn():
    other = search((), lesson=Lesson(metrics={"heldout": {"none": {"loglik": {"transformP": -5.0}}}}))
    assert [level.label for level in levels([search(())], "transformP")] == ["no theory", "true theory"]
    assert [level.label for level in levels([search(()), replace(other, run=1)], "transformP")] == ["true theory"]


def test_rewards_have_figures_where_somebody_learned_from_them(tmp_path):
    runs = [written(tmp_path, "curious/random"), written(tmp_path, "curious/rl", explorer=True)]
    rewards = named(groups(searches(runs)), "What was worth seeing")
    assert "rl learns from 'disagreement'" in rewards.note
    assert [figure.last for figure in rewards.figures] == [((1, "rl", "0.1 → 0"),), ((1, "rl", "0.9 → 0.3"),)]
    assert "What was worth seeing" not in [group.title for group in groups(searches(runs[:1]))]


def test_what_was_sought_out_is_told_early_and_late(tmp_path):
    _, plain, _, plant = sought(searches([written(tmp_path, "a/x"), written(tmp_path, "a/rl", explorer=True)]))
    assert (plant.kind, plant.count, plant.early, plant.late) == ("growing a plant", 3, 0, 250)
    assert (plant.first, plant.missed, plant.reward) == (2, 0, (0.9, 0.3))
    assert (plant.step, plain.step) == ((6.0, 4.0), None)
    assert plain.reward is None


# what was foretold


def test_ranks_by_sort_of_change_with_intervals_and_what_theories_change(tmp_path):
    (found,) = foreseen([written(tmp_path, seeds=(0, 1))])
    top3 = next(ranking for ranking in found.rankings if ranking.title == "Top-3")
    assert top3.columns == (("all", 32), ("standing on something", 16), ("growing a plant", 16))
    told = {line.told: [cell.value for cell in line.cells] for line in top3.lines}
    assert told == {
        "no theory": [0.5, 1, 0],
        "best theory": [1, 1, 1],
        "true theory": [1, 1, 1],
        "random order": [0.5, 0.5, 0.5],
    }
    assert list(told) == ["no theory", "best theory", "true theory", "random order"]
    assert all(cell.low <= cell.value <= cell.high for line in top3.lines[:-1] for cell in line.cells)
    gain, ahead = top3.gains
    assert [cell.verdict for cell in gain.cells] == ["better", "undecided", "better"]
    assert ahead.words == "best theory → true theory"
    loglik = next(ranking for ranking in found.rankings if ranking.title == "Log-likelihood")
    assert loglik.lines[0].cells[2].value == pytest.approx(-4.0)
    assert loglik.gains[0].cells[2].difference == pytest.approx(3.9)


def test_calibration_has_a_figure_for_each_theory(tmp_path):
    (found,) = foreseen([written(tmp_path)])
    assert [figure.title for figure in found.calibration] == ["No theory", "Best theory", "True theory"]
    assert all(figure.last[0][2].startswith("error 0.") for figure in found.calibration)


def test_predictions_on_the_tests_tasks_are_told_too(tmp_path):
    run = written(tmp_path)
    write_jsonl(run.seed(0).path / "predictions" / "test.jsonl", predictions(0))
    assert [one.where for one in foreseen([run])] == [
        "training tasks that no theory was sought on",
        "the tasks of the test",
    ]


def test_predictions_without_candidates_have_likelihoods_alone(tmp_path):
    run = written(tmp_path)
    bare = [replace(f, prediction=replace(f.prediction, candidates=(), logprobs=())) for f in predictions(0)]
    write_jsonl(run.seed(0).path / "predictions" / "heldout.jsonl", bare)
    (found,) = foreseen([run])
    assert [ranking.title for ranking in found.rankings] == ["Log-likelihood"]
    assert found.calibration == ()
