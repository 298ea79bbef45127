"""The endpoint against a server on loopback that does what real ones do on bad days."""

import json
import logging
import math
import threading
import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import openai
import pytest
import torch
from transformers import LlamaForCausalLM

from worldlore.config import parse
from worldlore.errors import ConfigError
from worldlore.experience import (
    Completion,
    Embed,
    Failure,
    Generate,
    Message,
    Sampling,
    Score,
    Scores,
    Usage,
    Vectors,
)
from worldlore.models import MODELS, patience
from worldlore.models import endpoint as module
from worldlore.models.endpoint import Endpoint

KEY = "sk-verysecret-0123456789"
CHAT, COMPLETIONS, EMBEDDINGS, MODELS_LIST = (
    "/v1/chat/completions",
    "/v1/completions",
    "/v1/embeddings",
    "/v1/models",
)


class Answer:
    """One scripted response."""

    def __init__(self, body, status=200, delay=0.0, kind="application/json", **headers):
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.status, self.delay, self.kind, self.headers = status, delay, kind, headers


def wrong(status, message="no", code=None, **headers):
    return Answer({"error": {"message": message, "code": code}}, status, **headers)


def chat(text="go to desk 1", finish="stop", logprobs=None, usage=True, **more):
    choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": finish, **more}
    if logprobs:
        choice["logprobs"] = {"content": [{"token": "x", "logprob": value} for value in logprobs]}
    body = {"id": "1", "object": "chat.completion", "model": "tiny", "choices": [choice]}
    if usage:
        body["usage"] = {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500}
    return Answer(body)


def listing(*names):
    return Answer({"object": "list", "data": [{"id": name, "object": "model"} for name in names]})


class Server(ThreadingHTTPServer):
    """Plays the answers scripted for a path in order, the last one again and again."""

    daemon_threads = True
    block_on_close = False

    def __init__(self):
        self.script = {}
        self.seen = []
        self.flying = self.most = 0
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"

    def on(self, path, *answers):
        self.script[path] = list(answers)

    def asked(self, path):
        return [body for where, body, _ in self.seen if where == path]


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_GET(self):
        self.answer(None)

    def do_POST(self):
        self.answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def answer(self, body):
        server = self.server
        with server.lock:
            server.seen.append((self.path, body, {k.lower(): v for k, v in self.headers.items()}))
            server.flying += 1
            server.most = max(server.most, server.flying)
            script = server.script.get(self.path) or [wrong(404, "no such page")]
            answer = script.pop(0) if len(script) > 1 else script[0]
        if callable(answer):
            answer = answer(body)
        time.sleep(answer.delay)
        with server.lock:
            server.flying -= 1
        try:
            self.send_response(answer.status)
            self.send_header("content-type", answer.kind)
            self.send_header("content-length", str(len(answer.body)))
            for name, value in answer.headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.end_headers()
            self.wfile.write(answer.body)
        except OSError:
            pass  # the client has gone


@pytest.fixture
def server():
    made = Server()
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    made.server_close()
    thread.join()


@pytest.fixture
def endpoint(server, monkeypatch):
    """Builds endpoints that wait milliseconds where the product waits seconds."""
    monkeypatch.setattr(patience, "FIRST_WAIT", 0.01)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("SOME_KEY", KEY)
    made = []

    def build(**keys):
        made.append(MODELS.build({"name": "endpoint", "base_url": server.url, "model": "tiny", "retries": 2, **keys}))
        return made[-1]

    yield build
    for model in made:
        model.close()


def asked(text="what now?", **sampling):
    return Generate((Message("system", "be brief"), Message("user", text)), Sampling(**sampling))


# Generation


def test_a_chat_request_says_what_was_asked(server, endpoint):
    server.on(CHAT, chat())
    (reply,) = endpoint().generate([asked(temperature=0.7, top_p=0.9, max_tokens=9, stop=("\n",), seed=2**40 + 5)])
    assert reply == Completion("go to desk 1", usage=Usage(1000, 500))
    assert server.asked(CHAT) == [
        {
            "model": "tiny",
            "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "what now?"}],
            "temperature": 0.7,
            "top_p": 0.9,
            "max_tokens": 9,
            "stop": ["\n"],
            "seed": 5,
        }
    ]


def test_the_ledger_counts_money_by_the_configured_prices(server, endpoint):
    server.on(CHAT, chat())
    (reply,) = endpoint(price_prompt=2.0, price_completion=10.0).generate([asked()])
    assert reply.usage == Usage(1000, 500, 1000 * 2e-6 + 500 * 10e-6)


def test_usage_the_server_does_not_tell_is_not_guessed(server, endpoint):
    server.on(CHAT, chat(usage=False))
    assert endpoint().generate([asked()])[0].usage == Usage()


def test_extra_keys_travel_in_the_body_and_count_in_the_identity(server, endpoint):
    server.on(CHAT, chat())
    model = endpoint(extra={"top_k": 5})
    model.generate([asked()])
    assert server.asked(CHAT)[0]["top_k"] == 5
    assert model.identity != endpoint().identity == endpoint(timeout=3).identity


def test_log_probabilities_and_tokens_come_where_the_server_gives_them(server, endpoint):
    server.on(CHAT, chat(logprobs=[-0.5, -0.25], token_ids=[7, 8]), chat(logprobs=[-0.5]), chat())
    model = endpoint(logprobs=True)
    full, half, none = (model.generate([asked()])[0] for _ in range(3))
    assert (full.tokens, full.logprobs) == ((7, 8), (-0.5, -0.25))
    assert (half.tokens, half.logprobs) == (None, (-0.5,))
    assert (none.tokens, none.logprobs) == (None, None)
    assert all(body["logprobs"] is True for body in server.asked(CHAT))


@pytest.mark.parametrize(
    ("text", "finish", "stop", "expected"),
    [
        ("a\nb", "stop", ("\n",), ("a", "stop")),
        ("one two three", "length", ("three", "two"), ("one ", "stop")),
        ("one two", "length", ("x",), ("one two", "length")),
        (None, "stop", (), ("", "stop")),
        ("x", None, (), ("x", "stop")),
    ],
)
def test_a_reply_ends_before_the_first_stop_string(server, endpoint, text, finish, stop, expected):
    server.on(CHAT, chat(text, finish))
    (reply,) = endpoint().generate([asked(stop=stop)])
    assert (reply.text, reply.finish) == expected


def test_a_reply_withheld_by_a_filter_is_a_failure_and_not_asked_again(server, endpoint):
    server.on(CHAT, chat("", "content_filter"))
    (reply,) = endpoint().generate([asked()])
    assert isinstance(reply, Failure) and "withheld" in reply.error and len(server.asked(CHAT)) == 1


def test_many_requests_are_in_flight_at_once_and_answered_in_order(server, endpoint):
    def echo(body):
        answer = chat(body["messages"][-1]["content"])
        answer.delay = 0.05
        return answer

    server.on(CHAT, echo)
    requests = [asked(str(i)) for i in range(12)]
    assert [r.text for r in endpoint(concurrency=4).generate(requests)] == [str(i) for i in range(12)]
    assert server.most == 4


def test_one_bad_request_disturbs_no_other(server, endpoint):
    server.on(CHAT, lambda body: wrong(400, "odd") if body["messages"][-1]["content"] == "bad" else chat("fine"))
    failed, fine = endpoint().generate([asked("bad"), asked("good")])
    assert isinstance(failed, Failure) and "answered 400: odd" in failed.error
    assert fine.text == "fine"


# Patience


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
    model._client.close()
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


# The check before the first episode


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


# Scoring


def prompt_logprobs(body, told=lambda ids: [None] + [-float(i) for i in ids[1:]] + [-9.0]):
    """What vLLM answers to echo with logprobs: here each token's log-probability is minus its id."""
    choices = [
        {"index": i, "text": "", "finish_reason": "length", "logprobs": {"token_logprobs": told(ids)}}
        for i, ids in enumerate(body["prompt"])
    ]
    usage = {"prompt_tokens": sum(map(len, body["prompt"])), "completion_tokens": len(choices)}
    return Answer({"object": "text_completion", "choices": choices[::-1], "usage": usage})


SCORE = Score((Message("user", "where is the mug?"),), ("go to desk 1", "look", ""))


def test_continuations_are_scored_by_the_models_own_tokens(server, endpoint, tiny_model_dir, tiny_tokenizer):
    server.on(COMPLETIONS, prompt_logprobs)
    model = endpoint(tokenizer=str(tiny_model_dir))
    (whole,) = model.score([SCORE])
    ids = [[*tiny_tokenizer.encode(text), tiny_tokenizer.eos_token_id] for text in SCORE.continuations]
    assert whole.logprobs == tuple(tuple(-float(i) for i in each) for each in ids)
    (open_,) = model.score([Score(SCORE.messages, SCORE.continuations, end_of_turn=False)])
    assert open_.logprobs == tuple(each[:-1] for each in whole.logprobs)
    (body, _) = server.asked(COMPLETIONS)
    assert (body["echo"], body["logprobs"], body["max_tokens"], len(body["prompt"])) == (True, 1, 1, 3)
    assert whole.usage == Usage(sum(map(len, body["prompt"])), 3)


def test_scores_over_the_wire_equal_those_in_process(server, endpoint, tiny_model_dir):
    network = LlamaForCausalLM.from_pretrained(tiny_model_dir)

    def told(ids):
        with torch.inference_mode():
            logprobs = network(torch.tensor([ids])).logits[0].log_softmax(-1)
        return [None, *(logprobs[i, token].item() for i, token in enumerate(ids[1:])), -1.0]

    server.on(COMPLETIONS, lambda body: prompt_logprobs(body, told))
    (there,) = endpoint(tokenizer=tiny_model_dir).score([SCORE])
    (here,) = MODELS.build({"name": "local", "path": tiny_model_dir}).score([SCORE])
    for remote, local in zip(there.logprobs, here.logprobs, strict=True):
        assert remote == pytest.approx(local, abs=1e-4)


def test_no_continuations_and_no_texts_ask_nothing(server, endpoint, tiny_model_dir):
    model = endpoint(tokenizer=tiny_model_dir, embed_model="e")
    assert model.score([Score((), ())]) == [Scores(())]
    assert model.embed([Embed(())]) == [Vectors(())]
    assert server.seen == []


def test_a_server_that_scores_is_found_out_before_the_first_episode(server, endpoint, tiny_model_dir):
    server.on(MODELS_LIST, listing("tiny"))
    server.on(COMPLETIONS, prompt_logprobs)
    model = endpoint(tokenizer=tiny_model_dir)
    model.check()
    assert model.can == {"generate", "score"}


@pytest.mark.parametrize(
    "answer",
    [
        wrong(400, "echo is not supported"),
        lambda body: prompt_logprobs(body, lambda ids: [-1.0]),
        lambda body: prompt_logprobs(body, lambda ids: [None] * (len(ids) + 1)),
        lambda body: prompt_logprobs(body, lambda ids: None),
        Answer({"object": "text_completion", "choices": [{"index": 0, "text": "x"}]}),
    ],
)
def test_a_server_that_cannot_score_is_refused_in_words(server, endpoint, tiny_model_dir, answer):
    server.on(MODELS_LIST, listing("tiny"))
    server.on(COMPLETIONS, answer)
    model = endpoint(tokenizer=tiny_model_dir)
    model.check()
    assert model.can == {"generate"}
    with pytest.raises(ConfigError, match=r"'tiny' at http.* cannot score: http.*(echo)"):
        model.score([SCORE])


def test_without_a_tokenizer_scoring_is_refused_with_the_remedy(endpoint):
    with pytest.raises(ConfigError, match="cannot score: set tokenizer"):
        endpoint().score([SCORE])


def test_a_folder_without_a_tokenizer_is_refused(endpoint, tmp_path):
    with pytest.raises(ConfigError, match="no readable tokenizer"):
        endpoint(tokenizer=tmp_path)


def test_a_prompt_longer_than_the_context_is_not_sent(server, endpoint, tiny_model_dir):
    server.on(CHAT, chat())
    model = endpoint(tokenizer=tiny_model_dir, context=40)
    long, short = model.generate([asked("drawer " * 60), asked("hi")])
    assert isinstance(long, Failure) and long.kind == "context" and "context of 40" in long.error
    assert isinstance(short, Completion) and len(server.asked(CHAT)) == 1
    assert server.asked(CHAT)[0]["max_tokens"] < 40
    (scored,) = model.score([Score((Message("user", "hi"),), ("drawer " * 60,))])
    assert isinstance(scored, Failure) and scored.kind == "context" and server.asked(COMPLETIONS) == []


# Embedding


def test_vectors_come_in_order_and_have_unit_length(server, endpoint):
    data = [{"index": 1, "embedding": [0.0, 2.0]}, {"index": 0, "embedding": [3.0, 4.0]}]
    server.on(EMBEDDINGS, Answer({"data": data, "usage": {"prompt_tokens": 5, "total_tokens": 5}}))
    (reply,) = endpoint(embed_model="e").embed([Embed(("a", "b"))])
    assert reply == Vectors(((0.6, 0.8), (0.0, 1.0)), Usage(5, 0))
    assert all(math.isclose(math.hypot(*vector), 1) for vector in reply.values)
    assert server.asked(EMBEDDINGS) == [{"model": "e", "input": ["a", "b"], "encoding_format": "float"}]


def test_a_server_that_does_not_embed_is_refused_in_words(server, endpoint):
    server.on(MODELS_LIST, listing("tiny"))
    model = endpoint(embed_model="e")
    assert model.can == {"generate", "embed"}
    model.check()
    assert model.can == {"generate"}
    with pytest.raises(ConfigError, match="cannot embed: http"):
        model.embed([Embed(("a",))])
    with pytest.raises(ConfigError, match="cannot embed: set embed_model"):
        endpoint().embed([Embed(("a",))])
