"""A tiny Llama with grouped key-value heads and a word-level tokenizer, and units to train it on."""

import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from worldlore.experience import Message
from worldlore.training import Contrast, Turn

_NOUNS = ("cup", "plate", "lamp", "desk", "shelf")
WORDS = [
    "<s>",
    "</s>",
    "<unk>",
    "take",
    "put",
    "go",
    "open",
    "look",
    *_NOUNS,
    "in",
    "on",
    "to",
    "at",
    "with",
    "the",
    "a",
]
WORDS += ["1", "2", "3"]
CHAT = (
    "{% for m in messages %}{{ m.content + ' ' }}{% if m.role == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
)


def tiny(seed=0, **keys):
    torch.manual_seed(seed)
    shape = {
        "vocab_size": len(WORDS),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "intermediate_size": 64,
        "max_position_embeddings": 256,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "pad_token_id": 1,
    }
    return LlamaForCausalLM(LlamaConfig(**{**shape, **keys}))


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model")
    words = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words, bos_token="<s>", eos_token="</s>", unk_token="<unk>", chat_template=CHAT
    )
    tokenizer.save_pretrained(folder)
    tiny().save_pretrained(folder)
    return folder


def told(goal, *turns):
    """A conversation: the goal, then what was done and seen in turn."""
    roles = ("user", "assistant")
    return tuple(Message(roles[i % 2], text) for i, text in enumerate((goal, *turns)))


@pytest.fixture(scope="session")
def contrasts():
    units = []
    for goal in ("put a cup on the desk", "put the lamp in the shelf", "look at the plate with a lamp"):
        start = told(goal)
        later = told(goal, "go to desk 1", "on the desk 1 a cup a lamp")
        units.append(Contrast.of(start, "go to desk 1", "open shelf 2"))
        units.append(Contrast.of(start, "go to desk 1", "look"))
        units.append(Contrast.of(later, "take the cup 1", "go to shelf 3", weight=2.0))
    return units


@pytest.fixture(scope="session")
def turns(contrasts):
    return [Turn(c.chosen[0].messages, c.chosen[0].reply, c.weight) for c in contrasts]
