"""Door: WorldLLM's one-step world. One holds up one of 27 items, and a door opens or stays closed by a hidden rule.

Items are three sizes by three colours by three shapes. Five rules have names; others are conjunctions of attributes,
as are those drawn at random (two attributes, as published, or another number). All texts have the published form. The
reward is 1 where the door opens, and a step ends the episode. A task is a rule and the order in which the items are
offered, so that no place in the list is favoured.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, NamedTuple

from pydantic import Field, field_validator

from worldlore.config import Config
from worldlore.environments.base import Momentary, Outcome, Primitive
from worldlore.errors import ConfigError, unknown
from worldlore.experience import Observation, Task

COLOURS, SIZES, SHAPES = ("red", "green", "blue"), ("small", "medium", "large"), ("key", "card", "ball")
KINDS = ("opened", "closed")
"""Sorts of change."""
CLOSED = "The door is closed."
"""The first state of every episode."""
_COUNTS = {"train": 300, "dev": 50, "test": 100}
_FIRST = {"train": 0, "dev": 10**7, "test": 2 * 10**7}


class Item(NamedTuple):
    """What can be held up to the door."""

    size: str
    """One of SIZES."""
    colour: str
    """One of COLOURS."""
    shape: str
    """One of SHAPES."""

    @property
    def sentence(self) -> str:
        """The action: "You are holding a small red key."."""
        return f"You are holding a {self.size} {self.colour} {self.shape}."

    @classmethod
    def parse(cls, action: str) -> Item | None:
        """The item that an action's last three words name; None where they name none."""
        words = action.lower().rstrip(" .").split()[-3:]
        fits = len(words) == 3 and all(map(_contains, (SIZES, COLOURS, SHAPES), words))
        return cls(*words) if fits else None


def _contains(words: Sequence[str], word: str) -> bool:
    return word in words


ITEMS = tuple(Item(size, colour, shape) for colour in COLOURS for size in SIZES for shape in SHAPES)
"""All 27, in the order in which the published experimenter tries them: by colour, then size, then shape."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What opens the door."""

    sentence: str
    """In plain words: the true theory."""
    opening: frozenset[Item]
    """The items that open it."""
    data: str | tuple[str | None, ...]
    """The name, or size, colour and shape with None where any does: JSON from which `rule` makes it again."""


def _named(name: str, sentence: str, *closed: Item | None) -> Rule:
    return Rule(sentence, frozenset(ITEMS) - frozenset(filter(None, closed)), name)


NAMED = {
    rule.data: rule
    for rule in (
        _named("not_blue", "The door opens with any item that is not blue.", *(i for i in ITEMS if i.colour == "blue")),
        _named(
            "not_blue_key",
            "The door opens with any item that is not a blue key.",
            *(i for i in ITEMS if i.colour == "blue" and i.shape == "key"),
        ),
        _named(
            "nor_green_large",
            "The door opens with any item that is neither green nor large.",
            *(i for i in ITEMS if i.colour == "green" or i.size == "large"),
        ),
        _named("all_true", "The door opens with any item."),
        _named("all_false", "The door opens with no item.", *ITEMS),
    )
}
"""The rules that have names."""


def rule(data: Any) -> Rule:
    """A rule from its name, or from size, colour and shape with None where any does; ConfigError for other data."""
    if isinstance(data, str):
        if data not in NAMED:
            raise unknown("rule of door", data, map(str, NAMED))
        return NAMED[data]
    parts = tuple(data) if isinstance(data, list | tuple) else ()
    if len(parts) != 3:
        raise ConfigError(f"a rule of door is a name or [size, colour, shape] with null where any does, got {data!r}")
    for part, words, what in zip(parts, (SIZES, COLOURS, SHAPES), Item._fields, strict=True):
        if part is not None and part not in words:
            raise unknown(what, str(part), words)
    opening = frozenset(i for i in ITEMS if all(part in (None, own) for part, own in zip(parts, i, strict=True)))
    words = " ".join(part for part in (*parts[:2], parts[2] or "item") if part)
    return Rule(f"The door opens with any {words}." if any(parts) else NAMED["all_true"].sentence, opening, parts)


def draw(seed: int, attributes: int = 2) -> Rule:
    """A random conjunction of some attributes."""
    rng = Random(seed)
    parts: list[str | None] = [words[int(rng.random() * 3)] for words in (SIZES, COLOURS, SHAPES)]
    for _ in range(3 - attributes):
        left = [place for place, part in enumerate(parts) if part is not None]
        parts[left[int(rng.random() * len(left))]] = None
    return rule(parts)


def kind_of(change: str) -> str:
    """The sort of a change; ConfigError for what is none."""
    for kind in KINDS:
        if change == f"The door is {kind}.":
            return kind
    raise ConfigError(f'a change is "The door is opened." or "The door is closed.", got {change!r}')


class DoorConfig(Config):
    """Keys of environment "door"."""

    rule: str | tuple[str | None, str | None, str | None] = "random"
    """What opens the door: a name (not_blue, not_blue_key, nor_green_large, all_true, all_false), size, colour and
    shape with "" or null where any does, or "random": a conjunction drawn for each world."""
    attributes: int = Field(default=2, ge=1, le=3)
    """How many attributes a random rule is about; the published ones are about two."""
    world: int | None = Field(default=None, ge=0)
    """Which of the random worlds all tasks are in; without it each task is in a world of its own."""
    actions: bool = True
    """Tell the 27 actions with the first observation."""
    train_tasks: int = Field(default=_COUNTS["train"], ge=1, le=10**6)
    """Tasks in the split `train`."""

    @field_validator("rule")
    @classmethod
    def _known(cls, told: str | tuple[str | None, ...]) -> str | tuple[str | None, ...]:
        if told == "random":
            return told
        try:
            return rule(told if isinstance(told, str) else [part or None for part in told]).data
        except ConfigError as error:
            raise ValueError(str(error)) from error


class Moment(NamedTuple):
    """Everything that can change in an episode."""

    state: Literal["opened", "closed"]
    """The door."""
    over: bool
    """Whether something was held up."""


class Door(Momentary[Moment]):
    """A door with a hidden rule."""

    name = "door"
    Config = DoorConfig
    _rule: Rule
    _offered: tuple[str, ...]

    def __init__(self, config: DoorConfig | None = None) -> None:
        self.config = config or DoorConfig()

    @property
    def primitives(self) -> Sequence[Primitive]:
        """What a program may call."""
        return (Primitive("hold", ("item",), "You are holding a {item}.", "hold up an item: size, colour and shape"),)

    @property
    def rule(self) -> Rule:
        """What opens the door that is being played with."""
        self._playing()
        return self._rule

    def tasks(self, split: str) -> Sequence[Task]:
        """The tasks of "train", "dev" or "test"; `data` hold the rule and the seed of the order of items."""
        if split not in _COUNTS:
            raise unknown("split of door", split, _COUNTS)
        size = self.config.train_tasks if split == "train" else _COUNTS[split]
        return [self._make(split, index) for index in range(size)]

    def _make(self, split: str, index: int) -> Task:
        seed = _FIRST[split] + index
        data: dict[str, Any] = {"family": "door", "seed": seed}
        told = self.config.rule
        if told == "random":
            data["world"] = seed if self.config.world is None else self.config.world
            told = draw(data["world"], self.config.attributes).data
        data["rule"] = told if isinstance(told, str) else list(told)
        return Task(f"door-{split}-{index}", self.name, split, "Open the door", data)

    def reset(self, task: Task, seed: int) -> Observation:
        """The closed door. The rule is the task's own; `seed` changes nothing."""
        self._begin(task)
        return Observation(f"{CLOSED}\n\nYour task is to: {task.goal}.", self._offered if self.config.actions else None)

    def step(self, action: str) -> Outcome:
        """Hold up an item; `info["transition"]` tells what happened in the published words."""
        self._unfinished()
        item = Item.parse(action)
        if item is None:
            text = f"There is no such item: name size, colour and shape, as in {ITEMS[0].sentence!r}. {CLOSED}"
            return Outcome(Observation(text, self._offered if self.config.actions else None), info={"valid": False})
        opened = item in self._rule.opening
        self._moment = Moment("opened" if opened else "closed", True)
        change = f"The door is {self._moment.state}."
        told = {"state": CLOSED, "action": item.sentence, "change": change}
        info = {"valid": True, "kind": self._moment.state, "transition": told}
        return Outcome(Observation(change, () if self.config.actions else None), float(opened), True, opened, info)

    def expert(self) -> str | None:
        """An item that opens the door, by one who knows the rule; None where no item does."""
        fitting = [item.sentence for item in ITEMS if item in self.rule.opening]
        return fitting[0] if fitting and not self._moment.over else None

    @property
    def _over(self) -> bool:
        return self._moment.over

    def _opening(self, task: Task) -> Moment:
        self._rule = rule_of(task.data)
        rng, rest = Random(task.data.get("seed", 0)), [item.sentence for item in ITEMS]
        self._offered = tuple(rest.pop(int(rng.random() * len(rest))) for _ in ITEMS)
        return Moment("closed", False)


def rule_of(data: Mapping[str, Any]) -> Rule:
    """The true rule of a task."""
    if "rule" not in data:
        raise ConfigError("a door task's data need a rule: a name or [size, colour, shape]")
    return rule(data["rule"])


def replay(acts: Sequence[str], diffs: Sequence[str], true: Rule) -> str | None:
    """Try recorded actions on a rule: None where everything comes as recorded, else the first difference, in words."""
    for step, (action, told) in enumerate(zip(acts, diffs, strict=True)):
        item = Item.parse(action)
        if item is None:
            return f"step {step}: {action!r} names no item"
        if (item in true.opening) != (kind_of(told) == "opened"):
            return f"step {step}: {action!r} does not bring {told!r}"
    return None
