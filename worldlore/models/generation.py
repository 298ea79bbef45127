"""Writing replies: rows join as others finish, prompts are read before replies go on, every reply draws its own luck.

- A row's next token comes from one uniform number of the row's own generator (seeded by the request's seed and its
  prompt), by inverse distribution function. So a reply depends on its request alone, whatever it is batched with,
  as far as floating-point sums in another order allow.
- `tokens` are exactly what was sampled, the end-of-turn token or the token that completed a stop string included;
  `logprobs` are the model's own at temperature 1.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from worldlore.experience import Completion, Sampling, Usage
from worldlore.models.packed import Work, advance, attending, layers_of
from worldlore.models.prefix import Seat, Slots
from worldlore.models.render import Template

READ = {"cpu": 2048}
"""Tokens read in one pass, by device: more would leave the processor's cache."""
_READ_ELSEWHERE = 16384


@dataclass
class Draft:
    """One reply in the making."""

    prompt: list[int]
    """What comes before it."""
    sampling: Sampling
    """How it is drawn; `max_tokens` must fit behind the prompt."""
    begun: list[int] = field(default_factory=list)
    """Tokens of the reply that stand in the prompt already."""
    tokens: list[int] = field(default_factory=list)
    """Sampled so far."""
    logprobs: list[float] = field(default_factory=list)
    """Of `tokens`, at temperature 1."""
    finish: Literal["stop", "length"] | None = None
    """Why it ended, once it has."""
    text: str = ""
    """What it says, once it has ended."""
    seat: Seat | None = None
    """Where its keys and values are."""
    pending: list[int] = field(default_factory=list)
    """Tokens the model has not read yet."""

    def __post_init__(self) -> None:
        seed = self.sampling.seed
        luck = None if seed is None else [seed & (1 << 64) - 1, zlib.crc32(np.asarray(self.prompt, "<i4").tobytes())]
        self.luck = np.random.Generator(np.random.Philox(luck))
        self.tail = 3 + max((len(s.encode()) for s in self.sampling.stop), default=0)
        """Tokens that a stop string can reach back over."""

    def completion(self) -> Completion:
        """The finished reply."""
        usage = Usage(len(self.prompt), len(self.tokens))
        return Completion(self.text, self.finish or "length", tuple(self.tokens), tuple(self.logprobs), usage)


class Writer:
    """Finishes drafts with one model, whose conversations it remembers."""

    def __init__(self, model: Any, template: Template, batch: int, memory: int):
        """At most `batch` rows at once, and `memory` bytes of keys and values."""
        self._model, self._template = model, template
        self._read = READ.get(model.device.type, _READ_ELSEWHERE)
        self._batch = batch
        self.slots = Slots(layers_of(model), memory, 2 * batch, next(model.parameters()))

    def write(self, drafts: Sequence[Draft]) -> None:
        """Finish every draft."""
        waiting = deque(d for d in drafts if d.sampling.max_tokens > 0)
        if not waiting:
            return
        self.slots.fit(max(len(d.prompt) + d.sampling.max_tokens for d in waiting))
        live: list[Draft] = []
        try:
            with attending(self._model):
                while waiting or live:
                    self._copy(live)
                    while waiting and len(live) < min(self._batch, self.slots.count):
                        live.append(self._begin(waiting.popleft()))
                    self._pass(live)
                    live = [d for d in live if not self._ended(d)]
        finally:
            for draft in live:
                self._leave(draft)

    def _begin(self, draft: Draft) -> Draft:
        draft.seat = self.slots.seat(draft.prompt)
        if self.slots.ready(draft.seat):
            self._read_rest(draft)
        return draft

    def _copy(self, live: Sequence[Draft]) -> None:
        for draft in live:
            if not draft.pending and draft.seat and self.slots.ready(draft.seat):
                self._read_rest(draft)

    def _read_rest(self, draft: Draft) -> None:
        assert draft.seat
        self.slots.copy(draft.seat)
        draft.pending = draft.prompt[draft.seat.kept :]

    def _pass(self, live: Sequence[Draft]) -> None:
        """One forward pass: prompts if there are any, else one token of every reply."""
        ready = [d for d in live if d.pending]
        rows = [d for d in ready if not d.tokens] or ready
        room, work, ripe = self._read, [], []
        for draft in rows:
            if room > 0 and draft.seat:
                now = draft.pending[:room]
                room -= len(now)
                draft.pending = draft.pending[len(now) :]
                work.append(Work(draft.seat.slot, now))
                ripe.append(draft)
        logits = advance(self._model, self.slots, work)
        done = [i for i, draft in enumerate(ripe) if not draft.pending]
        if done:
            self._draw([ripe[i] for i in done], logits[done])

    def _draw(self, drafts: Sequence[Draft], logits: Tensor) -> None:
        samplings = [d.sampling for d in drafts]
        uniforms = [float(d.luck.random()) if d.sampling.temperature > 0 else 0.0 for d in drafts]
        chosen = sample(logits, samplings, uniforms)
        logprobs = logits.log_softmax(-1).gather(1, chosen[:, None])[:, 0]
        for draft, token, logprob in zip(drafts, chosen.tolist(), logprobs.tolist(), strict=True):
            draft.tokens.append(token)
            draft.logprobs.append(logprob)
            draft.pending = [token]

    def _ended(self, draft: Draft) -> bool:
        if not draft.tokens or len(draft.pending) != 1:
            return False
        ended = draft.tokens[-1] in self._template.ends
        cut = None if ended else self._stop(draft)
        if not ended and cut is None and len(draft.tokens) < draft.sampling.max_tokens:
            return False
        draft.finish = "stop" if ended or cut is not None else "length"
        draft.text = self._text(draft)[:cut]
        self._leave(draft)
        return True

    def _stop(self, draft: Draft) -> int | None:
        """Where a stop string begins in the reply."""
        stops = draft.sampling.stop
        if not stops:
            return None
        tail = self._template.text(draft.tokens[-draft.tail :])
        if not any(stop in tail for stop in stops):
            return None
        text, begun = self._text(draft), len(self._template.text(draft.begun))
        return min((at for at in (text.find(stop, begun) for stop in stops) if at >= 0), default=None)

    def _text(self, draft: Draft) -> str:
        """The whole reply; decoded at once, for some tokenizers drop a blank at the beginning."""
        return self._template.text(draft.begun + draft.tokens)

    def _leave(self, draft: Draft) -> None:
        if draft.seat:
            self.slots.free(draft.seat.slot)


def sample(logits: Tensor, samplings: Sequence[Sampling], uniforms: Sequence[float]) -> Tensor:
    """One token a row from [rows, vocabulary]: the likeliest at temperature 0, else where the uniform number falls."""
    chosen = logits.argmax(-1)
    warm = [i for i, s in enumerate(samplings) if s.temperature > 0]
    if not warm:
        return chosen
    device = logits.device
    rows = torch.tensor(warm, device=device)
    temperature = torch.tensor([samplings[i].temperature for i in warm], device=device)
    probs = (logits[rows] / temperature[:, None]).softmax(-1, dtype=torch.float64)
    top_p = torch.tensor([samplings[i].top_p for i in warm], device=device, dtype=torch.float64)
    if bool((top_p < 1).any()):
        probs = _nucleus(probs, top_p)
    mass = probs.cumsum(-1)
    at = torch.tensor([uniforms[i] for i in warm], device=device, dtype=torch.float64) * mass[:, -1]
    drawn = torch.searchsorted(mass, at[:, None], right=True)[:, 0]
    inside = drawn < mass.shape[1]
    chosen[rows] = torch.where(inside, drawn, chosen[rows])
    return chosen


def _nucleus(probs: Tensor, top_p: Tensor) -> Tensor:
    """Zero outside the smallest set of tokens whose probability reaches top_p."""
    ordered, order = probs.sort(dim=-1, descending=True, stable=True)
    before = ordered.cumsum(-1) - ordered
    kept = ordered.masked_fill(before >= top_p[:, None], 0.0)
    return torch.zeros_like(probs).scatter(1, order, kept)
