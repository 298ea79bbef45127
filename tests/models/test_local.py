"""The model in process: scoring, embedding, adapters, architectures, and folders that are not as they should be."""

import json
import shutil
import warnings

import pytest
import torch
import transformers
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from tests.models.conftest import make_model
from worldlore.errors import ConfigError
from worldlore.experience import Embed, Failure, Generate, Message, Sampling, Score
from worldlore.models import MODELS
from worldlore.models.local import Local

TALK = (Message("system", "be brief"), Message("user", "You are in the middle of a room."))
OTHER = (*TALK, Message("assistant", "look"), Message("user", "You see a desk 1."))
ACTIONS = ("go to desk 1", "open drawer 2", "go to desk 1 and look", "")


@pytest.fixture(scope="module")
def local(tiny_model_dir):
    return Local(Local.Config(path=tiny_model_dir))


def naive(model: Local, messages, text: str, end: bool = True) -> list[float]:
    prompt, reply = model.engine.template.prompt(messages), model.engine.template.reply(text)
    with torch.inference_mode():
        logits = model.engine.network(torch.tensor([prompt + reply])).logits[0, len(prompt) - 1 : -1]
    logprobs = logits.log_softmax(-1)[range(len(reply)), reply].tolist()
    return logprobs if end else logprobs[:-1]


@pytest.mark.parametrize("end", [True, False])
def test_scores_equal_those_of_whole_sequences(local, end):
    requests = [Score(TALK, ACTIONS, end_of_turn=end), Score(OTHER, ACTIONS[:2], end_of_turn=end)]
    for request, scores in zip(requests, local.score(requests), strict=True):
        for text, found in zip(request.continuations, scores.logprobs, strict=True):
            assert found == pytest.approx(naive(local, request.messages, text, end), abs=1e-4)


def test_scoring_in_small_passes_changes_nothing(local, monkeypatch):
    request = Score(TALK, ACTIONS)
    whole = local.score([request])[0]
    monkeypatch.setattr(local.engine, "_portion", 8)
    for a, b in zip(whole.logprobs, local.score([request])[0].logprobs, strict=True):
        assert a == pytest.approx(b, abs=1e-4)


@pytest.mark.parametrize("begun", ["go", "go to desk", "open "])
def test_a_reply_goes_on_from_the_words_it_is_begun_with(local, begun):
    template, network = local.engine.template, local.engine.network
    words = template.reply(begun)[:-1]
    ids = template.prompt(TALK) + words
    for _ in range(4):
        with torch.inference_mode():
            ids.append(int(network(torch.tensor([ids])).logits[0, -1].argmax()))
    new = ids[len(template.prompt(TALK)) + len(words) :]
    (reply,) = local.generate([Generate(TALK, Sampling(max_tokens=4), begun=begun)])
    assert list(reply.tokens) == new[: len(reply.tokens)]
    assert reply.text == template.text(words + new[: len(reply.tokens)]) and reply.text.startswith(begun)
    later = reply.text[len(begun) :]
    (cut,) = local.generate([Generate(TALK, Sampling(max_tokens=4, stop=(later[-2:], begun)), begun=begun)])
    assert cut.text == begun + later[: later.find(later[-2:])]


def test_what_was_sampled_scores_as_it_was_sampled(local):
    request = Generate(TALK, Sampling(1.0, max_tokens=6, seed=0))
    replies = local.generate([Generate(TALK, Sampling(1.0, max_tokens=3, seed=s)) for s in range(40)])
    template = local.engine.template
    faithful = [r for r in replies if template.reply(r.text)[:-1] == list(r.tokens)]
    assert len(faithful) > 3
    scores = local.score([Score(request.messages, tuple(r.text for r in faithful), end_of_turn=False)])[0]
    for reply, scored in zip(faithful, scores.logprobs, strict=True):
        assert scored == pytest.approx(reply.logprobs, abs=1e-4)


def test_equal_requests_are_computed_once(local, monkeypatch):
    rows = []
    real = local.engine._logprobs
    monkeypatch.setattr(local.engine, "_logprobs", lambda r: rows.extend(r) or real(r))
    one, two = local.score([Score(TALK, ACTIONS)] * 2)
    assert one == two
    assert len(rows) == len(ACTIONS)


def test_vectors_are_means_of_last_states_of_unit_length(local):
    texts = ("go to desk 1", "open the drawer 2 and look", "")
    first, second = local.embed([Embed(texts), Embed(texts[:1])])
    assert second.values[0] == pytest.approx(first.values[0], abs=1e-5)
    assert [sum(x * x for x in v) for v in first.values] == pytest.approx([1, 1, 1], abs=1e-5)
    with torch.inference_mode():
        ids = torch.tensor([local.engine.template.words(texts[1])])
        mean = local.engine.network.base_model(ids).last_hidden_state[0].mean(0)
    assert first.values[1] == pytest.approx((mean / mean.norm()).tolist(), abs=1e-5)


def test_what_does_not_fit_the_context_fails_alone(tiny_model_dir):
    model = Local(Local.Config(path=tiny_model_dir, max_context=40))
    long = (Message("user", "look " * 100),)
    short = Generate((Message("user", "cup"),), Sampling(max_tokens=1000))
    failure, reply = model.generate([Generate(long), short])
    assert isinstance(failure, Failure)
    assert failure.kind == "context"
    assert reply.usage.prompt_tokens + reply.usage.completion_tokens == 40
    assert reply.finish == "length"
    scores = model.score([Score(short.messages, ("go " * 60,)), Score(short.messages, ("look",))])
    assert [getattr(s, "kind", None) for s in scores] == ["context", None]
    vectors = model.embed([Embed(("look " * 100,)), Embed(("cup",)), Embed(())])
    assert [getattr(v, "kind", None) for v in vectors] == ["context", None, None]


@pytest.fixture(scope="module")
def adapter(tiny_model_dir, tmp_path_factory):
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_pretrained(tiny_model_dir)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # peft asks transformers for what it is about to rename
        tuned = get_peft_model(model, LoraConfig(r=4, target_modules=["q_proj", "v_proj", "down_proj"]))
    for name, weight in tuned.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight, std=0.3)
    folder = tmp_path_factory.mktemp("adapter")
    tuned.save_pretrained(folder)
    return folder, tuned.eval()


def test_an_adapter_changes_the_replies_as_peft_does(local, adapter):
    folder, tuned = adapter
    taught = local.with_weights(folder)
    prompt = torch.tensor([taught.engine.template.prompt(TALK)])
    expected = tuned.generate(input_ids=prompt, max_new_tokens=10, do_sample=False)[0, prompt.shape[1] :].tolist()
    reply = taught.generate([Generate(TALK, Sampling(max_tokens=10))])[0]
    assert list(reply.tokens) == expected
    assert reply.tokens != local.generate([Generate(TALK, Sampling(max_tokens=10))])[0].tokens
    assert taught.identity != local.identity
    configured = Local(Local.Config(path=local.folder, adapter=folder))
    assert configured.identity == taught.identity
    with pytest.raises(ConfigError, match="already has the adapter"):
        taught.with_weights(folder)
    assert taught.with_weights(local.folder).identity == local.identity


def test_an_adapter_key_that_names_a_whole_model_is_refused(tiny_model_dir):
    with pytest.raises(ConfigError, match="no PEFT adapter"):
        Local(Local.Config(path=tiny_model_dir, adapter=tiny_model_dir)).check()


ARCHITECTURES = {
    "Qwen2": {"num_key_value_heads": 2},
    "Qwen3": {"num_key_value_heads": 2, "head_dim": 8},
    "GPTNeoX": {},
    "GPT2": {},
    "Mistral": {"num_key_value_heads": 2, "sliding_window": 7},
}


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_other_architectures_reply_as_transformers_does(name, tiny_tokenizer, tmp_path):
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "initializer_range": 0.3}
    ends = {"vocab_size": len(tiny_tokenizer), "eos_token_id": 2, "bos_token_id": None, "pad_token_id": 0}
    width = {} if name == "GPT2" else {"intermediate_size": 64}
    config = getattr(transformers, f"{name}Config")(**sizes, **ends, **width, **ARCHITECTURES[name])
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    tiny_tokenizer.save_pretrained(tmp_path)
    model = Local(Local.Config(path=tmp_path))
    for messages, reply in zip(
        (TALK, OTHER), model.generate([Generate(t, Sampling(max_tokens=40)) for t in (TALK, OTHER)]), strict=True
    ):
        prompt = torch.tensor([model.engine.template.prompt(messages)])
        expected = model.engine.network.generate(prompt, max_new_tokens=40, do_sample=False)[0, prompt.shape[1] :]
        assert reply.tokens == tuple(expected.tolist())
    if name != "Mistral":
        assert model.score([Score(TALK, ACTIONS)])[0].logprobs[0] == pytest.approx(
            naive(model, TALK, ACTIONS[0]), abs=1e-4
        )


def test_a_recurrent_model_is_refused_with_the_remedy(tiny_tokenizer, tmp_path):
    config = transformers.MambaConfig(vocab_size=len(tiny_tokenizer), hidden_size=16, num_hidden_layers=1)
    AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path)
    tiny_tokenizer.save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match=r"cannot run in process .*endpoint"):
        Local(Local.Config(path=tmp_path)).check()


def copied(folder, tmp_path):
    return shutil.copytree(folder, tmp_path / "copy")


def truncated(folder):
    file = folder / "model.safetensors"
    file.write_bytes(file.read_bytes()[:-100])


def garbage(folder):
    (folder / "model.safetensors").write_bytes(b"not tensors at all")


def unknown_architecture(folder):
    (folder / "config.json").write_text(json.dumps({"model_type": "nonesuch"}))


def wider(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "intermediate_size": 128}))


def deeper(folder):
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (truncated, "is damaged"),
        (garbage, "is damaged"),
        (lambda folder: (folder / "model.safetensors").unlink(), "no model.safetensors"),
        (lambda folder: (folder / "config.json").unlink(), "no config.json"),
        (lambda folder: (folder / "config.json").write_text("{"), "config.json is damaged"),
        (lambda folder: (folder / "tokenizer.json").write_text("{"), "no readable tokenizer"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "no tokenizer in .*: tokenizer.json and"),
        (unknown_architecture, "cannot be loaded"),
        (wider, "cannot be loaded"),
        (deeper, "lack 9 tensors"),
        (shutil.rmtree, "no model directory"),
    ],
)
def test_a_damaged_folder_is_told_in_one_sentence(tiny_model_dir, tmp_path, damage, said):
    folder = copied(tiny_model_dir, tmp_path)
    damage(folder)
    with pytest.raises(ConfigError, match=said) as told:
        Local(Local.Config(path=folder)).check()
    assert "\n" not in str(told.value)


def test_shards_are_found_by_their_index(tiny_tokenizer, tmp_path):
    make_model(tiny_tokenizer).save_pretrained(tmp_path, max_shard_size="20KB")
    tiny_tokenizer.save_pretrained(tmp_path)
    Local(Local.Config(path=tmp_path)).check()
    next(tmp_path.glob("model-00002*")).unlink()
    with pytest.raises(ConfigError, match="no model-00002"):
        Local(Local.Config(path=tmp_path))


def test_an_unknown_device_is_told(tiny_model_dir):
    with pytest.raises(ConfigError, match="no device 'warp'"):
        Local(Local.Config(path=tiny_model_dir, device="warp")).check()


def test_identity_follows_the_content_and_not_the_place(tiny_model_dir, tmp_path):
    one = Local(Local.Config(path=tiny_model_dir))
    copy = copied(tiny_model_dir, tmp_path)
    assert Local(Local.Config(path=copy)).identity == one.identity
    assert Local(Local.Config(path=copy, dtype="bfloat16")).identity != one.identity
    (copy / "chat_template.jinja").write_text("{{ messages[0].content }}")
    assert Local(Local.Config(path=copy)).identity != one.identity


def test_a_closed_model_lets_go_of_its_weights(tiny_model_dir):
    model = Local(Local.Config(path=tiny_model_dir))
    model.check()
    model.close()
    assert "engine" not in vars(model)


def test_bfloat16_runs(tiny_model_dir):
    model = Local(Local.Config(path=tiny_model_dir, dtype="bfloat16"))
    assert model.generate([Generate(TALK, Sampling(max_tokens=4))])[0].tokens
    assert model.engine.network.dtype == torch.bfloat16


def test_the_registry_builds_it_from_a_table(tiny_model_dir):
    model = MODELS.build({"name": "local", "path": str(tiny_model_dir), "batch": 4})
    assert model.can == {"generate", "score", "embed"}
    with pytest.raises(ConfigError, match="path"):
        MODELS.build({"name": "local", "pth": "x"})
