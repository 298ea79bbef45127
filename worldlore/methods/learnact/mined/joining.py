"""Scripts made shorter than the course they came from: calls are joined or left out, and the task is tried again.

An expert who may carry two balls goes to and fro; whoever has an action for many balls need not. Whether a shorter
script still does the task is not argued but tried. Lists are only made longer by words that the first observation
mentions, and stand in the order in which it mentions them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from worldlore.methods.learnact.mined.corpus import Call, Example
from worldlore.methods.learnact.mined.patterns import Macro
from worldlore.methods.learnact.mined.rewriting import Edition

Script = tuple[Call, ...]
"""The calls of one episode."""


def shorter(script: Script, edition: Edition, example: Example) -> Iterator[Script]:
    """Shorter scripts that may do the same, the shortest hope first."""
    groups = _groups(script)
    for several in ([*groups], *([group] for group in groups if len(group) > 1)):
        for macro in reversed(edition.macros):
            joined = _joined(script, several, macro, example)
            if joined is not None and joined != script:
                yield joined
    for k, call in enumerate(script):
        if call.name not in edition.named:
            yield (*script[:k], *script[k + 1 :])


def _groups(script: Script) -> list[list[int]]:
    """Places of calls that differ in nothing but one list."""
    found: dict[object, list[int]] = {}
    for place, call in enumerate(script):
        if sum(isinstance(a, tuple) for a in call.arguments) == 1:
            found.setdefault(_scalars(call), []).append(place)
    return list(found.values())


def _scalars(call: Call) -> tuple[str | None, ...]:
    return tuple(a if isinstance(a, str) else None for a in call.arguments)


def _joined(script: Script, groups: Sequence[list[int]], macro: Macro, example: Example) -> Script | None:
    """Each group as one call of the action, where its first call was; None where the action takes no such arguments."""
    made: dict[int, Call | None] = {}
    for group in groups:
        call = _whole([script[place] for place in group], macro, example.seen[0])
        if call is None or not all(example.known(a, 0) for a in call.arguments):
            return None
        made |= {**dict.fromkeys(group), group[0]: call}
    calls = (made.get(place, call) for place, call in enumerate(script))
    return tuple(call for call in calls if call is not None) if made else None


def _whole(calls: Sequence[Call], macro: Macro, told: str) -> Call | None:
    """One call for all of them, its list in the order in which its words were told."""
    if tuple(p.many for p in macro.parameters) != tuple(isinstance(a, tuple) for a in calls[0].arguments):
        return None
    columns = zip(*(call.arguments for call in calls), strict=True)
    return Call(macro.name, tuple(c[0] if isinstance(c[0], str) else _ordered(c, told) for c in columns))


def _ordered(lists: Sequence[Sequence[str] | str], told: str) -> tuple[str, ...]:
    words = dict.fromkeys(word for words in lists for word in words)
    return tuple(sorted(words, key=lambda word: _mention(word, told)))


def _mention(word: str, told: str) -> int:
    found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", told, re.IGNORECASE)
    return found.start() if found else len(told)
