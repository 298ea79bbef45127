"""The primitives of a world as a program knows them: functions by name, calls instead of commands."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from worldlore.environments.base import Primitive

_KEPT = 20_000
_LONG = 300
_LONGEST = 10_000


class Vocabulary:
    """Primitives by name; one object serves all environments with the same ones."""

    def __init__(self, primitives: Sequence[Primitive]) -> None:
        self.primitives = {primitive.name: primitive for primitive in primitives}
        self.parameters = {primitive.name: primitive.parameters for primitive in primitives}
        """Name -> names of its parameters."""
        self.functions = tuple(_told(primitive) for primitive in primitives)
        """A line for each, as an agent is told them."""
        self._calls: dict[str, str] = {}

    def bind(self, name: str, arguments: Sequence[Any], keywords: Mapping[str, Any]) -> str | None:
        """The command a call stands for; None if Python would refuse the call."""
        names = self.parameters[name]
        given = dict(zip(names, arguments, strict=False))
        if len(arguments) > len(names) or given.keys() & keywords.keys() or {*given, *keywords} != {*names}:
            return None
        given.update(keywords)
        return self.primitives[name].render([_word(given[parameter]) for parameter in names])

    def call(self, command: str) -> str:
        """The call that stands for a command; the command itself where no primitive does that."""
        found = self._calls.get(command)
        if found is None and len(command) > _LONG:
            return self._find(command)
        if found is None:
            if len(self._calls) > _KEPT:
                self._calls.clear()
            found = self._calls[command] = self._find(command)
        return found

    def _find(self, command: str) -> str:
        for primitive in self.primitives.values():
            arguments = primitive.parse(command)
            if arguments is not None and primitive.render(arguments) == command:
                return f"{primitive.name}({', '.join(json.dumps(a, ensure_ascii=False) for a in arguments)})"
        return command

    def knows(self, command: str) -> bool:
        """Whether a primitive gives this command."""
        return self.call(command) != command


@lru_cache(maxsize=64)
def vocabulary(primitives: tuple[Primitive, ...]) -> Vocabulary:
    """The vocabulary of these primitives."""
    return Vocabulary(primitives)


def _told(primitive: Primitive) -> str:
    return f"{primitive.signature}: {primitive.about}" if primitive.about else primitive.signature


def storable(text: str) -> str:
    """The same text, fit for a file: half of a surrogate pair is replaced."""
    return text.encode("utf-8", "replace").decode()


def _word(value: Any) -> str:
    """An argument as a command holds it; the record keeps commands, so their length has an end."""
    return storable(str(value))[:_LONGEST]
