"""What records of training data are made of, each asked for by its key: texts, lists, turns, whole conversations.

What is not as expected is `Malformed`, with what was expected and what came.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from worldlore.experience import Message, Role

Record = Mapping[str, Any]
Messages = tuple[Message, ...]
_ROLES: Mapping[str, Role] = {
    "user": "user", "human": "user", "observation": "user",
    "assistant": "assistant", "gpt": "assistant", "function_call": "assistant",
    "system": "system",
}  # fmt: skip


class Malformed(Exception):
    """A record is not in the format; the message says what was expected."""


def text_of(record: Record, key: str) -> str:
    """A text that must be there."""
    if isinstance(record, Mapping) and isinstance(found := record.get(key), str):
        return found
    raise Malformed(f"a text under {key!r}, got {brief(record.get(key) if isinstance(record, Mapping) else record)}")


def text_or_none(record: Record, key: str) -> str:
    """A text that may be missing; "" then."""
    return "" if record.get(key) is None else text_of(record, key)


def list_of(record: Record, key: str) -> Sequence[Any]:
    """A list that must be there."""
    found = record.get(key)
    if isinstance(found, list | tuple):
        return found
    raise Malformed(f"a list under {key!r}, got {brief(found)}")


def turn(given: Any, where: str) -> Message:
    """A turn: role and content, or from and value."""
    if isinstance(given, Mapping):
        role, text = (given.get(new, given.get(old)) for new, old in (("role", "from"), ("content", "value")))
        if isinstance(role, str) and role in _ROLES and isinstance(text, str):
            return Message(_ROLES[role], text)
    raise Malformed(f"turns with role and content (or from and value) under {where!r}, got {brief(given)}")


def turns_of(record: Record, key: str) -> Messages:
    """A list of turns."""
    return tuple(turn(given, key) for given in list_of(record, key))


def said(record: Record, key: str, role: Role) -> Messages:
    """What somebody says: turns, or one text as a turn of this role."""
    given = record.get(key)
    return (Message(role, given),) if isinstance(given, str) else turns_of(record, key)


def opened(record: Record) -> Messages:
    """What a record of LLaMA-Factory's begins with: a system turn, then ShareGPT's turns or Alpaca's columns."""
    system = text_or_none(record, "system")
    turns = turns_of(record, "conversations") if "conversations" in record else tuple(_alpaca(record))
    return (*((Message("system", system),) if system else ()), *turns)


def brief(value: Any) -> str:
    """A value as messages tell it."""
    told = repr(value)
    return told if len(told) <= 60 else told[:57] + "..."


def _alpaca(record: Record) -> Iterator[Message]:
    for exchange in list_of(record, "history") if record.get("history") is not None else ():
        if not (
            isinstance(exchange, list | tuple) and len(exchange) == 2 and all(isinstance(t, str) for t in exchange)
        ):
            raise Malformed("pairs of texts, [user, assistant], under 'history'")
        yield Message("user", exchange[0])
        yield Message("assistant", exchange[1])
    asked = [text_of(record, "instruction"), text_or_none(record, "input")]
    yield Message("user", "\n".join(filter(None, asked)))
