"""Tree packing: examples that share prefixes become forests, in which every token is computed once.

One pass over a forest gives the log-probability of every reply in it, on both sides of every pair: losses and
gradients are those of the unpacked computation. A forest holds at most a given number of tokens; more examples,
even of one tree, become several forests. An example is never cut, so one larger than the budget makes a forest of
its own.
"""

# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false
from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from worldlore.models.forest import Forest, shared_prefix
from worldlore.training.data import Example


@dataclass(frozen=True, eq=False)
class Packed:
    """P examples in one forest of N tokens."""

    forest: Forest
    """Their tokens."""
    examples: tuple[int, ...]
    """Which of the given examples they are."""
    wanted_W: Tensor
    """Packed indices of all tokens that carry a loss."""
    places_K: Tensor
    """The same, once for each reply they occur in."""
    sides_K: Tensor
    """What they count for: row i is the chosen side of the i-th example, row P + i its rejected side."""

    @staticmethod
    def of(given: Sequence[Example], which: Sequence[int]) -> Packed:
        """The examples at these indices in one forest."""
        sides = [given[i].chosen for i in which] + [given[i].rejected for i in which]
        lines = [(side, line) for side, lines in enumerate(sides) for line in lines]
        forest = Forest.plant([line.tokens for _, line in lines])
        places = [forest.places(i)[line.reply :] for i, (_, line) in enumerate(lines)]
        counts = torch.tensor([len(place) for place in places])
        sides_K = torch.tensor([side for side, _ in lines]).repeat_interleave(counts)
        places_K = torch.cat(places)
        return Packed(forest, tuple(which), places_K.unique(), places_K, sides_K)

    def sums(self, logprobs_N: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probability of each example's chosen and rejected side: `chosen_P, rejected_P`."""
        device = logprobs_N.device
        sums_2P = logprobs_N.new_zeros(2 * len(self.examples))
        sums_2P = sums_2P.index_add(0, self.sides_K.to(device), logprobs_N[self.places_K.to(device)])
        chosen_P, rejected_P = sums_2P.chunk(2)
        return chosen_P, rejected_P


def pack(given: Sequence[Example], tokens: int) -> list[Packed]:
    """Pack examples into forests of at most `tokens` packed tokens each; those that share prefixes go together."""
    order = sorted(range(len(given)), key=lambda i: [line.tokens for line in given[i].lines])
    return [Packed.of(given, which) for which in _portions(given, order, tokens)]


def _portions(given: Sequence[Example], order: Sequence[int], tokens: int) -> Iterator[list[int]]:
    portion, size = list[int](), _Size()
    for i in order:
        grown = size.with_rows(line.tokens for line in given[i].lines)
        if portion and grown.tokens > tokens:
            yield portion
            portion, grown = [], _Size().with_rows(line.tokens for line in given[i].lines)
        portion.append(i)
        size = grown
    if portion:
        yield portion


@dataclass(frozen=True, slots=True)
class _Size:
    """How large a forest would be, told without planting it."""

    tokens: int = 0
    rows: tuple[tuple[int, ...], ...] = ()

    def with_rows(self, added: Iterable[tuple[int, ...]]) -> _Size:
        rows, tokens = list(self.rows), self.tokens
        for row in added:
            at = bisect(rows, row)  # in sorted order, a row shares the most with one of its neighbours
            neighbours = rows[max(0, at - 1) : at + 1]
            tokens += len(row) - max((shared_prefix(np.asarray(row), np.asarray(n)) for n in neighbours), default=0)
            rows.insert(at, row)
        return _Size(tokens, tuple(rows))
