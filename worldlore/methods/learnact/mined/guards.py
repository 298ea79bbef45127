"""Guards: a call that is sometimes left out, and the sentence seen before it that tells when.

A sentence is lifted by putting variables in place of the words they stand for: "The fridge 1 is closed." becomes
"the {place} is closed.". A clause is a lifted sentence that was there whenever the call was made and never when it was
left out, or the other way round.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from worldlore.methods.learnact.mined.corpus import Value
from worldlore.methods.learnact.mined.generalising import anti_unified, single
from worldlore.methods.learnact.mined.patterns import Body, Bound, Clause, Do, If, Term, Var, variables

if TYPE_CHECKING:
    from worldlore.methods.learnact.mined.proposals import Line

SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
Moment = tuple[str, Bound]
"""What was seen, and what the variables stood for."""


def guarded(longer: Sequence[Line], shorter: Sequence[Line], gap: int, size: int) -> Body | None:
    """The body of both, with the call at `gap` under a clause; None where no clause tells them apart.

    Each line may have one item more than the stretch, which tells what was seen after it.
    """
    pattern = _pattern(longer, shorter, gap, size)
    if pattern is None:
        return None
    body, call = pattern
    left_out = [line for line in shorter if len(line) > gap and not _goes_on(line, gap, call)]
    present = _moments(body, [(line[gap].seen, _without(line, gap, size)) for line in longer], gap)
    absent = _moments(body, [(line[gap].seen, line[: size - 1]) for line in left_out], gap)
    clause = clause_between(present, absent)
    return None if clause is None else (*body[:gap], If(clause, (call,)), *body[gap:])


def _moments(body: Body, lines: Iterable[tuple[str, Line]], gap: int) -> list[Moment]:
    """What was seen where the call is or would be, and the variables that have a value by then."""
    by_then = {variable.name for variable in variables(body[:gap])}
    bounds = ((text, _bound(body, line)) for text, line in lines)
    return [(text, {k: v for k, v in bound.items() if k in by_then}) for text, bound in bounds if bound is not None]


def _goes_on(line: Line, gap: int, call: Do) -> bool:
    return len(line) > gap and line[gap].call.name == call.name


def _pattern(longer: Sequence[Line], shorter: Sequence[Line], gap: int, size: int) -> tuple[Body, Do] | None:
    """What both have in common, and the additional call in the same variables."""
    for line in longer:
        for other in (s for s in shorter if not _goes_on(s, gap, Do(line[gap].call.name, ()))):
            left = tuple(single(item.call) for item in _without(line, gap, size))
            body = anti_unified(left, tuple(single(item.call) for item in other[: size - 1]))
            bound = _bound(body, _without(line, gap, size)) if body else None
            if body and bound:
                stands = {value: _variable(name, value) for name, value in bound.items()}
                return body, Do(line[gap].call.name, tuple(stands.get(v, v) for v in line[gap].call.arguments))
    return None


def _without(line: Line, gap: int, size: int) -> Line:
    return (*line[:gap], *line[gap + 1 : size])


def _variable(name: str, value: Value) -> Term:
    return Var(name, many=isinstance(value, tuple))


def _bound(body: Body, line: Line) -> dict[str, Value] | None:
    """What the variables of calls without loops stand for in a line; None if it is no case of them."""
    bound: dict[str, Value] = {}
    for do, item in zip(body, line, strict=False):
        assert isinstance(do, Do)
        for term, value in zip(do.terms, item.call.arguments, strict=True):
            if (bound.setdefault(term.name, value) if isinstance(term, Var) else term) != value:
                return None
    return bound if len(body) <= len(line) else None


def clause_between(present: Sequence[Moment], absent: Sequence[Moment]) -> Clause | None:
    """A clause that holds at all present moments and at few absent ones, at most half of them; None if there is none.

    The fewer the better; then the more variables, then the shorter. Where it is wrong the pattern does not match.
    """
    if not present or not absent:
        return None
    for told, these, those in ((True, present, absent), (False, absent, present)):
        everywhere = set.intersection(*({*lifted(text, bound)} for text, bound in these))
        wrong = {c: sum(c.holds(text, bound) for text, bound in those) for c in everywhere}
        best = min(everywhere, key=lambda c: (wrong[c], _order(c)), default=None)
        if best is not None and wrong[best] <= len(those) // 2:
            return Clause(best.parts, told)
    return None


def _order(clause: Clause) -> tuple[int, int, str]:
    words = [part for part in clause.parts if isinstance(part, str)]
    return len(words) - len(clause.parts), sum(map(len, words)), str(clause.parts)


def lifted(text: str, bound: Mapping[str, Value]) -> Iterable[Clause]:
    """The sentences of a text, with variables for words; those that hold none say nothing about the call."""
    words = {v: name for name, v in reversed(list(bound.items())) if isinstance(v, str) and v == v.lower()}
    if not words:
        return
    known = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    pattern = re.compile(rf"(?<!\w)({known})(?!\w)")
    for sentence in SENTENCE.split(text.lower()):
        parts = [p for p in pattern.split(sentence) if p]
        if any(part in words for part in parts):
            yield Clause(tuple(Var(words[p]) if p in words else p for p in parts))
