"""Generation in process, side by side: batched against one at a time, against transformers, and with memory or without.

CPU seconds of one thread on a random Llama of three million parameters, so that other work on the machine does not
count. Run it alone with `python -m benchmarks.generation`.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import process_time

import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from worldlore.experience import Completion, Generate, Message, Sampling
from worldlore.models.generation import Writer
from worldlore.models.local import Local

WORDS = 2000
REPLY = 16


def measure() -> list[tuple[str, str]]:
    """(what, ratio and figures) for each comparison."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with tempfile.TemporaryDirectory() as folder:
            model = _model(Path(folder))
            return [
                *_against_one_at_a_time(model),
                *(_against_transformers(model, n) for n in (16, 64)),
                _conversation(model, rows=32, turns=10),
            ]
    finally:
        torch.set_num_threads(threads)


def _model(folder: Path) -> Local:
    words = {word: i for i, word in enumerate(["<pad>", "<s>", "</s>", *(f"w{i}" for i in range(WORDS))])}
    raw = Tokenizer(models.WordLevel(words, unk_token="w0"))
    raw.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=raw, bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    tokenizer.chat_template = (
        "{% for m in messages %}<s> {{ m.content }} </s>{% endfor %}{% if add_generation_prompt %}<s>{% endif %}"
    )
    sizes = {"hidden_size": 192, "intermediate_size": 512, "num_hidden_layers": 6, "num_attention_heads": 6}
    ids = {"vocab_size": len(words), "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
    torch.manual_seed(0)
    config = LlamaConfig(**sizes, **ids, num_key_value_heads=2, max_position_embeddings=2048, tie_word_embeddings=True)
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    local = Local(Local.Config(path=folder, threads=1))
    local.check()
    return local


def _text(luck: random.Random, low: int, high: int) -> str:
    return " ".join(f"w{luck.randrange(WORDS)}" for _ in range(luck.randint(low, high)))


def _requests(seed: int, n: int, low: int = 20, high: int = 60) -> list[Generate]:
    luck = random.Random(seed)
    return [Generate((Message("user", _text(luck, low, high)),), Sampling(max_tokens=REPLY)) for _ in range(n)]


def _written(replies: Sequence[object]) -> int:
    return sum(r.usage.completion_tokens for r in replies if isinstance(r, Completion))


def _against_one_at_a_time(model: Local) -> list[tuple[str, str]]:
    model.generate(_requests(0, 4))
    start = process_time()
    alone = sum(_written(model.generate([r])) for r in _requests(1, 16)) / (process_time() - start)
    rows: list[tuple[str, str]] = []
    for n in (16, 64):
        start = process_time()
        batched = _written(model.generate(_requests(n, n))) / (process_time() - start)
        said = f"{batched / alone:.1f}x ({batched:.0f} against {alone:.0f} tokens/s, prompts of 20-60 tokens)"
        rows.append((f"generation, {n} replies at once against one at a time", said))
    return rows


def _against_transformers(model: Local, n: int) -> tuple[str, str]:
    requests = _requests(100 + n, n, 150, 400)
    start = process_time()
    ours = _written(model.generate(requests)) / (process_time() - start)
    prompts = [model.engine.template.prompt(r.messages) for r in requests]
    longest = max(map(len, prompts))
    ids = torch.tensor([[0] * (longest - len(p)) + p for p in prompts])
    mask = torch.tensor([[0] * (longest - len(p)) + [1] * len(p) for p in prompts])
    start = process_time()
    with torch.inference_mode():
        model.engine.network.generate(
            ids, attention_mask=mask, max_new_tokens=REPLY, min_new_tokens=REPLY, do_sample=False
        )
    theirs = n * REPLY / (process_time() - start)
    said = f"{ours / theirs:.1f}x ({ours:.0f} against {theirs:.0f} tokens/s, prompts of 150-400 tokens)"
    return f"generation, {n} replies against transformers' generate", said


def _conversation(model: Local, rows: int, turns: int) -> tuple[str, str]:
    kept, forgotten = _talk(model, rows, turns, True), _talk(model, rows, turns, False)
    said = f"{forgotten / kept:.1f}x ({kept:.1f} against {forgotten:.1f} CPU seconds)"
    return f"{rows} conversations of {turns} turns, remembered against read anew", said


def _talk(model: Local, rows: int, turns: int, remember: bool) -> float:
    luck = random.Random(7)
    talks = [[Message("user", _text(luck, 150, 300))] for _ in range(rows)]
    start = process_time()
    for turn in range(turns):
        if turn == 0 or not remember:
            engine = model.engine
            engine.writer = Writer(engine.network, engine.template, rows, 1 << 31)
        replies = model.generate([Generate(tuple(talk), Sampling(1.0, max_tokens=6, seed=turn)) for talk in talks])
        for talk, reply in zip(talks, replies, strict=True):
            assert isinstance(reply, Completion)
            talk += [Message("assistant", reply.text), Message("user", _text(luck, 15, 40))]
    return process_time() - start


if __name__ == "__main__":
    for what, said in measure():
        print(f"{what}: {said}")
