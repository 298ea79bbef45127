"""Tyreworld: the wheels of a car are changed, with tools from the boot.

An instance is what is wanted at each hub k, as letters: "r" the new wheel rk on it, "i" rk inflated, "w" the old
wheel wk in the boot; and what is already so at first. There is one jack, so one hub is jacked up at a time. The
expert finishes the hub that is jacked up before it turns to another, which is optimal for these goals.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from worldlore.environments.base import Primitive
from worldlore.environments.robotics.family import Content, Family, pick
from worldlore.environments.robotics.language import Language
from worldlore.environments.robotics.strips import Atom, Domain, Problem, operator, predicates
from worldlore.environments.robotics.world import Move, World

DOMAIN = Domain(
    "tyreworld",
    predicates(
        "open c: container; closed c: container; unlocked c: container; have o: obj; in o: obj, c: container;"
        "tight n: nut, h: hub; loose n: nut, h: hub; on-ground h: hub; not-on-ground h: hub; fastened h: hub;"
        "unfastened h: hub; free h: hub; on w: wheel, h: hub; intact w: wheel; inflated w: wheel; not-inflated w: wheel"
    ),
    (
        operator("open", "c: container", "unlocked ?c; closed ?c", "open ?c; not closed ?c"),
        operator("close", "c: container", "open ?c", "closed ?c; not open ?c"),
        operator("fetch", "o: obj, c: container", "in ?o ?c; open ?c", "have ?o; not in ?o ?c"),
        operator("put-away", "o: obj, c: container", "have ?o; open ?c", "in ?o ?c; not have ?o"),
        operator("loosen", "n: nut, h: hub", "have wrench; tight ?n ?h; on-ground ?h", "loose ?n ?h; not tight ?n ?h"),
        operator("tighten", "n: nut, h: hub", "have wrench; loose ?n ?h; on-ground ?h", "tight ?n ?h; not loose ?n ?h"),
        operator("jack-up", "h: hub", "on-ground ?h; have jack", "not-on-ground ?h; not on-ground ?h; not have jack"),
        operator("jack-down", "h: hub", "not-on-ground ?h", "on-ground ?h; have jack; not not-on-ground ?h"),
        operator(
            "undo",
            "n: nut, h: hub",
            "not-on-ground ?h; fastened ?h; have wrench; loose ?n ?h",
            "have ?n; unfastened ?h; not fastened ?h; not loose ?n ?h",
        ),
        operator(
            "do-up",
            "n: nut, h: hub",
            "not-on-ground ?h; unfastened ?h; have wrench; have ?n",
            "loose ?n ?h; fastened ?h; not unfastened ?h; not have ?n",
        ),
        operator(
            "remove-wheel",
            "w: wheel, h: hub",
            "not-on-ground ?h; on ?w ?h; unfastened ?h",
            "have ?w; free ?h; not on ?w ?h",
        ),
        operator(
            "put-on-wheel",
            "w: wheel, h: hub",
            "not-on-ground ?h; have ?w; free ?h; unfastened ?h",
            "on ?w ?h; not have ?w; not free ?h",
        ),
        operator("inflate", "w: wheel", "have pump; not-inflated ?w; intact ?w", "inflated ?w; not not-inflated ?w"),
    ),
    types={"container": "object", "hub": "object", "obj": "object", "tool": "obj", "wheel": "obj", "nut": "obj"},
    constants={"wrench": "tool", "jack": "tool", "pump": "tool"},
)


def _command(name: str, parameters: str, about: str) -> Primitive:
    places = parameters.split()
    command = " ".join((name, *(f"{{{p}}}" for p in places)))
    return Primitive(name.replace("-", "_"), tuple(places), command, about)


LANGUAGE = Language(
    DOMAIN,
    (
        _command("open", "c", "open container c, which is closed and not locked"),
        _command("close", "c", "close container c, which is open"),
        _command("fetch", "o c", "take object o out of container c, which is open"),
        _command("put-away", "o c", "put object o, which you have, into container c, which is open"),
        _command("loosen", "n h", "loosen the tight nut n on hub h; the hub is on the ground and you have the wrench"),
        _command("tighten", "n h", "tighten the loose nut n on hub h; the hub is on the ground, you have the wrench"),
        _command("jack-up", "h", "raise hub h from the ground; you have the jack, and it stays under the hub"),
        _command("jack-down", "h", "let hub h, which is raised, down to the ground and have the jack again"),
        _command("undo", "n h", "take the loose nut n off hub h, which is raised; you have the wrench"),
        _command("do-up", "n h", "put nut n on hub h, which is raised and not fastened; you have it and the wrench"),
        _command("remove-wheel", "w h", "take wheel w off hub h, which is raised and not fastened"),
        _command("put-on-wheel", "w h", "put wheel w on hub h, which is free, raised and not fastened; you have it"),
        _command("inflate", "w", "pump up wheel w, which is intact and not inflated; you have the pump"),
    ),
    {
        "open": "{0} is open.",
        "closed": "{0} is closed.",
        "unlocked": "{0} is unlocked.",
        "have": "you have {0}.",
        "in": "{0} is in {1}.",
        "tight": "the nut {0} on the hub {1} is tight.",
        "loose": "the nut {0} on the hub {1} is loose.",
        "on-ground": "the hub {0} is on the ground.",
        "not-on-ground": "the hub {0} is jacked up.",
        "fastened": "the hub {0} is fastened.",
        "unfastened": "the hub {0} is unfastened.",
        "free": "the hub {0} is free.",
        "on": "{0} is on {1}.",
        "intact": "the wheel {0} is intact.",
        "inflated": "the wheel {0} is inflated.",
        "not-inflated": "the wheel {0} is not inflated.",
    },
)

FULL = "riw"
"""Everything that can be wanted at a hub."""
BOOT = "boot"
TOOLS = ("wrench", "jack", "pump")


def _instance(
    wanted: Sequence[str], is_open: bool = False, inflated: Sequence[int] = (), loose: Sequence[int] = ()
) -> Content:
    return {"wanted": list(wanted), "open": is_open, "inflated": list(inflated), "loose": list(loose)}


PUBLISHED = (
    _instance([FULL]),
    _instance([FULL, FULL, *[""] * 7]),
    _instance([FULL] * 3),
    _instance([FULL] * 4),
    _instance(["rw"], True, [1], [1]),
    _instance(["i", "i", "i"]),
    _instance(["w", "w", "i"]),
    _instance(["w", "w", ""], inflated=[2]),
    _instance(["", "", "w", "w"]),
    _instance(["i", "i", FULL]),
)


def problem(content: Content) -> Problem:
    """The problem of an instance."""
    wanted: list[str] = content["wanted"]
    objects = {**DOMAIN.constants, BOOT: "container"}
    atoms: set[Atom] = {("unlocked", BOOT), ("open" if content["open"] else "closed", BOOT)}
    atoms |= {("in", tool, BOOT) for tool in TOOLS}
    goal: list[Atom] = []
    for k, letters in enumerate(wanted, start=1):
        objects |= {f"r{k}": "wheel", f"w{k}": "wheel", f"nut{k}": "nut", f"hub{k}": "hub"}
        atoms |= {("in", f"r{k}", BOOT), ("intact", f"r{k}"), ("on", f"w{k}", f"hub{k}"), ("fastened", f"hub{k}")}
        atoms |= {("on-ground", f"hub{k}"), ("loose" if k in content["loose"] else "tight", f"nut{k}", f"hub{k}")}
        atoms |= {("inflated" if k in content["inflated"] else "not-inflated", f"r{k}")}
        each = {"r": ("on", f"r{k}", f"hub{k}"), "i": ("inflated", f"r{k}"), "w": ("in", f"w{k}", BOOT)}
        goal += [each[letter] for letter in letters]
    return Problem("tyreworld", DOMAIN, objects, frozenset(atoms), tuple(goal))


def draw(rng: Random, size: int) -> Content:
    """So many hubs; now and then something is already done."""
    while True:
        wanted = [pick(rng, (FULL, FULL, "rw", "w", "i", "")) for _ in range(size)]
        inflated, loose = ([k for k in range(1, size + 1) if rng.random() < 0.2] for _ in range(2))
        if any("w" in w or ("i" in w and k not in inflated) for k, w in enumerate(wanted, start=1)):
            return _instance(wanted, rng.random() < 0.3, inflated, loose)


def advise(world: World, state: int) -> Move | None:
    """The first thing to do for the first goal that does not hold yet, those of the raised hub before others."""
    return next((move for goal in _open_goals(world, state) if (move := _Mechanic(world, state).towards(goal))), None)


def _open_goals(world: World, state: int) -> list[Atom]:
    def rank(goal: Atom) -> tuple[bool, str, int]:
        hub = "hub" + goal[1][1:]
        return not world.holds(state, "not-on-ground", hub), hub, ("in", "on", "inflated").index(goal[0])

    return sorted((goal for goal in world.problem.goal if not world.holds(state, *goal)), key=rank)


class _Mechanic:
    """Works backwards from what is wanted to the first thing that can be done for it."""

    def __init__(self, world: World, state: int) -> None:
        self._world, self._state = world, state

    def towards(self, goal: Atom) -> Move | None:
        """The next move for a goal."""
        if goal[0] == "inflated":
            return self._have("pump") or self._do("inflate", goal[1])
        if goal[0] == "in":
            return self._have(goal[1]) or self._opened(goal[2]) or self._do("put-away", *goal[1:])
        _, wheel, hub = goal
        return self._have(wheel) or self._bared(hub) or self._raised(hub) or self._do("put-on-wheel", wheel, hub)

    def _have(self, thing: str) -> Move | None:
        if self._holds("have", thing):
            return None
        for place, where in self._where(thing):
            if place == "in":
                return self._opened(where) or self._do("fetch", thing, where)
            return self._undone(where) or self._raised(where) or self._do("remove-wheel", thing, where)
        raised = next(hub for (hub,) in self._all("not-on-ground"))
        return self._do("jack-down", raised)

    def _bared(self, hub: str) -> Move | None:
        """Neither nut nor wheel on the hub."""
        for wheel, where in self._all("on"):
            if where == hub:
                return self._have(wheel)
        return self._undone(hub)

    def _undone(self, hub: str) -> Move | None:
        if not self._holds("fastened", hub):
            return None
        for nut, where in self._all("tight"):
            if where == hub:
                return self._lowered(hub) or self._have("wrench") or self._do("loosen", nut, hub)
        nut = next(nut for nut, where in self._all("loose") if where == hub)
        return self._have("wrench") or self._raised(hub) or self._do("undo", nut, hub)

    def _raised(self, hub: str) -> Move | None:
        return None if self._holds("not-on-ground", hub) else self._have("jack") or self._do("jack-up", hub)

    def _lowered(self, hub: str) -> Move | None:
        return None if self._holds("on-ground", hub) else self._do("jack-down", hub)

    def _opened(self, container: str) -> Move | None:
        return None if self._holds("open", container) else self._do("open", container)

    def _where(self, thing: str) -> Iterator[tuple[str, str]]:
        """Where a thing is that one does not have: "in" a container or "on" a hub."""
        return (
            (atom[0], atom[2])
            for atom in self._world.atoms_in(self._state)
            if atom[0] in ("in", "on") and atom[1] == thing
        )

    def _all(self, predicate: str) -> Iterator[tuple[str, ...]]:
        return (atom[1:] for atom in self._world.atoms_in(self._state) if atom[0] == predicate)

    def _holds(self, *atom: str) -> bool:
        return self._world.holds(self._state, *atom)

    def _do(self, name: str, *arguments: str) -> Move:
        return self._world.named[name, arguments]


TYREWORLD = Family(LANGUAGE, PUBLISHED, (8, 4, 0), problem, draw, advise)
"""The family."""
