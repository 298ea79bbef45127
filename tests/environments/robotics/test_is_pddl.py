"""Our STRIPS core against an independent simulator, unified-planning's, on the very same PDDL.

Domain and problem are written as PDDL and read by unified-planning; then both are driven side by side, with actions
that are possible and with actions that are not. Whether an action applies, every atom afterwards and whether the goal
holds must agree, and now and then theirs lists what is possible, which must be what ours lists.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from worldlore.environments.robotics import Barman, Blockworld, Gripper, Tyreworld, domain_to_pddl, problem_to_pddl
from worldlore.environments.robotics.files import read_domain, read_problem
from worldlore.environments.robotics.search import find_plan
from worldlore.environments.robotics.strips import Problem, objects_of
from worldlore.environments.robotics.world import Move, World

pytestmark = pytest.mark.real
pytest.importorskip("unified_planning")
GARDEN = Path(__file__).parents[3] / "examples" / "pddl"
FAMILIES = {world.name: world.family for world in (Gripper, Blockworld, Barman, Tyreworld)}
CASES = [
    *(("gripper", i) for i in (0, 8, 11)),
    *(("blockworld", i) for i in (1, 5, 9)),
    *(("barman", i) for i in (0, 5, 7, 14)),
    *(("tyreworld", i) for i in (0, 4, 6)),
    *(("garden", i) for i in (0, 1)),
]
STEPS = 80
APPLIED: dict[str, set[str]] = {}
"""Family -> operators that were applied on both sides."""


class Theirs:
    """A problem in unified-planning; actions have a prefix, for there they may not be called like a predicate."""

    def __init__(self, problem: Problem, folder: Path) -> None:
        from unified_planning.engines import UPSequentialSimulator
        from unified_planning.io import PDDLReader

        domain, asked = folder / "domain.pddl", folder / "problem.pddl"
        domain.write_text(domain_to_pddl(problem.domain).replace("(:action ", "(:action do-"))
        asked.write_text(problem_to_pddl(problem))
        self.problem = PDDLReader().parse_problem(str(domain), str(asked))
        self.simulator = UPSequentialSimulator(self.problem, error_on_failed_checks=False)
        self.state: Any = self.simulator.get_initial_state()
        self.fluents = {
            (fluent.name, *(o.name for o in objects)): fluent(*objects)
            for fluent in self.problem.fluents
            for objects in product(*(self.problem.objects(p.type) for p in fluent.signature))
        }

    def possible(self, name: str, arguments: tuple[str, ...]) -> bool:
        return self.simulator.is_applicable(self.state, *self._action(name, arguments))

    def all_possible(self) -> set[tuple[str, tuple[str, ...]]]:
        found = self.simulator.get_applicable_actions(self.state)
        return {(a.name.removeprefix("do-"), tuple(str(p) for p in parameters)) for a, parameters in found}

    def do(self, name: str, arguments: tuple[str, ...]) -> None:
        self.state = self.simulator.apply(self.state, *self._action(name, arguments))

    def _action(self, name: str, arguments: tuple[str, ...]) -> tuple[Any, tuple[Any, ...]]:
        return self.problem.action(f"do-{name}"), tuple(self.problem.object(argument) for argument in arguments)

    def atoms(self) -> set[tuple[str, ...]]:
        return {atom for atom, fluent in self.fluents.items() if self.state.get_value(fluent).bool_constant_value()}


def the_problem(family: str, index: int) -> Problem:
    if family != "garden":
        return FAMILIES[family].problem(FAMILIES[family].published[index])
    return read_problem(GARDEN / ("one-bed.pddl", "two-beds.pddl")[index], read_domain(GARDEN / "domain.pddl"))


def advice(family: str, world: World, state: int) -> Move | None:
    """What leads on, so that states far from the start are seen too."""
    if world.won(state):
        return None
    if family in FAMILIES:
        return FAMILIES[family].advise(world, state)
    plan = find_plan(world, state, near=500, far=0)
    return plan[0][1] if plan else None


def well_typed(rng: Random, problem: Problem) -> tuple[str, tuple[str, ...]]:
    """Any operator with any objects of the right types, seldom possible."""
    objects = objects_of(problem)
    operator = rng.choice(problem.domain.operators)
    return operator.name, tuple(rng.choice(objects[parameter.kind]) for parameter in operator.parameters)


@pytest.mark.parametrize(("family", "index"), CASES)
def test_the_same_actions_apply_and_lead_to_the_same_states(family: str, index: int, tmp_path: Path) -> None:
    rng, problem = Random(f"{family}{index}"), the_problem(family, index)
    world, theirs = World(problem), Theirs(problem, tmp_path)
    state, applied, refused = world.start, 0, 0
    assert set(world.atoms_in(state)) == theirs.atoms()
    for step in range(STEPS):
        if step % 20 == 0:
            ours = {(m.name, m.arguments) for m in world.moves if m.possible(state)}
            assert ours == theirs.all_possible()
        if rng.random() < 0.7:
            advised = advice(family, world, state) if rng.random() < 0.8 else None
            chosen = advised or rng.choice(world.possible(state))
            name, arguments = chosen.name, chosen.arguments
        else:
            name, arguments = well_typed(rng, problem)
        move = world.named.get((name, arguments))
        possible = move is not None and move.possible(state)
        assert possible == theirs.possible(name, arguments), (name, arguments)
        if move is None or not possible:
            refused += 1
            continue
        state = move.after(state)
        theirs.do(name, arguments)
        applied += 1
        APPLIED.setdefault(family, set()).add(name)
        assert set(world.atoms_in(state)) == theirs.atoms(), (name, arguments)
        assert world.won(state) == theirs.simulator.is_goal(theirs.state)
    assert applied >= 20 and refused >= 5, "too little was tried to say anything"


@pytest.mark.parametrize("family", [*FAMILIES, "garden"])
def test_every_operator_was_among_them(family: str) -> None:
    if len(APPLIED) < 5:
        pytest.skip("only some of the comparison was run")
    names = {operator.name for operator in the_problem(family, 0).domain.operators}
    assert APPLIED[family] >= names
