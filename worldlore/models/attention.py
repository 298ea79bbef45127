"""Any causal Hugging Face model, attending along the paths of a `Forest`.

The forest's packed tokens go through the model as one row, with per-path positions, under an attention of our own
that is registered with transformers; the model's code is not touched. The forest travels as a keyword argument of
the model's call down to every attention layer: nothing is global, calls may nest, and a layer recomputed for
gradient checkpointing finds it again.

On a GPU the attention is FlexAttention under a block mask. Elsewhere each segment's keys meet, in one dense call,
all the queries below them (which lie side by side), and causally those of the segment itself; a query's partial
results are merged by their log-sum-exp (FlashAttention, arXiv 2205.14135 §3.1; for shared prefixes Hydragen,
arXiv 2402.05099 §3.1), so nothing is copied and nothing masked is computed. A model that looks back in another
way is refused. Dropout of attention weights is not applied: shared tokens have one set of activations.
"""

# ruff: noqa: N806  (names end in their dimensions)
from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable
from torch.nn.attention.flex_attention import BlockMask, create_block_mask
from torch.utils._triton import has_triton
from transformers import AttentionInterface, AttentionMaskInterface, PreTrainedModel
from transformers.integrations.flex_attention import flex_attention_forward
from transformers.integrations.sdpa_attention import repeat_kv

from worldlore.errors import ConfigError, ContextOverflow
from worldlore.models.forest import Forest

NAME = "forest"
"""What transformers knows our attention by."""


def forest_logprobs(model: nn.Module, forest: Forest, wanted: Tensor | None = None) -> Tensor:
    """Log-probability (nats, temperature 1) of packed tokens, each given its path: `logprobs_N` in float32.

    `wanted` holds the packed indices of interest (default: all); only these pass through the output head, and the
    others get 0, as do first tokens, which nothing precedes. Differentiable. With gradient checkpointing the
    backward pass, too, must run within `with attending(model)`.
    """
    wanted = torch.arange(len(forest)) if wanted is None else wanted
    wanted = wanted[forest.previous_N[wanted] >= 0]
    device = next(model.parameters()).device
    logprobs_N = torch.zeros(len(forest), device=device)
    if not len(wanted):
        return logprobs_N
    _check_length(model, forest)
    with attending(model):
        logits_WV = model(
            input_ids=forest.tokens_N[None].to(device),
            position_ids=forest.positions_N[None].to(device),
            use_cache=False,
            logits_to_keep=forest.previous_N[wanted].to(device),
            forest=Paths(forest, device),
        ).logits[0]
    logprobs_W = -F.cross_entropy(logits_WV.float(), forest.tokens_N[wanted].to(device), reduction="none")
    return logprobs_N.scatter(0, wanted.to(device), logprobs_W)


@contextmanager
def attending(model: nn.Module) -> Iterator[None]:
    """Within, the model attends along forests and can do nothing else; ConfigError if it cannot do that."""
    inner = _pretrained(model)
    before = str(inner.config._attn_implementation)
    if before != NAME:
        _check(inner)
        inner.set_attn_implementation(NAME)
    try:
        yield
    finally:
        if before != NAME:
            inner.set_attn_implementation(before)


class Paths:
    """What the attention needs to know of a forest, on a device."""

    def __init__(self, forest: Forest, device: torch.device) -> None:
        self.size = len(forest)
        self.depth = forest.depth
        self.block = _block_mask(forest, device) if _uses_blocks(device) else None
        alike: defaultdict[int, list[int]] = defaultdict(list)
        for segment in forest.segments:
            alike[segment.end - segment.start].append(segment.start)
        # Segments of equal length, to be met with themselves in one call: (packed indices, how many segments).
        self.alike = [(_rows(starts, length).to(device), len(starts)) for length, starts in alike.items()]
        self.forks = [(s.start, s.end, s.below) for s in forest.segments if s.below > s.end]


def _uses_blocks(device: torch.device) -> bool:
    return device.type == "cuda" and has_triton()


def _rows(starts: list[int], length: int) -> Tensor:
    return (torch.tensor(starts)[:, None] + torch.arange(length)).flatten()


def _block_mask(forest: Forest, device: torch.device) -> BlockMask:
    below_N = forest.below_N.to(device)

    def on_path(_batch: Tensor, _head: Tensor, query: Tensor, key: Tensor) -> Tensor:
        return (key <= query) & (query < below_N[key])

    return create_block_mask(on_path, None, None, len(forest), len(forest), device=str(device))


def _forest_attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Any,
    scaling: float | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Registered with transformers: query (1, heads, N, width) to output (1, N, heads, width)."""
    paths = kwargs.get("forest")
    _check_call(module, paths, query, kwargs)
    assert isinstance(paths, Paths)
    query, key = query.to(value.dtype), key.to(value.dtype)  # under autocast, rotary embeddings leave float32
    if paths.block is not None:
        softcap = kwargs.get("softcap")
        return flex_attention_forward(module, query, key, value, paths.block, scaling, softcap)[0], None
    groups = query.shape[1] // key.shape[1]
    key, value = repeat_kv(key, groups), repeat_kv(value, groups)
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    out: Any = _PathAttention.apply(query[0], key[0], value[0], paths, scale)
    return out.transpose(0, 1)[None], None


class _PathAttention(torch.autograd.Function):
    """Softmax attention of each query to its path; query, key, value are (heads, N, width)."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor, paths: Paths, scale: float) -> Tensor:
        out = query.new_empty(value.shape, dtype=_wide(value))
        lse = query.new_empty(value.shape[:2], dtype=_wide(value))
        for rows, n in paths.alike:
            part, part_lse = _attend(tuple(_split(t, rows, n) for t in (query, key, value)), True, scale)
            out[:, rows], lse[:, rows] = _joined(part).to(out.dtype), _joined(part_lse).to(lse.dtype)
        for start, end, below in paths.forks:
            q, kv = slice(end, below), slice(start, end)
            part, part_lse = _attend((query[None, :, q], key[None, :, kv], value[None, :, kv]), False, scale)
            _merge(out[:, q], lse[:, q], part[0], part_lse[0])
        ctx.save_for_backward(query, key, value, out.to(value.dtype), lse)
        ctx.paths, ctx.scale = paths, scale
        return out.to(value.dtype)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor | None, ...]:  # pyright: ignore[reportIncompatibleMethodOverride]
        grad = grads[0]
        query, key, value, out, lse = ctx.saved_tensors
        dq, dk, dv = (torch.zeros_like(t, dtype=_wide(t)) for t in (query, key, value))
        for rows, n in ctx.paths.alike:
            qkv, answer = ([_split(t, rows, n) for t in ts] for ts in ((query, key, value), (grad, out, lse)))
            parts = _attend_backward(qkv, answer, True, ctx.scale)
            for total, part in zip((dq, dk, dv), parts, strict=True):
                total[:, rows] += _joined(part)
        for start, end, below in ctx.paths.forks:
            q, kv = slice(end, below), slice(start, end)
            qkv = query[None, :, q], key[None, :, kv], value[None, :, kv]
            parts = _attend_backward(qkv, [t[None, :, q] for t in (grad, out, lse)], False, ctx.scale)
            for total, at, part in zip((dq, dk, dv), (q, kv, kv), parts, strict=True):
                total[:, at] += part[0]
        return dq.to(query.dtype), dk.to(key.dtype), dv.to(value.dtype), None, None


def _wide(tensor: Tensor) -> torch.dtype:
    """The type to add up in."""
    return torch.promote_types(tensor.dtype, torch.float32)


def _split(tensor: Tensor, rows: Tensor, n: int) -> Tensor:
    """Rows of (heads, N, ...) as a batch of n: (n, heads, rows / n, ...)."""
    return tensor[:, rows].unflatten(1, (n, -1)).transpose(0, 1)


def _joined(batch: Tensor) -> Tensor:
    """The inverse: (n, heads, rows / n, ...) to (heads, rows, ...)."""
    return batch.transpose(0, 1).flatten(1, 2)


def _merge(out: Tensor, lse: Tensor, part: Tensor, part_lse: Tensor) -> None:
    """Add to the attention over some keys, in place, the attention over other keys."""
    total = torch.logaddexp(lse, part_lse.to(lse.dtype))
    out.mul_((lse - total).exp()[..., None]).addcmul_(part.to(out.dtype), (part_lse - total).exp()[..., None])
    lse.copy_(total)


def _attend(qkv: Sequence[Tensor], causal: bool, scale: float) -> tuple[Tensor, Tensor]:
    """Attention of (batch, heads, Q, width) to K keys, and the log-sum-exp of its scores."""
    query, key, value = qkv
    if _fused(query, value):
        return torch.ops.aten._scaled_dot_product_flash_attention_for_cpu(query, key, value, 0.0, causal, scale=scale)
    scores = _scores(query, key, causal, scale)
    lse = scores.logsumexp(-1)
    return (scores - lse[..., None]).exp().to(value.dtype) @ value, lse


def _attend_backward(qkv: Sequence[Tensor], answer: Sequence[Tensor], causal: bool, scale: float) -> Sequence[Tensor]:
    """Gradients by query, key and value of what these keys gave to an answer over all keys.

    The answer is (gradient, output, log-sum-exp of the scores): with the last, each share stands alone.
    """
    (query, key, value), (grad, out, lse) = qkv, answer
    if _fused(query, value):
        backward = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu_backward
        return backward(grad, query, key, value, out, lse, 0.0, causal, scale=scale)
    weights = (_scores(query, key, causal, scale) - lse[..., None]).exp()
    drift = (grad * out).sum(-1, keepdim=True)
    inner = (weights * (grad @ value.mT - drift)).to(query.dtype) * scale
    return inner @ key, inner.mT @ query, weights.to(grad.dtype).mT @ grad


def _fused(query: Tensor, value: Tensor) -> bool:
    return query.device.type == "cpu" and query.shape[-1] == value.shape[-1]


def _scores(query: Tensor, key: Tensor, causal: bool, scale: float) -> Tensor:
    scores = (query @ key.mT).to(_wide(query)) * scale
    return scores.masked_fill(torch.ones_like(scores, dtype=torch.bool).triu(1), -torch.inf) if causal else scores


def _pretrained(model: nn.Module) -> PreTrainedModel:
    """The transformers model inside wrappers (data-parallel, adapters)."""
    while isinstance(getattr(model, "module", None), nn.Module):
        model = model.module  # pyright: ignore[reportAssignmentType]
    if hasattr(model, "get_base_model"):
        model = model.get_base_model()  # pyright: ignore[reportCallIssue]
    if not isinstance(model, PreTrainedModel):
        raise ConfigError(f"a {type(model).__name__} is no Hugging Face causal language model; give one")
    return model


def _check(model: PreTrainedModel) -> None:
    takes = inspect.signature(model.forward).parameters
    layers = set(getattr(model.config, "layer_types", None) or ()) - {"full_attention", "sliding_attention"}
    faults = {
        "its attention cannot be exchanged": not model._supports_attention_backend,
        "it takes no position_ids": "position_ids" not in takes,
        "it takes no logits_to_keep": "logits_to_keep" not in takes,
        "it keeps a recurrent state": model._is_stateful,
        f"it has layers of kind {', '.join(sorted(map(str, layers)))}": bool(layers),
    }
    for fault in (words for words, true in faults.items() if true):
        raise _refusal(model.config.model_type, fault)


def _check_length(model: nn.Module, forest: Forest) -> None:
    room = getattr(_pretrained(model).config, "max_position_embeddings", None)
    if room is not None and forest.depth > room:
        raise ContextOverflow(f"a sequence of {forest.depth} tokens does not fit the model's context of {room}; cut it")


def _check_call(module: nn.Module, paths: object, query: Tensor, kwargs: dict[str, Any]) -> None:
    kind = type(module).__name__
    if not isinstance(paths, Paths):
        raise _refusal(kind, "its layers are not handed the forest")
    if query.shape[0] != 1 or query.shape[2] != paths.size:
        raise _refusal(kind, f"its layers see {tuple(query.shape)} where {paths.size} packed tokens were given")
    if (window := kwargs.get("sliding_window")) is not None and window < paths.depth:
        raise _refusal(kind, f"its window of {window} tokens is shorter than the longest path of {paths.depth}")
    if kwargs.get("s_aux") is not None or kwargs.get("position_bias") is not None:
        raise _refusal(kind, "its attention scores have a learned bias or sink")
    if kwargs.get("softcap") is not None and paths.block is None:
        raise _refusal(kind, "its attention scores are capped, which needs a GPU")


def _refusal(kind: str, fault: str) -> ConfigError:
    return ConfigError(f"model {kind!r} cannot run over packed trees: {fault}; use a plain causal transformer")


AttentionInterface.register(NAME, _forest_attention)
AttentionMaskInterface.register(NAME, lambda *_args, **_kwargs: None)
