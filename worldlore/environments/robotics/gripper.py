"""Gripper: a robot with two grippers carries balls from room to room.

An instance is where the balls lie, a letter for each ("aab": ball3 is in roomb), and where the robot stands; each ball
is wanted in the other room. The expert always carries as many balls as it can, which is optimal.
"""

from __future__ import annotations

from random import Random

from worldlore.environments.base import Primitive
from worldlore.environments.robotics.family import Content, Family, pick
from worldlore.environments.robotics.language import Language
from worldlore.environments.robotics.strips import Atom, Domain, Problem, numbered, operator, predicates
from worldlore.environments.robotics.world import Move, World

DOMAIN = Domain(
    "gripper",
    predicates("room r; ball b; gripper g; at-robby r; at b, r; free g; carry b, g"),
    (
        operator("move", "r1, r2", "room ?r1; room ?r2; at-robby ?r1", "at-robby ?r2; not at-robby ?r1"),
        operator(
            "pick",
            "obj, room, gripper",
            "ball ?obj; room ?room; gripper ?gripper; at ?obj ?room; at-robby ?room; free ?gripper",
            "carry ?obj ?gripper; not at ?obj ?room; not free ?gripper",
        ),
        operator(
            "drop",
            "obj, room, gripper",
            "ball ?obj; room ?room; gripper ?gripper; carry ?obj ?gripper; at-robby ?room",
            "at ?obj ?room; free ?gripper; not carry ?obj ?gripper",
        ),
    ),
)

LANGUAGE = Language(
    DOMAIN,
    (
        Primitive("move", ("r1", "r2"), "move {r1} {r2}", "go from room r1, where the robot is, to room r2"),
        Primitive(
            "pick",
            ("obj", "room", "gripper"),
            "pick {obj} {room} {gripper}",
            "pick up ball obj with a free gripper; the robot and the ball are in that room",
        ),
        Primitive(
            "drop",
            ("obj", "room", "gripper"),
            "drop {obj} {room} {gripper}",
            "put down ball obj, which the gripper carries, in the room where the robot is",
        ),
    ),
    {
        "room": "{0} is a room.",
        "ball": "{0} is a ball.",
        "gripper": "{0} is a gripper.",
        "at-robby": "robby is at {0}.",
        "at": "{0} is at {1}.",
        "free": "{0} is free.",
        "carry": "{1} is carrying {0}.",
    },
    frozenset({"room", "ball", "gripper"}),
)

ROOMS = ("rooma", "roomb")
GRIPPERS = ("left", "right")


def _instance(balls: str, robot: str = "a") -> Content:
    return {"balls": balls, "robot": robot}


PUBLISHED = (
    *(_instance("a" * count) for count in (4, 6, 8, 10, 12)),
    *map(_instance, ("aabb", "abaabb", "bbaabb", "bbbaaaaabb", "b" + "a" * 9, "b" * 10)),
    _instance("aaaa", "b"),
    *map(_instance, ("aaab", "abbb")),
    _instance("a" * 12, "b"),
    _instance("aaab" + "a" * 8),
    _instance("a" * 7 + "bb" + "aaa", "b"),
    _instance("aaaaaa", "b"),
    _instance("ababab", "b"),
    _instance("ba" * 6),
)


def problem(content: Content) -> Problem:
    """The problem of an instance."""
    balls = numbered("ball", len(content["balls"]))
    atoms: set[Atom] = {("at-robby", "room" + content["robot"])}
    atoms |= {("room", room) for room in ROOMS} | {("gripper", gripper) for gripper in GRIPPERS}
    atoms |= {("ball", ball) for ball in balls} | {("free", gripper) for gripper in GRIPPERS}
    atoms |= {("at", ball, "room" + at) for ball, at in zip(balls, content["balls"], strict=True)}
    goal = tuple(
        ("at", ball, "roomb" if at == "a" else "rooma") for ball, at in zip(balls, content["balls"], strict=True)
    )
    return Problem("gripper", DOMAIN, dict.fromkeys((*ROOMS, *GRIPPERS, *balls), "object"), frozenset(atoms), goal)


def draw(rng: Random, size: int) -> Content:
    """So many balls, each in a room; the robot in one of them."""
    return _instance("".join(pick(rng, "ab") for _ in range(size)), pick(rng, "ab"))


def advise(world: World, state: int) -> Move | None:
    """Put down what is wanted here, take what is wanted there, and go when hands are full or nothing is left here."""
    here, there = ROOMS if world.holds(state, "at-robby", "rooma") else ROOMS[::-1]
    wanted = {ball: room for _, ball, room in sorted(world.problem.goal)}  # as a state lists them
    for ball, room in wanted.items():
        for gripper in GRIPPERS:
            if room == here and world.holds(state, "carry", ball, gripper):
                return world.named["drop", (ball, here, gripper)]
    free = [gripper for gripper in GRIPPERS if world.holds(state, "free", gripper)]
    for ball, room in wanted.items():
        if room == there and free and world.holds(state, "at", ball, here):
            return world.named["pick", (ball, here, free[0])]
    return world.named["move", (here, there)]


GRIPPER = Family(LANGUAGE, PUBLISHED, (7, 9, 14), problem, draw, advise)
"""The family."""
