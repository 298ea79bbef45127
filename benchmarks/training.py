"""Tree packing against the usual ways, on a five-million-parameter Llama and one thread.

A preference step (forward and backward, planting and padding included) over all pairs of a tree: as one packed forest,
as padded pairs in batches of four, and by TRL's own DPOTrainer on the same four pairs at a time, where TRL is
installed. Its reference log-probabilities are precomputed in all three. And scoring: many continuations of one prompt,
as one forest and each in full. Seconds are CPU seconds, so other load on the machine disturbs them little.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.util import find_spec
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM

from worldlore.models.attention import attending, forest_logprobs
from worldlore.models.forest import Forest
from worldlore.training import losses
from worldlore.training.data import Example, Line
from worldlore.training.packing import pack

VOCABULARY = 4096
REFERENCE = -50.0
"""Log-probability the reference is said to give every side."""


@dataclass
class Grove:
    """A tree of turns in tokens, and the pairs at its forks."""

    rng: random.Random
    paths: list[list[int]] = field(default_factory=list[list[int]])
    """The tokens from the root to each node."""
    acts: list[list[tuple[int, int]]] = field(default_factory=list[list[tuple[int, int]]])
    """On that path, where actions begin and end."""
    parents: list[int] = field(default_factory=list[int])

    @staticmethod
    def planted(prompt: int) -> Grove:
        """Only a prompt, as node 0."""
        grove = Grove(random.Random(0))
        grove.paths, grove.acts, grove.parents = [grove.words(prompt)], [[]], [-1]
        return grove

    def words(self, n: int) -> list[int]:
        return [self.rng.randrange(3, VOCABULARY) for _ in range(n)]

    def grow(self, parent: int) -> int:
        """A node of 60 to 120 tokens, the first 30 % of them an action."""
        n, start = self.rng.randint(60, 120), len(self.paths[parent])
        self.paths.append(self.paths[parent] + self.words(n))
        self.acts.append([*self.acts[parent], (start, start + n * 3 // 10)])
        self.parents.append(parent)
        return len(self.paths) - 1

    def pairs(self, whole: bool) -> list[Example]:
        """At each fork, the first child against each other one: the step alone, or the whole course from there."""
        first: dict[int, int] = {}
        found: list[Example] = []
        for node, parent in enumerate(self.parents):
            if parent >= 0 and first.setdefault(parent, node) != node:
                found.append(Example(self._side(first[parent], whole), self._side(node, whole), 1.0, ""))
        return found

    def _side(self, node: int, whole: bool) -> tuple[Line, ...]:
        """The action at `node`, and where wanted those below it, by first children."""
        fork, leaf = len(self.acts[node]) - 1, node
        while whole and leaf in self.parents:
            leaf = self.parents.index(leaf)
        return tuple(Line(tuple(self.paths[leaf][:end]), start) for start, end in self.acts[leaf][fork:])


def star() -> Grove:
    """A prompt of 256 tokens with 8 children."""
    grove = Grove.planted(256)
    for _ in range(8):
        grove.grow(0)
    return grove


def comb() -> Grove:
    """Eight steps deep, three siblings a step."""
    grove, spine = Grove.planted(256), 0
    for _ in range(8):
        siblings = [grove.grow(spine) for _ in range(3)]
        spine = siblings[0]
    return grove


def full() -> Grove:
    """Three steps deep, three children each."""
    grove, level = Grove.planted(256), [0]
    for _ in range(3):
        level = [grove.grow(node) for node in level for _ in range(3)]
    return grove


def searched() -> Grove:
    """Forty nodes hung where a search might, at most four children each and eight steps deep."""
    grove = Grove.planted(256)
    for _ in range(40):
        open_ = [n for n in range(len(grove.paths)) if grove.parents.count(n) < 4 and len(grove.acts[n]) < 8]
        grove.grow(grove.rng.choice(open_))
    return grove


SHAPES = {
    "star, 8 children": (star, False),
    "comb, 8 deep, 3 siblings": (comb, False),
    "full, 3 deep, 3 each": (full, True),
    "search, 40 nodes": (searched, True),
}
"""How a tree grows, and whether its pairs are of whole courses or of steps."""
PROMPTS = ((768, 64, 16), (768, 16, 64), (256, 64, 16))
"""Tokens of the prompt, how many continuations, tokens of each."""


def measure() -> list[tuple[str, str]]:
    """Ratios, measured side by side in this process."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return [*_steps(), *_scoring()]
    finally:
        torch.set_num_threads(threads)


def _steps() -> Iterator[tuple[str, str]]:
    model = _llama()
    with tempfile.TemporaryDirectory() as folder:
        trl = _trl_step(model, folder) if find_spec("trl") and find_spec("datasets") else None
    for name, (grow, whole) in SHAPES.items():
        pairs = grow().pairs(whole)
        ours, loss = _timed(partial(_packed_step, model, pairs), 3)
        theirs, expected = _timed(partial(_by_four, model, pairs, _padded_loss), 1)
        _agree(loss, expected)
        yield f"preference step, {name}: packed vs padded pairs", _ratio(theirs, ours)
        if trl:
            theirs, expected = _timed(partial(_by_four, model, pairs, trl), 1)
            _agree(loss, expected)
            yield f"preference step, {name}: packed vs TRL's DPOTrainer", _ratio(theirs, ours)


def _packed_step(model: Any, pairs: Sequence[Example]) -> float:
    model.zero_grad()
    total = 0.0
    with attending(model):
        for packed in pack(pairs, 16384):
            chosen, rejected = packed.sums(forest_logprobs(model, packed.forest, packed.wanted_W))
            loss = losses.dpo(chosen - rejected).sum() / len(pairs)
            loss.backward()
            total += loss.item()
    return total


def _by_four(model: Any, pairs: Sequence[Example], loss_of: Callable[[Any, dict[str, Tensor]], Tensor]) -> float:
    model.zero_grad()
    total = 0.0
    for at in range(0, len(pairs), 4):
        four = pairs[at : at + 4]
        loss = loss_of(model, _padded(four)) * len(four) / len(pairs)
        loss.backward()
        total += loss.item()
    return total


def _padded(pairs: Sequence[Example]) -> dict[str, Tensor]:
    """A batch as TRL's collator lays it out: chosen rows, then rejected rows, padded on the right."""
    sides = [pair.chosen for pair in pairs] + [pair.rejected for pair in pairs]
    longest = max(len(side[-1].tokens) for side in sides)
    ids, told, replies = (torch.zeros(len(sides), longest, dtype=torch.long) for _ in range(3))
    for row, side in enumerate(sides):
        n = len(side[-1].tokens)
        ids[row, :n], told[row, :n] = torch.tensor(side[-1].tokens), 1
        for line in side:
            replies[row, line.reply : len(line.tokens)] = 1
    reference = {f"ref_{side}_logps": torch.full((len(pairs),), REFERENCE) for side in ("chosen", "rejected")}
    return {"input_ids": ids, "attention_mask": told, "completion_mask": replies, **reference}


def _padded_loss(model: Any, batch: dict[str, Tensor]) -> Tensor:
    logits = model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], use_cache=False).logits
    told = -F.cross_entropy(logits[:, :-1].flatten(0, 1), batch["input_ids"][:, 1:].flatten(), reduction="none")
    sums = (told.view(len(logits), -1) * batch["completion_mask"][:, 1:]).sum(1)
    chosen, rejected = sums.chunk(2)
    return losses.dpo(chosen - rejected).mean()


def _trl_step(model: Any, folder: str) -> Callable[[Any, dict[str, Tensor]], Tensor]:
    """The loss of TRL's trainer around the same model."""
    from datasets import Dataset, disable_progress_bars
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast
    from trl import DPOConfig, DPOTrainer

    disable_progress_bars()
    words = Tokenizer(models.WordLevel({"<s>": 0, "</s>": 1}, unk_token="<s>"))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=words, eos_token="</s>", pad_token="</s>", unk_token="<s>")
    keys: dict[str, Any] = {"use_cpu": True, "bf16": False, "gradient_checkpointing": False, "report_to": []}
    arguments = DPOConfig(output_dir=folder, precompute_ref_log_probs=True, disable_tqdm=True, **keys)
    rows = Dataset.from_list([{"prompt": "a ", "chosen": "b", "rejected": "c"}])
    trainer = DPOTrainer(model=model, args=arguments, train_dataset=rows, processing_class=tokenizer)
    return lambda _model, batch: trainer.compute_loss(trainer.model, batch)


def _scoring() -> Iterator[tuple[str, str]]:
    model, rng = _llama(), random.Random(0)
    for prompt, n, length in PROMPTS:
        start = [rng.randrange(VOCABULARY) for _ in range(prompt)]
        lines = [Line((*start, *(rng.randrange(VOCABULARY) for _ in range(length))), prompt) for _ in range(n)]
        ours, total = _timed(partial(_scored_together, model, lines), 3)
        theirs, expected = _timed(partial(_scored_apart, model, lines), 1)
        _agree(total, expected)
        yield f"scoring {n} x {length} tokens after {prompt}: packed vs each in full", _ratio(theirs, ours)


@torch.inference_mode()
def _scored_together(model: Any, lines: Sequence[Line]) -> float:
    forest = Forest.plant([line.tokens for line in lines])
    places = torch.cat([forest.places(i)[line.reply :] for i, line in enumerate(lines)])
    return forest_logprobs(model, forest, places.unique())[places].sum().item()


@torch.inference_mode()
def _scored_apart(model: Any, lines: Sequence[Line]) -> float:
    total = 0.0
    for line in lines:
        ids = torch.tensor(line.tokens)
        keep = len(ids) - line.reply + 1
        logits = model(input_ids=ids[None], use_cache=False, logits_to_keep=keep).logits[0, :-1]
        total -= F.cross_entropy(logits, ids[line.reply :], reduction="sum").item()
    return total


def _llama() -> Any:
    torch.manual_seed(0)
    shape: dict[str, Any] = {"vocab_size": VOCABULARY, "hidden_size": 256, "intermediate_size": 688}
    shape |= {"num_hidden_layers": 6, "num_attention_heads": 4, "max_position_embeddings": 4096}
    return LlamaForCausalLM(LlamaConfig(**shape, tie_word_embeddings=True, pad_token_id=1, eos_token_id=1))


def _timed(work: Callable[[], float], times: int) -> tuple[float, float]:
    """CPU seconds of the quickest of some runs, and what the work gave."""
    seconds, given = float("inf"), 0.0
    for _ in range(times):
        began = time.process_time()
        given = work()
        seconds = min(seconds, time.process_time() - began)
    return seconds, given


def _agree(ours: float, theirs: float) -> None:
    assert abs(ours - theirs) <= 1e-4 * abs(theirs), f"the ways disagree: {ours} and {theirs}"


def _ratio(slow: float, fast: float) -> str:
    return f"{slow / fast:.1f}x ({fast:.2f} s for {slow:.2f} s)"


if __name__ == "__main__":
    for what, result in measure():
        print(f"{what:75} {result}")
