"""Weights of a fusion, fitted: what they find where the truth is known, and what they are worth on other tasks."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.experience import Decision, Observation, Step, Stop, Task, Trajectory
from worldlore.methods.wkm.fusion import Moment, fit, gain, moments_of

KINDS = ("go", "take", "open")
SOURCES = ("policy", "cases")


def opinion(kind: str, share: float) -> dict[str, float]:
    rest = (1 - share) / (len(KINDS) - 1)
    return {one: share if one == kind else rest for one in KINDS}


def moments(right: dict[str, float], tasks=12, each=8, seed=0) -> list[Moment]:
    """Of sources each of which is sure, and right as often as told."""
    rng, found = Random(seed), []
    for place in range(tasks * each):
        kind = rng.choice(KINDS)
        told = {name: kind if rng.random() < share else rng.choice(KINDS) for name, share in right.items()}
        found.append(Moment(f"task {place % tasks}", {n: opinion(k, 0.9) for n, k in told.items()}, kind))
    return found


def test_the_source_that_is_right_gets_the_weight():
    weights = fit(moments({"policy": 0.1, "cases": 0.95}), SOURCES)
    assert weights["cases"] > 0.9 and sum(weights.values()) == pytest.approx(1, abs=1e-3)
    weights = fit(moments({"policy": 0.95, "cases": 0.1}), SOURCES)
    assert weights["policy"] > 0.9


def test_any_number_of_sources_is_weighed():
    names = ("policy", "cases", "theories", "judge")
    weights = fit(moments(dict(zip(names, (0.1, 0.6, 0.1, 0.9), strict=True)), tasks=30), names)
    assert max(weights, key=weights.get) == "judge" and set(weights) == set(names)


def test_equal_sources_share_the_weight():
    both = opinion("go", 0.8)
    assert fit([Moment("a", {"policy": both, "cases": both}, "go")], SOURCES) == {"policy": 0.5, "cases": 0.5}


def test_a_source_without_an_opinion_takes_no_part_at_that_moment():
    quiet = [Moment("a", {"policy": opinion("go", 0.9), "cases": {}}, "take")] * 5
    loud = moments({"policy": 0.1, "cases": 0.95})
    assert fit([*quiet, *loud], SOURCES)["cases"] == pytest.approx(fit(loud, SOURCES)["cases"], abs=0.02)


def test_a_gain_is_told_with_an_interval_on_tasks_left_out():
    found = gain(moments({"policy": 0.3, "cases": 0.9}), SOURCES, {"policy": 1.0}, 4)
    assert found["likelihood"]["low"] > 0 and found["agreement"]["low"] > 0
    assert found["likelihood"]["low"] <= found["likelihood"]["change"] <= found["likelihood"]["high"]
    nothing = gain(moments({"policy": 0.5, "cases": 0.5}), SOURCES, {"policy": 0.5, "cases": 0.5}, 4)
    assert nothing["likelihood"]["low"] <= 0.05
    assert gain(moments({"policy": 0.5, "cases": 0.5}, tasks=1), SOURCES, {"policy": 1.0}, 4) == {}


@given(st.floats(0, 1), st.floats(0, 1), st.integers(0, 5))
def test_no_other_weights_make_what_was_done_likelier(right, weight, seed):
    found = moments({"policy": right, "cases": 1 - right}, tasks=4, each=4, seed=seed)
    best = fit(found, SOURCES)
    others = {"policy": weight, "cases": 1 - weight}
    assert sum(m.likelihood(best) for m in found) >= sum(m.likelihood(others) for m in found) - 0.05


def test_only_moments_at_which_something_was_weighed_count():
    task = Task("a", "walk", "dev", "go")
    grounds = {"opinions": {"policy": opinion("go", 0.9), "cases": {}}, "winner": "take"}
    steps = (Step(Observation(""), Decision("look")), Step(Observation(""), Decision("go to x 1", grounds=grounds)))
    course = Trajectory(task, 0, 0, steps, Observation(""), Stop.TERMINATED, True)
    assert moments_of(course) == [Moment(task.key, grounds["opinions"], "go")]
