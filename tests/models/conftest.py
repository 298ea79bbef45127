"""A tiny model and tokenizer, made on the spot: random weights, a BPE of a few sentences, ChatML-like turns."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tests.models.wire import KEY, Server
from worldlore.models import MODELS, patience

torch.set_num_threads(1)  # threads that wait for each other cost more than these sums

SENTENCES = [
    "You are in the middle of a room. Looking quickly around you, you see a desk 1, a fridge 1, and a drawer 2.",
    "Your task is to: put a clean mug in cabinet. go to desk 1. take mug 1 from desk 1. open drawer 2.",
    "On the desk 1, you see a mug 1, and a pencil 3. The drawer 2 is closed. Nothing happens.",
    "You pick up the mug 1 from the desk 1. You clean the mug 1 using the sinkbasin 1. heat cool use look",
    "system user assistant be brief think then act what is where cup café ☕ 0 1 2 3 4 5 6 7 8 9 A B C D E",
]
TURNS = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def make_tokenizer(vocab: int = 400):
    """A byte-level BPE with ChatML turns."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    specials = ["<|pad|>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab, special_tokens=specials, initial_alphabet=alphabet, show_progress=False
    )
    raw.train_from_iterator(SENTENCES, trainer)
    made = PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="<|pad|>", eos_token="<|im_end|>", extra_special_tokens=["<|im_start|>"]
    )
    made.chat_template = TURNS
    return made


def make_model(tokenizer, seed: int = 0, context: int = 512):
    """A two-layer Llama with grouped heads; its output is sharp enough that greedy choices have no near-ties."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=context,
        initializer_range=0.3,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=True,
    )
    return LlamaForCausalLM(config).eval()


@pytest.fixture(scope="session")
def tiny_tokenizer():
    """The tokenizer alone."""
    return make_tokenizer()


@pytest.fixture(scope="session")
def tiny_model_dir(tmp_path_factory: pytest.TempPathFactory, tiny_tokenizer) -> Path:
    """A Hugging Face directory with the tiny model and its tokenizer."""
    folder = tmp_path_factory.mktemp("tiny")
    make_model(tiny_tokenizer).save_pretrained(folder)
    tiny_tokenizer.save_pretrained(folder)
    return folder


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
