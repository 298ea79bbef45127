"""Key-value memory: a conversation stays in its slot between calls, so that its next turn computes only what is new.

    slot 0   [ system · task · look · You see … · go to ]·······      a conversation that may go on
    slot 1   [ system · task · open · It is …   ]···············      its sibling, copied up to where they part
    slot 2   ··································                       free

- A slot knows the tokens whose keys and values it holds. A prompt is seated where the longest common prefix is
  found: in place when it goes on from what the slot was asked, else as a copy in the slot unused for longest.
- A prefix may be taken from a slot that is still being filled; the seat then says how far its source has to be.
- Width grows with the longest conversation; the number of slots follows from the memory allowed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

WORTHWHILE = 16
"""A shared prefix shorter than this is computed again: copying it costs as much."""
_GRAIN = 256


@dataclass(frozen=True, slots=True)
class Layer:
    """The shape of one attention layer's keys and values."""

    heads: int
    """Key-value heads."""
    key: int
    """Width of a key."""
    value: int
    """Width of a value."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Where a prompt was put."""

    slot: int
    """Its slot."""
    source: int
    """The slot that holds its beginning; `slot` itself when nothing has to be copied."""
    kept: int
    """How many tokens of the prompt need not be computed."""


class Slots:
    """The keys and values of the conversations that were lately alive."""

    def __init__(self, layers: dict[int, Layer], memory: int, most: int, like: Tensor):
        """No more than `memory` bytes and `most` slots (two at least), on the device and in the type of `like`."""
        self._layers, self._memory, self._most, self._like = layers, memory, most, like
        self._per_token = like.element_size() * sum(e.heads * (e.key + e.value) for e in layers.values())
        self.width = 0
        self.count = 0
        self.filled = np.zeros(0, np.int64)
        """Tokens computed, a slot."""
        self._book = np.zeros((0, 0), np.int32)
        self._planned = self.filled.copy()
        self._asked = self.filled.copy()
        self._used = self.filled.copy()
        self._busy = np.zeros(0, bool)
        self._clock = 0
        self.keys: dict[int, Tensor] = {}
        self.values: dict[int, Tensor] = {}

    def fit(self, width: int) -> None:
        """Make room for conversations of `width` tokens; what was used last is kept."""
        if width <= self.width:
            return
        width = -(-max(width, self.width * 3 // 2) // _GRAIN) * _GRAIN
        count = max(2, min(self._most, self._memory // (width * self._per_token)))
        recent = np.argsort(-self._used, kind="stable")[:count]
        recent = recent[self._used[recent] > 0]
        for store, part in ((self.keys, "key"), (self.values, "value")):
            for index, layer in self._layers.items():
                grown = self._like.new_empty((count, layer.heads, width, getattr(layer, part)))
                if len(recent):
                    grown[: len(recent), :, : self.width] = store[index][torch.from_numpy(recent)]
                    grown[: len(recent), :, self.width :] = 0
                store[index] = grown
        book = np.full((count, width), -1, np.int32)
        book[: len(recent), : self.width] = self._book[recent]
        for name in ("filled", "_planned", "_asked", "_used", "_busy"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate([old[recent], np.zeros(count - len(recent), old.dtype)]))
        self._book, self.width, self.count = book, width, count

    def seat(self, prompt: list[int], reuse: bool = True) -> Seat:
        """A slot for a prompt, with as much of its beginning as is already known; the caller frees it again."""
        tokens = np.asarray(prompt, np.int32)
        shared = self._shared(tokens) if reuse else np.zeros(self.count, np.int64)
        kept = int(shared.max())
        if kept < WORTHWHILE:
            kept, source = 0, -1
        else:
            best = np.flatnonzero(shared == kept)
            goes_on = best[~self._busy[best] & (self._asked[best] <= kept)]
            ready = best[self.filled[best] >= kept]
            source = int(next(choice[0] for choice in (goes_on, ready, best) if len(choice)))
        in_place = kept and not self._busy[source] and self._asked[source] <= kept
        slot = source if in_place else self._oldest(source)
        self.filled[slot] = kept if slot == source else 0
        self._book[slot, : len(tokens)] = tokens
        self._planned[slot] = self._asked[slot] = len(tokens)
        self._busy[slot] = True
        if not self._used[slot]:
            self._clear(slot)
        self._touch(slot)
        return Seat(slot, slot if source < 0 else source, kept)

    def ready(self, seat: Seat) -> bool:
        """Whether the seat's source has come far enough to be copied."""
        return seat.source == seat.slot or self.filled[seat.source] >= seat.kept

    def copy(self, seat: Seat) -> None:
        """Bring the seat's beginning over from its source."""
        if seat.source != seat.slot:
            for store in (self.keys, self.values):
                for tensor in store.values():
                    tensor[seat.slot, :, : seat.kept] = tensor[seat.source, :, : seat.kept]
        self.filled[seat.slot] = seat.kept

    def extend(self, slot: int, tokens: list[int]) -> None:
        """Note that `tokens` were computed after what the slot held."""
        start = int(self.filled[slot])
        end = start + len(tokens)
        self._book[slot, start:end] = tokens
        self.filled[slot] = end
        self._planned[slot] = max(self._planned[slot], end)

    def free(self, slot: int) -> None:
        """The conversation rests; its slot may go on later or be given to another."""
        self._planned[slot] = self.filled[slot]
        self._busy[slot] = False
        self._touch(slot)

    def _shared(self, tokens: np.ndarray) -> np.ndarray:
        """Tokens each slot has in common with a prompt, of which the last is always computed anew."""
        n = len(tokens) - 1
        differs = self._book[:, :n] != tokens[:n]
        first = np.where(differs.any(1), differs.argmax(1), n) if n else np.zeros(self.count, np.int64)
        return np.minimum(first, self._planned)

    def _oldest(self, source: int) -> int:
        idle = np.flatnonzero(~self._busy)
        others = idle[idle != source]
        return int(others[self._used[others].argmin()] if len(others) else idle[0])

    def _clear(self, slot: int) -> None:
        """Memory nobody has written may hold numbers that even a weight of zero does not silence."""
        for store in (self.keys, self.values):
            for tensor in store.values():
                tensor[slot] = 0

    def _touch(self, slot: int) -> None:
        self._clock += 1
        self._used[slot] = self._clock
