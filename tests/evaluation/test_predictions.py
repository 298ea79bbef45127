"""Predictions measured: ranks, ties, chance, likelihoods and calibration, by hand."""

from dataclasses import replace
from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.evaluation.predictions import (
    Bin,
    calibration,
    calibration_error,
    changes,
    measure,
    numbers,
    outcomes,
    rank,
)
from worldlore.experience import Prediction, Transition

NAMES = tuple("abcdefghijkl")


def prediction(true, logprobs, kind="k", task="t", lengths=None) -> Prediction:
    names = NAMES[: len(logprobs)]
    where = names.index(true)
    tokens = tuple(lengths or [2] * len(logprobs))
    step = Transition("s", "a", true, kind)
    return Prediction(step, logprobs[where], task, tokens[where], names, tuple(logprobs), tokens)


def found(predictions, learner=0) -> dict[str, float]:
    return {metric.name: metric.value for metric in measure((learner, p) for p in predictions)}


def test_a_prediction_is_ranked_among_the_candidates():
    values = numbers(prediction("c", [-1.0, -2.0, -3.0, -4.0]))
    assert [values[f"top{k}"] for k in (1, 3, 5, 10)] == [0, 1, 1, 1]
    assert (values["top1/k"], values["top3/k"], values["loglik/k"]) == (0, 1, -3.0)
    assert (values["loglik"], values["loglik_token"]) == (-3.0, -1.5)
    assert [values[f"top{k}_random"] for k in (1, 3, 5)] == [0.25, 0.75, 1]


def test_only_what_could_have_happened_may_compete_where_that_is_known():
    one = prediction("c", [-1.0, -2.0, -3.0, -4.0])
    assert "top1_possible" not in numbers(one)
    masked = numbers(replace(one, possible=(False, False, True, True)))
    assert (masked["top1"], masked["top1_possible"], masked["top3_possible"]) == (0, 1, 1)
    assert numbers(replace(one, possible=(True, False, False, False)))["top1_possible"] == 0


def test_of_equals_the_truth_goes_first_and_ties_are_told():
    assert rank([-1.0, -1.0, -1.0, 0.0], 2) == (1, 2)
    values = numbers(prediction("b", [-1.0, -1.0]))
    assert (values["top1"], values["ties"]) == (1, 1)
    assert numbers(prediction("b", [-1.0, -0.5]))["ties"] == 0


def test_long_sentences_are_ranked_by_the_token_too():
    values = numbers(prediction("b", [-2.0, -6.0], lengths=(1, 4)))
    assert (values["top1"], values["top1_normalised"]) == (0, 1)


def test_chances_among_candidates_are_measured():
    values = numbers(prediction("a", [log(0.03), log(0.01)]))
    assert values["choice"] == pytest.approx(0.75)
    assert values["brier"] == pytest.approx(2 * 0.25**2)


def test_kinds_are_told_apart_and_may_count_the_same():
    few = [prediction("a", [0.0, -1.0, -2.0, -3.0], "often", str(i)) for i in range(6)]
    rare = [prediction("d", [0.0, -1.0, -2.0, -3.0], "rare", str(i)) for i in range(2)]
    values = found(few + rare)
    assert (values["top3"], values["top3_kinds"]) == (0.75, pytest.approx(0.5))
    assert (values["top3/often"], values["top3/rare"]) == (1, 0)
    assert values["loglik/rare"] == -3


def test_what_was_not_measured_is_absent():
    bare = Prediction(Transition("s", "a", "c"), -2.0, "t")
    assert numbers(bare) == {"loglik": -2.0}
    assert measure([]) == ()
    (metric,) = measure([(0, bare)])
    assert (metric.name, metric.value, metric.low, metric.n) == ("loglik", -2.0, None, 1)


def several(logprobs, names, count=40):
    tasks = [f"t{i // 2}" for i in range(count)]
    return [
        (0, replace(prediction("b", logprobs(i), task=t), transition=Transition(names(i), "a", "b", "k")))
        for i, t in enumerate(tasks)
    ]


def test_two_models_are_paired_prediction_by_prediction():
    poor = outcomes(several(lambda i: [0.0, -1.0 - i % 3], str))
    good = outcomes(several(lambda i: [-3.0, -0.5], str))
    found = changes(poor, good)
    assert (found["loglik"].verdict, found["loglik"].n_pairs, found["loglik"].n_tasks) == ("better", 40, 20)
    assert found["top1"].wins == 40
    assert {"top3", "top1/k", "top3_kinds", "choice"} <= found.keys()
    assert not {"brier", "ties"} & found.keys()
    assert changes(good, poor)["loglik"].verdict == "worse"


def test_predictions_are_paired_by_what_happened_wherever_they_stand():
    poor = several(lambda i: [0.0, -1.0], str)
    good = several(lambda i: [-3.0, -0.5 if i % 4 else -1.5], str)
    found = changes(outcomes(poor), outcomes(good))
    assert changes(outcomes(poor), outcomes(good[::-1])) == found
    assert changes(outcomes(poor[:7]), outcomes(good))["loglik"].n_pairs == 7
    again = several(lambda i: [0.0, -1.0], lambda i: "same")
    assert changes(outcomes(again), outcomes(again))["loglik"].n_pairs == 40
    assert changes(outcomes(poor), outcomes(several(lambda i: [0.0, -1.0], "else{}".format))) == {}


def test_a_mean_log_probability_is_never_above_zero():
    (metric, *_) = measure((0, prediction("a", [value], task=str(i))) for i, value in enumerate([-0.01, -0.02, -4.0]))
    assert (metric.name, metric.high) == ("loglik", 0.0)
    assert metric.low < -1


@given(st.lists(st.sampled_from([-3.0, -2.0, -1.0]), min_size=2, max_size=12), st.data())
def test_ranks_agree_with_sorting_and_chance_with_averaging_over_truths(logprobs, data):
    true = data.draw(st.integers(0, len(logprobs) - 1))
    better, ties = rank(logprobs, true)
    assert sorted(logprobs, reverse=True).index(logprobs[true]) == better
    assert sorted(logprobs, reverse=True)[better : better + ties + 1] == [logprobs[true]] * (ties + 1)
    distinct = list(np.random.default_rng(0).permutation(len(logprobs)) - 50.0)
    hits = [numbers(prediction(name, distinct))["top3"] for name in NAMES[: len(distinct)]]
    assert np.mean(hits) == pytest.approx(numbers(prediction("a", distinct))["top3_random"])


def test_confidence_is_held_against_accuracy():
    sure = [log(0.95), log(0.05)]
    right, wrong = prediction("a", sure), prediction("b", sure)
    bins = calibration([right] * 3 + [wrong] + [prediction("b", [log(0.45), log(0.55)])])
    assert bins == (Bin(pytest.approx(0.55), 1.0, 1), Bin(pytest.approx(0.95), 0.75, 4))
    assert calibration_error(bins) == pytest.approx((0.45 * 1 + 0.2 * 4) / 5)
    assert calibration([Prediction(Transition("s", "a", "c"), -1.0)]) == ()
    with pytest.raises(ValueError, match="at least one"):
        calibration_error(())
