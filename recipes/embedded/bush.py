"""Lessons in groups that begin alike: what a group shares is computed once, and its members beside one another.

    group    [ p p p p · | a a a · | b b · · | c c c c ]     P places for what is shared, S for the rest of each member
             a member's token sees what is shared and, of its own, what came before; places · are padding

Faster on a CPU than a forest (`worldlore/models/forest.py`) where there is one fork and the members are many and short.
Log-probabilities and gradients are those of members computed alone.
"""

# ruff: noqa: N806, N815  (names end in their dimensions)
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import AttentionInterface, AttentionMaskInterface

from worldlore.models.forest import shared_prefix

NAME = "bush"
"""What transformers knows our attention by."""


@dataclass(frozen=True, slots=True)
class Bush:
    """G groups of M members each, laid out as rows of T = P + M * S tokens."""

    tokens_GT: Tensor
    """What stands where; 0 for padding."""
    positions_GT: Tensor
    """Index of each token in its member."""
    weights_GT: Tensor
    """What it weighs in the loss; what is shared weighs nothing."""
    shared_GP: Tensor
    """Which of the places for what is shared are filled."""
    members: int
    """M."""

    @staticmethod
    def of(groups: Sequence[Sequence[tuple[list[int], list[float]]]]) -> Bush:
        """From each member's tokens and weights; the same number of members in every group."""
        forks = [_fork([ids for ids, _ in group]) for group in groups]
        M, P = len(groups[0]), max(forks)
        S = max(len(ids) - fork for group, fork in zip(groups, forks, strict=True) for ids, _ in group)
        tokens = np.zeros((len(groups), P + M * S), np.int64)
        positions, weights = np.zeros_like(tokens), np.zeros(tokens.shape, np.float32)
        for g, (group, fork) in enumerate(zip(groups, forks, strict=True)):
            tokens[g, :fork], positions[g, :P] = group[0][0][:fork], np.arange(P)
            for m, (ids, told) in enumerate(group):
                at, rest = P + m * S, len(ids) - fork
                tokens[g, at : at + rest], weights[g, at : at + rest] = ids[fork:], told[fork:]
                positions[g, at : at + S] = np.arange(fork, fork + S)
        shared = np.arange(P)[None] < np.array(forks)[:, None]
        return Bush(*map(torch.from_numpy, (tokens, positions, weights, shared)), M)

    def losses(self, network: Any) -> Tensor:
        """The sum of the weighted losses; differentiable."""
        network.set_attn_implementation(NAME)
        states_GTD = network.model(
            input_ids=self.tokens_GT, position_ids=self.positions_GT, use_cache=False, bush=self
        ).last_hidden_state
        network.set_attn_implementation("sdpa")
        at_K = self.weights_GT.flatten().nonzero()[:, 0]
        logits_KV = network.lm_head(states_GTD.flatten(0, 1)[at_K - 1])
        losses_K = F.cross_entropy(logits_KV.float(), self.tokens_GT.flatten()[at_K], reduction="none")
        return (losses_K * self.weights_GT.flatten()[at_K]).sum()

    def attend(self, query: Tensor, key: Tensor, value: Tensor, scale: float) -> Tensor:
        """Heads first: (G, H, T, D) in, and out."""
        P, M = self.shared_GP.shape[1], self.members
        first = F.scaled_dot_product_attention(
            query[:, :, :P], key[:, :, :P], value[:, :, :P], is_causal=True, scale=scale
        )
        q, k, v = (t[:, :, P:].unflatten(2, (M, -1)) for t in (query * scale, key, value))
        S = q.shape[3]
        hidden_G1P = torch.where(self.shared_GP, 0.0, -torch.inf)[:, None, None].to(q.dtype)
        ahead_SS = torch.full((S, S), -torch.inf, dtype=q.dtype).triu(1)
        above = (q.flatten(2, 3) @ key[:, :, :P].mT + hidden_G1P).unflatten(2, (M, S))
        weights = torch.cat([above, q @ k.mT + ahead_SS], -1).softmax(-1)
        rest = (weights[..., :P].flatten(2, 3) @ value[:, :, :P]).unflatten(2, (M, S)) + weights[..., P:] @ v
        return torch.cat([first, rest.flatten(2, 3)], 2)


def _fork(rows: Sequence[Sequence[int]]) -> int:
    """How many tokens all have in common; at least one is left of each."""
    first, arrays = np.asarray(rows[0]), [np.asarray(row) for row in rows]
    return min(*(shared_prefix(first, row) for row in arrays), min(len(row) for row in arrays) - 1)


def _attention(_: Any, query: Tensor, key: Tensor, value: Tensor, *__: Any, **asked: Any) -> tuple[Tensor, None]:
    query, key = query.to(value.dtype), key.to(value.dtype)  # under autocast, rotary embeddings leave float32
    return asked["bush"].attend(query, key, value, asked["scaling"]).transpose(1, 2), None


AttentionInterface.register(NAME, _attention)
AttentionMaskInterface.register(NAME, lambda *_args, **_kwargs: None)
