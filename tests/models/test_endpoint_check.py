"""What the endpoint finds out before the first episode, and how it tells."""

import logging

import pytest

from tests.models.wire import CHAT, KEY, MODELS_LIST, Answer, asked, chat, listing, wrong
from worldlore.config import parse
from worldlore.errors import ConfigError
from worldlore.experience import (
    Failure,
)
from worldlore.models import endpoint as module
from worldlore.models.endpoint import Endpoint


def test_a_listed_model_is_believed_without_a_model_call(server, endpoint):
    server.on(MODELS_LIST, listing("tiny"))
    model = endpoint()
    model.check()
    assert [path for path, _, _ in server.seen] == [MODELS_LIST] and model.can == {"generate"}


@pytest.mark.parametrize("models", [listing("other"), wrong(404), wrong(500), Answer(b"<html>", kind="text/html")])
def test_an_unlisted_model_is_tried_with_one_short_request(server, endpoint, models):
    server.on(MODELS_LIST, models)
    server.on(CHAT, chat())
    endpoint().check()
    assert [body["max_tokens"] for body in server.asked(CHAT)] == [8]


@pytest.mark.parametrize("answer", [wrong(404, "no model"), wrong(400, "pinned to 'tiny-2'")])
def test_an_unknown_model_is_answered_with_the_nearest_one(server, endpoint, answer):
    server.on(MODELS_LIST, listing("tiny-2", "huge"))
    server.on(CHAT, answer)
    with pytest.raises(ConfigError, match=r"did you mean 'tiny-2'\? \(the server lists: huge, tiny-2\)"):
        endpoint().check()


def test_a_wrong_path_is_named_with_the_remedy(endpoint):
    with pytest.raises(ConfigError, match=r"finds no model 'tiny' .* base_url \(it mostly ends in /v1\)$"):
        endpoint().check()


def test_a_server_that_is_not_there_is_named_with_the_remedy(server, endpoint):
    with pytest.raises(ConfigError, match=r"http://127.0.0.1:1/v1 does not answer .*refused.*; start the server"):
        endpoint(base_url="http://127.0.0.1:1/v1").check()


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize("path", [MODELS_LIST, CHAT])
def test_a_bad_key_fails_at_once_and_is_not_shown(server, endpoint, caplog, status, path):
    caplog.set_level(logging.DEBUG)
    server.on(path, wrong(status, f"Incorrect API key provided: {KEY}"))
    model = endpoint(key_env="SOME_KEY")
    with pytest.raises(ConfigError, match="put a valid key into the environment variable SOME_KEY") as caught:
        model.check()
    assert len(server.asked(path)) == 1
    assert server.seen[-1][2]["authorization"] == f"Bearer {KEY}"
    shown = f"{caught.value}{model.config!r}{model.identity}{vars(model.config)}{caplog.text}"
    assert KEY not in shown


def test_a_key_refused_in_mid_run_is_a_failure_without_retry(server, endpoint):
    server.on(CHAT, wrong(401, f"bad {KEY}"))
    (reply,) = endpoint(key_env="SOME_KEY").generate([asked()])
    assert isinstance(reply, Failure) and KEY not in reply.error and len(server.asked(CHAT)) == 1


def test_a_key_quoted_in_any_error_is_not_shown(server, endpoint):
    server.on(CHAT, wrong(400, "x" * 290 + KEY))
    (reply,) = endpoint(key_env="SOME_KEY").generate([asked()])
    assert KEY[:6] not in reply.error


@pytest.mark.parametrize(
    ("keys", "words"),
    [({}, "name its environment variable: key_env"), ({"key_env": "NOT_SET"}, "variable NOT_SET is empty")],
)
def test_a_missing_key_is_named_with_the_remedy(server, endpoint, monkeypatch, keys, words):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.on(MODELS_LIST, wrong(401))
    with pytest.raises(ConfigError, match=words):
        endpoint(**keys).check()
    assert KEY not in server.seen[0][2]["authorization"]


def test_openais_own_server_gets_openais_key_and_its_newer_word(monkeypatch, server, endpoint):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setattr(module, "OPENAI", server.url)
    server.on(CHAT, chat())
    endpoint().generate([asked(max_tokens=4)])
    assert server.seen[0][2]["authorization"] == f"Bearer {KEY}"
    assert server.asked(CHAT)[0]["max_completion_tokens"] == 4 and "max_tokens" not in server.asked(CHAT)[0]


def test_a_key_with_odd_characters_is_refused_without_showing_it(monkeypatch, endpoint):
    monkeypatch.setenv("ODD_KEY", "sk-a\nb")
    with pytest.raises(ConfigError, match="ODD_KEY holds no key") as caught:
        endpoint(key_env="ODD_KEY")
    assert "sk-a" not in str(caught.value)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"base_url": "localhost:8000"}, "address like"),
        ({"base_url": "http://me:secret@host/v1"}, "holds no key"),
        ({"context": 100}, "needs tokenizer"),
        ({"base_ulr": "x"}, "did you mean 'base_url'"),
        ({"concurrency": 0}, "concurrency"),
    ],
)
def test_wrong_settings_are_refused_in_words(keys, words):
    with pytest.raises(ConfigError, match=words):
        parse(Endpoint.Config, {"model": "m", **keys}, "model 'endpoint'")


def test_a_closing_slash_changes_nothing():
    plain, slashed = (Endpoint.Config(base_url=f"http://h/v1{end}", model="m") for end in ("", "/"))
    assert plain == slashed
