"""The boundary around an environment: what throws or hangs is told in a sentence and left behind."""

import threading
import time

import pytest

from tests.toys import Faulty, Plain, Walk, tasks
from worldlore.environments.base import Outcome
from worldlore.errors import ConfigError, EnvironmentFailure
from worldlore.experience import Observation
from worldlore.rollout.watch import Pool, Watched, Worker

(TASK,) = tasks(1)


def watched(make=Faulty, seconds: float = 5.0) -> Watched:
    return Watched(make, seconds)


def test_a_sound_environment_is_as_it_is():
    environment = watched(Walk)
    assert environment.branches
    assert environment.reset(TASK, 0) == Observation("place 0, goal 2", ("left", "right", "stay"))
    environment.step("right")
    moment = environment.snapshot()
    assert environment.expert() == "right"
    assert environment.step("right").success
    environment.restore(moment)
    assert environment.step("left").observation.text == "place 0, goal 2"
    assert environment.usable
    environment.close()


def test_an_environment_that_cannot_branch_says_so():
    environment = watched(Plain)
    environment.reset(TASK, 0)
    assert not environment.branches
    assert environment.snapshot() is None
    environment.close()


def test_everything_happens_on_one_thread_of_its_own():
    class Noting(Walk):
        threads: set[int] = set()

        def __init__(self, config=None):
            super().__init__(config)
            self.threads.add(threading.get_ident())

        def step(self, action):
            self.threads.add(threading.get_ident())
            return super().step(action)

    environment = watched(Noting)
    environment.reset(TASK, 0)
    environment.step("left")
    environment.close()
    assert len(Noting.threads) == 1
    assert threading.get_ident() not in Noting.threads


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        ("throw", "the environment threw RuntimeError in step: the floor gave way"),
        ("exit", "the environment threw SystemExit in step: 3"),
        ("time out", "the environment threw TimeoutError in step: the socket did"),
        ("tuple", "the environment answered step with tuple, not an Outcome"),
        ("numbers", "no JSON value: Object of type object"),
    ],
)
def test_what_it_throws_is_told_and_it_is_not_used_again(harm, told):
    environment = watched()
    environment.reset(TASK, 0)
    with pytest.raises(EnvironmentFailure, match=told):
        environment.step(harm)
    assert not environment.usable
    environment.close()


def test_what_begins_with_nothing_is_told():
    (task,) = tasks(1, reset="none")
    with pytest.raises(EnvironmentFailure, match="answered reset with NoneType, not an Observation"):
        watched().reset(task, 0)


def test_what_hangs_is_left_behind_in_time():
    environment = watched(seconds=0.05)
    environment.reset(TASK, 0)
    began = time.monotonic()
    with pytest.raises(
        EnvironmentFailure, match=r"did not come back from step within 0\.05 s; .* limits\.step_seconds"
    ):
        environment.step("hang")
    assert time.monotonic() - began < 2
    assert not environment.usable
    began = time.monotonic()
    environment.close()
    assert time.monotonic() - began < 2
    environment.inner.free.set()


def test_what_is_the_users_to_fix_stays_so():
    def make():
        raise ConfigError("set ALFWORLD_DATA")

    with pytest.raises(ConfigError, match="set ALFWORLD_DATA"):
        watched(make)


def test_an_environment_that_cannot_be_made_leaves_no_thread():
    def make():
        raise OSError("no such display")

    before = set(threading.enumerate())
    with pytest.raises(EnvironmentFailure, match="threw OSError in making it: no such display"):
        watched(make)
    for _ in range(200):
        if set(threading.enumerate()) <= before:
            break
        time.sleep(0.01)
    assert set(threading.enumerate()) <= before


def test_a_worker_goes_on_after_an_error():
    worker = Worker()
    with pytest.raises(ZeroDivisionError):
        worker.call(lambda: 1 / 0, 5)
    assert worker.call(lambda: 7, 5) == 7
    worker.dismiss()


def test_a_pool_makes_only_as_many_as_are_used_at_once():
    Walk.made = 0
    pool = Pool(Walk, 5)
    a, b = pool.take(), pool.take()
    pool.give(a)
    assert pool.take() is a
    pool.give(a)
    pool.give(b)
    assert {id(pool.take()), id(pool.take())} == {id(a), id(b)}
    assert Walk.made == 2


def test_a_pool_uses_no_broken_one_again():
    pool = Pool(Faulty, 5)
    environment = pool.take()
    environment.reset(TASK, 0)
    with pytest.raises(EnvironmentFailure):
        environment.step("throw")
    pool.give(environment)
    assert pool.idle == []
    assert pool.take() is not environment


def test_closing_a_pool_closes_what_is_idle_even_if_one_refuses():
    closed = []

    class Sticky(Walk):
        def close(self):
            closed.append(self)
            raise RuntimeError("the door is stuck")

    pool = Pool(Sticky, 5)
    for environment in [pool.take() for _ in range(3)]:
        pool.give(environment)
    pool.close()
    assert len(closed) == 3
    assert pool.idle == []


def test_an_outcome_passes_the_boundary_unchanged():
    environment = watched(Walk)
    environment.reset(TASK, 0)
    outcome = environment.step("right")
    assert outcome == Outcome(
        Observation("place 1, goal 2", ("left", "right", "stay")), 0.0, False, False, {"valid": True}
    )
    environment.close()
