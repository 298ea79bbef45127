"""A family of tasks: a domain, its words, the published instances, and a generator of more.

    split            what is in it
    train            the three instances LearnAct learns from, in its order, then generated ones
    dev              generated ones
    test             the published instances that are not in `train`
    test_generated   generated ones, larger
    published        all published instances

What distinguishes an instance is its content: no generated one has the content of a published one or of another
generated one, whatever its split. So what is trained on is never what is tested on, except where a run asks for all
published instances on purpose. Only `Random.random()`, whose sequence Python guarantees, is drawn from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import Any, TypeVar
from zlib import crc32

from worldlore.environments.robotics.language import Language
from worldlore.environments.robotics.strips import Problem
from worldlore.environments.robotics.world import Move, World
from worldlore.errors import ConfigError, unknown
from worldlore.experience import Task, content_hash

T = TypeVar("T")
Content = Mapping[str, Any]
"""What distinguishes an instance: JSON values from which its problem is built."""

SPLITS = ("train", "dev", "test", "test_generated", "published")
"""The splits of a family."""
_TRIES = 200


@dataclass(frozen=True)
class Family:
    """One of the four worlds."""

    language: Language
    """Its domain and its words."""
    published: tuple[Content, ...]
    """LearnAct's instances, in the order of its indices."""
    training: tuple[int, ...]
    """Indices of those it learns from, in its order."""
    problem: Callable[[Content], Problem]
    """The problem an instance stands for."""
    draw: Callable[[Random, int], Content]
    """An instance of a size, drawn at random."""
    advise: Callable[[World, int], Move | None]
    """What a sensible agent does in a state; None where the goal is out of reach."""

    @property
    def name(self) -> str:
        """The name of the environment."""
        return self.language.domain.name


@dataclass(frozen=True)
class Sizes:
    """How many and how large generated instances are."""

    train: int
    """Tasks in `train`, the three published ones included."""
    measured: int
    """Tasks in `dev` and in `test_generated`."""
    small: tuple[int, int]
    """Least and greatest size in `train` and `dev`."""
    large: tuple[int, int]
    """Least and greatest size in `test_generated`."""


class Instances:
    """The splits of one family."""

    def __init__(self, family: Family, sizes: Sizes) -> None:
        self._family, self._sizes = family, sizes

    def split(self, name: str) -> tuple[Task, ...]:
        """The tasks of a split."""
        if name not in SPLITS:
            raise unknown(f"split of {self._family.name}", name, SPLITS)
        if name in ("dev", "test_generated"):
            return tuple(self._generated[name])
        numbers = range(len(self._family.published))
        if name == "test":
            numbers = [i for i in numbers if i not in self._family.training]
        if name == "train":
            return (*self._told(self._family.training[: self._sizes.train], name), *self._generated[name])
        return tuple(self._told(numbers, name))

    def _told(self, numbers: Iterable[int], split: str) -> Iterator[Task]:
        for i in numbers:
            yield self._task(f"{self._family.name}-{i}", split, i, self._family.published[i])

    def _task(self, name: str, split: str, index: int, content: Content) -> Task:
        problem = self._family.problem(content)
        goal = self._family.language.goal(problem.goal)
        return Task(name, self._family.name, split, goal, {"family": self._family.name, "index": index, **content})

    @cached_property
    def _generated(self) -> dict[str, list[Task]]:
        """The measuring splits come first, so that the size of `train` does not change what is measured."""
        seen = {content_hash(dict(content)) for content in self._family.published}
        counts = {"dev": self._sizes.measured, "test_generated": self._sizes.measured}
        counts |= {"train": max(0, self._sizes.train - len(self._family.training))}
        return {split: list(self._generate(split, count, seen)) for split, count in counts.items()}

    def _generate(self, split: str, count: int, seen: set[str]) -> Iterator[Task]:
        rng = Random(crc32(f"{self._family.name} {split}".encode()))
        low, high = self._sizes.large if split == "test_generated" else self._sizes.small
        for index in range(count):
            content = next((c for c in self._draws(rng, low, high) if content_hash(dict(c)) not in seen), None)
            if content is None:
                raise ConfigError(
                    f"{self._family.name} has too few different instances of size {low} to {high}: {split!r} asks for "
                    f"{count}, and after {index} no other was found; lower train_tasks or dev_tasks, or ask for "
                    "larger ones"
                )
            seen.add(content_hash(dict(content)))
            yield self._task(f"{self._family.name}-{split}-{index}", split, index, content)

    def _draws(self, rng: Random, low: int, high: int) -> Iterator[Content]:
        for _ in range(_TRIES):
            yield self._family.draw(rng, low + below(rng, high - low + 1))


def below(rng: Random, count: int) -> int:
    """A number from 0 to count - 1."""
    return int(rng.random() * count)


def pick(rng: Random, choices: Sequence[T]) -> T:
    """One of the choices."""
    return choices[below(rng, len(choices))]


def mixed(rng: Random, things: Sequence[T]) -> list[T]:
    """The same things in another order."""
    rest = list(things)
    return [rest.pop(below(rng, len(rest))) for _ in things]
