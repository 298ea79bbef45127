"""Domains and problems written as PDDL, for planners and simulators of others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from worldlore.environments.robotics.strips import Atom, Domain, Operator, Parameter, Problem


def domain_to_pddl(domain: Domain) -> str:
    """The domain file."""
    parts = [f"(:requirements {' '.join(requirements(domain))})"]
    if domain.types:
        parts.append(f"(:types {_typed(domain.types)})")
    if domain.constants:
        parts.append(f"(:constants {_objects(domain, domain.constants)})")
    declared = (_enclosed(name, _parameters(domain, terms)) for name, terms in domain.predicates.items())
    parts.append(f"(:predicates {' '.join(declared)})")
    parts += [_operator(domain, operator) for operator in domain.operators]
    return _define(f"(domain {domain.name})", parts)


def problem_to_pddl(problem: Problem) -> str:
    """The problem file."""
    domain = problem.domain
    objects = {name: kind for name, kind in problem.objects.items() if name not in domain.constants}
    wanted = [*map(_atom, problem.goal), *(f"(not {_atom(atom)})" for atom in problem.avoid)]
    parts = [
        f"(:domain {domain.name})",
        f"(:objects {_objects(domain, objects)})",
        f"(:init {' '.join(map(_atom, sorted(problem.start)))})",
        f"(:goal (and {' '.join(wanted)}))",
    ]
    return _define(f"(problem {problem.name})", parts)


def requirements(domain: Domain) -> list[str]:
    """What a reader of the domain has to understand."""
    found = [":strips"]
    if domain.types:
        found.append(":typing")
    if any(operator.forbids for operator in domain.operators):
        found.append(":negative-preconditions")
    if any(operator.alike or operator.unlike for operator in domain.operators):
        found.append(":equality")
    return found


def _define(head: str, parts: Iterable[str]) -> str:
    return f"(define {head}\n" + "\n".join(f"  {part}" for part in parts) + "\n)\n"


def _operator(domain: Domain, operator: Operator) -> str:
    needs = [*map(_atom, operator.needs), *(f"(not {_atom(atom)})" for atom in operator.forbids)]
    needs += [f"(= {a} {b})" for a, b in operator.alike] + [f"(not (= {a} {b}))" for a, b in operator.unlike]
    effects = [*map(_atom, operator.adds), *(f"(not {_atom(atom)})" for atom in operator.deletes)]
    return (
        f"(:action {operator.name}\n    :parameters ({_parameters(domain, operator.parameters)})\n"
        f"    :precondition (and {' '.join(needs)})\n    :effect (and {' '.join(effects)}))"
    )


def _parameters(domain: Domain, parameters: Iterable[Parameter]) -> str:
    return " ".join(f"?{p.name} - {p.kind}" if domain.types else f"?{p.name}" for p in parameters)


def _objects(domain: Domain, objects: Mapping[str, str]) -> str:
    return _typed(objects) if domain.types else " ".join(objects)


def _typed(names: Mapping[str, str]) -> str:
    """Names and what each is a kind of, those of one kind together."""
    kinds = dict.fromkeys(names.values())
    return " ".join(f"{' '.join(n for n, k in names.items() if k == kind)} - {kind}" for kind in kinds)


def _atom(atom: Atom) -> str:
    return f"({' '.join(atom)})"


def _enclosed(name: str, terms: str) -> str:
    return f"({name} {terms})" if terms else f"({name})"
