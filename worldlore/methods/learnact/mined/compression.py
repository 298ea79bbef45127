"""Which actions to keep: those with which trajectories and actions together take the fewest bits.

That is minimum description length (Rissanen 1978). A call costs the choice of its function and of each argument; an
action costs its body, written in the same way. The library grows by the action that saves most, as long as one saves
anything. Later actions may call earlier ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from worldlore.methods.learnact.mined.corpus import Call, Corpus, Example, Slot, Value
from worldlore.methods.learnact.mined.patterns import (
    Body,
    Do,
    Each,
    Macro,
    Term,
    Var,
    matches,
    parts_of,
    slots,
    unfolded,
    variables,
    walk,
)
from worldlore.methods.learnact.mined.proposals import Item, Line, proposals

CLAUSE = 8.0
"""Bits of the sentence in a guard."""
WORDS = 5.0
"""Bits of a variable's or a loop's mark: enough that nothing is kept that hardly shortens anything."""
CONSTANT = 4.0
"""Bits of a constant in a body beyond the choice of its word: the next task may have other words."""
MOST = 200
"""Matches of one action from one place that are looked at."""


@dataclass(frozen=True, slots=True)
class Use:
    """A call that stands for some calls of a trajectory."""

    call: Call
    """Of a primitive or an action."""
    start: int
    """First primitive call it stands for."""
    end: int
    """The one after the last."""


@dataclass(frozen=True, slots=True)
class Mining:
    """Keys of the search."""

    longest: int = 6
    """Statements of an action at most."""
    most: int = 8
    """Actions at most."""
    loops: bool = True
    """Propose loops."""
    guards: bool = True
    """Propose guards."""
    beam: int = 3
    """Libraries that are followed at once."""


class Library:
    """A corpus and the actions found in it so far; a value, though it remembers where its actions match."""

    def __init__(
        self, corpus: Corpus, macros: Sequence[Macro] = (), known: Mapping[str, list[list[Use]]] | None = None
    ):
        self.corpus = corpus
        self.macros = tuple(macros)
        self._known = dict(known or {})

    @cached_property
    def named(self) -> dict[str, Macro]:
        """Name -> action."""
        return {macro.name: macro for macro in self.macros}

    def with_macro(self, macro: Macro) -> Library:
        """With one action more."""
        return Library(self.corpus, (*self.macros, macro), self._known)

    def uses(self, macro: Macro) -> list[list[Use]]:
        """Where an action could be called, for each example."""
        if macro.name not in self._known:
            self._known[macro.name] = [uses_in(macro, example) for example in self.corpus.examples]
        return self._known[macro.name]

    def covers(self) -> list[list[Use]]:
        """Each example in the fewest bits."""
        found = zip(self.corpus.examples, *(self.uses(macro) for macro in self.macros), strict=True)
        return [cover(example, [use for some in uses for use in some], self.bits) for example, *uses in found]

    @cached_property
    def lines(self) -> list[Line]:
        """The examples in the actions known so far."""
        covers = zip(self.corpus.examples, self.covers(), strict=True)
        return [tuple(Item(use.call, example.seen[use.start]) for use in uses) for example, uses in covers]

    @cached_property
    def total(self) -> float:
        """Bits of all examples and of all actions."""
        told = sum(self.bits(use.call) for uses in self.covers() for use in uses)
        return told + sum(self.size(macro) for macro in self.macros)

    def bits(self, call: Call) -> float:
        """What a call costs."""
        macro = self.named.get(call.name)
        places = self._places(macro) if macro else [(call.name, k) for k in range(len(call.arguments))]
        return self._choice + sum(self._value(v, slot) for v, slot in zip(call.arguments, places, strict=True))

    def size(self, macro: Macro) -> float:
        """What an action costs."""
        scope = math.log2(1 + len(macro.parameters))
        total = self._choice + WORDS
        for statement in walk(macro.body):
            if isinstance(statement, Do):
                places = self._places(self.named[statement.name]) if statement.name in self.named else None
                slot = places or [(statement.name, k) for k in range(len(statement.terms))]
                total += self._choice + sum(self._term(t, s, scope) for t, s in zip(statement.terms, slot, strict=True))
            elif isinstance(statement, Each):
                total += WORDS + sum(self._term(source, _slot(macro, v), scope) for v, source in statement.columns)
            else:
                total += CLAUSE
        return total

    @property
    def _choice(self) -> float:
        return math.log2(len(self.corpus.primitives) + len(self.macros) + 1)

    def _places(self, macro: Macro) -> list[Slot]:
        found = slots(macro.flat)
        return [found.get(v.name, ("", 0)) for v in macro.parameters]

    def _value(self, value: Value, slot: Slot) -> float:
        if isinstance(value, str):
            return self.corpus.bits(slot)
        return 2 * math.floor(math.log2(len(value))) + 1 + len(value) * self.corpus.bits(slot)

    def _term(self, term: Term, slot: Slot, scope: float) -> float:
        if isinstance(term, Var):
            return 1 + scope
        words = 1 if isinstance(term, str) else len(term)
        return 1 + self._value(term, slot) + CONSTANT * words


def _slot(macro: Macro, variable: Var) -> Slot:
    return slots(macro.flat).get(variable.name, ("", 0))


def uses_in(macro: Macro, example: Example) -> list[Use]:
    """Every place of an example where an action could be called by someone who knew its arguments by then."""
    found: list[Use] = []
    for start in range(len(example.calls)):
        for number, (end, bound) in enumerate(matches(macro.flat, example, start, {})):
            given = tuple(bound[v.name] for v in macro.parameters if v.name in bound)
            whole = len(given) == len(macro.parameters)
            if end > start and whole and all(example.known(value, start) for value in given):
                found.append(Use(Call(macro.name, given), start, end))
            if number >= MOST:
                break
    return found


def cover(example: Example, uses: Iterable[Use], bits: Callable[[Call], float]) -> list[Use]:
    """The example as a row of uses that costs least; primitive calls are always possible."""
    at: dict[int, list[Use]] = {}
    for use in uses:
        at.setdefault(use.start, []).append(use)
    best: list[tuple[float, Use | None]] = [(0.0, None)] * (len(example.calls) + 1)
    for start in range(len(example.calls) - 1, -1, -1):
        plain = Use(example.calls[start], start, start + 1)
        options = [(bits(use.call) + best[use.end][0], use) for use in (*at.get(start, ()), plain)]
        best[start] = min(options, key=lambda option: option[0])
    row: list[Use] = []
    while (use := best[row[-1].end if row else 0][1]) is not None:
        row.append(use)
    return row


def mined(corpus: Corpus, mining: Mining) -> list[Library]:
    """Libraries that describe the corpus in fewer bits than it takes without any, the shortest description first.

    A beam search: each library grows by the proposals that save most, of each form of action one.
    """
    beam = [Library(corpus)]
    found: list[Library] = []
    for _ in range(mining.most):
        grown = [one for library in beam for one in _grown(library, mining) if one.total < library.total]
        beam = sorted(grown, key=lambda one: one.total)[: mining.beam]
        found += beam
    return sorted(found, key=lambda one: one.total)


def _grown(library: Library, mining: Mining) -> list[Library]:
    """The library with one action more: the best of each form."""
    best: dict[str, Library] = {}
    for body in proposals(library.lines, mining.longest, mining.loops, mining.guards):
        one = _extended(library, body)
        known = best.get(form := _form(body))
        if one is not None and (known is None or one.total < known.total):
            best[form] = one
    return sorted(best.values(), key=lambda one: one.total)[: mining.beam]


def _form(body: Body) -> str:
    """What a body does, whatever it does it with."""
    return " ".join(s.name if isinstance(s, Do) else f"{type(s).__name__}({_form(parts_of(s))})" for s in body)


def _extended(library: Library, body: Body) -> Library | None:
    """The library with an action of this body; None where it could be called but once."""
    macro = Macro(f"action{len(library.macros) + 1}", variables(body), body, unfolded(body, library.named))
    extended = library.with_macro(macro)
    return extended if sum(map(len, extended.uses(macro))) > 1 else None
