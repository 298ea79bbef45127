"""Requests in, replies out: in order, in batches or in a crowd, one failure disturbing nobody."""

import threading
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toys import Crowd, saying
from worldlore.errors import ConfigError, ModelError
from worldlore.experience import (
    Completion,
    Embed,
    Failure,
    Generate,
    Message,
    Sampling,
    Score,
    Scores,
    Vectors,
)
from worldlore.models.base import Model
from worldlore.models.scripted import Scripted
from worldlore.rollout.dispatch import Desk, answer, drive, together


def ask(words: str, to: str = "policy") -> Generate:
    return Generate((Message("user", words),), Sampling(), to)


def echo(request: Generate) -> str:
    return request.messages[-1].content


class Batches(Model):
    """Wants whole batches; notes their sizes."""

    name = "batches"
    can = frozenset({"generate"})
    identity = "batches"

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def generate(self, requests):
        self.sizes.append(len(requests))
        return [Completion(echo(r)) for r in requests]


def talking(name: str, rounds: int, many: int = 1, to: str = "policy"):
    """Asks `many` things in each of some rounds; returns all it heard."""
    heard = []
    for k in range(rounds):
        replies = yield tuple(ask(f"{name}.{k}.{j}", to) for j in range(many))
        assert len(replies) == many
        heard += [reply.text if isinstance(reply, Completion) else reply for reply in replies]
    return name, heard


def heard(name: str, rounds: int, many: int = 1) -> tuple[str, list[str]]:
    return name, [f"{name}.{k}.{j}" for k in range(rounds) for j in range(many)]


shapes = st.lists(st.tuples(st.integers(0, 4), st.integers(1, 3)), max_size=12)


@given(shapes, st.integers(1, 20))
def test_results_come_in_the_order_of_the_jobs_with_a_model_of_batches(shape, width):
    jobs = (talking(str(i), *s) for i, s in enumerate(shape))
    assert list(drive(jobs, {"policy": Batches()}, width)) == [heard(str(i), *s) for i, s in enumerate(shape)]


@given(shapes, st.integers(1, 20), st.integers(1, 6), st.integers(0, 2**31))
def test_results_come_in_the_order_of_the_jobs_however_replies_arrive(shape, width, concurrency, seed):
    lock, delays = threading.Lock(), Random(seed)

    def slow(request):
        with lock:
            delay = delays.random() * 0.001
        threading.Event().wait(delay)
        return echo(request)

    jobs = (talking(str(i), *s) for i, s in enumerate(shape))
    crowd = Crowd(concurrency, slow)
    assert list(drive(jobs, {"policy": crowd}, width)) == [heard(str(i), *s) for i, s in enumerate(shape)]
    assert crowd.most <= concurrency


def test_all_live_jobs_share_a_batch():
    model = Batches()
    list(drive((talking(str(i), 3) for i in range(16)), {"policy": model}, 8))
    assert model.sizes == [8] * 6


def test_a_job_that_ends_makes_room_at_once():
    model = Batches()
    rounds = [1, 5, 1, 1, 1, 1]
    list(drive((talking(str(i), n) for i, n in enumerate(rounds)), {"policy": model}, 2))
    assert model.sizes == [2] * 5


def test_no_more_jobs_are_begun_than_the_width_allows():
    live, most = [0], [0]

    def counted(i):
        live[0] += 1
        most[0] = max(most[0], live[0])
        yield (ask("a"),)
        live[0] -= 1

    list(drive(map(counted, range(20)), {"policy": Batches()}, 3))
    assert most[0] == 3


def test_jobs_are_begun_only_when_their_turn_comes():
    begun = []

    def jobs():
        for i in range(100):
            begun.append(i)
            yield talking(str(i), 1)

    results = drive(jobs(), {"policy": Batches()}, 4)
    next(results)
    assert len(begun) <= 8
    results.close()


def test_a_model_that_likes_a_crowd_gets_one():
    crowd = Crowd(16, echo, seconds=0.02)
    list(drive((talking(str(i), 2) for i in range(32)), {"policy": crowd}, 32))
    assert crowd.most == 16
    assert set(crowd.batches) == {1}


def test_a_slow_reply_holds_up_no_other_job():
    gate = threading.Event()
    done = []

    def say(request):
        if echo(request).startswith("0."):
            assert gate.wait(20)
        return echo(request)

    def noted(i):
        result = yield from talking(str(i), 3)
        done.append(i)
        if len(done) == 5:
            gate.set()
        return result

    results = list(drive(map(noted, range(6)), {"policy": Crowd(4, say)}, 6))
    assert done[-1] == 0
    assert [name for name, _ in results] == list("012345")


def test_two_roles_are_asked_side_by_side():
    batches, crowd = Batches(), Crowd(4, echo)
    jobs = [talking("a", 2), talking("b", 3, 2, "world"), talking("c", 1)]
    results = list(drive(jobs, {"policy": batches, "world": crowd}, 8))
    assert results == [heard("a", 2), heard("b", 3, 2), heard("c", 1)]
    assert batches.sizes == [2, 1]
    assert len(crowd.batches) == 6


def test_requests_of_different_kinds_are_batched_apart():
    def script(request):
        if isinstance(request, Score):
            return Scores(((-1.0,),))
        return Vectors(((1.0,),)) if isinstance(request, Embed) else "yes"

    def job():
        return (yield (ask("a"), Score((), ("b",)), Embed(("c",))))

    ((completion, scores, vectors),) = drive([job()], {"policy": Scripted.of(script)}, 1)
    assert (completion.text, scores.totals, vectors.values) == ("yes", (-1.0,), ((1.0,),))


def test_one_failed_request_reaches_its_own_job_only():
    model = saying(lambda r: Failure("no") if echo(r) == "1.1.0" else echo(r))
    results = list(drive((talking(str(i), 3) for i in range(3)), {"policy": model}, 3))
    assert results[0] == heard("0", 3)
    assert results[1] == ("1", ["1.0.0", Failure("no"), "1.2.0"])
    assert results[2] == heard("2", 3)


@pytest.mark.parametrize("concurrency", [0, 4])
def test_what_a_model_throws_becomes_the_failure_of_each_request(concurrency):
    class Down(Crowd):
        def generate(self, requests):
            raise ModelError("the server is gone")

    results = list(drive((talking(str(i), 1) for i in range(3)), {"policy": Down(concurrency)}, 3))
    assert results == [(str(i), [Failure("the server is gone")]) for i in range(3)]


@pytest.mark.parametrize("concurrency", [0, 4])
def test_what_is_the_users_to_fix_ends_everything(concurrency):
    class Locked(Crowd):
        def generate(self, requests):
            raise ConfigError("the key is wrong")

    with pytest.raises(ConfigError, match="the key is wrong"):
        list(drive((talking(str(i), 1) for i in range(3)), {"policy": Locked(concurrency)}, 3))


def test_a_role_nobody_plays_is_told():
    (reply,) = answer({"policy": Batches()}, "world", [ask("a")])
    assert isinstance(reply, Failure)
    assert "no model plays the role 'world' (known: policy); add it under [models]" in reply.error
    (reply,) = answer({}, "policy", [ask("a")])
    assert "(known: none)" in reply.error


def test_a_job_that_throws_closes_all_others():
    closed = []

    def careful(i):
        try:
            yield (ask("a"),)
            yield (ask("b"),)
        finally:
            closed.append(i)

    def broken():
        yield (ask("a"),)
        raise ConfigError("stop")

    with pytest.raises(ConfigError, match="stop"):
        list(drive([careful(0), broken(), careful(2)], {"policy": Batches()}, 3))
    assert sorted(closed) == [0, 2]


def test_whoever_stops_listening_lets_go_of_all_jobs_and_threads():
    before = set(threading.enumerate())
    crowd = Crowd(4, echo)
    closed = []

    def careful(i):
        try:
            return (yield from talking(str(i), 1 if i == 0 else 50))
        finally:
            closed.append(i)

    results = drive(map(careful, range(8)), {"policy": crowd}, 4)
    assert next(results) == heard("0", 1)
    results.close()
    assert sorted(closed) == [0, 1, 2, 3] or sorted(closed) == [0, 1, 2, 3, 4]
    for _ in range(500):
        if set(threading.enumerate()) <= before:
            break
        threading.Event().wait(0.01)
    assert set(threading.enumerate()) <= before


@given(shapes)
def test_jobs_together_hear_what_they_would_hear_alone(shape):
    (result,) = drive([together([talking(str(i), *s) for i, s in enumerate(shape)])], {"policy": Batches()}, 1)
    assert result == [heard(str(i), *s) for i, s in enumerate(shape)]


def test_jobs_together_ask_in_one_round():
    model = Batches()
    list(drive([together([talking("a", 2, 2), talking("b", 3)])], {"policy": model}, 1))
    assert model.sizes == [3, 3, 1]


def test_a_job_may_wait_for_another():
    ready = []

    def first():
        yield (ask("a"),)
        yield (ask("b"),)
        ready.append(True)
        return "first"

    def second():
        while not ready:
            yield ()
        return "second"

    model = Batches()
    ((one, two),) = drive([together([second(), first()])], {"policy": model}, 1)
    assert (one, two) == ("second", "first")
    assert model.sizes == [1, 1]


def test_a_desk_without_requests_hands_out_nothing():
    assert list(Desk({}).collect()) == []
