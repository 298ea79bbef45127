"""A test that only fails is no test: the run stops, tells why, and goes on once that is mended."""

import pytest

from tests.experiments.page import page
from worldlore.errors import ModelError
from worldlore.experience import Failure, Stop
from worldlore.experiments.experiment import run
from worldlore.models.scripted import Scripted
from worldlore.reports.tables import run_table

pytestmark = pytest.mark.usefixtures("worlds")
DOWN = "the server is down; start it"
FIVE = {"split": "test", "tasks": 5}


@pytest.fixture
def broken(monkeypatch):
    """How many requests are still answered before the server breaks; None for a sound one."""
    left = {"answers": None}
    sound = Scripted.generate

    def generate(self, requests):
        return [answer(self, request) for request in requests]

    def answer(self, request):
        if left["answers"] is None:
            return sound(self, [request])[0]
        left["answers"] -= 1
        return sound(self, [request])[0] if left["answers"] >= 0 else Failure(DOWN)

    monkeypatch.setattr(Scripted, "generate", generate)
    return left


def test_a_test_that_fails_throughout_stops_with_the_reason_and_is_played_once_that_is_mended(tmp_path, broken):
    plain = page(method={"name": "none"}, test=FIVE, cache=False)
    broken["answers"] = 0
    with pytest.raises(ModelError, match=r"5 episodes .* the server is down; start it\. They are not kept"):
        run(plain, tmp_path)
    broken["answers"] = None
    store = run(plain, tmp_path)
    assert [t.stop is Stop.FAILED for t in store.test(0)] == [False] * 5


def test_a_server_that_breaks_in_mid_test_costs_no_episode(tmp_path, broken):
    plain = page(method={"name": "none"}, test={**FIVE, "failures": 2}, cache=False, limits={"steps": 12, "width": 1})
    whole = [len(t.steps) for t in run(page(name="whole", **_keys(plain)), tmp_path).test(0)]
    broken["answers"] = whole[0] + 1
    with pytest.raises(ModelError, match="2 episodes of the test failed in a row"):
        run(plain, tmp_path)
    broken["answers"] = None
    assert [len(t.steps) for t in run(plain, tmp_path).test(0)] == whole


def test_any_number_may_fail_where_that_is_said_and_that_makes_no_other_experiment(tmp_path, broken):
    plain = page(method={"name": "none"}, test=FIVE, cache=False)
    patient = page(method={"name": "none"}, test={**FIVE, "failures": 0}, cache=False)
    assert plain.digest == patient.digest
    broken["answers"] = 0
    store = run(patient, tmp_path)
    assert {t.stop for t in store.test(0)} == {Stop.FAILED}
    assert run_table(store).caption == "walk: 5 of 5 episodes failed and are left out; the first: " + DOWN


def _keys(experiment):
    return {key: getattr(experiment, key) for key in ("method", "test", "cache", "limits")}
