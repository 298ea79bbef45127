"""Mined actions as Python: typed functions that call primitives and earlier actions and return what was seen last."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from worldlore.environments.base import Primitive
from worldlore.experience import Action
from worldlore.methods.learnact.mined.naming import about, variable_names
from worldlore.methods.learnact.mined.patterns import (
    Body,
    Clause,
    Do,
    Each,
    If,
    Macro,
    Statement,
    Term,
    Var,
    walk,
)

INDENT = "    "


def written(macro: Macro, primitives: Mapping[str, Primitive], notes: tuple[str, ...] = ()) -> Action:
    """The action of a macro."""
    names = variable_names(macro, primitives)
    text = about(macro, names)
    types = [f"{names[p.name]}: {'list[str]' if p.many else 'str'}" for p in macro.parameters]
    head = [f"def {macro.name}({', '.join(types)}) -> str:", f'{INDENT}"""{_quoted(text)}"""']
    source = "\n".join([*head, *_Writer(names).function(macro.body)])
    return Action.of(source, about=text, notes=notes, by="mined")


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')


@dataclass(frozen=True)
class _Writer:
    names: Mapping[str, str]
    """Variable -> Python; a part of a list stands for a variable of a loop over parts."""

    def function(self, body: Body) -> Iterator[str]:
        last = body[-1]
        if isinstance(last, Do):
            yield from self._body(body[:-1], INDENT, keep=False)
            yield f"{INDENT}return {self._call(last)}"
            return
        if any(isinstance(s, Each) for s in walk(body)):
            yield f'{INDENT}seen = ""'
        yield from self._body(body, INDENT, keep=True)
        yield f"{INDENT}return seen"

    def _body(self, body: Body, indent: str, keep: bool) -> Iterator[str]:
        """Lines of statements; `keep` says whether what the last one saw is wanted."""
        for statement, after in zip(body, (*body[1:], None), strict=True):
            yield from self._statement(statement, indent, keep if after is None else isinstance(after, If))

    def _statement(self, statement: Statement, indent: str, keep: bool) -> Iterator[str]:
        if isinstance(statement, Do):
            yield f"{indent}{'seen = ' if keep else ''}{self._call(statement)}"
        elif isinstance(statement, Each):
            yield from self._loop(statement, indent, keep)
        elif isinstance(statement, If):
            yield f"{indent}if {self._clause(statement.clause)}:"
            yield from self._body(statement.body, indent + INDENT, keep)
        else:
            yield f"{indent}return {_text(statement.parts, self.names)}"

    def _loop(self, each: Each, indent: str, keep: bool) -> Iterator[str]:
        here = self._parted(each, indent) if each.size else self
        yield f"{indent}for {here._head(each, indent)}:"
        if each.between:
            yield f"{indent}{INDENT}if {self._counter(indent)}:"
            yield from here._body(each.between, indent + 2 * INDENT, keep=isinstance(each.body[0], If))
        yield from here._body(each.body, indent + INDENT, keep or isinstance(each.body[0], If))

    def _head(self, each: Each, indent: str) -> str:
        sources = [self._term(source) for _, source in each.columns]
        if each.size:
            return f"{self._counter(indent)} in range(0, len({sources[0]}), {each.size})"
        drawn = ", ".join(self.names[variable.name] for variable, _ in each.columns)
        over = sources[0] if len(sources) == 1 else f"zip({', '.join(sources)})"
        if not each.between:
            return f"{drawn} in {over}"
        return f"{self._counter(indent)}, {drawn if len(sources) == 1 else f'({drawn})'} in enumerate({over})"

    def _parted(self, each: Each, indent: str) -> _Writer:
        """The writer of a loop over parts: its variable is a part of the list."""
        variable, source = each.columns[0]
        start = self._counter(indent)
        part = f"{self._term(source)}[{start}:{start} + {each.size}]"
        return _Writer({**self.names, variable.name: part})

    def _counter(self, indent: str) -> str:
        depth = len(indent) // len(INDENT)
        return "start" if depth == 1 else f"start{depth}"

    def _call(self, do: Do) -> str:
        return f"{do.name}({', '.join(map(self._term, do.terms))})"

    def _term(self, term: Term) -> str:
        if isinstance(term, Var):
            return self.names[term.name]
        return json.dumps(term if isinstance(term, str) else list(term), ensure_ascii=False)

    def _clause(self, clause: Clause) -> str:
        return f"{_text(clause.parts, self.names)} {'in' if clause.told else 'not in'} seen.lower()"


def _text(parts: tuple[str | Var, ...], names: Mapping[str, str]) -> str:
    """A string, with places for variables if it has any."""
    if not any(isinstance(part, Var) for part in parts):
        return json.dumps("".join(map(str, parts)), ensure_ascii=False)
    pieces = [f"{{{names[p.name]}}}" if isinstance(p, Var) else _escaped(p) for p in parts]
    return f'f"{"".join(pieces)}"'


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1].replace("{", "{{").replace("}", "}}")
