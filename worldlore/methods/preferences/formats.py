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

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any, Literal

from worldlore.experience import Message, Role
from worldlore.training import Contrast

Name = Literal["ultrainteract", "ultrafeedback", "llamafactory", "trl"]
Record = Mapping[str, Any]
Format = Callable[[Record], Iterator[Contrast]]
_ROLES: Mapping[str, Role] = {
    "user": "user", "human": "user", "observation": "user",
    "assistant": "assistant", "gpt": "assistant", "function_call": "assistant",
    "system": "system",
}  # fmt: skip


class Malformed(Exception):
    """A record is not in the format; the message says what was expected."""


def ultrainteract(record: Record) -> Iterator[Contrast]:
    """The trajectory's turns as prompt."""
    prompt = tuple(_turn(turn, "trajectory") for turn in _list(record, "trajectory"))
    yield from _contrast(prompt, _text(record, "chosen"), _text(record, "rejected"))


def ultrafeedback(record: Record) -> Iterator[Contrast]:
    """All pairs of completions, better first; a completion whose score is missing takes part in none."""
    prompt = (Message("user", _text(record, "instruction")),)
    scored = [(_text(one, "response"), _score(one)) for one in _list(record, "completions")]
    for (better, high), (worse, low) in permutations(scored, 2):
        if high is not None and low is not None and high > low:
            yield from _contrast(prompt, better, worse)


def llamafactory(record: Record) -> Iterator[Contrast]:
    """Alpaca columns or a ShareGPT conversation."""
    system = _optional(record, "system")
    prompt = _sharegpt(record) if "conversations" in record else _alpaca(record)
    opening = (Message("system", system),) if system else ()
    yield from _contrast((*opening, *prompt), _reply(record, "chosen"), _reply(record, "rejected"))


def trl(record: Record) -> Iterator[Contrast]:
    """A prompt and two replies; turns that both sides begin with belong to the prompt."""
    chosen, rejected = (_said(record, side) for side in ("chosen", "rejected"))
    prompt, shared = _prompt(record.get("prompt")), _shared(chosen, rejected)
    whole = shared if prompt == shared[: len(prompt)] else (*prompt, *shared)
    if not whole:
        raise Malformed("a prompt: turns or a text under 'prompt', or as the beginning of both sides")
    if any(side[-1].role != "assistant" for side in (chosen, rejected)):
        raise Malformed("the assistant's turn at the end of 'chosen' and 'rejected'")
    yield from _contrast(whole, chosen[-1].content, rejected[-1].content)


FORMATS: Mapping[Name, Format] = {
    "ultrainteract": ultrainteract,
    "ultrafeedback": ultrafeedback,
    "llamafactory": llamafactory,
    "trl": trl,
}
"""All formats by name."""


def _contrast(prompt: Sequence[Message], chosen: str, rejected: str) -> Iterator[Contrast]:
    if not prompt or prompt[-1].role == "assistant":
        raise Malformed("a conversation in which the assistant is to speak next")
    if chosen.strip() != rejected.strip():
        yield Contrast.of(tuple(prompt), chosen, rejected)


def _alpaca(record: Record) -> Iterator[Message]:
    for exchange in _list(record, "history") if record.get("history") is not None else ():
        if not (
            isinstance(exchange, list | tuple) and len(exchange) == 2 and all(isinstance(t, str) for t in exchange)
        ):
            raise Malformed("pairs of texts, [user, assistant], under 'history'")
        yield Message("user", exchange[0])
        yield Message("assistant", exchange[1])
    asked = [_text(record, "instruction"), _optional(record, "input")]
    yield Message("user", "\n".join(text for text in asked if text))


def _sharegpt(record: Record) -> Iterator[Message]:
    return (_turn(turn, "conversations") for turn in _list(record, "conversations"))


def _reply(record: Record, side: str) -> str:
    """A side of a ranking: a text, or a turn."""
    given = record.get(side)
    return given if isinstance(given, str) else _turn(given, side).content


def _said(record: Record, side: str) -> Sequence[Message]:
    """A side of TRL's: turns, or one text."""
    given = record.get(side)
    if isinstance(given, str):
        return [Message("assistant", given)]
    turns = [_turn(turn, side) for turn in _list(record, side)]
    if not turns:
        raise Malformed(f"at least one turn under {side!r}")
    return turns


def _prompt(given: Any) -> tuple[Message, ...]:
    if given is None or isinstance(given, str):
        return (Message("user", given),) if given else ()
    return tuple(_turn(turn, "prompt") for turn in _list({"prompt": given}, "prompt"))


def _shared(a: Sequence[Message], b: Sequence[Message]) -> tuple[Message, ...]:
    """The turns before the last one, which must be the same on both sides."""
    if a[:-1] != b[:-1]:
        raise Malformed("the same turns before the last one of 'chosen' and 'rejected'")
    return tuple(a[:-1])


def _turn(given: Any, where: str) -> Message:
    if isinstance(given, Mapping):
        role, text = (given.get(new, given.get(old)) for new, old in (("role", "from"), ("content", "value")))
        if isinstance(role, str) and role in _ROLES and isinstance(text, str):
            return Message(_ROLES[role], text)
    raise Malformed(f"turns with role and content (or from and value) under {where!r}, got {_brief(given)}")


def _text(record: Record, key: str) -> str:
    if isinstance(record, Mapping) and isinstance(text := record.get(key), str):
        return text
    raise Malformed(f"a text under {key!r}, got {_brief(record.get(key) if isinstance(record, Mapping) else record)}")


def _optional(record: Record, key: str) -> str:
    return "" if record.get(key) is None else _text(record, key)


def _list(record: Record, key: str) -> Sequence[Any]:
    found = record.get(key)
    if isinstance(found, list | tuple):
        return found
    raise Malformed(f"a list under {key!r}, got {_brief(found)}")


def _score(completion: Record) -> float | None:
    score = completion.get("overall_score")
    if score is None:
        return None
    if isinstance(score, bool) or not isinstance(score, int | float):
        raise Malformed(f"a number under 'overall_score', got {_brief(score)}")
    return float(score)


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
