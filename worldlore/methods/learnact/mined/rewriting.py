"""Trajectories told again in learned actions: the same primitive calls in the fewest actions.

An edition is a library ready for use: actions that nothing calls are left out, those that only one other calls are
written into it, and every one has a name that can be read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from worldlore.environments.base import Primitive
from worldlore.experience import Action
from worldlore.methods.learnact.mined.compression import Library, cover, uses_in
from worldlore.methods.learnact.mined.corpus import Call, Example
from worldlore.methods.learnact.mined.naming import action_name
from worldlore.methods.learnact.mined.patterns import Body, Do, Each, If, Macro, Statement, calls_in, unfolded
from worldlore.methods.learnact.mined.writing import written


@dataclass(frozen=True)
class Edition:
    """Mined actions under their final names."""

    macros: tuple[Macro, ...]
    """Earlier ones may be called by later ones."""
    primitives: Mapping[str, Primitive]
    """Name -> primitive."""
    notes: Mapping[str, tuple[str, ...]]
    """Name of an action -> notes on its use."""

    @cached_property
    def actions(self) -> tuple[Action, ...]:
        """As Python."""
        return tuple(written(macro, self.primitives, self.notes.get(macro.name, ())) for macro in self.macros)

    @cached_property
    def named(self) -> dict[str, Macro]:
        """Name -> macro."""
        return {macro.name: macro for macro in self.macros}

    def rewritten(self, example: Example) -> tuple[Call, ...]:
        """The example in the fewest actions, of two equally few those that take fewer words."""
        uses = (use for macro in self.macros for use in uses_in(macro, example))
        return tuple(use.call for use in cover(example, uses, _cost))

    def revised(self, name: str, body: Body) -> Edition:
        """With another body for one action; those that call it do what it does now."""
        macros: dict[str, Macro] = {}
        for macro in self.macros:
            now = body if macro.name == name else macro.body
            macros[macro.name] = replace(macro, body=now, flat=unfolded(now, macros))
        return replace(self, macros=tuple(macros.values()))

    def noted(self, name: str, note: str) -> Edition:
        """With one note more."""
        return replace(self, notes={**self.notes, name: (*self.notes.get(name, ()), note)})


def _cost(call: Call) -> float:
    words = sum(1 if isinstance(argument, str) else len(argument) for argument in call.arguments)
    return 1.0 + words / 10_000


def edition_of(library: Library) -> Edition:
    """The library's actions that are worth having, under names that say what they do."""
    used = Counter(use.call.name for row in library.covers() for use in row)
    macros = _inlined(_needed(library.macros, used), used)
    primitives = library.corpus.named
    named: dict[str, Macro] = {}
    taken = set(primitives)
    for macro in macros:
        body = _renamed(macro.body, {old: new.name for old, new in named.items()})
        final = replace(macro, name=action_name(macro, taken), body=body)
        named[macro.name] = final
        taken.add(final.name)
    return Edition(tuple(named.values()), primitives, {})


def _needed(macros: Iterable[Macro], used: Mapping[str, int]) -> list[Macro]:
    """Those that are called in the examples, and those they call."""
    kept: list[Macro] = []
    names = {name for name, count in used.items() if count}
    for macro in reversed(list(macros)):
        if macro.name in names:
            kept.insert(0, macro)
            names |= {do.name for do in calls_in(macro.body)}
    return kept


def _inlined(macros: list[Macro], used: Mapping[str, int]) -> list[Macro]:
    """The same, with those that are called in one place of one other, and by nothing else, written in there."""
    places = Counter(do.name for macro in macros for do in calls_in(macro.body))
    inner = {m.name: replace(m, flat=m.body) for m in macros if places[m.name] == 1 and not used.get(m.name)}
    done: dict[str, Macro] = {}
    for macro in macros:
        done[macro.name] = replace(macro, body=unfolded(macro.body, {n: done[n] for n in inner if n in done}))
        done[macro.name] = (
            replace(done[macro.name], flat=done[macro.name].body) if macro.name in inner else done[macro.name]
        )
    return [replace(done[m.name], flat=m.flat) for m in macros if m.name not in inner]


def _renamed(body: Body, names: Mapping[str, str]) -> Body:
    done: list[Statement] = []
    for statement in body:
        if isinstance(statement, Do):
            done.append(replace(statement, name=names.get(statement.name, statement.name)))
        elif isinstance(statement, Each):
            inside, between = _renamed(statement.body, names), _renamed(statement.between, names)
            done.append(replace(statement, body=inside, between=between))
        elif isinstance(statement, If):
            done.append(replace(statement, body=_renamed(statement.body, names)))
        else:
            done.append(statement)
    return tuple(done)
