"""The thirty kinds of task, and what was published of them.

A kind is named as the package names it today; WKM's and ETO's files say "task-1-boil" or give its number. They play
24 kinds, each with a number of steps after which an episode ends; the other six have none (WKM, appendix; ETO's
configuration).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from worldlore.errors import unknown

_PREFIX = re.compile(r"^task-\d+[ab]?-|[()]")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of task."""

    name: str
    """As the package has it."""
    number: int
    """As published files number it."""
    cap: int | None = None
    """Steps after which a published episode ends; None where the kind was not played."""
    electrical: bool = False
    """It cannot be done without connecting wires."""


KINDS = {
    kind.name: kind
    for kind in (
        Kind("boil", 0, 100),
        Kind("change-the-state-of-matter-of", 1, 80),
        Kind("freeze", 2, 80),
        Kind("melt", 3, 80),
        Kind("measure-melting-point-known-substance", 4, 120),
        Kind("measure-melting-point-unknown-substance", 5),
        Kind("use-thermometer", 6, 30),
        Kind("power-component", 7, 20, electrical=True),
        Kind("power-component-renewable-vs-nonrenewable-energy", 8, 30, electrical=True),
        Kind("test-conductivity", 9, 30, electrical=True),
        Kind("test-conductivity-of-unknown-substances", 10, 30, electrical=True),
        Kind("find-animal", 11, 15),
        Kind("find-living-thing", 12, 15),
        Kind("find-non-living-thing", 13, 15),
        Kind("find-plant", 14, 15),
        Kind("grow-fruit", 15, 60),
        Kind("grow-plant", 16, 30),
        Kind("chemistry-mix", 17, 60),
        Kind("chemistry-mix-paint-secondary-color", 18, 15),
        Kind("chemistry-mix-paint-tertiary-color", 19, 30),
        Kind("lifespan-longest-lived", 20, 10),
        Kind("lifespan-longest-lived-then-shortest-lived", 21, 12),
        Kind("lifespan-shortest-lived", 22, 10),
        Kind("identify-life-stages-1", 23, 30),
        Kind("identify-life-stages-2", 24, 30),
        Kind("inclined-plane-determine-angle", 25),
        Kind("inclined-plane-friction-named-surfaces", 26),
        Kind("inclined-plane-friction-unnamed-surfaces", 27),
        Kind("mendelian-genetics-known-plant", 28),
        Kind("mendelian-genetics-unknown-plant", 29),
    )
}
"""Name -> kind, in published order."""
PUBLISHED = tuple(name for name, kind in KINDS.items() if kind.cap is not None)
"""The 24 that WKM and ETO play."""
NUMBERED = {kind.number: kind for kind in KINDS.values()}
"""Published number -> kind."""


def named(name: str) -> Kind:
    """A kind by today's name or the published one, "task-9-mendellian-genetics-(known-plant)"."""
    plain = _PREFIX.sub("", name).replace("mendellian", "mendelian")
    if plain not in KINDS:
        raise unknown("kind of task in scienceworld", name, KINDS)
    return KINDS[plain]
