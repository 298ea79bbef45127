"""Three tokenizers and three chat templates, as three families of models have them, made on the spot."""

from __future__ import annotations

import string

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from tests.models.conftest import SENTENCES, TURNS

WORDS = [*SENTENCES, "go take clean close use examine look heat cool open toggle put wait wait1 search click pick pour"]
PRINTED = [*string.printable, "▁", "…", "—"]
CHATML = (("<|im_start|>", "<|im_end|>"), TURNS)
INST = (
    ("<s>", "</s>", "[INST]", "[/INST]"),
    "<s>{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]{% elif m.role == 'assistant' %}"
    " {{ m.content }}</s>{% else %}{{ raise_exception('no such role') }}{% endif %}{% endfor %}",
)
GEMMA = (
    ("<bos>", "<start_of_turn>", "<end_of_turn>"),
    "<bos>{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n"
    "{{ m.content | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}",
)
TEMPLATES = {"chatml": CHATML, "inst": INST, "gemma": GEMMA}


def of_bytes(specials):
    """Bytes and their merges, digits together (GPT, Llama 3, Qwen)."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    raw.train_from_iterator(
        WORDS,
        trainers.BpeTrainer(vocab_size=420, special_tokens=[*specials], initial_alphabet=alphabet, show_progress=False),
    )
    return raw


def of_pieces(specials):
    """Characters and their merges, spaces as a sign of their own, each digit a piece (Llama 2, Mistral)."""
    raw = Tokenizer(models.BPE(unk_token="<unk>"))
    raw.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.Metaspace(prepend_scheme="never")]
    )
    raw.decoder = decoders.Metaspace(prepend_scheme="never")
    raw.train_from_iterator(
        WORDS,
        trainers.BpeTrainer(
            vocab_size=400, special_tokens=["<unk>", *specials], initial_alphabet=PRINTED, show_progress=False
        ),
    )
    return raw


def of_words(specials):
    """The likeliest cut into pieces of a unigram model (Gemma, T5)."""
    raw = Tokenizer(models.Unigram())
    raw.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    raw.decoder = decoders.Metaspace(prepend_scheme="never")
    trainer = trainers.UnigramTrainer(
        vocab_size=400,
        special_tokens=["<unk>", *specials],
        unk_token="<unk>",
        initial_alphabet=PRINTED,
        show_progress=False,
    )
    raw.train_from_iterator(WORDS * 4, trainer)
    return raw


TOKENIZERS = {"bytes": of_bytes, "pieces": of_pieces, "words": of_words}


def tokenizer(kind: str, template: str):
    """One of each."""
    specials, source = TEMPLATES[template]
    raw = TOKENIZERS[kind](specials)
    end = {"chatml": "<|im_end|>", "inst": "</s>", "gemma": "<end_of_turn>"}[template]
    others = [special for special in specials if special != end]
    made = PreTrainedTokenizerFast(tokenizer_object=raw, eos_token=end, pad_token=end, extra_special_tokens=others)
    made.chat_template = source
    return made
