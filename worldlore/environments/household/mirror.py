"""A game of ALFWorld as a household play, so that household's expert can advise in it.

The mirror is built from the facts the game starts with and then given every command the game is given. Household
speaks ALFWorld's language, so both stay in step, and the expert looks at nothing that was not shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from worldlore.environments.household.goals import Goal
from worldlore.environments.household.language import DIALECTS
from worldlore.environments.household.play import Play
from worldlore.environments.household.world import Piece, World

Fact = tuple[str, tuple[str, ...]]
"""A predicate in lower case and its arguments."""

_SIGNS = {"fridge": "kitchen", "toilet": "bathroom", "bed": "bedroom"}


def mirror(facts: Iterable[Fact], names: Mapping[str, str], goal: Goal, dialect: str) -> Play:
    """The play of a game that starts with these facts; `names` says how a thing is spoken of ("mug 2")."""
    found: dict[str, dict[str, str]] = {}
    for predicate, arguments in sorted(facts):
        found.setdefault(predicate, {})[arguments[0]] = arguments[-1]
    receptacles = sorted(found["receptacleatlocation"])
    lies = found.get("inreceptacle", {})
    things = sorted(lies)
    pieces = tuple(_piece(names[receptacle]) for receptacle in receptacles)
    world = World(
        room=next((room for kind, room in _SIGNS.items() if any(p.kind == kind for p in pieces)), "living room"),
        receptacles=pieces,
        places=tuple(_piece(names[found["receptacleatlocation"][receptacle]]).number for receptacle in receptacles),
        start=_piece(names[next(iter(found["atlocation"].values()))]).number,
        things=tuple(_piece(names[thing]) for thing in things),
        first=tuple(receptacles.index(lies[thing]) for thing in things),
        openable=sum(1 << i for i, receptacle in enumerate(receptacles) if receptacle in found.get("openable", {})),
        goal=goal,
        dialect=DIALECTS[dialect],
    )
    return Play(world)


def _piece(name: str) -> Piece:
    kind, _, number = name.strip().partition(" ")
    return Piece(kind, int(number or 0))
