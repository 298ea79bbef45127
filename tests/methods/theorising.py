"""A statistician that takes a theory at its word, and a practice of worldllm to play with."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import permutations
from math import log

from tests.toys import Pages
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.door import ITEMS, NAMED, Item
from worldlore.environments.playground import recipes_in
from worldlore.environments.playground.language import WORDINGS, command_of, read_state
from worldlore.environments.playground.things import CATEGORY, GROWN, NAMES, type_of
from worldlore.environments.playground.things import grown as grown_of
from worldlore.experience import Score, Scores
from worldlore.methods import METHODS
from worldlore.models.scripted import Scripted
from worldlore.rollout.loop import Limits, Stage
from worldlore.rollout.practice import Budget, Ledger, Practice

RIGHT, WRONG, UNKNOWN = log(0.9), log(0.005), log(0.05)
"""What a change is worth that the theory foretells, one it does not, and any where it says nothing."""
WORDS = WORDINGS["published"]


def expected(theory: str, state: str, action: str) -> str | None:
    """The change a theory foretells in the playground; None where it says nothing."""
    view, said = read_state(state), command_of(action)
    if said.startswith("Go to "):
        return WORDS.standing.format(said.removeprefix("Go to "))
    if said == "Grasp":
        names = [NAMES[code] for code in (*view.held, view.on)]
        return (WORDS.holding if len(names) == 1 else WORDS.holding_two).format(*names)
    let = view.held if said == "Release all" else tuple(c for c in view.held if NAMES[c] == said[8:])[:1]
    told = {recipe.subject: recipe for recipe in recipes_in(theory)}
    for young in (code for code in (view.on, *let) if code < GROWN):
        kind = type_of(young)
        recipe = told.get(kind) or told.get(CATEGORY[kind])
        rest = [view.on, *let]
        rest.remove(young)
        if recipe and len(rest) == len(recipe.supplies) and _feeds(recipe.supplies, rest):
            return WORDS.transform.format(NAMES[young + GROWN])
    return None


def _feeds(supplies, given) -> bool:
    return any(all(c in grown_of(s) for s, c in zip(supplies, order, strict=True)) for order in permutations(given))


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
    theory, rest = parts(request)
    if "You are holding" in rest:
        item = Item.parse(re.search(r"You are holding (.+)\.", rest)[1])
        opened = opening(theory)
        told = None if opened is None else f"The door is {'opened' if item in opened else 'closed'}."
    else:
        found = re.search(r"State: (.+)\nAction: (.+)\n", rest)
        told = expected(theory, found[1], found[2])
    values = [UNKNOWN if told is None else RIGHT if change == told else WRONG for change in request.continuations]
    return Scores(tuple((value,) for value in values))


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
