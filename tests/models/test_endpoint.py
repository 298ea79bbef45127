"""The endpoint against a server on loopback: what is asked, and what comes back."""

import math

import pytest

from tests.models.wire import CHAT, EMBEDDINGS, MODELS_LIST, Answer, asked, chat, listing, wrong
from worldlore.errors import ConfigError
from worldlore.experience import (
    Completion,
    Embed,
    Failure,
    Usage,
    Vectors,
)


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
