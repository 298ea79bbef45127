import random

import pytest
import torch
import torch.nn.functional as F
from torch.nn.attention.flex_attention import flex_attention
from transformers import (
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MambaConfig,
    MambaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)
from transformers.integrations.flex_attention import WrappedFlexAttention

from worldlore.errors import ConfigError, ContextOverflow
from worldlore.models import attention
from worldlore.models.attention import attending, forest_logprobs
from worldlore.models.forest import Forest

VOCABULARY = 61
SHAPE = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "max_position_embeddings": 256,
    "initializer_range": 0.2,
    "bos_token_id": 0,
    "eos_token_id": 0,
    "pad_token_id": 0,
}


def llama(**keys):
    return LlamaForCausalLM(LlamaConfig(**SHAPE, num_key_value_heads=2, **keys))


def gpt2():
    still = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}
    return GPT2LMHeadModel(GPT2Config(vocab_size=VOCABULARY, n_embd=32, n_layer=2, n_head=4, n_positions=256, **still))


MODELS = {
    "llama": llama,
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**SHAPE, num_key_value_heads=1)),
    "mistral": lambda: MistralForCausalLM(MistralConfig(**SHAPE, num_key_value_heads=2, sliding_window=200)),
    "gpt_neox": lambda: GPTNeoXForCausalLM(GPTNeoXConfig(**SHAPE)),
    "gpt2": gpt2,
}


def words(rng, low=2, high=9):
    return [rng.randrange(VOCABULARY) for _ in range(rng.randint(low, high))]


def star(rng):
    prompt = words(rng, 20, 30)
    return [prompt + words(rng) for _ in range(6)]


def comb(rng):
    spine, paths = words(rng, 12, 16), []
    for _ in range(4):
        children = [spine + words(rng) for _ in range(3)]
        paths += children[1:]
        spine = children[0]
    return [*paths, spine]


def full(rng):
    level = [words(rng, 10, 14)]
    for _ in range(3):
        level = [path + words(rng) for path in level for _ in range(2)]
    return level


def searched(rng):
    paths = [words(rng, 10, 14)]
    for _ in range(14):
        paths.append(rng.choice(paths) + words(rng))
    return [*paths, words(rng)]  # the last one grows from no common root


TREES = {"star": star, "comb": comb, "full": full, "searched": searched}


def unpacked(model, paths):
    """Log-probabilities of each path's tokens, one path at a time."""
    found = []
    for path in paths:
        ids = torch.tensor(path)[None]
        found.append(-F.cross_entropy(model(ids).logits[0, :-1].float(), ids[0, 1:], reduction="none"))
    return found


def packed(model, paths):
    forest = Forest.plant(paths)
    with attending(model):
        logprobs_N = forest_logprobs(model, forest)
    return [logprobs_N[forest.places(i)[1:]] for i in range(len(paths))]


def loss_and_gradients(model, run, paths):
    """An uneven sum over paths, so that no two gradients cancel by symmetry."""
    model.zero_grad()
    with attending(model) if run is packed else torch.enable_grad():
        loss = sum(torch.tanh(part.mean() + i) for i, part in enumerate(run(model, paths)))
        loss.backward()
    return loss.detach(), torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def apart(a, b):
    return ((a - b).norm() / b.norm()).item()


@pytest.mark.parametrize("tree", TREES)
@pytest.mark.parametrize("name", MODELS)
def test_packed_and_unpacked_agree_in_loss_and_gradients(name, tree):
    torch.manual_seed(0)
    model, paths = MODELS[name](), TREES[tree](random.Random(tree))
    loss, gradients = loss_and_gradients(model, packed, paths)
    expected, expected_gradients = loss_and_gradients(model, unpacked, paths)
    assert apart(loss, expected) <= 1e-5
    assert apart(gradients, expected_gradients) <= 1e-5


@pytest.mark.parametrize("tree", TREES)
def test_the_plain_formula_agrees_with_the_fused_kernel(tree, monkeypatch):
    torch.manual_seed(0)
    model, paths = llama(), TREES[tree](random.Random(tree))
    fused = loss_and_gradients(model, packed, paths)
    monkeypatch.setattr(attention, "_fused", lambda *_: False)
    plain = loss_and_gradients(model, packed, paths)
    assert apart(plain[0], fused[0]) <= 1e-5
    assert apart(plain[1], fused[1]) <= 1e-5


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile", "ignore:The .grad attribute")
@pytest.mark.parametrize("tree", TREES)
def test_flex_attention_under_the_block_mask_agrees(tree, monkeypatch):
    torch.manual_seed(0)
    model, paths = llama(), TREES[tree](random.Random(tree))
    segments = loss_and_gradients(model, packed, paths)
    monkeypatch.setattr(WrappedFlexAttention, "__init__", lambda *_: None)
    monkeypatch.setattr(WrappedFlexAttention, "__call__", lambda _: flex_attention)
    monkeypatch.setattr("torch.nn.attention.flex_attention._validate_device", lambda *_: None)  # uncompiled, it can
    monkeypatch.setattr(attention, "_uses_blocks", lambda _: True)
    blocks = loss_and_gradients(model, packed, paths)
    assert apart(blocks[0], segments[0]) <= 1e-5
    assert apart(blocks[1], segments[1]) <= 1e-5


@pytest.mark.parametrize("tree", TREES)
def test_a_dense_tree_mask_gives_the_same(tree):
    torch.manual_seed(0)
    model, paths = llama(), TREES[tree](random.Random(tree))
    forest = Forest.plant(paths)
    query, key = torch.meshgrid(torch.arange(len(forest)), torch.arange(len(forest)), indexing="ij")
    mask = (key <= query) & (query < forest.below_N[key])
    with torch.no_grad():
        logits = model(forest.tokens_N[None], attention_mask=mask[None, None], position_ids=forest.positions_N[None])
        dense = logits.logits[0].log_softmax(-1)[forest.previous_N, forest.tokens_N]
        dense[forest.previous_N < 0] = 0
        assert apart(forest_logprobs(model, forest), dense) <= 1e-5


def test_only_wanted_tokens_are_told_and_first_ones_never():
    forest = Forest.plant([[1, 2, 3], [1, 2, 4, 5]])
    model = llama()
    whole, some = forest_logprobs(model, forest), forest_logprobs(model, forest, torch.tensor([0, 3]))
    assert whole[0] == 0
    assert some.tolist() == [0, 0, 0, pytest.approx(whole[3].item(), rel=1e-5), 0]
    assert forest_logprobs(model, forest, torch.tensor([0])).tolist() == [0] * 5


def test_gradient_checkpointing_changes_nothing():
    torch.manual_seed(0)
    model, paths = llama().train(), comb(random.Random(0))
    plain = loss_and_gradients(model, packed, paths)
    model.activation_checkpointing_enable()
    again = loss_and_gradients(model, packed, paths)
    assert torch.equal(plain[0], again[0])
    assert torch.equal(plain[1], again[1])


@pytest.mark.parametrize("way", ["weights", "autocast"])
def test_bfloat16_is_near_float32(way):
    torch.manual_seed(0)
    model, paths = llama(), comb(random.Random(0))
    exact = torch.cat(packed(model, paths)).detach()
    with torch.autocast("cpu", torch.bfloat16, enabled=way == "autocast"):
        _, gradients = loss_and_gradients(model.bfloat16() if way == "weights" else model, packed, paths)
        rough = torch.cat(packed(model, paths)).detach()
    assert 0 < apart(rough, exact) < 0.02
    assert torch.isfinite(gradients).all()


def test_models_run_inside_each_other_and_generate_as_before():
    torch.manual_seed(0)
    one, other, forest = llama(), gpt2(), Forest.plant([[1, 2, 3], [1, 2, 4]])
    alone = forest_logprobs(one, forest)
    before = one.generate(torch.tensor([[1, 2, 3]]), max_new_tokens=4, do_sample=False)
    with attending(one), attending(other), attending(one):
        forest_logprobs(other, forest)
        assert torch.equal(forest_logprobs(one, forest), alone)
    assert one.config._attn_implementation == "sdpa"
    assert torch.equal(one.generate(torch.tensor([[1, 2, 3]]), max_new_tokens=4, do_sample=False), before)


def test_a_short_window_is_refused():
    model = MistralForCausalLM(MistralConfig(**SHAPE, num_key_value_heads=2, sliding_window=3))
    forest_logprobs(model, Forest.plant([[1, 2, 3]]))
    with pytest.raises(ConfigError, match="window of 3 tokens is shorter than the longest path of 4"):
        forest_logprobs(model, Forest.plant([[1, 2, 3, 4]]))


def test_a_recurrent_model_is_refused():
    model = MambaForCausalLM(MambaConfig(vocab_size=VOCABULARY, hidden_size=16, num_hidden_layers=1, state_size=4))
    with pytest.raises(ConfigError, match="'mamba' cannot run over packed trees"):
        forest_logprobs(model, Forest.plant([[1, 2]]))


def test_what_is_no_language_model_is_refused():
    with pytest.raises(ConfigError, match="a Linear is no Hugging Face causal language model"):
        forest_logprobs(torch.nn.Linear(1, 1), Forest.plant([[1, 2]]))


def test_a_path_longer_than_the_context_is_refused():
    with pytest.raises(ContextOverflow, match="300 tokens does not fit the model's context of 256"):
        forest_logprobs(llama(), Forest.plant([[1] * 300]))


def test_within_the_model_does_nothing_else():
    model = llama()
    with attending(model), pytest.raises(ConfigError, match="not handed the forest"):
        model(torch.tensor([[1, 2]]))
