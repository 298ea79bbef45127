"""Many token sequences packed so that every common prefix is stored once.

Planted sequences become a radix tree (several, where first tokens differ), flattened in depth-first order into one
row of N packed tokens. A token sees its path: the tokens before it in any sequence that holds it. Because the order
is depth-first, everything below a token is one interval, and packed token k is on the path of q exactly if
`k <= q < below_N[k]`. Runs without a fork are *segments*; the attention works segment by segment.

    plant([[1, 2, 3], [1, 2, 4, 5]])     tokens_N     1  2  3  4  5
                                         previous_N  -1  0  1  1  3
                                         segments    [0, 2) → [2, 3) and [3, 5)
"""

# ruff: noqa: N802, N815  (names end in their dimensions)
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of packed tokens without a fork, as long as it can be."""

    start: int
    """Packed index of its first token."""
    end: int
    """One past its last token."""
    parent: int
    """The segment its first token hangs from, smaller than its own index; -1 at a root."""
    below: int
    """One past the last token of its last descendant."""


@dataclass(frozen=True, eq=False)
class Forest:
    """Sequences sharing their prefixes; every tensor holds int64 on the CPU."""

    tokens_N: Tensor
    """Token ids in depth-first order."""
    positions_N: Tensor
    """Index of each token in the sequences that hold it."""
    previous_N: Tensor
    """Packed index of the token before it on its path; -1 for a first token."""
    _places: tuple[Tensor, ...]
    """For each planted sequence, where its tokens lie."""

    @staticmethod
    def plant(sequences: Sequence[Sequence[int]]) -> Forest:
        """Pack sequences of token ids; equal ones share all their tokens, empty ones have none."""
        rows = [np.asarray(s, dtype=np.int64) for s in sequences]
        order = sorted(range(len(rows)), key=lambda i: tuple(sequences[i]))
        tokens: list[np.ndarray] = []
        places: list[np.ndarray] = [np.empty(0, np.int64)] * len(rows)
        size, row, path = 0, np.empty(0, np.int64), np.empty(0, np.int64)
        for i in order:  # sorted, a sequence shares the most with the one before it
            kept = shared_prefix(row, rows[i])
            row = rows[i]
            tokens.append(row[kept:])
            path = np.concatenate([path[:kept], np.arange(size, size + len(row) - kept)])
            size += len(row) - kept
            places[i] = path
        positions, previous = np.zeros(size, np.int64), np.full(size, -1, np.int64)
        for path in places:
            positions[path] = np.arange(len(path))
            previous[path[1:]] = path[:-1]
        packed = np.concatenate([*tokens, np.empty(0, np.int64)])
        packed, positions, previous, *paths = map(torch.from_numpy, (packed, positions, previous, *places))
        return Forest(packed, positions, previous, tuple(paths))

    def __len__(self) -> int:
        return len(self.tokens_N)

    def places(self, i: int) -> Tensor:
        """Packed index of every token of the i-th planted sequence."""
        return self._places[i]

    @cached_property
    def segments(self) -> tuple[Segment, ...]:
        """Parents before children, covering the packed tokens in order."""
        previous = self.previous_N.numpy()
        children = np.bincount(previous[previous >= 0], minlength=len(previous))
        fresh = (previous < 0) | (children[previous] != 1)
        starts = np.flatnonzero(fresh)
        home = np.cumsum(fresh) - 1
        ends = np.append(starts[1:], len(previous))[: len(starts)]
        parents = np.where(previous[starts] < 0, -1, home[previous[starts]])
        below = ends.copy()
        for s in range(len(starts) - 1, -1, -1):
            if parents[s] >= 0:
                below[parents[s]] = max(below[parents[s]], below[s])
        columns = (starts.tolist(), ends.tolist(), parents.tolist(), below.tolist())
        return tuple(Segment(*row) for row in zip(*columns, strict=True))

    @cached_property
    def below_N(self) -> Tensor:
        """One past the last packed token that has this one on its path."""
        lengths = torch.tensor([s.end - s.start for s in self.segments], dtype=torch.long)
        return torch.tensor([s.below for s in self.segments], dtype=torch.long).repeat_interleave(lengths)

    @cached_property
    def depth(self) -> int:
        """Length of the longest path."""
        return int(self.positions_N.max()) + 1 if len(self) else 0


def shared_prefix(a: np.ndarray, b: np.ndarray) -> int:
    """How many leading entries two rows have in common."""
    n = min(len(a), len(b))
    differ = np.flatnonzero(a[:n] != b[:n])
    return int(differ[0]) if len(differ) else n
