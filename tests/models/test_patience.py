"""The endpoint on a server's bad days: what is waited out, what is given up, what is never tried again."""

import threading
import time
from email.utils import formatdate
from types import SimpleNamespace

import openai
import pytest

from tests.models.wire import CHAT, Answer, asked, chat, wrong
from worldlore.experience import (
    Completion,
    Failure,
)
from worldlore.models import patience
from worldlore.models.endpoint import Endpoint


def test_a_rate_limit_is_waited_out_as_long_as_the_server_asks(server, endpoint):
    server.on(CHAT, wrong(429, retry_after="0.3"), chat("at last"))
    begun = time.monotonic()
    assert endpoint().generate([asked()])[0].text == "at last"
    assert 0.3 <= time.monotonic() - begun < 2


def test_a_rate_limit_holds_back_every_request_of_the_endpoint(server, endpoint):
    server.on(CHAT, wrong(429, retry_after="0.4"), chat())
    model = endpoint()
    first = threading.Thread(target=model.generate, args=([asked()],))
    first.start()
    while not model._patience._closed_until:
        time.sleep(0.005)
    model.generate([asked("another")])
    assert time.monotonic() >= model._patience._closed_until
    first.join()
    assert len(server.asked(CHAT)) == 3


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_passing_trouble_is_tried_again(server, endpoint, status):
    server.on(CHAT, wrong(status), wrong(status), chat("fine"))
    assert endpoint().generate([asked()])[0].text == "fine"
    assert len(server.asked(CHAT)) == 3


def test_retries_are_bounded_and_the_failure_says_how_often_it_was_tried(server, endpoint):
    server.on(CHAT, wrong(429, "slow down"))
    (reply,) = endpoint().generate([asked()])
    assert isinstance(reply, Failure) and len(server.asked(CHAT)) == 3
    assert "slow down" in reply.error and "tried 3 times" in reply.error and "lower concurrency" in reply.error


def test_a_spent_quota_is_no_rate_limit(server, endpoint):
    server.on(CHAT, wrong(429, "pay first", "insufficient_quota"))
    (reply,) = endpoint().generate([asked()])
    assert "pay first" in reply.error and len(server.asked(CHAT)) == 1


@pytest.mark.parametrize(
    "garbled",
    [
        Answer(b'{"choices": ['),
        Answer(b"<html>welcome</html>", kind="text/html"),
        Answer({"choices": None}),
        Answer({"choices": []}),
        Answer([1]),
        Answer(b""),
    ],
)
def test_a_garbled_answer_is_asked_for_again_and_then_named(server, endpoint, garbled):
    server.on(CHAT, garbled, chat("fine"))
    assert endpoint().generate([asked()])[0].text == "fine"
    server.on(CHAT, garbled)
    (reply,) = endpoint(retries=1).generate([asked()])
    assert isinstance(reply, Failure) and "something other than an OpenAI reply" in reply.error


def test_a_hanging_server_is_left_after_the_timeout(server, endpoint):
    slow = chat()
    slow.delay = 5
    server.on(CHAT, slow)
    begun = time.monotonic()
    (reply,) = endpoint(timeout=0.2, retries=1).generate([asked()])
    assert time.monotonic() - begun < 4
    assert "no answer within 0.2 s" in reply.error and "tried 2 times" in reply.error


def test_a_server_that_dies_in_mid_run_fails_the_request_only(server, endpoint):
    server.on(CHAT, chat())
    model = endpoint()
    assert isinstance(model.generate([asked()])[0], Completion)
    server.shutdown()
    server.server_close()
    model.close()
    fresh = Endpoint(model.config)
    (reply,) = fresh.generate([asked()])
    fresh.close()
    assert isinstance(reply, Failure) and "does not answer" in reply.error


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("This model's maximum context length is 512 tokens", None),
        ("too much", "context_length_exceeded"),
        ("the request exceeds the available context size", None),
    ],
)
def test_a_prompt_that_does_not_fit_is_told_apart(server, endpoint, message, code):
    server.on(CHAT, wrong(400, message, code))
    (reply,) = endpoint().generate([asked()])
    assert reply.kind == "context" and len(server.asked(CHAT)) == 1


def status_error(status, **headers):
    told = {name.replace("_", "-"): value for name, value in headers.items()}
    response = SimpleNamespace(status_code=status, headers=told, request=None)
    return openai.APIStatusError("no", response=response, body=None)


def test_waits_double_up_to_a_bound_and_never_coincide():
    waits = [patience.wait_before_retry(ValueError(), tries) for tries in range(1, 12)]
    for wait, full in zip(waits, (min(0.5 * 2**i, 60) for i in range(11)), strict=True):
        assert full / 2 <= wait <= full
    assert len({patience.wait_before_retry(ValueError(), 3) for _ in range(5)}) > 1


def test_retry_after_is_read_in_both_its_forms():
    assert patience.retry_after(status_error(429, retry_after="7")) == 7
    soon = patience.retry_after(status_error(503, retry_after=formatdate(time.time() + 30, usegmt=True)))
    assert soon is not None and 25 < soon <= 30
    assert patience.retry_after(status_error(503, retry_after=formatdate(time.time() - 30, usegmt=True))) == 0
    for odd in ("", "soon", "inf", "nan"):
        assert patience.retry_after(status_error(429, retry_after=odd)) is None
    assert patience.retry_after(ValueError()) is None


def test_a_wait_of_an_hour_is_a_refusal():
    assert patience.wait_before_retry(status_error(429, retry_after="3600"), 1) is None
