"""Whole sentences as tokens, whose vectors are sums: of what a sentence is about and of what it says.

Parts are learned, sums are not: who has learned what is said of one thing knows how the same is said of another. In the
model that is saved the sums are ordinary vectors of ordinary tokens.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from tokenizers import AddedToken
from torch import Tensor, nn
from torch.nn.utils import parametrize

Parts = Mapping[str, Sequence[str]]
"""Sentence -> the names of its parts, each as often as it counts."""
_NAME = "parametrizations.weight.original"


class Sums(nn.Module):
    """Vectors of plain tokens and of parts, to vectors of plain tokens and of sentences."""

    def __init__(self, plain: int, sentences: Parts, alike: Mapping[str, Sequence[int]]):
        super().__init__()
        names = list(dict.fromkeys(part for parts in sentences.values() for part in parts))
        self.alike = [alike.get(name, ()) for name in names]
        self.plain, self.rows = plain, plain + len(names)
        width = max(map(len, sentences.values()))
        places = {name: plain + at for at, name in enumerate(names)}
        table = [[*map(places.__getitem__, parts), *[self.rows] * (width - len(parts))] for parts in sentences.values()]
        self.register_buffer("table", torch.tensor(table), persistent=False)

    def forward(self, base: Tensor) -> Tensor:
        """(plain + parts, D) to (plain + sentences, D)."""
        parts = torch.cat([base, base.new_zeros(1, base.shape[1])])
        return torch.cat([base[: self.plain], parts[self.table].sum(1)])

    def right_inverse(self, weight: Tensor) -> Tensor:
        """Where a new network begins."""
        base = weight[: self.rows].clone()
        for row, tokens in enumerate(self.alike, self.plain):
            if tokens:
                base[row] = weight[list(tokens)].sum(0) / len(tokens) ** 0.5
        return base


def add(tokenizer: Any, sentences: Parts) -> None:
    """Make each sentence one token."""
    tokenizer.add_tokens([AddedToken(sentence, normalized=False) for sentence in sentences])


def compose(network: Any, sentences: Parts, alike: Mapping[str, Sequence[int]]) -> None:
    """Let a network with a vector for each sentence, the last ones, learn parts instead.

    A part may begin as the mean of some tokens.
    """
    embedding = network.model.embed_tokens
    plain = embedding.num_embeddings - len(sentences)
    parametrize.register_parametrization(embedding, "weight", Sums(plain, sentences, alike))


def composed(network: Any) -> dict[str, Tensor]:
    """The network's weights with sums in the place of parts."""
    state = dict(network.state_dict())
    state.pop(f"model.embed_tokens.{_NAME}", None)
    return {**state, "model.embed_tokens.weight": network.model.embed_tokens.weight.detach()}
