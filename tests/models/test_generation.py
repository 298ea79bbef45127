"""Writing replies: what is sampled, where it stops, and that nobody else's reply matters."""

from collections import Counter

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.experience import Completion, Generate, Message, Sampling
from worldlore.models import generation
from worldlore.models.generation import sample
from worldlore.models.local import Local

TEXTS = ["go to desk 1", "You are in the middle of a room. " * 3, "look", "the drawer 2 is closed", "cup", "mug 1"]


def ask(text: str, **how) -> Generate:
    return Generate((Message("system", "be brief"), Message("user", text)), Sampling(**{"max_tokens": 12, **how}))


@pytest.fixture(scope="module")
def local(tiny_model_dir):
    return Local(Local.Config(path=tiny_model_dir))


def fresh(folder, **keys) -> Local:
    return Local(Local.Config(path=folder, **keys))


def test_greedy_replies_are_those_of_transformers_generate(local):
    network, template = local.engine.network, local.engine.template
    for request, reply in zip(map(ask, TEXTS), local.generate([ask(t) for t in TEXTS]), strict=True):
        prompt = torch.tensor([template.prompt(request.messages)])
        expected = network.generate(prompt, max_new_tokens=12, do_sample=False)[0, prompt.shape[1] :]
        assert list(reply.tokens) == expected.tolist()


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_a_reply_does_not_depend_on_its_batch(tiny_model_dir, temperature):
    requests = [ask(t, temperature=temperature, seed=i) for i, t in enumerate(TEXTS)]
    together = fresh(tiny_model_dir).generate(requests)
    alone = [fresh(tiny_model_dir).generate([r])[0] for r in requests[:2]]
    few = fresh(tiny_model_dir, batch=2).generate(requests[::-1])[::-1]
    for a, b in [*zip(together, few, strict=True), *zip(together, alone, strict=False)]:
        assert (a.tokens, a.text, a.finish) == (b.tokens, b.text, b.finish)
        assert a.logprobs == pytest.approx(b.logprobs, abs=1e-4)


def test_a_seed_decides_the_reply_and_another_seed_gives_another(local):
    one, same, other = local.generate([ask("look", temperature=1.0, seed=s) for s in (1, 1, 2)])
    assert one.tokens == same.tokens != other.tokens
    unseeded = local.generate([ask("look", temperature=1.0) for _ in range(2)])
    assert unseeded[0].tokens != unseeded[1].tokens


def test_the_same_seed_draws_differently_for_another_prompt(local):
    drafts = [generation.Draft([1, 2, n], Sampling(seed=5)) for n in (3, 4)]
    assert drafts[0].luck.random() != drafts[1].luck.random()


def test_logprobs_are_the_models_own_at_temperature_one(local):
    request = ask("look", temperature=2.5, top_p=0.7, seed=3)
    reply = local.generate([request])[0]
    prompt = local.engine.template.prompt(request.messages)
    with torch.inference_mode():
        logits = local.engine.network(torch.tensor([[*prompt, *reply.tokens]])).logits[0]
    expected = logits[len(prompt) - 1 : -1].log_softmax(-1)[range(len(reply.tokens)), reply.tokens]
    assert reply.logprobs == pytest.approx(expected.tolist(), abs=1e-4)


def test_a_reply_ends_with_the_end_of_turn(local, monkeypatch):
    greedy = local.generate([ask("look")])[0]
    third = greedy.tokens[2]
    monkeypatch.setattr(local.engine.template, "ends", frozenset({third}))
    reply = local.generate([ask("look")])[0]
    assert reply.finish == "stop"
    assert reply.tokens == greedy.tokens[: greedy.tokens.index(third) + 1]


def test_a_stop_string_cuts_the_text_and_the_tokens_end_with_it(local):
    whole = local.generate([ask("cup", max_tokens=24)])[0]
    stop = whole.text[5:8]
    reply = local.generate([ask("cup", max_tokens=24, stop=("never", stop))])[0]
    assert reply.finish == "stop"
    assert reply.text == whole.text[: whole.text.find(stop)]
    said = local.engine.template.text(reply.tokens)
    assert stop in said
    assert stop not in local.engine.template.text(reply.tokens[:-1])


def test_a_reply_that_never_stops_is_cut_at_its_length(local):
    reply = local.generate([ask("cup", max_tokens=4)])[0]
    assert (reply.finish, len(reply.tokens)) == ("length", 4)
    assert local.generate([ask("cup", max_tokens=0)]) == [
        Completion("", "length", (), (), reply.usage.__class__(reply.usage.prompt_tokens, 0))
    ]


def read_counter(monkeypatch) -> Counter:
    """Counts tokens that pass through the network while prompts are read or replies written."""
    seen: Counter = Counter()
    real = generation.advance

    def counting(model, slots, work):
        seen["tokens"] += sum(len(w.tokens) for w in work)
        seen["passes"] += 1
        return real(model, slots, work)

    monkeypatch.setattr(generation, "advance", counting)
    return seen


def converse(local: Local, turns: int, rows: int = 5, temperature: float = 0.0) -> list[list[Message]]:
    talks = [[Message("system", "be brief " * 8), Message("user", f"task {i}")] for i in range(rows)]
    for turn in range(turns):
        sampling = Sampling(temperature, max_tokens=4, seed=turn)
        for talk, reply in zip(talks, local.generate([Generate(tuple(t), sampling) for t in talks]), strict=True):
            talk += [Message("assistant", reply.text.strip() or "look"), Message("user", f"you see cup {turn}")]
    return talks


def test_a_conversation_that_goes_on_is_not_read_again(tiny_model_dir, monkeypatch):
    local = fresh(tiny_model_dir)
    seen = read_counter(monkeypatch)
    talks = converse(local, 6)
    prompts = [local.engine.template.prompt(t) for t in talks]
    assert seen["tokens"] < 1.35 * sum(map(len, prompts))


def test_remembered_conversations_give_the_replies_of_forgetful_ones(tiny_model_dir):
    remembering = converse(fresh(tiny_model_dir), 4, temperature=0.7)
    cramped = converse(fresh(tiny_model_dir, cache_gib=1e-9, batch=3), 4, temperature=0.7)
    assert remembering == cramped
    for talk in remembering[:2]:
        forgetful = fresh(tiny_model_dir)
        for end in range(2, len(talk), 2):
            turn = (end - 2) // 2
            reply = forgetful.generate([Generate(tuple(talk[:end]), Sampling(0.7, max_tokens=4, seed=turn))])[0]
            assert (reply.text.strip() or "look") == talk[end].content
            forgetful.close()


def test_a_prompt_asked_many_times_at_once_is_read_once(tiny_model_dir, monkeypatch):
    local = fresh(tiny_model_dir)
    local.check()
    seen = read_counter(monkeypatch)
    replies = local.generate([ask("go to desk 1 " * 10, temperature=1.0, seed=i, max_tokens=3) for i in range(8)])
    assert len({r.tokens for r in replies}) > 1
    assert seen["tokens"] <= replies[0].usage.prompt_tokens + 8 * 3


def test_branches_of_one_conversation_do_not_disturb_each_other(tiny_model_dir):
    base = [Message("user", "You are in the middle of a room. " * 4)]
    local = fresh(tiny_model_dir)
    local.generate([Generate(tuple(base))])
    branches = [[*base, Message("assistant", a), Message("user", "go on")] for a in ("open drawer 2", "open desk 1")]
    for talk in [*branches, *branches[::-1]]:
        again = fresh(tiny_model_dir).generate([Generate(tuple(talk), Sampling(max_tokens=8))])
        assert local.generate([Generate(tuple(talk), Sampling(max_tokens=8))])[0].tokens == again[0].tokens


def test_an_interrupted_call_leaves_its_slots_usable(tiny_model_dir, monkeypatch):
    local = fresh(tiny_model_dir)
    expected = local.generate([ask("look")])[0]

    def failing(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(generation, "sample", failing)
        local.generate([ask(t) for t in TEXTS])
    assert local.generate([ask("look")])[0].tokens == expected.tokens


LOGITS = torch.tensor([[2.0, 1.0, 0.0, -1.0]])


def test_sampled_frequencies_are_the_models_probabilities():
    n = 4000
    uniforms = [(i + 0.5) / n for i in range(n)]
    drawn = sample(LOGITS.expand(n, -1), [Sampling(0.8)] * n, uniforms)
    found = torch.bincount(drawn, minlength=4) / n
    assert found.tolist() == pytest.approx((LOGITS[0] / 0.8).softmax(-1).tolist(), abs=1 / n)


def test_a_nucleus_leaves_out_the_tail_only():
    n = 500
    uniforms = [(i + 0.5) / n for i in range(n)]
    drawn = sample(LOGITS.expand(n, -1), [Sampling(1.0, top_p=0.7)] * n, uniforms)
    probs = LOGITS[0, :2].softmax(-1)
    assert (torch.bincount(drawn, minlength=4) / n).tolist() == pytest.approx([*probs.tolist(), 0, 0], abs=1 / n)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.floats(-50, 50, width=32), min_size=2, max_size=9),
    st.floats(0, 1, exclude_max=True),
    st.floats(0.01, 1),
    st.floats(0.05, 5),
)
def test_only_tokens_of_the_nucleus_are_ever_drawn(logits, uniform, top_p, temperature):
    row = torch.tensor([logits])
    token = int(sample(row, [Sampling(temperature, top_p)], [uniform]))
    probs = (row[0] / temperature).softmax(-1, dtype=torch.float64)
    assert probs[probs > probs[token]].sum() < top_p + 1e-9


def test_rows_of_different_temperatures_share_a_batch():
    both = sample(LOGITS.expand(2, -1), [Sampling(0.0), Sampling(1.0)], [0.99, 0.99])
    assert both.tolist() == [0, 3]
