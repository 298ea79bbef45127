"""What can be asked: "Grow any pig", "Grasp any plant", and one after another with "then".

    published             35 descriptions for training, 6 that hold a withheld word (potato, cow, rhinoceros)
    of these playable     26 and 6: nine more, "Go left" and so on, are about places, which no text tells;
                          the published system lists them and drops them before use, and so do we
    drawn by default      11: the goals of growing, for training, but for "any living_thing"
    standard              what all published experiments ask: a small herbivore, then a big one

As published, the parts of a goal may be reached in any order, and a part stays reached.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from worldlore.environments.playground.things import TYPES, WATER, grown, young
from worldlore.errors import ConfigError, unknown

WITHHELD = ("potato", "cow", "rhinoceros")
"""Types that no goal for training names."""
STANDARD = "Grow any small_herbivorous then grow any big_herbivorous"
"""The goal of the published experiments."""
_PLACES = ("bottom", "bottom left", "bottom right", "center", "left", "right", "top", "top left", "top right")
_VERBS = {
    "grasp": (*TYPES, WATER, "living_thing", "supply", "plant", "small_herbivorous", "big_herbivorous"),
    "grow": (*TYPES, "living_thing", "plant", "small_herbivorous", "big_herbivorous"),
}
_ALL = tuple(sorted(f"{verb.capitalize()} any {name}" for verb, names in _VERBS.items() for name in names))

HELD_OUT = tuple(goal for goal in _ALL if goal.endswith(WITHHELD))
"""The six goals that name a withheld type."""
GOALS = tuple(goal for goal in _ALL if goal not in HELD_OUT)
"""The 26 goals for training."""
DESCRIPTIONS = tuple(sorted((*GOALS, *(f"Go {place}" for place in _PLACES))))
"""The 35 descriptions the published system lists for training; those about places are never asked."""
DRAWN = tuple(goal for goal in GOALS if goal.startswith("Grow") and goal != "Grow any living_thing")
"""The eleven goals the published system draws from where none is set."""


@dataclass(frozen=True, slots=True)
class Wish:
    """One part of a goal."""

    verb: str
    """"grow" or "grasp"."""
    name: str
    """A category or a type."""

    def met(self, kind: str, code: int) -> bool:
        """Whether a change fulfils it: what grew or was picked up last."""
        if self.verb == "grow":
            return kind.startswith("transform") and code in grown(self.name)
        return kind.startswith("holding") and code in grown(self.name) | young(self.name)

    def __str__(self) -> str:
        return f"{self.verb} any {self.name}"


Goal = tuple[Wish, ...]
"""The parts of a goal, in order."""


@lru_cache(maxsize=1024)
def parse(goal: str) -> Goal:
    """The parts of a goal in words; ConfigError for what cannot be asked."""
    return tuple(_wish(part, goal) for part in goal.strip().rstrip(".").split(" then "))


def _wish(part: str, goal: str) -> Wish:
    verb, _, rest = part.strip().partition(" ")
    verb, name = verb.lower(), rest.removeprefix("any ").strip().replace(" ", "_")
    if verb not in _VERBS:
        raise ConfigError(f'a goal is "Grow any pig", "Grasp any plant" or two of them with "then", got {goal!r}')
    if name not in _VERBS[verb]:
        raise unknown(f"thing to {verb}", name, _VERBS[verb])
    return Wish(verb, name)


def tell(goal: Goal) -> str:
    """A goal in words, as published."""
    words = " then ".join(map(str, goal))
    return words[:1].upper() + words[1:]
