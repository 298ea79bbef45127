"""The environment "webshop": a shop in words."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import Literal, NamedTuple

from pydantic import Field

from worldlore.config import Config
from worldlore.environments.base import Momentary, Outcome, Primitive
from worldlore.environments.webshop import files
from worldlore.environments.webshop.catalogue import Catalogue, Product
from worldlore.environments.webshop.expert import Customer, Seen
from worldlore.environments.webshop.generate import generated
from worldlore.environments.webshop.goals import SPLITS, Goal, drawn, keywords, wish
from worldlore.environments.webshop.pages import DONE, RESULTS, SEARCH, Place, Shop
from worldlore.environments.webshop.reward import judge, nouns_by
from worldlore.errors import EnvironmentFailure, unknown
from worldlore.experience import Observation, Task

PRODUCTS = 1000
"""Products of the generated catalogue, unless another number is given."""
PRIMITIVES = (
    Primitive("search", ("keywords",), "search[{keywords}]", "look for products; works on every page"),
    Primitive("click", ("label",), "click[{label}]", "press a button, open a product by its number, choose an option"),
)
_ACTION = re.compile(r"(.+)\[(.+)\]")


class WebshopConfig(Config):
    """Keys of environment "webshop"."""

    data: str = ""
    """Folder with WebShop's items_shuffle.json, items_ins_v2.json and items_human_ins.json (those ending in _1000 will
    do); "" takes the generated catalogue."""
    products: int | None = Field(default=None, ge=100, le=2_000_000)
    """How many products there are; unset: 1,000, or all that the files hold."""
    seed: int = Field(default=0, ge=0)
    """Of the generated catalogue, or of the prices that the files leave open."""
    goals: Literal["human", "synthetic"] = "human"
    """Which instructions of the files are asked."""
    tagger: str = ""
    """spaCy pipeline that finds the nouns of titles, as published "en_core_web_lg"; "" takes a rule of our own."""
    attributes: bool = False
    """Give products a page that lists their attributes."""
    actions: bool = True
    """Tell what can be done with every observation."""
    train_tasks: int = Field(default=1824, ge=1, le=100_000)
    """Tasks in the split `train`; of the files at most as many as there are, which holds for every split."""
    dev_tasks: int = Field(default=100, ge=1, le=100_000)
    """Tasks in the split `dev`."""
    test_tasks: int = Field(default=200, ge=1, le=100_000)
    """Tasks in the split `test`."""
    test_unseen_tasks: int = Field(default=100, ge=1, le=100_000)
    """Tasks in the split `test_unseen`, for kinds of product never asked for in training; the files have none."""


class Moment(NamedTuple):
    """Everything that can change in an episode, as a value."""

    place: Place
    """Where the customer is."""
    seen: Seen
    """Which pages of which products were shown."""
    steps: int
    """Steps taken."""


class Webshop(Momentary[Moment]):
    """A shop with a search, results, product pages and one purchase."""

    name = "webshop"
    Config = WebshopConfig
    _goal: Goal

    def __init__(self, config: WebshopConfig | None = None) -> None:
        self.config = config or WebshopConfig()
        self._splits: dict[str, tuple[Task, ...]] = {}
        self._shop: Shop | None = None

    @property
    def primitives(self) -> Sequence[Primitive]:
        """What a program may call."""
        return PRIMITIVES

    @property
    def shop(self) -> Shop:
        """The catalogue and its pages."""
        if self._shop is None:
            self._shop = Shop(self._catalogue(), self.config.attributes)
        return self._shop

    def ready(self) -> None:
        """ConfigError where files or the tagger are missing."""
        nouns_by(self.config.tagger)
        if self.config.data:
            files.ready(self.config.data, self.config.goals)

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of "train", "dev", "test" or "test_unseen"; `data["family"]` is the part of the shop."""
        if split not in SPLITS:
            raise unknown("split of webshop", split, SPLITS)
        if split not in self._splits:
            size = getattr(self.config, f"{split}_tasks")
            if self.config.data:
                every = files.split(self.shop.catalogue, self.config.data, split, self.config.goals)
                self._splits[split] = tuple(every[:size])
            else:
                self._splits[split] = tuple(drawn(self.shop.catalogue, split, size))
        return self._splits[split]

    def asks(self, task: Task) -> Hashable:
        """The product, attributes and options that are wished for, whatever the instruction and the price say."""
        return wish(task)

    def reset(self, task: Task, seed: int) -> Observation:
        """The page with the search, and the instruction. The shop is the same for every `seed`."""
        self._begin(task)
        return self._observe()

    def step(self, action: str) -> Outcome:
        """`search[words]` or `click[label]`; anything else changes nothing."""
        self._unfinished()
        place = self._moment.place
        target = self._target(place, action)
        here = place if target is None else target
        moved = self._moment.seen | {(here.page, here.product)}
        self._moment = Moment(here, moved, self._moment.steps + 1)
        if here.page == DONE:
            return self._bought(here)
        return Outcome(self._observe(), info={"valid": target is not None, "kind": here.page})

    def expert(self) -> str | None:
        """What a thrifty customer would do next, knowing the shop only from what was shown."""
        return self._customer(self._playing()).advise(self._moment.place)

    def _customer(self, task: Task) -> Customer:
        query, moment = keywords(task.goal), self._moment
        return Customer(self.shop, self._goal, self._wanted.query, query, moment.seen, moment.steps)

    def _target(self, place: Place, action: str) -> Place | None:
        """Where an action leads; None where it means nothing here."""
        found = _ACTION.match(action.strip())
        verb, argument = (found[1], found[2].lower()) if found else ("", "")
        if verb == "search":
            return Place(RESULTS, argument)
        return self.shop.links(place).get(argument) if verb == "click" else None

    def _bought(self, place: Place) -> Outcome:
        product = self.shop.product(place)
        reward = judge(product, dict(place.chosen), self._goal, self._wanted, nouns_by(self.config.tagger))
        value = reward.value
        info = {"valid": True, "kind": DONE, "asin": product.asin, "reward": reward.record}
        return Outcome(self._observe(value), value, True, value > 1 - 1e-9, info)

    @property
    def _wanted(self) -> Product:
        catalogue = self.shop.catalogue
        return catalogue.products[catalogue.places[self._goal.asin]]

    @property
    def _over(self) -> bool:
        return self._moment.place.page == DONE

    def _opening(self, task: Task) -> Moment:
        catalogue, told = self.shop.catalogue, task.data.get("catalogue")
        if told != catalogue.name:
            raise EnvironmentFailure(
                f"the task is of catalogue {told!r} and this shop has {catalogue.name!r}; give environment.products, "
                "seed and data as they were when the task was made"
            )
        self._goal = Goal.of(task.data)
        return Moment(Place(SEARCH), frozenset(), 0)

    def _catalogue(self) -> Catalogue:
        if self.config.data:
            return files.catalogue(self.config.data, self.config.products, self.config.seed)
        return generated(self.config.products or PRODUCTS, self.config.seed)

    def _observe(self, score: float | None = None) -> Observation:
        place = self._moment.place
        text = self.shop.text(place, self._playing().goal, score)
        return Observation(text, self._possible(place) if self.config.actions else None)

    def _possible(self, place: Place) -> tuple[str, ...]:
        """Every click; on the page with the search, the instruction's own words for one of all searches."""
        if place.page == SEARCH:
            goal = self._playing().goal
            return (f"search[{keywords(goal) or goal.lower()}]",)
        return tuple(f"click[{label}]" for label in self.shop.links(place))
