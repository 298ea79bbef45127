"""What the world says: ALFWorld's observation texts in the two dialects its releases speak.

    "move"   alfworld >= 0.4:  move mug 1 to shelf 2     You arrive at shelf 2. …     knows `help`
    "put"    alfworld 0.3:     put mug 1 in/on shelf 2   You arrive at loc 7. …       knows no `help`

Every sentence here is part of the language and held to the real package by a differential test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from worldlore.environments.base import Primitive

NOTHING = "Nothing happens."
"""The answer to anything that is not possible here and now."""

HELP = """Available commands:
  look:                             look around your current location
  inventory:                        check your current inventory
  go to (receptacle):               move to a receptacle
  open (receptacle):                open a receptacle
  close (receptacle):               close a receptacle
  take (object) from (receptacle):  take an object from a receptacle
  move (object) to (receptacle):  place an object in or on a receptacle
  examine (something):              examine a receptacle or an object
  use (object):                     use an object
  heat (object) with (receptacle):  heat an object using a receptacle
  clean (object) with (receptacle): clean an object using a receptacle
  cool (object) with (receptacle):  cool an object using a receptacle
  slice (object) with (object):     slice an object using a sharp object
"""
"""The answer to `help`."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where the two releases differ."""

    verb: str
    """First word of putting something down."""
    to: str
    """What stands between the thing and the receptacle, blanks included."""
    done: str
    """What is answered to it, with the places of thing and receptacle."""
    help: bool
    """Whether `help` is a command."""
    names_places: bool
    """Whether one arrives at a numbered place rather than at the receptacle."""


DIALECTS = {
    "move": Dialect("move", " to ", "You move the {} to the {}.", help=True, names_places=False),
    "put": Dialect("put", " in/on ", "You put the {} in/on the {}.", help=False, names_places=True),
}
"""The dialects by name."""


def listed(names: Sequence[str]) -> str:
    """Things in a row.

    >>> listed(["mug 2", "mug 1", "pen 1"])
    'a mug 2, a mug 1, and a pen 1'
    """
    shown = [f"a {name}" for name in names]
    if len(shown) < 2:
        return shown[0] if shown else "nothing"
    return ", ".join(shown[:-1]) + ", and " + shown[-1]


def named(names: Sequence[str]) -> str:
    """Receptacles in a row, without articles."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + ", and " + names[-1]


def opening(receptacles: Sequence[str], goal: str) -> str:
    """What is said first."""
    return f"-= Welcome to TextWorld, ALFRED! =-\n\n{middle(receptacles)}\n\nYour task is to: {goal}."


def middle(receptacles: Sequence[str]) -> str:
    """What one sees from the middle of the room."""
    return f"You are in the middle of a room. Looking quickly around you, you see {listed(receptacles)}."


def about(name: str, *, clean: bool, hot: bool, cool: bool, sliced: bool) -> str:
    """What examining a thing tells about its state."""
    words = [word for word, holds in (("hot", hot), ("cool", cool), ("clean", clean)) if holds]
    if words == ["cool"] and not sliced:
        words = ["cold"]
    if not words and not sliced:
        return f"There's nothing special about {name}."
    return f"This is a {' and '.join(words)}{' ' if words and sliced else ''}{'sliced' if sliced else ''} {name}."


def primitives(dialect: str) -> tuple[Primitive, ...]:
    """The commands as functions that a program may call; each gives back what is seen."""
    spoken = DIALECTS[dialect]
    thing_there = ("thing", "place")
    return (
        Primitive("goto", ("place",), "go to {place}", "go and stand in front of a place"),
        Primitive("open", ("place",), "open {place}", "open a closed place you stand at"),
        Primitive("close", ("place",), "close {place}", "close an open place you stand at"),
        Primitive("take", thing_there, "take {thing} from {place}", "pick up a thing, with empty hands"),
        Primitive("put", thing_there, f"{spoken.verb} {{thing}}{spoken.to}{{place}}", "put down what you carry"),
        Primitive("clean", thing_there, "clean {thing} with {place}", "clean what you carry at a sinkbasin"),
        Primitive("heat", thing_there, "heat {thing} with {place}", "heat what you carry with a microwave"),
        Primitive("cool", thing_there, "cool {thing} with {place}", "cool what you carry with a fridge"),
        Primitive("use", ("thing",), "use {thing}", "turn on a lamp where you stand"),
        Primitive("slice", ("thing", "knife"), "slice {thing} with {knife}", "slice a thing with the knife you carry"),
        Primitive("examine", ("what",), "examine {what}", "look closely at a place or at what you carry"),
        Primitive("inventory", (), "inventory", "what you carry"),
        Primitive("look", (), "look", "what is around you"),
    )
