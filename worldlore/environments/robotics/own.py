"""Environment "pddl": a domain and problems of your own, from PDDL files.

    [environment]
    name = "pddl"
    domain = "garden/domain.pddl"
    problems = "garden/test-*.pddl"        # the split `test`: files, or one pattern
    train = ["garden/easy.pddl"]           # the split `train`, where there is one

Predicates are told as they are written, with the types of the objects; commands are an operator and its objects. The
expert searches for a plan and follows it; it gives no advice where it finds none.
"""

from __future__ import annotations

import hashlib
import keyword
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from pydantic import Field

from worldlore.environments.base import Primitive
from worldlore.environments.robotics.environment import Planning, PlanningConfig
from worldlore.environments.robotics.files import read_domain, read_problem
from worldlore.environments.robotics.language import Language, article
from worldlore.environments.robotics.play import Scene
from worldlore.environments.robotics.search import find_plan
from worldlore.environments.robotics.strips import ANYTHING, Domain, Operator
from worldlore.environments.robotics.world import Move, World
from worldlore.errors import ConfigError, EnvironmentFailure, unknown
from worldlore.experience import Task

SPLITS = ("train", "test")


class PddlConfig(PlanningConfig):
    """Keys of environment "pddl"."""

    domain: Path
    """The domain file."""
    problems: tuple[Path, ...] | str = Field(min_length=1)
    """Problem files of the split `test`, or one pattern that finds them, as "problems/*.pddl"."""
    train: tuple[Path, ...] | str = ()
    """The same for the split `train`, which is empty where this is left out: enough for agents that do not learn."""


class Pddl(Planning):
    """A world of your own."""

    name = "pddl"
    Config = PddlConfig

    def __init__(self, config: PddlConfig) -> None:
        super().__init__(config)
        self.config = config
        self._scenes: dict[str, Scene] = {}
        self._lost: dict[World, set[int]] = {}
        self._advice: dict[tuple[World, int], Move | None] = {}

    @property
    def primitives(self) -> tuple[Primitive, ...]:
        """What a program may call."""
        return self._language.primitives

    def tasks(self, split: str) -> Sequence[Task]:
        """The problems of a split, in the order given, or sorted where a pattern found them."""
        if split not in SPLITS:
            raise unknown("split of pddl", split, SPLITS)
        return self._splits[split]

    def _scene(self, task: Task) -> Scene:
        self.tasks("test")  # reads the problems, if nobody has yet
        scene = self._scenes.get(task.data.get("sha256", ""))
        if scene is None:
            raise EnvironmentFailure(
                f"task {task.id!r} was made from other files than {self.config.domain} and its problems are now; "
                "restore them, or begin a new run"
            )
        return scene

    def _advise(self, world: World, state: int) -> Move | None:
        if (world, state) not in self._advice:
            self._advice[world, state] = None
            self._advice |= {
                (world, at): move for at, move in find_plan(world, state, self._lost.setdefault(world, set())) or ()
            }
        return self._advice[world, state]

    @cached_property
    def _domain(self) -> Domain:
        return read_domain(self.config.domain)

    @cached_property
    def _language(self) -> Language:
        return Language(self._domain, primitives(self._domain), tells_types=bool(self._domain.types))

    @cached_property
    def _splits(self) -> dict[str, tuple[Task, ...]]:
        made: dict[str, tuple[Task, ...]] = {}
        for split, given in (("test", self.config.problems), ("train", self.config.train)):
            files = _files(given)
            stems = Counter(path.stem for path in files)
            names = [path.stem if stems[path.stem] == 1 else f"{path.stem}-{i}" for i, path in enumerate(files)]
            made[split] = tuple(self._task(path, split, i, names[i]) for i, path in enumerate(files))
        return made

    def _task(self, path: Path, split: str, index: int, name: str) -> Task:
        problem = read_problem(path, self._domain)
        content = [path.read_bytes(), self.config.domain.read_bytes()]
        digest = hashlib.sha256(b"\0".join(content)).hexdigest()[:16]
        if digest in self._scenes:
            raise ConfigError(f"{path} is the same problem as another one of environment pddl; name each only once")
        world = World(problem)
        if world.won(world.start):
            raise ConfigError(f"{path}: the goal holds at the start; there is nothing to do")
        if world.out_of_reach:
            atom = " ".join(world.out_of_reach[0])
            raise ConfigError(f"{path}: no sequence of actions leads to ({atom}) of the goal; check goal and start")
        self._scenes[digest] = Scene(world, self._language)
        data = {"family": self._domain.name, "index": index, "problem": problem.name, "sha256": digest}
        return Task(name, self.name, split, self._language.goal(problem.goal, problem.avoid), data)


def _files(given: Sequence[Path] | str) -> list[Path]:
    if not isinstance(given, str):
        return list(given)
    path = Path(given).expanduser()
    found = sorted(Path(path.anchor).glob(str(path.relative_to(path.anchor))))
    if not found:
        raise ConfigError(f"no PDDL file matches {given!r}, looked for in {Path.cwd()}")
    return found


def primitives(domain: Domain) -> tuple[Primitive, ...]:
    """The operators as functions, with names that Python allows."""
    taken = set[str]()
    return tuple(_primitive(operator, taken) for operator in domain.operators)


def _primitive(operator: Operator, taken: set[str]) -> Primitive:
    own = set[str]()
    places = {f"?{parameter.name}": _identifier(parameter.name, own) for parameter in operator.parameters}
    command = " ".join((operator.name, *(f"{{{place}}}" for place in places.values())))
    return Primitive(_identifier(operator.name, taken), tuple(places.values()), command, _about(operator, places))


def _identifier(name: str, taken: set[str]) -> str:
    """The name as Python allows it, other than those that are taken."""
    word = "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in name)
    word = word if word.isidentifier() else f"_{word}"
    while word in taken or keyword.iskeyword(word):
        word += "_"
    taken.add(word)
    return word


def _about(operator: Operator, places: Mapping[str, str]) -> str:
    """What the parameters are, what has to be true before and what is true then, in the domain's own words."""

    def told(*terms: str) -> str:
        return " ".join(places.get(term, term) for term in terms)

    kinds = [(told(f"?{p.name}"), p.kind) for p in operator.parameters if p.kind != ANYTHING]
    what = [f"{place} is {article(kind)} {kind}" for place, kind in kinds]
    needs = [told(*atom) for atom in operator.needs] + [f"not {told(*atom)}" for atom in operator.forbids]
    needs += [f"{told(a)} is not {told(b)}" for a, b in operator.unlike]
    needs += [f"{told(a)} is {told(b)}" for a, b in operator.alike]
    then = [told(*atom) for atom in operator.adds] + [f"not {told(*atom)}" for atom in operator.deletes]
    parts = [", ".join(what), f"when {', '.join(needs) or 'you like'}", f"then {', '.join(then) or 'nothing changes'}"]
    return "; ".join(part for part in parts if part)
