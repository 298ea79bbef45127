"""The built-in expert: what a sensible person would do next, knowing only what was seen so far.

It looks for a thing where such things are usually kept and doors cost least, remembers what it saw, carries the
thing through what must be done to it and puts it down. It is a function of the moment: asked after any detour it
goes on from there, and the same moment gives the same advice.
"""

from __future__ import annotations

from functools import lru_cache

from worldlore.environments.household import homes
from worldlore.environments.household.play import NONE, Play
from worldlore.environments.household.world import World, bits


def advise(play: Play) -> str | None:
    """The next command; None once the goal is reached or everything was searched in vain."""
    if play.won:
        return None
    if play.held != NONE and not play.world.wanted >> play.held & 1:
        return _drop(play)
    if play.held == NONE:
        return _fetch(play)
    return _light(play) if play.world.goal.in_light else _deliver(play)


def _fetch(play: Play) -> str | None:
    """Find a thing of the goal's kind and take it."""
    world = play.world
    placed = 0 if world.goal.in_light else play.inside[_target(play)] & world.goal.treated(play)
    known = [(r, t) for r in bits(play.seen) for t in bits(play.inside[r] & world.wanted & ~placed)]
    if not known:
        return _search(play, world.goal.thing)
    receptacle, thing = min(known, key=lambda found: (_cost(play, found[0]), found))
    take = f"take {world.things[thing].name} from {world.receptacles[receptacle].name}"
    return _reach(play, receptacle) or take


def _deliver(play: Play) -> str:
    """Do to the thing in the hand what must be done, and put it where it belongs."""
    world, goal = play.world, play.world.goal
    thing = world.things[play.held].name
    if goal.treatment and not goal.treated(play) >> play.held & 1:
        kind = homes.APPLIANCE[goal.treatment]
        fitting = [r for r, piece in enumerate(world.receptacles) if piece.kind == kind]
        receptacle = min(fitting, key=lambda r: (not play.reachable(r), r))
        return _go(play, receptacle) or f"{goal.treatment} {thing} with {world.receptacles[receptacle].name}"
    target = _target(play)
    return _reach(play, target) or _put(play, target)


def _light(play: Play) -> str | None:
    """Bring the thing in the hand to a lamp and use the lamp."""
    world = play.world
    known = [(r, t) for r in bits(play.seen) for t in bits(play.inside[r] & world.lamps_wanted)]
    if not known:
        return _search(play, world.goal.target)
    receptacle, lamp = min(known, key=lambda found: (not play.reachable(found[0]), found))
    return _go(play, receptacle) or f"use {world.things[lamp].name}"


def _target(play: Play) -> int:
    """The receptacle to fill: the fullest of its kind, else the one that costs least."""
    right = play.world.wanted & play.world.goal.treated(play)
    return min(play.world.targets, key=lambda r: (-(play.inside[r] & right).bit_count(), _cost(play, r), r))


def _drop(play: Play) -> str | None:
    """Get rid of the thing in the hand."""
    fitting = [r for r, held in enumerate(play.world.holds) if held >> play.held & 1]
    if not fitting:
        return None
    receptacle = min(fitting, key=lambda r: (_cost(play, r), r))
    return _reach(play, receptacle) or _put(play, receptacle)


def _search(play: Play, kind: str) -> str | None:
    """Look at the place that promises most for the steps it costs."""
    world = play.world
    unseen = [r for r in range(len(world.receptacles)) if not play.seen >> r & 1]
    if not unseen:
        return None
    promise = _promises(world, kind)
    receptacle = max(unseen, key=lambda r: (promise[r] / max(1, _cost(play, r)), -r))
    return _reach(play, receptacle) or f"examine {world.receptacles[receptacle].name}"


@lru_cache(maxsize=1024)
def _promises(world: World, kind: str) -> tuple[float, ...]:
    """Receptacle -> how likely a thing of that kind is found there."""
    often = homes.room(world.room).homes.get(kind, {})
    kinds = [piece.kind for piece in world.receptacles]
    at_home = sum(often.get(place, 0) for place in set(kinds)) or 1
    spare = sum(kind in homes.HOLDS[place] for place in kinds) or 1
    return tuple(
        (1 - homes.MISLAID) * often.get(place, 0) / at_home / kinds.count(place)
        + homes.MISLAID * (kind in homes.HOLDS[place]) / spare
        for place in kinds
    )


def _cost(play: Play, receptacle: int) -> int:
    """Steps until one's hand is in it."""
    return (not play.reachable(receptacle)) + play.shut(receptacle)


def _go(play: Play, receptacle: int) -> str | None:
    return None if play.reachable(receptacle) else f"go to {play.world.receptacles[receptacle].name}"


def _reach(play: Play, receptacle: int) -> str | None:
    """The next step towards having one's hand in it; None where it is already."""
    shut = f"open {play.world.receptacles[receptacle].name}" if play.shut(receptacle) else None
    return _go(play, receptacle) or shut


def _put(play: Play, receptacle: int) -> str:
    world = play.world
    return f"{world.dialect.verb} {world.things[play.held].name}{world.dialect.to}{world.receptacles[receptacle].name}"
