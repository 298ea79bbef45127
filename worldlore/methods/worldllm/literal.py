"""A statistician that takes theories at their word: no language model, and no doubt about what a sentence means.

With it a search can be measured apart from how well a model reads: `[models.world] name =
"worldlore.methods.worldllm.literal:Literal"`. It knows the playground's and the door's words and what going and taking
lead to; of what grows of what, and of what opens, it knows what the theory tells it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import permutations
from math import log

from pydantic import Field

from worldlore.config import Config
from worldlore.environments.door import CLOSED, Item
from worldlore.environments.playground import Recipe, recipes_in
from worldlore.environments.playground.language import WORDINGS, Wording, WordingName, command_of, read_state
from worldlore.environments.playground.things import CATEGORY, GROWN, NAMES, grown, type_of
from worldlore.experience import Failure, Score, Scores
from worldlore.methods.worldllm.spaces import doors
from worldlore.models.base import Model

_OPENED = "The door is opened."
_MOMENT = re.compile(r"State: (.+)\nAction: (.+)\n")
_ITEM = re.compile(r"You are holding (.+)\.")
_KNOWN = "What is known about this world:\n"


class LiteralConfig(Config):
    """What a change is worth, as a probability."""

    told: float = Field(default=0.9, gt=0, le=1)
    """One that the theory foretells."""
    otherwise: float = Field(default=0.005, gt=0, le=1)
    """One in place of which it foretells another."""
    unknown: float = Field(default=0.05, gt=0, le=1)
    """Any, where it says nothing."""
    wording: WordingName = "published"
    """How the playground tells changes."""


class Literal(Model):
    """Scores changes by what a theory says; a change is one token."""

    name = "literal"
    Config = LiteralConfig
    can = frozenset({"score"})

    def __init__(self, config: LiteralConfig | None = None) -> None:
        self.config = config or LiteralConfig()
        self.identity = f"literal:{self.config.model_dump_json()}"

    def score(self, requests: Sequence[Score]) -> list[Scores | Failure]:
        """One log-probability for each change."""
        return [self._scored(request) for request in requests]

    def _scored(self, request: Score) -> Scores:
        told = self._foretold(request.messages[-1].content)
        worth = [self._worth(told, change) for change in request.continuations]
        return Scores(tuple((log(value),) for value in worth))

    def _foretold(self, asked: str) -> str | None:
        _, _, known = asked.rpartition(_KNOWN)
        theory = known.partition("\n\n")[0] if _KNOWN in asked else ""
        if moment := _MOMENT.search(asked):
            return foretold(theory, moment[1], moment[2], WORDINGS[self.config.wording])
        held = _ITEM.search(asked)
        item = Item.parse(held[1]) if held else None
        return answer(theory, item) if item else None

    def _worth(self, told: str | None, change: str) -> float:
        if told is None:
            return self.config.unknown
        return self.config.told if change == told else self.config.otherwise


def answer(theory: str, item: Item) -> str | None:
    """What the door does, by the first of a theory's sentences that tells; None where none does."""
    opening = next((doors()[line][1] for line in theory.split("\n") if line in doors()), None)
    return None if opening is None else _OPENED if item in opening else CLOSED


@lru_cache(maxsize=65536)
def foretold(theory: str, state: str, action: str, wording: Wording = WORDINGS["published"]) -> str | None:
    """The change in the playground, by a theory's recipes; None where they tell none."""
    view, said = read_state(state), command_of(action)
    if said.startswith("Go to "):
        return wording.standing.format(said.removeprefix("Go to "))
    if said == "Grasp":
        names = [NAMES[code] for code in (*view.held, view.on)]
        return (wording.holding if len(names) == 1 else wording.holding_two).format(*names)
    name = said.removeprefix("Release ")
    given = view.held if said == "Release all" else tuple(code for code in view.held if NAMES[code] == name)[:1]
    product = _grown((view.on, *given), _recipes(theory))
    return wording.transform.format(NAMES[product]) if product else None


def _grown(together: tuple[int, ...], recipes: dict[str, Recipe]) -> int | None:
    """What things that are put together become."""
    for place, young in enumerate(together):
        recipe = recipes.get(type_of(young)) or recipes.get(CATEGORY[type_of(young)])
        rest = together[:place] + together[place + 1 :]
        if young < GROWN and recipe and len(rest) == len(recipe.supplies) and _feeds(recipe.supplies, rest):
            return young + GROWN
    return None


def _feeds(supplies: tuple[str, ...], given: tuple[int, ...]) -> bool:
    return any(
        all(code in grown(supply) for supply, code in zip(supplies, order, strict=True))
        for order in permutations(given)
    )


@lru_cache(maxsize=4096)
def _recipes(theory: str) -> dict[str, Recipe]:
    return {recipe.subject: recipe for recipe in recipes_in(theory)}
