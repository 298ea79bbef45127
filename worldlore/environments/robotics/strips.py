"""STRIPS as values: what a domain allows, and what a problem asks.

An atom is a predicate and its terms, ("at", "ball1", "rooma"). In an operator a term that begins with "?" stands for
one of its parameters; every other term is an object. A state is the set of atoms that hold, and what is not in it does
not. An operator may ask that atoms hold, that atoms do not hold, and that two of its objects are, or are not, the same.
What it adds wins over what it deletes, as PDDL has it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Atom = tuple[str, ...]
"""A predicate and its terms."""

ANYTHING = "object"
"""The type above all types."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A place for an object."""

    name: str
    """Without the question mark."""
    kind: str = ANYTHING
    """The type its object must have."""


@dataclass(frozen=True, slots=True)
class Operator:
    """A kind of action."""

    name: str
    """As in PDDL: "pour-shot-to-clean-shaker"."""
    parameters: tuple[Parameter, ...]
    """Places for the objects of an action."""
    needs: tuple[Atom, ...]
    """What must hold."""
    forbids: tuple[Atom, ...] = ()
    """What must not hold."""
    alike: tuple[tuple[str, str], ...] = ()
    """Pairs of terms that must be the same object."""
    unlike: tuple[tuple[str, str], ...] = ()
    """Pairs of terms that must be different objects."""
    adds: tuple[Atom, ...] = ()
    """What holds afterwards."""
    deletes: tuple[Atom, ...] = ()
    """What does not hold afterwards, unless it is added too."""


@dataclass(frozen=True)
class Domain:
    """The operators, and the words they are told in."""

    name: str
    """Its name in PDDL."""
    predicates: Mapping[str, tuple[Parameter, ...]]
    """Every predicate, with the types of its terms."""
    operators: tuple[Operator, ...]
    """Every operator."""
    types: Mapping[str, str] = field(default_factory=dict[str, str])
    """Type -> the type above it; empty in an untyped domain."""
    constants: Mapping[str, str] = field(default_factory=dict[str, str])
    """Objects of every problem -> their types."""

    @property
    def static(self) -> frozenset[str]:
        """The predicates no operator changes."""
        changed = {atom[0] for operator in self.operators for atom in (*operator.adds, *operator.deletes)}
        return frozenset(self.predicates) - changed

    def is_a(self, kind: str, above: str) -> bool:
        """Whether objects of a type are of another type too."""
        seen = set[str]()
        while kind != above and kind in self.types and kind not in seen:
            seen.add(kind)
            kind = self.types[kind]
        return above in (kind, ANYTHING)


@dataclass(frozen=True)
class Problem:
    """Where a task begins and where it is to end."""

    name: str
    """Its name in PDDL."""
    domain: Domain
    """What may be done."""
    objects: Mapping[str, str]
    """Every object, constants of the domain included -> its type."""
    start: frozenset[Atom]
    """What holds at first."""
    goal: tuple[Atom, ...]
    """What is to hold."""
    avoid: tuple[Atom, ...] = ()
    """What is not to hold at the end."""


def bind(atom: Atom, binding: Mapping[str, str]) -> Atom:
    """The atom with objects in the places of its parameters."""
    return (atom[0], *(binding.get(term, term) for term in atom[1:]))


def parse_atoms(text: str) -> tuple[Atom, ...]:
    """Atoms as our own domains are written: "at ?obj ?room; free ?gripper"."""
    return tuple(tuple(part.split()) for part in text.split(";") if part.strip())


def parse_parameters(text: str) -> tuple[Parameter, ...]:
    """Parameters as our own domains are written: "obj, hub: hub"; without a colon any object will do."""
    return tuple(_parameter(part) for part in text.split(",") if part.strip())


def _parameter(text: str) -> Parameter:
    name, _, kind = text.partition(":")
    return Parameter(name.strip(), kind.strip() or ANYTHING)


def operator(name: str, parameters: str, needs: str, then: str) -> Operator:
    """An operator of our own; in `then` an atom after "not" is deleted.

    >>> operator("drop", "b", "holding ?b", "down ?b; not holding ?b").deletes
    (('holding', '?b'),)
    """
    effects = parse_atoms(then)
    return Operator(
        name,
        parse_parameters(parameters),
        parse_atoms(needs),
        adds=tuple(atom for atom in effects if atom[0] != "not"),
        deletes=tuple(atom[1:] for atom in effects if atom[0] == "not"),
    )


def predicates(text: str) -> dict[str, tuple[Parameter, ...]]:
    """Predicates of our own: "on x, y; clear x" or "on wheel: wheel, hub: hub"."""
    found: dict[str, tuple[Parameter, ...]] = {}
    for part in filter(None, map(str.strip, text.split(";"))):
        name, _, terms = part.partition(" ")
        found[name] = parse_parameters(terms)
    return found


def objects_of(problem: Problem) -> dict[str, tuple[str, ...]]:
    """Type -> the objects that may stand where it is asked for."""
    kinds = {ANYTHING, *problem.domain.types, *problem.objects.values()}
    return {
        kind: tuple(name for name, own in problem.objects.items() if problem.domain.is_a(own, kind)) for kind in kinds
    }


def numbered(kind: str, count: int) -> Sequence[str]:
    """Names of so many objects: ball1, ball2 and so on."""
    return [f"{kind}{i}" for i in range(1, count + 1)]
