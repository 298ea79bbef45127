"""Any Hugging Face causal model on ragged rows: tokens packed side by side, each row attending to its own slot.

    tokens   [ a a a a | b | c | d d ]         one sequence of valid tokens: no padding passes through a linear layer
    slots      ↓         ↓   ↓   ↓             keys and values go to each row's slot (`prefix.py`)

The model runs unchanged, within `attending`: the plan of a pass travels as a keyword argument of the model's call
down to every attention layer. Rows of one new token in neighbouring slots attend together when that saves more
than their padding costs.

A model whose attention does not go through transformers' interface, or asks for more than a causal or sliding
window, is refused by `layers_of` before anything depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor
from transformers import AttentionInterface, AttentionMaskInterface

from worldlore.errors import ConfigError
from worldlore.models.prefix import Layer, Slots

NAME = "packed"
"""What transformers knows our attention by."""
_PADDING = {"cpu": 128}
"""Padding tokens that cost as much as one more attention call, by device."""
_PADDING_ELSEWHERE = 32768


class Pass(Protocol):
    """What attention is during one forward pass."""

    def attend(self, index: int, query: Tensor, key: Tensor, value: Tensor, how: How) -> Tensor:
        """Heads-first [1, H, N, D] in, tokens-first [1, N, H, D] out."""
        ...


@dataclass(frozen=True, slots=True)
class How:
    """What a layer asks of attention."""

    scale: float | None
    """Factor on the scores; None: one over the root of the width."""
    window: int | None
    """How many tokens back a token sees, itself included; None: all."""


def _attention(module: Any, query: Tensor, key: Tensor, value: Tensor, *_: Any, **asked: Any) -> tuple[Tensor, None]:
    beyond = [name for name in ("softcap", "s_aux", "position_bias") if asked.get(name) is not None]
    if beyond:
        raise NotImplementedError(f"its attention has a {beyond[0]}")
    how = How(asked.get("scaling"), asked.get("sliding_window"))
    return asked["packed"].attend(module.layer_idx, query, key, value, how), None


AttentionInterface.register(NAME, _attention)
AttentionMaskInterface.register(NAME, lambda *_args, **_kwargs: None)


@contextmanager
def attending(model: Any) -> Iterator[None]:
    """Within, the model runs packed and in no other way."""
    before = str(model.config._attn_implementation)
    model.set_attn_implementation(NAME)
    try:
        yield
    finally:
        model.set_attn_implementation(before)


@dataclass(frozen=True, slots=True)
class Work:
    """Tokens to append to one slot."""

    slot: int
    """Where."""
    tokens: list[int]
    """What."""


@torch.inference_mode()
def advance(model: Any, slots: Slots, work: Sequence[Work]) -> Tensor:
    """Append each row's tokens to its slot; float32 logits after each row's last token, [rows, vocabulary].

    To be called within `attending(model)`.
    """
    device = model.device
    order = sorted(range(len(work)), key=lambda i: work[i].slot)
    rows = [work[i] for i in order]
    starts = [int(slots.filled[row.slot]) for row in rows]
    ids = torch.tensor([[t for row in rows for t in row.tokens]], device=device)
    spans = [range(a, a + len(row.tokens)) for a, row in zip(starts, rows, strict=True)]
    positions = torch.tensor([[p for span in spans for p in span]], device=device)
    last = torch.tensor([len(row.tokens) for row in rows], device=device).cumsum(0) - 1
    plan = _Ragged(slots, rows, starts, positions[0])
    said = model(input_ids=ids, position_ids=positions, use_cache=False, logits_to_keep=last, packed=plan)
    for row in rows:
        slots.extend(row.slot, row.tokens)
    back = torch.empty(len(order), dtype=torch.long, device=device)
    back[torch.tensor(order, device=device)] = torch.arange(len(order), device=device)
    return said.logits[0, back].float()


@dataclass(frozen=True, slots=True)
class _Group:
    """Rows that attend in one call: one row with any number of new tokens, or neighbours with one new token each."""

    first: int
    tokens: int
    slot: int
    rows: int
    lengths: tuple[int, ...]
    """Tokens in each row's slot once its new ones are there."""


class _Ragged:
    """The plan of one pass over rows in the order of their slots."""

    def __init__(self, slots: Slots, rows: Sequence[Work], starts: Sequence[int], positions: Tensor):
        device = positions.device
        self._slots = slots
        counts = torch.tensor([len(row.tokens) for row in rows], device=device)
        self._slot_of = torch.tensor([row.slot for row in rows], device=device).repeat_interleave(counts)
        self._position_of = positions
        self._groups = _groups(rows, starts, _PADDING.get(device.type, _PADDING_ELSEWHERE))
        self._masks: dict[int | None, list[Tensor | None]] = {}

    def attend(self, index: int, query: Tensor, key: Tensor, value: Tensor, how: How) -> Tensor:
        keys, values = self._slots.keys[index], self._slots.values[index]
        keys[self._slot_of, :, self._position_of] = key[0].transpose(0, 1)
        values[self._slot_of, :, self._position_of] = value[0].transpose(0, 1)
        if how.window not in self._masks:
            self._masks[how.window] = [_mask(g, how.window, query.device) for g in self._groups]
        out = query.new_empty((query.shape[2], query.shape[1], value.shape[3]))
        for group, mask in zip(self._groups, self._masks[how.window], strict=True):
            here, longest = slice(group.first, group.first + group.tokens), max(group.lengths)
            k = keys[group.slot : group.slot + group.rows, :, :longest]
            v = values[group.slot : group.slot + group.rows, :, :longest]
            step = _one_each if group.tokens == group.rows else _one_row
            out[here] = step(query[0, :, here], k, v, mask, how.scale)
        return out[None]


def _groups(rows: Sequence[Work], starts: Sequence[int], padding: int) -> list[_Group]:
    groups: list[_Group] = []
    at = 0
    for row, start in zip(rows, starts, strict=True):
        count = len(row.tokens)
        group = _Group(at, count, row.slot, 1, (start + count,))
        joined = _join(groups[-1], group, padding) if groups else None
        if joined:
            groups[-1] = joined
        else:
            groups.append(group)
        at += count
    return groups


def _join(left: _Group, right: _Group, padding: int) -> _Group | None:
    if left.tokens != left.rows or right.tokens != 1 or left.slot + left.rows != right.slot:
        return None
    lengths = (*left.lengths, *right.lengths)
    added = max(lengths) * len(lengths) - max(left.lengths) * left.rows - right.lengths[0]
    return _Group(left.first, left.tokens + 1, left.slot, left.rows + 1, lengths) if added <= padding else None


def _mask(group: _Group, window: int | None, device: torch.device) -> Tensor | None:
    """True where a query may look; None where it may look at all that comes before it."""
    longest, one_row = max(group.lengths), group.tokens > group.rows
    whole = longest == group.tokens if one_row else longest == min(group.lengths)
    if whole and (window is None or longest <= window):
        return None
    ends = range(longest - group.tokens + 1, longest + 1) if one_row else group.lengths
    end = torch.tensor(list(ends), device=device)[:, None]
    column = torch.arange(longest, device=device)
    mask = column < end
    return mask if window is None else mask & (column >= end - window)


def _one_each(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, scale: float | None) -> Tensor:
    """Rows with one query each: the query heads that share a key head are its queries, so keys are read once."""
    heads, rows, width = query.shape
    shared = query.transpose(0, 1).reshape(rows, keys.shape[1], -1, width)
    allowed = None if mask is None else mask[:, None, None]
    out = F.scaled_dot_product_attention(shared, keys, values, attn_mask=allowed, scale=scale)
    return out.reshape(rows, heads, -1)


def _one_row(query: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, scale: float | None) -> Tensor:
    how: dict[str, Any] = {"scale": scale, "enable_gqa": query.shape[0] != keys.shape[1]}
    out = F.scaled_dot_product_attention(query[None], keys, values, attn_mask=mask, is_causal=mask is None, **how)
    return out[0].transpose(0, 1)


class _Survey:
    """A pass that notes the layers' shapes and attends as a plain causal model does."""

    def __init__(self) -> None:
        self.layers: dict[int, Layer] = {}

    def attend(self, index: int, query: Tensor, key: Tensor, value: Tensor, how: How) -> Tensor:
        self.layers[index] = Layer(key.shape[1], key.shape[3], value.shape[3])
        grouped = query.shape[1] != key.shape[1]
        out = F.scaled_dot_product_attention(query, key, value, is_causal=True, scale=how.scale, enable_gqa=grouped)
        return out.transpose(1, 2)


@torch.inference_mode()
def layers_of(model: Any) -> dict[int, Layer]:
    """The attention layers; ConfigError unless packed rows give the model's own logits on a small trial."""
    ids = (torch.arange(12, device=model.device) * 7 + 1) % model.config.vocab_size
    survey = _Survey()
    try:
        expected = model(input_ids=ids[None], use_cache=False).logits[0, -1].float()
        with attending(model):
            model(input_ids=ids[None], use_cache=False, packed=survey)
            slots = Slots(survey.layers, 1 << 24, 2, next(model.parameters()))
            slots.fit(16)
            one, two = (slots.seat([1, 1]).slot for _ in range(2))
            advance(model, slots, [Work(one, ids[:5].tolist()), Work(two, ids[3:].tolist())])
            found = advance(model, slots, [Work(two, [1]), Work(one, ids[5:].tolist())])[1]
    except Exception as error:
        raise _refused(model, str(error).partition("\n")[0]) from error
    tolerance = 1e-3 if model.dtype == torch.float32 else 0.05
    if not (found - expected).abs().max() <= tolerance * expected.abs().max():
        raise _refused(model, "its attention does not go through transformers' interface")
    return survey.layers


def _refused(model: Any, reason: str) -> ConfigError:
    return ConfigError(
        f"{type(model).__name__} cannot run in process ({reason}); serve it (vLLM, transformers serve) "
        "and use the model 'endpoint'"
    )
