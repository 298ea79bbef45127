"""A statistician that takes a theory at its word, and a practice of worldllm to play with."""

from __future__ import annotations

import re
from functools import lru_cache

from tests.toys import Pages
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.door import ITEMS, NAMED, Item
from worldlore.experience import Score, Scores
from worldlore.methods import METHODS
from worldlore.methods.worldllm.literal import Literal
from worldlore.models.scripted import Scripted
from worldlore.rollout.loop import Limits, Stage
from worldlore.rollout.practice import Budget, Ledger, Practice

LITERAL = Literal()


@lru_cache
def opening(theory: str) -> frozenset[Item] | None:
    """The items by which a door opens, taken at its word; None where nothing is told."""
    if theory in {r.sentence for r in NAMED.values()}:
        return next(r.opening for r in NAMED.values() if r.sentence == theory)
    found = re.fullmatch(r"The door opens with any (.+)\.", theory)
    if not found:
        return None
    words = set(re.findall(r"small|medium|large|red|green|blue|key|card|ball", found[1]))
    if "neither" in found[1]:
        return frozenset(i for i in ITEMS if not words & set(i))
    inside = frozenset(i for i in ITEMS if words <= set(i))
    return frozenset(ITEMS) - inside if " not " in found[1] else inside


def parts(request: Score) -> tuple[str, str]:
    """The theory a request tells ("" for none), and the rest."""
    text = request.messages[-1].content
    before, _, rest = text.partition("What is known about this world:\n")
    theory, _, rest = rest.partition("\n\n") if rest else ("", "", before)
    return theory, rest


def literal(request: Score) -> Scores:
    """Scores each change by whether the theory foretells it; one token each."""
    return LITERAL.score([request])[0]


def world(say=None, identity="literal") -> Scripted:
    """A model that scores literally, and says what a function says."""
    return Scripted.of(lambda r: literal(r) if isinstance(r, Score) else say(r), identity=identity)


def practice(folder, environment, model=None, tasks=60, seed=0, budget=None, pages=None) -> Practice:
    stage = Stage(lambda: ENVIRONMENTS.build(environment), {"policy": model or world()}, Limits(steps=30))
    out = pages or Pages(folder=folder)
    chosen = ENVIRONMENTS.build(environment).tasks("train")[:tasks]
    return Practice(chosen, stage, Budget(**(budget or {})), seed, out, Ledger(out))


def worldllm(**keys):
    return METHODS.build({"name": "worldllm", **keys})


PLAYGROUND = {"name": "playground", "goal": "standard"}
DOOR = {"name": "door", "rule": "not_blue"}
