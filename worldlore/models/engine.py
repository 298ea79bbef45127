"""Loaded weights at work: requests become tokens, tokens go through the network, numbers become replies.

A prompt that does not fit the context is answered with a `Failure` and disturbs no other request.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from worldlore.errors import ConfigError
from worldlore.experience import Completion, Embed, Failure, Generate, Score, Scores, Usage, Vectors
from worldlore.models.attention import forest_logprobs
from worldlore.models.forest import Forest, shared_prefix
from worldlore.models.generation import Draft, Writer
from worldlore.models.render import Template
from worldlore.models.weights import check_weights, is_adapter

if TYPE_CHECKING:
    from worldlore.models.local import Settings

_GIB = 1 << 30
_CPU_GIB = 2
_PASS = {"cpu": 4096}
"""Tokens scored or embedded in one forward pass, by device."""
_PASS_ELSEWHERE = 32768


class Engine:
    """A network, its template, and the conversations it remembers."""

    def __init__(self, folder: Path, settings: Settings):
        if settings.threads:
            torch.set_num_threads(settings.threads)
        device = _device(settings.device)
        dtype = _dtype(settings.dtype, device)
        self.network = load(folder, settings.adapter, dtype).to(device)
        """The transformers model."""
        self.template = Template.load(folder, _ends(self.network.generation_config))
        """The chat template, with every token that ends a turn."""
        told = getattr(self.network.config, "max_position_embeddings", None) or 1 << 30
        self.context = min(told, settings.max_context or told)
        """Tokens of prompt and reply together."""
        self.writer = Writer(self.network, self.template, settings.batch, _memory(settings.cache_gib, device))
        """What generates."""
        self._portion = _PASS.get(device.type, _PASS_ELSEWHERE)

    def generate(self, requests: Sequence[Generate]) -> list[Completion | Failure]:
        """A reply to each."""
        drafts = [self._draft(request) for request in requests]
        self.writer.write([d for d in drafts if isinstance(d, Draft)])
        return [d.completion() if isinstance(d, Draft) else d for d in drafts]

    def score(self, requests: Sequence[Score]) -> list[Scores | Failure]:
        """Log-probabilities of continuations, all requests in shared passes."""
        rows: list[tuple[list[int], list[int]]] = []
        pending: list[tuple[slice, Usage] | Failure] = []
        for request in requests:
            prompt = self.template.prompt(request.messages)
            replies = [self.template.reply(text) for text in request.continuations]
            replies = replies if request.end_of_turn else [reply[:-1] for reply in replies]
            longest = len(prompt) + max(map(len, replies), default=0)
            if longest > self.context:
                pending.append(self._overflow(longest))
                continue
            usage = Usage(len(prompt) + sum(map(len, replies)))
            pending.append((slice(len(rows), len(rows) + len(replies)), usage))
            rows += [(prompt, reply) for reply in replies]
        scored = self._logprobs(rows)
        return [p if isinstance(p, Failure) else Scores(tuple(scored[p[0]]), p[1]) for p in pending]

    def embed(self, requests: Sequence[Embed]) -> list[Vectors | Failure]:
        """Mean states of texts, all requests in shared passes; an empty text is read as an end of turn."""
        rows: list[list[int]] = []
        pending: list[tuple[slice, Usage] | Failure] = []
        for request in requests:
            texts = [self.template.words(text) for text in request.texts]
            longest = max(map(len, texts), default=0)
            if longest > self.context:
                pending.append(self._overflow(longest))
                continue
            pending.append((slice(len(rows), len(rows) + len(texts)), Usage(sum(map(len, texts)))))
            rows += [text or [min(self.template.ends)] for text in texts]
        vectors = self._vectors(rows)
        return [p if isinstance(p, Failure) else Vectors(tuple(vectors[p[0]]), p[1]) for p in pending]

    def _draft(self, request: Generate) -> Draft | Failure:
        begun = self.template.reply(request.begun)[:-1] if request.begun else []
        prompt = self.template.prompt(request.messages) + begun
        room = self.context - len(prompt)
        if room <= 0:
            return self._overflow(len(prompt))
        tokens = min(request.sampling.max_tokens, room)
        return Draft(prompt, replace(request.sampling, max_tokens=tokens), begun)

    @torch.inference_mode()
    def _logprobs(self, rows: Sequence[tuple[list[int], list[int]]]) -> list[tuple[float, ...]]:
        """Log-probabilities of each reply's tokens after its prompt."""
        found: dict[int, tuple[float, ...]] = {}
        for part in portions([prompt + reply for prompt, reply in rows], self._portion):
            forest = Forest.plant([rows[i][0] + rows[i][1] for i in part])
            places = [forest.places(k)[len(rows[i][0]) :] for k, i in enumerate(part)]
            logprobs = forest_logprobs(self.network, forest, torch.cat(places).unique()).cpu()
            found |= {i: tuple(logprobs[place].tolist()) for i, place in zip(part, places, strict=True)}
        return [found[i] for i in range(len(rows))]

    @torch.inference_mode()
    def _vectors(self, rows: Sequence[list[int]]) -> list[tuple[float, ...]]:
        found: dict[int, tuple[float, ...]] = {}
        order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
        size = max(1, self._portion // max(map(len, rows), default=1))
        for start in range(0, len(order), size):
            part = order[start : start + size]
            vectors = mean_states(self.network, [rows[i] for i in part]).tolist()
            found |= {i: tuple(vector) for i, vector in zip(part, vectors, strict=True)}
        return [found[i] for i in range(len(rows))]

    def _overflow(self, tokens: int) -> Failure:
        return Failure(
            f"{tokens} tokens do not fit the model's context of {self.context}; "
            "shorten the conversation or use a model with a longer context",
            "context",
        )


def load(folder: Path, adapter: Path | None, dtype: torch.dtype | str = torch.float32) -> Any:
    """The causal language model in a folder, an adapter merged into it, on the CPU; ConfigError if it cannot be."""
    check_weights(folder)
    how: dict[str, Any] = {"local_files_only": True, "use_safetensors": True, "output_loading_info": True}
    with _quiet(), _blaming(folder):
        loaded: Any = AutoModelForCausalLM.from_pretrained(str(folder), dtype=dtype, **how)
    model, told = loaded
    missing = sorted(told["missing_keys"])
    if missing:
        raise ConfigError(f"the weights in {folder} lack {len(missing)} tensors ({missing[0]}, …); save them again")
    return (model if adapter is None else _adapted(model, adapter)).eval().requires_grad_(False)


def portions(rows: Sequence[list[int]], size: int) -> Iterator[list[int]]:
    """Indices of rows in passes of about `size` tokens, a shared beginning counted once; like rows stay together."""
    part: list[int] = []
    tokens, before = 0, np.empty(0, np.int64)
    for i in sorted(range(len(rows)), key=lambda i: rows[i]):
        row = np.asarray(rows[i])
        new = len(row) - shared_prefix(before, row)
        if part and tokens + new > size:
            yield part
            part, tokens, new = [], 0, len(row)
        part.append(i)
        tokens, before = tokens + new, row
    if part:
        yield part


def mean_states(network: Any, rows: Sequence[list[int]]) -> Tensor:
    """Unit vectors [rows, width]: the mean over each row's tokens of the last layer's states."""
    longest = max(map(len, rows))
    ids = torch.tensor([row + [0] * (longest - len(row)) for row in rows], device=network.device)
    mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows], device=network.device)
    states = network.base_model(input_ids=ids, attention_mask=mask, use_cache=False).last_hidden_state.float()
    return torch.nn.functional.normalize((states * mask[..., None]).sum(1), dim=-1)


def _adapted(model: Any, adapter: Path) -> Any:
    from peft import PeftModel

    check_weights(adapter)
    if not is_adapter(adapter):
        raise ConfigError(f"{adapter} is no PEFT adapter: it has no adapter_config.json; give a whole model as `path`")
    with _quiet(), _blaming(adapter):
        return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()


def _device(wanted: str) -> torch.device:
    try:
        device = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if wanted == "auto" else wanted)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ConfigError(f"no device {wanted!r} here; use 'auto' or 'cpu'") from error
    return device


def _dtype(wanted: str, device: torch.device) -> torch.dtype | str:
    if wanted == "auto":
        return torch.float32 if device.type == "cpu" else "auto"
    return getattr(torch, wanted)


def _memory(gib: float | None, device: torch.device) -> int:
    if gib is None and device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] * 3 // 5
    return int((gib or _CPU_GIB) * _GIB)


def _ends(generation: Any) -> list[int]:
    told = getattr(generation, "eos_token_id", None)
    return told if isinstance(told, list) else [] if told is None else [told]


@contextmanager
def _blaming(folder: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise ConfigError(
            f"the weights in {folder} cannot be loaded ({type(error).__name__}: {reason}); "
            "copy or save them again, in a format this version of transformers knows"
        ) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars, advice or announcements of coming versions while weights are read."""
    shown, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            yield
    finally:
        logging.set_verbosity(level)
        if shown:
            logging.enable_progress_bar()
