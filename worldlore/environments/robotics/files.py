"""PDDL files read: the library `pddl` parses them, and what it parsed is turned into the values of `strips.py`.

Understood are STRIPS, types, constants, negative preconditions and goals, and equality. Whatever else a file asks for
(conditional effects, quantifiers, disjunctions, numbers and costs, derived predicates, `either`) is refused by its
name, for a world that left it out would be another world. So is an undeclared predicate, a term of the wrong type or a
goal that no sequence of actions can reach. Names are compared in lower case, as PDDL has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lark.exceptions import LarkError, UnexpectedInput
from pddl.exceptions import PDDLError
from pddl.logic.base import And, ExistsCondition, ForallCondition, Formula, Imply, Not, OneOf, Or
from pddl.logic.effects import Forall, When
from pddl.logic.predicates import EqualTo, Predicate
from pddl.logic.terms import Term, Variable
from pddl.parser.domain import DomainParser
from pddl.parser.problem import ProblemParser

from worldlore.environments.robotics.strips import ANYTHING, Atom, Domain, Operator, Parameter, Problem
from worldlore.errors import ConfigError

_FEATURES: Sequence[tuple[type, str]] = (
    (When, "a conditional effect (when)"),
    (Forall, "a quantified effect (forall)"),
    (ForallCondition, "a quantified condition (forall)"),
    (ExistsCondition, "a quantified condition (exists)"),
    (Imply, "an implication (imply)"),
    (Or, "a disjunction (or)"),
    (OneOf, "a non-deterministic effect (oneof)"),
)
_TOP, _ABOVE = "objec-", "anything-"
_TOP_WANTED = re.compile(r"(-\s+)object(?=[\s)])")
_COMMENT = re.compile(r";[^\n]*")
_EVERYTHING = ":strips :typing :adl :derived-predicates :action-costs"
_KNOWN = "STRIPS with types, constants, equality and negative preconditions"


def read_domain(path: Path) -> Domain:
    """The domain of a file; ConfigError for one that is missing, malformed or asks for more than STRIPS."""
    parsed = _parse(DomainParser(), path)
    place = _Place(path)
    if parsed.functions:
        raise place.refused("numbers or costs (:functions)")
    if parsed.derived_predicates:
        raise place.refused("a derived predicate (:derived)")
    above = {str(kind): str(parent) for kind, parent in sorted(parsed.types.items()) if kind != _TOP and parent}
    types = {str(k): ANYTHING if above.get(k, _TOP) == _TOP else above[k] for k in sorted(parsed.types) if k != _TOP}
    constants = {c.name: place.kind(c, types) for c in sorted(parsed.constants, key=lambda c: c.name)}
    predicates = {
        p.name: tuple(Parameter(t.name, place.kind(t, types)) for t in p.terms)
        for p in sorted(parsed.predicates, key=lambda p: p.name)
    }
    frame = Domain(parsed.name, predicates, (), types, constants)
    operators = tuple(_operator(a, frame, place) for a in sorted(parsed.actions, key=lambda a: a.name))
    if not operators:
        raise ConfigError(f"{path}: the domain has no action; nothing could be done in it")
    return Domain(parsed.name, predicates, operators, types, constants)


def read_problem(path: Path, domain: Domain) -> Problem:
    """The problem of a file; ConfigError for one that is missing, malformed or does not fit the domain."""
    parsed = _parse(ProblemParser(), path)
    if parsed.domain_name != domain.name:
        raise ConfigError(f"{path}: the problem is of domain {parsed.domain_name!r}, the domain is {domain.name!r}")
    place = _Place(path)
    if parsed.metric is not None:
        raise place.refused("costs (:metric)")
    objects = {o.name: place.kind(o, domain.types) for o in sorted(parsed.objects, key=lambda o: o.name)}
    place.objects = {**domain.constants, **objects}
    found = [place.literals(literal, domain) for literal in sorted(parsed.init, key=str)]
    start = frozenset(atom for literals in found for atom in literals.holds)
    goal = place.literals(parsed.goal, domain)
    if goal.alike or goal.unlike:
        raise place.refused("equality in a goal (=)")
    if not (goal.holds or goal.not_so):
        raise ConfigError(f"{path}: the goal is empty; write what is to hold at the end")
    return Problem(parsed.name, domain, place.objects, start, tuple(sorted(goal.holds)), tuple(sorted(goal.not_so)))


def _parse(parser: Any, path: Path) -> Any:
    try:
        return parser(_spelt(path.read_text(encoding="utf-8").lower()))
    except OSError as error:
        raise ConfigError(f"no PDDL file {path} could be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is no text in UTF-8; a PDDL file is plain text") from error
    except UnexpectedInput as error:
        expected = ", ".join(sorted(getattr(error, "accepts", None) or getattr(error, "allowed", None) or ()))
        raise ConfigError(
            f"{path}, line {error.line}, column {error.column}: this is not PDDL that is understood here; "
            f"read were {_KNOWN}" + (f" (expected one of {expected.lower()})" if expected else "")
        ) from error
    except (LarkError, PDDLError, ValueError, AssertionError) as error:
        said = " ".join(str(getattr(error, "orig_exc", error)).split()).replace(_TOP, ANYTHING)
        raise ConfigError(f"{path}: {said}") from error


def _spelt(text: str) -> str:
    """The text as the parser takes it: "object" as a declared type of another name, and no requirement missing.

    Requirements say nothing a domain does not say itself; what is not supported is refused where it is used.
    """
    text = _COMMENT.sub(lambda found: " " * len(found[0]), text)
    text = _TOP_WANTED.sub(rf"\1{_TOP}", text)
    text = text.replace("(:types", f"(:types {_TOP} - {_ABOVE}", 1) if _TOP in text else text
    if "(:requirements" in text:
        return re.sub(r"(\(:requirements[^()]*)\)", rf"\1 {_EVERYTHING})", text, count=1)
    return re.sub(r"(\(domain[^()]*\))", rf"\1 (:requirements {_EVERYTHING})", text, count=1)


@dataclass
class _Literals:
    """What a condition or an effect says."""

    holds: list[Atom] = field(default_factory=list[Atom])
    not_so: list[Atom] = field(default_factory=list[Atom])
    alike: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    unlike: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


class _Place:
    """Where something was read, for messages, and which names may be used there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.action = ""
        self.objects: dict[str, str] = {}
        self.parameters: dict[str, str] = {}

    def refused(self, feature: str) -> ConfigError:
        """For what is not understood."""
        return ConfigError(f"{self}: {feature} is not supported; {_KNOWN} is. Rewrite the domain without it")

    def wrong(self, what: str) -> ConfigError:
        """For what does not fit."""
        return ConfigError(f"{self}: {what}")

    def __str__(self) -> str:
        return f"{self.path}, action {self.action!r}" if self.action else str(self.path)

    def kind(self, term: Term, types: Iterable[str]) -> str:
        """The type of a term."""
        kinds = sorted(ANYTHING if tag == _TOP else str(tag) for tag in term.type_tags)
        if len(kinds) > 1:
            raise self.refused(f"a choice of types (either {' '.join(kinds)})")
        if kinds and kinds[0] not in (*types, ANYTHING):
            raise self.wrong(f"{term.name!r} is of the type {kinds[0]!r}, which the domain does not declare")
        return kinds[0] if kinds else ANYTHING

    def literals(self, formula: Formula | None, domain: Domain) -> _Literals:
        """What a conjunction says."""
        found = _Literals()
        for literal, so in self._flat(formula):
            if isinstance(literal, EqualTo):
                pair = self._term(literal.left), self._term(literal.right)
                (found.alike if so else found.unlike).append(pair)
            else:
                (found.holds if so else found.not_so).append(self._atom(literal, domain))
        return found

    def _flat(self, formula: Any) -> Iterator[tuple[Any, bool]]:
        if formula is None or (isinstance(formula, Or | And) and not formula.operands):
            return
        if isinstance(formula, And):
            for operand in formula.operands:
                yield from self._flat(operand)
        elif isinstance(formula, Predicate | EqualTo):
            yield formula, True
        elif isinstance(formula, Not) and isinstance(formula.argument, Predicate | EqualTo):
            yield formula.argument, False
        elif isinstance(formula, Not):
            raise self.refused("the negation of more than one atom (not)")
        else:
            names = (name for kind, name in _FEATURES if isinstance(formula, kind))
            raise self.refused(next(names, "a number or cost (" + type(formula).__name__.lower() + ")"))

    def _atom(self, predicate: Predicate, domain: Domain) -> Atom:
        declared = domain.predicates.get(predicate.name)
        if declared is None:
            raise self.wrong(
                f"predicate {predicate.name!r} is not declared; declared are {', '.join(sorted(domain.predicates))}"
            )
        if len(declared) != len(predicate.terms):
            raise self.wrong(
                f"{predicate} has {len(predicate.terms)} terms, and {predicate.name!r} takes {len(declared)}"
            )
        terms = tuple(map(self._term, predicate.terms))
        for term, parameter in zip(terms, declared, strict=True):
            kind = (self.parameters if term.startswith("?") else self.objects)[term]
            if not (domain.is_a(kind, parameter.kind) or domain.is_a(parameter.kind, kind)):
                raise self.wrong(f"in {predicate} {term} is a {kind}, and {parameter.kind} is asked for")
        return (predicate.name, *terms)

    def _term(self, term: Term) -> str:
        name = f"?{term.name}" if isinstance(term, Variable) else str(term.name)
        known = self.parameters if name.startswith("?") else self.objects
        if name not in known:
            sort = "parameter" if name.startswith("?") else "object"
            raise self.wrong(f"there is no {sort} {name!r}; there are {', '.join(sorted(known)) or 'none'}")
        return name


def _operator(action: Any, domain: Domain, place: _Place) -> Operator:
    place.action, place.objects = action.name, dict(domain.constants)
    parameters = tuple(Parameter(p.name, place.kind(p, domain.types)) for p in action.parameters)
    place.parameters = {f"?{p.name}": p.kind for p in parameters}
    when, then = place.literals(action.precondition, domain), place.literals(action.effect, domain)
    if then.alike or then.unlike:
        raise place.refused("equality in an effect (=)")
    return Operator(
        action.name,
        parameters,
        tuple(when.holds),
        tuple(when.not_so),
        tuple(when.alike),
        tuple(when.unlike),
        tuple(then.holds),
        tuple(then.not_so),
    )
