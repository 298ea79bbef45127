"""An optimal search, against which the experts are measured: in breadth, layer by layer, over a world's moves.

`key` tells states apart that matter, so that states which are alike but for names are looked at once; `rest` is a
number of moves that are certainly still needed, so that states from which the goal is too far are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable

from worldlore.environments.robotics.world import World


def shortest(
    world: World,
    limit: int,
    key: Callable[[int], Hashable] = lambda state: state,
    rest: Callable[[int], int] = lambda state: 0,
) -> int | None:
    """Moves of a shortest plan; None if it takes more than `limit`."""
    seen, layer = {key(world.start)}, [world.start]
    for moves in range(1, limit + 1):
        ahead: list[int] = []
        for state in layer:
            for move in world.possible(state):
                then = move.after(state)
                alike = key(then)
                if alike in seen or moves + rest(then) > limit:
                    continue
                if world.won(then):
                    return moves
                seen.add(alike)
                ahead.append(then)
        layer = ahead
    return None


def balls_alike(world: World) -> Callable[[int], Hashable]:
    """In gripper neither the names of the balls nor those of the grippers matter."""
    wanted = {ball: room for _, ball, room in world.problem.goal}
    places = [
        (bit, (wanted[atom[1]], atom[2] if atom[0] == "at" else "carried"))
        for atom, bit in world.bit.items()
        if atom[0] in ("at", "carry")
    ]
    here = world.bit["at-robby", "rooma"]

    def key(state: int) -> Hashable:
        return bool(state & here), tuple(sorted(place for bit, place in places if state & bit))

    return key


class Bar:
    """In barman neither hands matter nor the names of shots in which nothing is wanted."""

    def __init__(self, world: World) -> None:
        self.world = world
        kinds = world.problem.objects
        self.wanted = {shot: drink for _, shot, drink in world.problem.goal}
        self.spare = [o for o, kind in kinds.items() if kind == "shot" and o not in self.wanted]
        self.about = {c: self._mask(lambda atom, c=c: c in atom[1:]) for c in (*self.spare, *self.wanted, "shaker1")}
        self.codes: dict[tuple[str, int], int] = {}
        self.looks: dict[Hashable, int] = {}
        self.cocktails = [(world.bit["contains", s, d], d) for s, d in self.wanted.items() if kinds[d] == "cocktail"]
        self.drinks = [
            (world.bit["contains", s, d], self._mask(lambda atom, s=s: atom[0] == "holding" and atom[2] == s))
            for s, d in self.wanted.items()
            if kinds[d] == "ingredient"
        ]
        self.shots_held = self._mask(lambda atom: atom[0] == "holding" and kinds[atom[2]] == "shot")
        self.shaker_held = self._mask(lambda atom: atom[0] == "holding" and atom[2] == "shaker1")
        self.filled = self._mask(
            lambda atom: atom[0] == "contains" and kinds[atom[1]] == "shot" and kinds[atom[2]] == "ingredient"
        )

    def _mask(self, about: Callable[[tuple[str, ...]], bool]) -> int:
        return self.world.mask(atom for atom in self.world.atoms if about(atom))

    def key(self, state: int) -> Hashable:
        spare = sorted(self._code(c, state) for c in self.spare)
        return (*spare, *(self._code(c, state) for c in (*self.wanted, "shaker1")))

    def _code(self, container: str, state: int) -> int:
        """A number for how a container is, but for its name and the hand it is in."""
        part = state & self.about[container]
        if (container, part) not in self.codes:
            names = {container: "it", "left": "hand", "right": "hand"}
            look = tuple(sorted(tuple(names.get(t, t) for t in atom) for atom in self.world.atoms_in(part)))
            self.codes[container, part] = self.looks.setdefault(look, len(self.looks))
        return self.codes[container, part]

    def rest(self, state: int) -> int:
        """Moves of each kind that are certainly still needed.

        Every missing drink is poured once. A missing cocktail that is not in the shaker is shaken once, of two shots
        poured in, and each pour takes a shot that was filled. What is shaked and not wanted is poured away, and the
        shaker cleaned. A shot that was held to pour in is left before shaking, and another grasped for the next time.
        """
        bit = self.world.bit
        cocktails = [drink for at, drink in self.cocktails if not state & at]
        missing = [held for at, held in self.drinks if not state & at]
        away = sum(not state & held for held in missing)
        if not cocktails:
            return len(missing) + away
        to_shake = len({c for c in cocktails if not state & bit.get(("contains", "shaker1", c), 0)})
        inside = next(i for i, level in enumerate(("l0", "l1", "l2")) if state & bit["shaker-level", "shaker1", level])
        if not state & bit["unshaked", "shaker1"]:
            inside = 0
        pours = max(0, 2 * to_shake - inside)
        fills = max(0, pours + len(missing) - (state & self.filled).bit_count())
        tidying = 2 * max(0, to_shake - 1)
        if to_shake and state & bit["shaked", "shaker1"]:
            tidying = 2 * to_shake
        pouring = to_shake - (1 if to_shake and inside == 2 else 0)
        grasps = max(0, pouring - (state & self.shots_held).bit_count(), away)
        return len(cocktails) + to_shake + pours + fills + tidying + pouring + grasps + (not state & self.shaker_held)


class Garage:
    """In tyreworld most moves of a plan can be told beforehand."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.goals = [(goal, world.bit[goal]) for goal in world.problem.goal]

    def rest(self, state: int) -> int:
        """Different moves that are certainly still needed.

        A wheel is taken off a hub that is raised and whose nut is loosened and undone; so is one put on. Each tool is
        fetched once. There is one jack: between two hubs that are raised, one is let down.
        """
        holds = self.world.holds
        needed, raised = set[tuple[str, ...]](), set[str]()
        for goal, bit in self.goals:
            if state & bit:
                continue
            number, hub = goal[1][1:], f"hub{goal[1][1:]}"
            old, nut = f"w{number}", f"nut{number}"
            if goal[0] == "inflated":
                needed |= {("inflate", goal[1]), ("use", "pump")}
                continue
            needed.add(("put", *goal))
            if goal[0] == "on" and holds(state, "in", goal[1], "boot"):
                needed.add(("fetch", goal[1]))
            off = holds(state, "on", old, hub)
            if not off and goal[0] == "in":
                continue
            raised.add(hub)
            needed |= {("remove", hub)} if off else set()
            needed |= {("undo", hub), ("use", "wrench")} if holds(state, "fastened", hub) else set()
            needed |= {("loosen", hub)} if holds(state, "tight", nut, hub) else set()
        ups = [hub for hub in raised if holds(state, "on-ground", hub)]
        needed |= {("use", "jack")} if ups else set()
        tools = {("use", tool) for tool in ("pump", "wrench", "jack")}
        away = {use for use in needed & tools if holds(state, "in", use[1], "boot")}
        under = ("use", "jack") in needed and not holds(state, "have", "jack") and ("use", "jack") not in away
        boot = away or any(move[0] == "fetch" or move[:2] == ("put", "in") for move in needed)
        opened = bool(boot) and holds(state, "closed", "boot")
        return len(needed - tools) + len(away) + 2 * len(ups) - bool(ups) + under + opened
