"""The six kinds of task: how they are asked and when they are done.

The conditions are ALFWorld's. "In" means in or on one receptacle of the kind asked for; the lamp must have been used
and stand where the agent is, while the thing is in its hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worldlore.environments.household.play import Play

FAMILIES = (
    "pick_and_place_simple",
    "look_at_obj_in_light",
    "pick_clean_then_place_in_recep",
    "pick_heat_then_place_in_recep",
    "pick_cool_then_place_in_recep",
    "pick_two_obj_and_place",
)
"""The kinds of task by ALFWorld's names."""

SENTENCES = {
    "pick_and_place_simple": ("put a {} in {}", "put some {} on {}"),
    "look_at_obj_in_light": ("look at {} under the {}", "examine the {} with the {}"),
    "pick_clean_then_place_in_recep": ("put a clean {} in {}", "clean some {} and put it in {}"),
    "pick_heat_then_place_in_recep": ("put a hot {} in {}", "heat some {} and put it in {}"),
    "pick_cool_then_place_in_recep": ("put a cool {} in {}", "cool some {} and put it in {}"),
    "pick_two_obj_and_place": ("put two {} in {}", "find two {} and put them in {}"),
}
"""The ways a task is asked, with the places of thing and target."""

TREATMENT = {
    "pick_clean_then_place_in_recep": "clean",
    "pick_heat_then_place_in_recep": "heat",
    "pick_cool_then_place_in_recep": "cool",
}
"""What must be done to the thing first."""


@dataclass(frozen=True, slots=True)
class Goal:
    """What is to be done."""

    family: str
    """One of FAMILIES."""
    thing: str
    """Kind of the thing."""
    target: str
    """Kind of the receptacle, or of the lamp."""

    @property
    def treatment(self) -> str | None:
        """The verb of what must be done to the thing first."""
        return TREATMENT.get(self.family)

    @property
    def count(self) -> int:
        """How many things must end up together."""
        return 2 if self.family == "pick_two_obj_and_place" else 1

    @property
    def in_light(self) -> bool:
        """Whether the thing is to be looked at under a lamp, rather than put somewhere."""
        return self.family == "look_at_obj_in_light"

    def treated(self, play: Play) -> int:
        """The things that are as they should be."""
        match self.treatment:
            case "clean":
                return play.clean
            case "heat":
                return play.hot
            case "cool":
                return play.cool
            case _:
                return -1

    def holds(self, play: Play) -> bool:
        """Whether it is reached."""
        world = play.world
        if self.in_light:
            lit = play.used & play.near() & world.lamps_wanted
            return bool(lit) and play.held >= 0 and bool(world.wanted >> play.held & 1)
        right = world.wanted & self.treated(play)
        return any((play.inside[r] & right).bit_count() >= self.count for r in world.targets)
