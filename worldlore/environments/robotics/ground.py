"""From operators to actions: every action of a problem that could ever be possible.

Actions are found by letting the atoms that can come true spread from the start as if nothing were ever deleted or
forbidden. Each atom that is new is put in each place of each operator that needs it, and the operator's other needs
are looked up among the atoms known so far; so no combination of objects is ever tried that could not happen.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from worldlore.environments.robotics.strips import Atom, Operator, Problem, bind, objects_of
from worldlore.errors import ConfigError

LIMIT = 100_000
"""More actions than this are refused; they would not fit a world that is to be fast."""

Binding = dict[str, str]


@dataclass(frozen=True, slots=True)
class Action:
    """An operator with its objects, as atoms."""

    operator: Operator
    """Which kind."""
    arguments: tuple[str, ...]
    """Its objects."""
    needs: frozenset[Atom]
    """What must hold."""
    forbids: frozenset[Atom]
    """What must not hold."""
    adds: frozenset[Atom]
    """What holds afterwards."""
    deletes: frozenset[Atom]
    """What no longer holds afterwards."""


def ground(problem: Problem) -> tuple[list[Action], set[Atom]]:
    """The actions, by operator and arguments, and every atom that can ever hold."""
    return _Grounding(problem).run()


class _Grounding:
    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._objects = objects_of(problem)
        self._known: set[Atom] = set()
        self._by_term: dict[tuple[str, int, str], list[Atom]] = defaultdict(list)
        self._by_name: dict[str, list[Atom]] = defaultdict(list)
        self._waiting: deque[Atom] = deque(sorted(problem.start))
        self._met = set(problem.start)
        self._found: dict[tuple[str, tuple[str, ...]], Action] = {}
        self._places = {
            operator.name: {f"?{p.name}": frozenset(self._objects.get(p.kind, ())) for p in operator.parameters}
            for operator in problem.domain.operators
        }
        self._rank = {operator.name: i for i, operator in enumerate(problem.domain.operators)}

    def run(self) -> tuple[list[Action], set[Atom]]:
        for operator in self._problem.domain.operators:
            if not operator.needs:
                self._finish(operator, {})
        while self._waiting:
            atom = self._waiting.popleft()
            self._learn(atom)
            for operator in self._problem.domain.operators:
                for at, need in enumerate(operator.needs):
                    binding = self._match(operator, need, atom, {})
                    if binding is not None:
                        self._join(operator, [n for i, n in enumerate(operator.needs) if i != at], binding)
        actions = sorted(self._found.values(), key=lambda a: (self._rank[a.operator.name], a.arguments))
        return actions, self._met

    def _learn(self, atom: Atom) -> None:
        self._known.add(atom)
        self._by_name[atom[0]].append(atom)
        for place, term in enumerate(atom[1:], start=1):
            self._by_term[atom[0], place, term].append(atom)

    def _match(self, operator: Operator, need: Atom, atom: Atom, binding: Binding) -> Binding | None:
        """The binding that makes the need the atom; None if there is none."""
        if need[0] != atom[0] or len(need) != len(atom):
            return None
        places, more = self._places[operator.name], dict(binding)
        for term, given in zip(need[1:], atom[1:], strict=True):
            bound = more.get(term) if term in places else term
            if bound is None and given in places[term]:
                more[term] = given
            elif bound != given:
                return None
        return more

    def _join(self, operator: Operator, needs: list[Atom], binding: Binding) -> None:
        """Look the other needs up, the one with the fewest free places first."""
        if not needs:
            self._finish(operator, binding)
            return
        at = min(range(len(needs)), key=lambda i: sum(t[0] == "?" and t not in binding for t in needs[i][1:]))
        rest = needs[:at] + needs[at + 1 :]
        need = bind(needs[at], binding)
        if need in self._known:
            self._join(operator, rest, binding)
            return
        for atom in self._candidates(need):
            more = self._match(operator, needs[at], atom, binding)
            if more is not None:
                self._join(operator, rest, more)

    def _candidates(self, need: Atom) -> list[Atom]:
        fixed = [i for i, term in enumerate(need[1:], start=1) if term[0] != "?"]
        if not fixed:
            return self._by_name[need[0]]
        return min((self._by_term.get((need[0], i, need[i]), []) for i in fixed), key=len)

    def _finish(self, operator: Operator, binding: Binding) -> None:
        """Fill the parameters that no need mentions, and note the action."""
        free = [p for p in operator.parameters if f"?{p.name}" not in binding]
        for filling in product(*(self._objects.get(p.kind, ()) for p in free)):
            full = binding | {f"?{p.name}": given for p, given in zip(free, filling, strict=True)}
            if not _contradicts(operator, full):
                self._note(operator, full)

    def _note(self, operator: Operator, binding: Mapping[str, str]) -> None:
        arguments = tuple(binding[f"?{p.name}"] for p in operator.parameters)
        if (operator.name, arguments) in self._found:
            return
        if len(self._found) >= LIMIT:
            raise ConfigError(
                f"problem {self._problem.name!r} has more than {LIMIT:,} actions; give it fewer objects, or give the "
                "parameters of its operators narrower types"
            )
        adds, deletes, needs, forbids = (
            frozenset(bind(atom, binding) for atom in atoms)
            for atoms in (operator.adds, operator.deletes, operator.needs, operator.forbids)
        )
        self._found[operator.name, arguments] = Action(operator, arguments, needs, forbids, adds, deletes - adds)
        for atom in sorted(adds - self._met):
            self._met.add(atom)
            self._waiting.append(atom)


def _contradicts(operator: Operator, binding: Mapping[str, str]) -> bool:
    def same(pair: tuple[str, str]) -> bool:
        return binding.get(pair[0], pair[0]) == binding.get(pair[1], pair[1])

    return any(map(same, operator.unlike)) or not all(map(same, operator.alike))
