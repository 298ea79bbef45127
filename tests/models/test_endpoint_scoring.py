"""Scores over the wire are those of the model's own tokens."""

import pytest
import torch
from transformers import LlamaForCausalLM

from tests.models.wire import CHAT, COMPLETIONS, MODELS_LIST, Answer, asked, chat, listing, wrong
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
from worldlore.models import MODELS


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
    with pytest.raises(ConfigError, match=r"no tokenizer in .*tokenizer.json and tokenizer_config.json"):
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


def test_a_begun_reply_travels_as_tokens(server, endpoint, tiny_model_dir, tiny_tokenizer):
    choice = {"index": 0, "text": " to desk 1\nAnd", "finish_reason": "stop"}
    server.on(COMPLETIONS, Answer({"object": "text_completion", "choices": [choice]}))
    request = Generate(SCORE.messages, Sampling(stop=("\n",), seed=3), begun="go")
    (reply,) = endpoint(tokenizer=str(tiny_model_dir)).generate([request])
    assert reply == Completion("go to desk 1")
    (body,) = server.asked(COMPLETIONS)
    ids = tiny_tokenizer.encode("go")
    assert body["prompt"][0][-len(ids) :] == ids and body["stop"] == ["\n"] and body["seed"] == 3


def test_a_begun_reply_needs_the_tokenizer(endpoint):
    (reply,) = endpoint().generate([Generate(SCORE.messages, begun="go")])
    assert isinstance(reply, Failure) and "tokenizer" in reply.error
