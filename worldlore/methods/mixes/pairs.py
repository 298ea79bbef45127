"""The published formats of preference pairs, each as a function from a record to contrasts.

    ultrainteract    UltraInteract_pair: a trajectory of turns, then a chosen and a rejected one (arXiv 2404.02078)
    ultrafeedback    UltraFeedback: completions of one instruction, each pair with strictly greater `overall_score`
                     (arXiv 2310.01377): up to six pairs of four completions
    llamafactory     LLaMA-Factory's ranking: Alpaca columns with a history, or ShareGPT conversations
    trl              TRL's preference: conversational or plain, prompt told apart or only as a common beginning

A record that is none of these is malformed. One that holds no preference, because both sides are equal or no score
differs, gives none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import permutations
from typing import Literal

from worldlore.experience import Message
from worldlore.methods.mixes.fields import (
    Malformed,
    Messages,
    Record,
    brief,
    list_of,
    opened,
    said,
    text_of,
    turn,
    turns_of,
)
from worldlore.training import Contrast

Name = Literal["ultrainteract", "ultrafeedback", "llamafactory", "trl"]


def ultrainteract(record: Record) -> Iterator[Contrast]:
    """The trajectory's turns as prompt."""
    yield from _contrast(turns_of(record, "trajectory"), text_of(record, "chosen"), text_of(record, "rejected"))


def ultrafeedback(record: Record) -> Iterator[Contrast]:
    """All pairs of completions, better first; a completion whose score is missing takes part in none."""
    prompt = (Message("user", text_of(record, "instruction")),)
    scored = [(text_of(one, "response"), _score(one)) for one in list_of(record, "completions")]
    for (better, high), (worse, low) in permutations(scored, 2):
        if high is not None and low is not None and high > low:
            yield from _contrast(prompt, better, worse)


def llamafactory(record: Record) -> Iterator[Contrast]:
    """Alpaca columns or a ShareGPT conversation."""
    yield from _contrast(opened(record), _reply(record, "chosen"), _reply(record, "rejected"))


def trl(record: Record) -> Iterator[Contrast]:
    """A prompt and two replies; turns that both sides begin with belong to the prompt."""
    chosen, rejected = (_side(record, key) for key in ("chosen", "rejected"))
    prompt = said(record, "prompt", "user") if record.get("prompt") else ()
    shared = _shared(chosen, rejected)
    whole = shared if prompt == shared[: len(prompt)] else (*prompt, *shared)
    if not whole:
        raise Malformed("a prompt: turns or a text under 'prompt', or as the beginning of both sides")
    if any(side[-1].role != "assistant" for side in (chosen, rejected)):
        raise Malformed("the assistant's turn at the end of 'chosen' and 'rejected'")
    yield from _contrast(whole, chosen[-1].content, rejected[-1].content)


FORMATS: Mapping[Name, Callable[[Record], Iterator[Contrast]]] = {
    "ultrainteract": ultrainteract,
    "ultrafeedback": ultrafeedback,
    "llamafactory": llamafactory,
    "trl": trl,
}
"""All formats by name."""


def _contrast(prompt: Messages, chosen: str, rejected: str) -> Iterator[Contrast]:
    if not prompt or prompt[-1].role == "assistant":
        raise Malformed("a conversation in which the assistant is to speak next")
    if chosen.strip() != rejected.strip():
        yield Contrast.of(prompt, chosen, rejected)


def _reply(record: Record, side: str) -> str:
    """A side of a ranking: a text, or a turn."""
    given = record.get(side)
    return given if isinstance(given, str) else turn(given, side).content


def _side(record: Record, key: str) -> Messages:
    """A side of TRL's: turns, or one text."""
    turns = said(record, key, "assistant")
    if not turns:
        raise Malformed(f"at least one turn under {key!r}")
    return turns


def _shared(a: Messages, b: Messages) -> Messages:
    """The turns before the last one, which must be the same on both sides."""
    if a[:-1] != b[:-1]:
        raise Malformed("the same turns before the last one of 'chosen' and 'rejected'")
    return a[:-1]


def _score(completion: Record) -> float | None:
    score = completion.get("overall_score")
    if score is None:
        return None
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise Malformed(f"a number under 'overall_score', got {brief(score)}")
    return float(score)
