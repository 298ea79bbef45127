"""Patterns: bodies of actions, with variables where their uses differ, and how they are found in a trajectory.

    Do("pick", (Var("x"), "rooma", Var("g")))                    a call
    Each(((Var("x"), Var("xs", many=True)),), body)              for x in xs: body
    Each(…, size=2)                                              for x in xs, two by two: body
    Each(…, between=…)                                           the same, with something between the rounds
    If(Clause(("the ", Var("x"), " is closed."), True), body)    if the last text says so: body

A pattern is matched against primitive calls only: patterns that call other actions are unfolded first. A match binds
each variable once; a list is as long as the loop that gathered it, the longest tried first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from worldlore.methods.learnact.mined.corpus import Example, Slot, Value


@dataclass(frozen=True, slots=True)
class Var:
    """A place to be filled."""

    name: str
    """Unique in its pattern."""
    many: bool = False
    """Filled with a list of words rather than a word."""


Term = Var | Value
Bound = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Do:
    """A call."""

    name: str
    """Of a primitive or an action."""
    terms: tuple[Term, ...]
    """Its arguments."""


@dataclass(frozen=True, slots=True)
class Each:
    """A loop of one round or more."""

    columns: tuple[tuple[Var, Term], ...]
    """Loop variable and the list it runs over, side by side; a list of constants may be longer than the loop."""
    body: Body
    """One round."""
    between: Body = ()
    """What is done before every round but the first."""
    size: int = 0
    """Words of the list in one round, fewer in the last; 0: one word, not a list of one."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence, in small letters, that was or was not told last."""

    parts: tuple[str | Var, ...]
    """Its text, in pieces."""
    told: bool = True
    """False: the clause holds where the sentence is missing."""

    def holds(self, text: str, bound: Bound) -> bool:
        """Whether it is so in a text."""
        sentence = "".join(p if isinstance(p, str) else str(bound[p.name]) for p in self.parts)
        return (sentence in text.lower()) is self.told


@dataclass(frozen=True, slots=True)
class If:
    """Something done only where a clause holds."""

    clause: Clause
    """About what was seen last."""
    body: Body
    """What is done."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The end of the action, with a text that says why."""

    parts: tuple[str | Var, ...]
    """The text, in pieces."""


Statement = Do | Each | If | Leave
Body = tuple[Statement, ...]
Found = Iterator[tuple[int, Bound]]
"""Ends of matches, and what was bound."""


def matches(body: Body, example: Example, at: int, bound: Bound) -> Found:
    """Every way to read the calls from `at` on as this body; an action that leaves early is no way."""
    if not body:
        yield at, bound
        return
    for then, more in _one(body[0], example, at, bound):
        yield from matches(body[1:], example, then, more)


def _one(statement: Statement, example: Example, at: int, bound: Bound) -> Found:
    if isinstance(statement, Do):
        more = _call(statement, example, at, bound)
        if more is not None:
            yield at + 1, more
    elif isinstance(statement, Each):
        yield from _rounds(statement, example, at, bound, ())
    elif isinstance(statement, Leave):
        return
    elif statement.clause.holds(example.seen[at], bound):
        yield from matches(statement.body, example, at, bound)
    else:
        yield at, bound


def _call(do: Do, example: Example, at: int, bound: Bound) -> Bound | None:
    if at >= len(example.calls) or example.calls[at].name != do.name:
        return None
    more = dict(bound)
    for term, value in zip(do.terms, example.calls[at].arguments, strict=True):
        wanted = more.setdefault(term.name, value) if isinstance(term, Var) else term
        if wanted != value:
            return None
    return more


def _rounds(each: Each, example: Example, at: int, bound: Bound, done: tuple[tuple[Value, ...], ...]) -> Found:
    given = _given(each, bound, done)
    if given is not None:
        body = each.between + each.body if done else each.body
        for then, more in matches(body, example, at, {**bound, **given}):
            drawn = tuple(more[variable.name] for variable, _ in each.columns)
            if then > at and _fits(each, drawn):
                outside = {
                    name: value for name, value in more.items() if not any(name == v.name for v, _ in each.columns)
                }
                yield from _rounds(each, example, then, outside, (*done, drawn))
    gathered = _gathered(each, bound, done) if done else None
    if gathered is not None:
        yield at, gathered


def _given(each: Each, bound: Bound, done: tuple[tuple[Value, ...], ...]) -> Bound | None:
    """What the loop variables of the next round must be, as far as that is known; None: there is no next round."""
    given: dict[str, Value] = {}
    if done and each.size and len(done[-1][0]) < each.size:
        return None
    for variable, source in each.columns:
        items = bound.get(source.name) if isinstance(source, Var) else source
        if items is not None:
            rounds = _parts(cast(tuple[str, ...], items), each.size)
            if len(done) >= len(rounds):
                return None
            given[variable.name] = rounds[len(done)]
    return given


def _fits(each: Each, drawn: tuple[Value, ...]) -> bool:
    return not each.size or len(drawn[0]) <= each.size


def _gathered(each: Each, bound: Bound, done: tuple[tuple[Value, ...], ...]) -> Bound | None:
    """The lists, now that the loop is over; None if one that was known is not used up."""
    more = dict(bound)
    for (_, source), drawn in zip(each.columns, zip(*done, strict=True), strict=True):
        if isinstance(source, Var):
            items = tuple(word for part in drawn for word in part) if each.size else drawn
            if more.setdefault(source.name, cast(Value, items)) != items:
                return None
    return more


def _parts(items: tuple[str, ...], size: int) -> list[Value]:
    return [items[k : k + size] for k in range(0, len(items), size)] if size else list(items)


def replaced(body: Body, terms: Mapping[str, Term]) -> Body:
    """The body with terms in place of variables."""
    return tuple(_replaced(statement, terms) for statement in body)


def _replaced(statement: Statement, terms: Mapping[str, Term]) -> Statement:
    def put(term: Term) -> Term:
        return terms.get(term.name, term) if isinstance(term, Var) else term

    if isinstance(statement, Do):
        return replace(statement, terms=tuple(map(put, statement.terms)))
    if isinstance(statement, Each):
        columns = tuple((cast(Var, put(variable)), put(source)) for variable, source in statement.columns)
        body, between = replaced(statement.body, terms), replaced(statement.between, terms)
        return replace(statement, columns=columns, body=body, between=between)
    if isinstance(statement, Leave):
        return Leave(_filled(statement.parts, terms))
    clause = replace(statement.clause, parts=_filled(statement.clause.parts, terms))
    return If(clause, replaced(statement.body, terms))


def _filled(parts: tuple[str | Var, ...], terms: Mapping[str, Term]) -> tuple[str | Var, ...]:
    return tuple(cast("str | Var", terms.get(p.name, p)) if isinstance(p, Var) else p for p in parts)


def parts_of(statement: Statement) -> Body:
    """The statements inside one."""
    if isinstance(statement, Do | Leave):
        return ()
    return statement.body + statement.between if isinstance(statement, Each) else statement.body


def walk(body: Body) -> Iterator[Statement]:
    """Every statement, outer ones first."""
    for statement in body:
        yield statement
        yield from walk(parts_of(statement))


def calls_in(body: Body) -> Iterator[Do]:
    """Every call, in the order written."""
    return (statement for statement in walk(body) if isinstance(statement, Do))


def variables(body: Body) -> tuple[Var, ...]:
    """The variables it leaves to be filled, in the order met; loop variables are the loops' own."""
    own = {variable for statement in walk(body) if isinstance(statement, Each) for variable, _ in statement.columns}
    return tuple(v for v in dict.fromkeys(_met(body)) if v not in own)


def _met(body: Body) -> Iterator[Var]:
    for statement in body:
        if isinstance(statement, Do):
            yield from (term for term in statement.terms if isinstance(term, Var))
        elif isinstance(statement, Each):
            yield from (source for _, source in statement.columns if isinstance(source, Var))
            yield from _met(statement.body + statement.between)
        else:
            parts = statement.clause.parts if isinstance(statement, If) else statement.parts
            yield from (part for part in parts if isinstance(part, Var))
            yield from _met(parts_of(statement))


def slots(body: Body) -> dict[str, Slot]:
    """Variable -> where its words stand in a primitive; the body is unfolded."""
    found: dict[str, Slot] = {}
    for do in calls_in(body):
        for place, term in enumerate(do.terms):
            if isinstance(term, Var):
                found.setdefault(term.name, (do.name, place))
    for _ in range(8):
        for each in (s for s in walk(body) if isinstance(s, Each)):
            for variable, source in each.columns:
                if isinstance(source, Var) and variable.name in found:
                    found.setdefault(source.name, found[variable.name])
    return found


@dataclass(frozen=True)
class Macro:
    """A mined action."""

    name: str
    """How calls name it."""
    parameters: tuple[Var, ...]
    """In order."""
    body: Body
    """As it is written: it may call other actions."""
    flat: Body
    """The same with those unfolded."""


def unfolded(body: Body, library: Mapping[str, Macro], mark: str = "") -> Body:
    """The body with calls of the library's actions replaced by what they do."""
    done: list[Statement] = []
    for number, statement in enumerate(body):
        here = f"{mark}.{number}"
        if isinstance(statement, Do) and statement.name in library:
            macro = library[statement.name]
            own = {v.name: replace(v, name=v.name + here) for v in _inner(macro.flat)}
            filled = {p.name: term for p, term in zip(macro.parameters, statement.terms, strict=True)}
            done += replaced(macro.flat, {**own, **filled})
        elif isinstance(statement, Each):
            body_, between = unfolded(statement.body, library, here), unfolded(statement.between, library, here + "b")
            done.append(replace(statement, body=body_, between=between))
        elif isinstance(statement, If):
            done.append(If(statement.clause, unfolded(statement.body, library, here)))
        else:
            done.append(statement)
    return tuple(done)


def _inner(body: Body) -> Iterator[Var]:
    for statement in walk(body):
        if isinstance(statement, Each):
            yield from (variable for variable, _ in statement.columns)
