"""Repair: a precondition is learned from the calls that went well and the one that failed.

What had been told before the failing statement each time it worked, and was not told this time, is what was missing.
So the statement is skipped without it, or the action ends there and says so, or a note tells when to call it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from worldlore.experience import Step
from worldlore.methods.learnact.author import Failing
from worldlore.methods.learnact.mined.corpus import Corpus, Example, Value, parsed
from worldlore.methods.learnact.mined.guards import Moment, clause_between
from worldlore.methods.learnact.mined.naming import sentence, variable_names
from worldlore.methods.learnact.mined.patterns import Body, Bound, Clause, If, Leave, Macro, matches, unfolded
from worldlore.methods.learnact.mined.rewriting import Edition


@dataclass(frozen=True, slots=True)
class Repair:
    """One way to put a call right."""

    edition: Edition
    """The actions as they are then."""
    kind: Literal["update", "note"]
    """Whether the code changed, or a note was added."""
    words: str
    """What was done."""


@dataclass(frozen=True, slots=True)
class Break:
    """Where a call failed."""

    place: int
    """Which statement of the action, those that call other actions unfolded."""
    moment: Moment
    """What was told before it, and the variables by then."""


def repairs(edition: Edition, corpus: Corpus, failing: Failing) -> list[Repair]:
    """Ways to put the failing call right; none where nothing tells it from those that went well."""
    macro = edition.named.get(failing.action)
    broken = macro and _broken(macro, failing.at, corpus)
    if not macro or not broken:
        return []
    clause = clause_between(_well(macro, corpus, broken.place), [broken.moment])
    if clause is None:
        return []
    told = sentence(clause, variable_names(macro, edition.primitives))
    note = Repair(edition.noted(macro.name, f"Works only where {told}."), "note", f"{macro.name}: noted that {told}")
    return [*_rewritten(edition, macro, broken.place, clause, told), note]


def _rewritten(edition: Edition, macro: Macro, place: int, clause: Clause, told: str) -> Iterator[Repair]:
    """With a guard; before an action's first call nothing was seen that it could look at."""
    if place == 0:
        return
    before, rest = _split(edition, macro, place)
    skipping = (*before, If(clause, rest[:1]), *rest[1:])
    yield Repair(edition.revised(macro.name, skipping), "update", f"{macro.name}: a call is left out unless {told}")
    missing = replace(clause, told=not clause.told)
    ending = Leave((f"{macro.name} ended early: it {'was not' if clause.told else 'was'} told that ", *clause.parts))
    leaving = (*before, If(missing, (ending,)), *rest)
    yield Repair(edition.revised(macro.name, leaving), "update", f"{macro.name}: ends early unless {told}")


def _split(edition: Edition, macro: Macro, place: int) -> tuple[Body, Body]:
    """The body in two, between its own statements if that is possible, else unfolded."""
    for k in range(len(macro.body)):
        if len(unfolded(macro.body[:k], edition.named)) == place:
            return macro.body[:k], macro.body[k:]
    return macro.flat[:place], macro.flat[place:]


def _broken(macro: Macro, step: Step, corpus: Corpus) -> Break | None:
    """Where the call of a step broke off; None where that cannot be told."""
    given = _given(macro, step.decision.action)
    failure = step.info.get("failure")
    if given is None or failure is None:
        return None
    inner = [(parsed(command, corpus.primitives), text) for command, text, *_ in step.info["inner"][:failure]]
    calls = tuple(call for call, _ in inner if call is not None)
    happened = Example(calls, (step.observation.text, *(text for _, text in inner)))
    for place in range(len(macro.flat) - 1, -1, -1):
        for end, bound in matches(macro.flat[:place], happened, 0, given):
            if end <= len(calls):
                return Break(place, (happened.seen[end], bound))
    return None


def _given(macro: Macro, line: str) -> Bound | None:
    """The arguments of a line that is one call of the action with literals."""
    try:
        tree = ast.parse(line.strip(), mode="eval").body
        if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name) or tree.func.id != macro.name:
            return None
        values = [ast.literal_eval(argument) for argument in tree.args]
    except (SyntaxError, ValueError):
        return None
    if tree.keywords or len(values) != len(macro.parameters):
        return None
    return {p.name: _value(v) for p, v in zip(macro.parameters, values, strict=True)}


def _value(value: object) -> Value:
    return tuple(map(str, value)) if isinstance(value, list) else str(value)


def _well(macro: Macro, corpus: Corpus, place: int) -> list[Moment]:
    """What was told before a statement wherever the examples hold the whole action."""
    return [moment for example in corpus.examples for moment in _moments(macro, example, place)]


def _moments(macro: Macro, example: Example, place: int) -> Iterator[Moment]:
    for start in range(len(example.calls)):
        for end, bound in matches(macro.flat[:place], example, start, {}):
            for _, whole in matches(macro.flat[place:], example, end, bound):
                yield example.seen[end], {**whole, **bound}
                break
