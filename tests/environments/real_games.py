"""A household world written as a game file of the real alfworld package, for tests that drive both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from worldlore.environments.household import homes
from worldlore.environments.household.generate import build
from worldlore.environments.household.world import Piece, World
from worldlore.experience import Task

AFFORDANCES = {
    "cleanable": homes.CLEANABLE,
    "heatable": homes.HEATABLE,
    "coolable": homes.COOLABLE,
    "sliceable": homes.SLICEABLE,
    "toggleable": homes.LAMPS,
    "isReceptacleObject": homes.VESSELS,
}
CONSTANT_KINDS = {"rtype": {"sinkbasin", "microwave", "fridge"}, "otype": {"knife", "butterknife"}}


def write_game(task: Task, folder: Path, dialect: str) -> Path:
    """Write the task's world as `game.tw-pddl` beside a `traj_data.json`."""
    from alfworld.info import ALFRED_PDDL_PATH, ALFRED_TWL2_PATH

    from worldlore.environments.alfworld import spoken

    folder.mkdir(parents=True, exist_ok=True)
    game = {
        "pddl_domain": Path(ALFRED_PDDL_PATH).read_text(),
        "grammar": Path(ALFRED_TWL2_PATH).read_text().replace("UNKNOWN GOAL", task.goal),
        "pddl_problem": problem(build(task.data, dialect)),
        "solvable": True,
        "walkthrough": [],
    }
    game = spoken(game, dialect)
    path = folder / "game.tw-pddl"
    path.write_text(json.dumps(game))
    kind = "toggle_target" if task.data["target"] in homes.LAMPS else "parent_target"
    params = {"object_target": task.data["thing"], "parent_target": "", "toggle_target": "", kind: task.data["target"]}
    traj = {"task_type": task.data["family"], "task_id": task.id, "pddl_params": params}
    (folder / "traj_data.json").write_text(json.dumps(traj))
    return path


def problem(world: World) -> str:
    """The world as a PDDL problem; without a metric, which would slow the planner a hundredfold."""
    objects = "\n".join(sorted(set(_objects(world))))
    facts = "\n".join(f"({fact})" for fact in _facts(world))
    return f"(define (problem home) (:domain alfred)\n(:objects\n{objects}\n)\n(:init\n{facts}\n)\n{goal(world)}"


def goal(world: World) -> str:
    """The goal as alfworld writes it; its text closes the problem's parenthesis."""
    from alfworld.gen.goal_library import gdict

    asked = world.goal
    text = gdict[asked.family]["pddl"].replace("#", "-")
    return text.format(obj=asked.thing, recep=asked.target, toggle=asked.target, mrecep="")


def piece_id(piece: Piece) -> str:
    """An identifier of which alfworld's demangler makes the piece's own name: it numbers from the last one."""
    if piece.kind in ("sinkbasin", "bathtubbasin"):
        return f"{piece.kind.removesuffix('basin')}_bar_{1000 - piece.number}_bar_{piece.kind}"
    return f"{piece.kind}_bar_{1000 - piece.number}"


def place_id(place: int) -> str:
    """An identifier of which the demangler makes "loc <place>"."""
    return f"loc_bar_{1000 - place}"


def _objects(world: World) -> Iterator[str]:
    yield "agent1 - agent"
    for kind in {piece.kind for piece in world.receptacles} | CONSTANT_KINDS["rtype"]:
        yield f"{kind}Type - rtype"
    for kind in {piece.kind for piece in world.things} | CONSTANT_KINDS["otype"]:
        yield f"{kind}Type - otype"
    yield from (f"{piece_id(piece)} - receptacle" for piece in world.receptacles)
    yield from (f"{piece_id(piece)} - object" for piece in world.things)
    yield from (f"{place_id(place)} - location" for place in {*world.places, world.start})


def _facts(world: World) -> Iterator[str]:
    yield f"atLocation agent1 {place_id(world.start)}"
    for piece, place in zip(world.receptacles, world.places, strict=True):
        yield f"receptacleType {piece_id(piece)} {piece.kind}Type"
        yield f"receptacleAtLocation {piece_id(piece)} {place_id(place)}"
        if piece.kind in homes.OPENABLE:
            yield f"openable {piece_id(piece)}"
    things = {piece.kind for piece in world.things}
    for kind in sorted({piece.kind for piece in world.receptacles}):
        yield from (f"canContain {kind}Type {thing}Type" for thing in sorted(homes.HOLDS[kind] & things))
    for piece, receptacle in zip(world.things, world.first, strict=True):
        name = piece_id(piece)
        yield f"objectType {name} {piece.kind}Type"
        yield f"inReceptacle {name} {piece_id(world.receptacles[receptacle])}"
        yield f"objectAtLocation {name} {place_id(world.places[receptacle])}"
        yield from (f"{fact} {name}" for fact, kinds in AFFORDANCES.items() if piece.kind in kinds)
        if piece.kind not in homes.FIXED:
            yield f"pickupable {name}"
