from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from worldlore.reports.chart import POINTS, ticks
from worldlore.reports.figures import learning_curves


def trained(run, records):
    class Trained(type(run)):
        def metrics(self):
            return iter([{"phase": "training", **record} for record in records])

    return Trained(run.name, run.skill)


def test_each_quantity_of_training_has_a_figure_with_a_curve_a_run(runs):
    figures = learning_curves(runs)
    assert [figure.title for figure in figures] == ["Training loss", "Reward margin", "Pair accuracy"]
    for figure in figures:
        drawing = ElementTree.fromstring(str(figure.svg))
        curves = {path.get("class") for path in drawing.iter("path")}
        assert curves == {"curve run-1", "curve run-2", "curve faint run-1", "curve faint run-2"}
        assert [label for _, label, _ in figure.last] == ["imitation", "densepolicy"]


def test_what_was_not_recorded_has_no_figure(runs):
    assert learning_curves(runs[:1]) == ()
    only = learning_curves([trained(runs[0], [{"step": 1, "loss": 0.5}, {"step": 2, "loss": float("nan")}])])
    assert [figure.title for figure in only] == ["Training loss"]


def test_the_loss_on_what_was_kept_back_has_a_figure_of_its_own(runs):
    kept = [{"step": 0, "held_out_loss": 0.7}, {"step": 1, "loss": 0.6}, {"step": 2, "loss": 0.5, "held_out_loss": 0.4}]
    figures = learning_curves([trained(runs[0], kept)])
    assert {figure.title: figure.last[0][2] for figure in figures} == {
        "Training loss": "0.6 → 0.5",
        "Loss on units kept back": "0.7 → 0.4",
    }


def test_a_step_that_a_resumed_run_made_again_counts_once(runs):
    steps = [(1, 0.7), (2, 0.6), (3, 9.0), (2, 0.5), (3, 0.4)]
    (figure,) = learning_curves([trained(runs[0], [{"step": step, "loss": loss} for step, loss in steps])])
    assert figure.last[0][2] == "0.7 → 0.4"


def test_learning_seeds_have_curves_of_their_own(runs):
    (figure, *_) = learning_curves([replace(runs[2], seeds=(0, 1))])
    assert [label for _, label, _ in figure.last] == ["demo/densepolicy, seed 0", "demo/densepolicy, seed 1"]


def test_trainings_of_one_practice_have_curves_of_their_own(runs):
    records = [
        {"step": s, "loss": loss, **of} for of in ({}, {"run": "training/world"}) for s, loss in ((1, 2), (2, 1))
    ]
    (figure,) = learning_curves([trained(runs[0], records)])
    assert [label for _, label, _ in figure.last] == ["demo/none", "demo/none, world"]


def test_a_long_curve_is_thinned_but_keeps_its_ends(runs):
    records = [{"step": i, "loss": 1 / i} for i in range(1, 5001)]
    (figure,) = learning_curves([trained(runs[0], records)])
    assert str(figure.svg).count("L") <= 2 * POINTS
    assert figure.last[0][2] == "1 → 0.0002"


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6))
@example(1e-300, 1e-10)
@example(5e-324, 0.0)
def test_ticks_are_few_rising_and_around_the_range(low, span):
    found = ticks(low, low + span)
    assert 1 <= len(found) <= 8
    assert found == sorted(set(found))
    slack = 1e-6 * (abs(low) + span + 1)
    assert found[0] <= low + slack
    assert found[-1] >= low + span - slack


@pytest.mark.parametrize(("low", "high", "expected"), [(0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]), (1, 60, [0, 20, 40, 60])])
def test_ticks_are_round(low, high, expected):
    assert ticks(low, high) == expected


def test_a_rounding_error_is_told_as_nothing(runs):
    records = [{"step": step, "margin": margin} for step, margin in ((1, -1.4e-7), (2, 0.3), (3, 0.02))]
    (figure,) = learning_curves([trained(runs[0], records)])
    assert figure.last[0][2] == "0 → 0.02"
