"""ALFWorld itself: the `alfworld` package playing its own game files.

    $ALFWORLD_DATA/json_2.1.1/<split>/<task>/<trial>/game.tw-pddl      split: train, valid_seen, valid_unseen

The expert is household's: it follows the game in a mirror and knows only what was shown. It has no advice once a real
game does what household cannot.

The package decides everything that is seen, possible and won; this module only spares work. The command of a grounded
operator is derived once instead of at every step, the planner's second translation of the game, which only planning
needs, is left out, and one engine plays all games, for each new one would keep its own copy of the planner's library.

A game file speaks the language of the release that wrote it; the key `dialect` plays it in the other one.
"""

# textworld's own annotations are not to be relied on, and it is seldom installed where types are checked:
# pyright: reportIncompatibleMethodOverride=false, reportAttributeAccessIssue=false, reportReturnType=false
from __future__ import annotations

import hashlib
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import textworld  # pyright: ignore[reportMissingImports]
from alfworld.agents.utils.misc import Demangler  # pyright: ignore[reportMissingImports]
from alfworld.info import ALFRED_PDDL_PATH, ALFRED_TWL2_PATH  # pyright: ignore[reportMissingImports]
from textworld.envs.pddl import logic  # pyright: ignore[reportMissingImports]
from textworld.envs.pddl.pddl import PddlEnv  # pyright: ignore[reportMissingImports]

from worldlore.config import Config
from worldlore.environments.base import Environment, Outcome, Primitive
from worldlore.environments.household.expert import advise
from worldlore.environments.household.goals import Goal
from worldlore.environments.household.language import NOTHING, primitives
from worldlore.environments.household.mirror import mirror
from worldlore.environments.household.play import Play
from worldlore.errors import ConfigError, EnvironmentFailure, unknown
from worldlore.experience import Observation, Task

fast_downward = logic.fast_downward
"""The planner's library, by way of the package that needs it, so that a missing extra is named rightly."""

SPLITS = ("train", "valid_seen", "valid_unseen")
"""The splits of the data."""

_GOAL = re.compile(r"Your task is to: (.*?)\.?\"")
_SINCE_04 = {
    "You arrive at {lend.name}.": "You arrive at {r.name}.",
    "You put the {o.name} in/on the {r.name}.": "You move the {o.name} to the {r.name}.",
    "put {o} in/on {r}": "move {o} to {r}",
}


class AlfworldConfig(Config):
    """Keys of environment "alfworld"."""

    data: str = ""
    """Folder that holds `json_2.1.1`; "" takes $ALFWORLD_DATA."""
    dialect: Literal["own", "move", "put"] = "own"
    """"own" speaks as each game file does, "move" as alfworld 0.4, "put" as 0.3."""
    actions: bool = True
    """Tell the admissible commands with every observation."""


class Alfworld(Environment):
    """The real thing."""

    name = "alfworld"
    Config = AlfworldConfig

    def __init__(self, config: AlfworldConfig | None = None) -> None:
        self.config = config or AlfworldConfig()
        self._engine: Engine | None = None
        self._loaded: str | None = None
        self._mirror: Play | None = None
        self._splits: dict[str, tuple[Task, ...]] = {}

    @property
    def primitives(self) -> Sequence[Primitive]:
        """What a program may call, in the dialect of the game in play."""
        return primitives(self._engine.dialect() if self._engine is not None else "move")

    def tasks(self, split: str) -> Sequence[Task]:
        """The solvable games of a split, sorted by path; `data["family"]` is the kind of task."""
        if split not in SPLITS:
            raise unknown("split of alfworld", split, SPLITS)
        if split not in self._splits:
            folder = self._root() / split
            if not folder.is_dir():
                raise ConfigError(f"ALFWorld's data has no folder {folder}: {_REMEDY}")
            self._splits[split] = tuple(_tasks(folder, split))
        return self._splits[split]

    def reset(self, task: Task, seed: int) -> Observation:
        """The game from its beginning. The game is the task's own; `seed` changes nothing."""
        if self._engine is None:
            self._engine = Engine()
        if self._loaded != task.key:
            self._engine.load(spoken(_read(self._root(), task), self.config.dialect))
            self._loaded = task.key
        state = self._engine.reset()
        goal = Goal(task.data["family"], task.data["thing"], task.data["target"])
        self._mirror = mirror(self._engine.facts(), self._engine.names(), goal, self._engine.dialect())
        return self._observe(state)

    def step(self, action: str) -> Outcome:
        """Carry out one command."""
        if self._engine is None or self._engine.state is None:
            raise EnvironmentFailure("nothing is being played; reset first")
        if self._engine.state["won"]:
            raise EnvironmentFailure("the task is over; reset before the next step")
        state, _, _ = self._engine.step(action)
        won = bool(state["won"])
        if self._mirror is not None and self._mirror.do(action) != state["feedback"]:
            self._mirror = None
        return Outcome(self._observe(state), float(won), won, won, {"valid": state["feedback"] != NOTHING})

    def expert(self) -> str | None:
        """What household's expert would do; None where the game went a way household does not know."""
        assert self._engine is not None
        advice = advise(self._mirror) if self._mirror is not None else None
        return advice if advice in self._engine.state["admissible_commands"] else None

    def _root(self) -> Path:
        given = self.config.data or os.environ.get("ALFWORLD_DATA", "")
        if not given:
            raise ConfigError(f"ALFWorld's game files were not found: {_REMEDY}")
        return Path(given).expanduser() / "json_2.1.1"

    def _observe(self, state: Mapping[str, Any]) -> Observation:
        return Observation(state["feedback"], tuple(state["admissible_commands"]) if self.config.actions else None)


_REMEDY = (
    "get them with `alfworld-download` and set ALFWORLD_DATA (or environment.data) to the folder that holds json_2.1.1"
)


def _tasks(folder: Path, split: str) -> Iterator[Task]:
    for path in sorted(folder.rglob("game.tw-pddl")):
        game = str(path.relative_to(folder.parent))
        traj = path.with_name("traj_data.json")
        if "movable" in game or "Sliced" in game or not traj.is_file():
            continue
        raw = path.read_bytes()
        content = json.loads(raw)
        if content.get("solvable"):
            told = json.loads(traj.read_text())
            params = told["pddl_params"]
            data = {
                "family": told["task_type"],
                "thing": params["object_target"].lower(),
                "target": (params["toggle_target"] or params["parent_target"]).lower(),
                "game": game,
                "sha256": hashlib.sha256(raw).hexdigest()[:16],
            }
            yield Task(str(path.parent.relative_to(folder)), "alfworld", split, _asked(content["grammar"]), data)


def _asked(grammar: str) -> str:
    found = _GOAL.search(grammar)
    return found[1] if found else ""


def _read(root: Path, task: Task) -> dict[str, Any]:
    path = root / task.data["game"]
    if not path.is_file():
        raise EnvironmentFailure(f"the game file {path} is missing: {_REMEDY}")
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest()[:16] != task.data["sha256"]:
        raise EnvironmentFailure(f"the game file {path} is not the one the task was made from; restore the data")
    return json.loads(raw)


def spoken(game: Mapping[str, Any], dialect: str) -> dict[str, Any]:
    """The game in the package's own language ("move"), that of alfworld 0.3 ("put"), or unchanged ("own")."""
    if dialect == "own":
        return dict(game)
    domain, grammar = Path(ALFRED_PDDL_PATH).read_text(), Path(ALFRED_TWL2_PATH).read_text()
    if dialect == "put":
        for old, new in _SINCE_04.items():
            grammar = grammar.replace(new, old)
        domain = domain[: domain.index("(:action help")] + ")"
        grammar = grammar[: grammar.index("action help {")]
    return {**game, "pddl_domain": domain, "grammar": grammar.replace("UNKNOWN GOAL", _asked(game["grammar"]))}


class Engine(PddlEnv):  # pyright: ignore[reportUntypedBaseClass]
    """TextWorld's engine for such games, told to do nothing twice."""

    state: Any = None

    def __init__(self) -> None:
        super().__init__(textworld.EnvInfos(won=True, admissible_commands=True))

    def load(self, game: Mapping[str, Any]) -> None:
        """Translate a game; names are made as ALFWorld makes them."""
        self.state, self._start, self._commands, self._texts = None, None, {}, {}
        with _translated_once():
            super().load(game)
        names = Demangler(game_infos=self._entity_infos)
        for info in self._entity_infos.values():
            info.name = names.demangle_alfred_name(info.id)

    def reset(self) -> Any:
        """Back to the beginning of the loaded game, without translating it again."""
        world = self._pddl_state
        if self._start is None:
            self._start = list(world.facts)
        else:
            for fact in list(world.facts):
                world.remove_fact(fact)
            world.add_facts(self._start)
            world.downward_lib.load_sas(world.sas.encode())
        self.prev_state, self._last_action, self._moves = None, None, 0
        self.state = textworld.core.GameState()
        self.state["feedback"] = self._logic.grammar.derive("#intro#", self._context({}))
        self._gather_infos()
        return self.state

    def facts(self) -> list[tuple[str, tuple[str, ...]]]:
        """What holds now."""
        return [(fact.name.lower(), tuple(fact.names)) for fact in self._pddl_state.facts]

    def names(self) -> dict[str, str]:
        """Entity -> how it is spoken of."""
        return {entity: info.name for entity, info in self._entity_infos.items()}

    def dialect(self) -> str:
        """The dialect the loaded game speaks."""
        return "put" if "in/on" in self._logic.actions["putobject"].template else "move"

    def _gather_infos(self) -> None:
        world = self._pddl_state
        count = world.downward_lib.get_applicable_operators_count()
        operators = (fast_downward.Operator * count)()
        world.downward_lib.get_applicable_operators(operators)
        world._operators = {operator.id: operator for operator in operators}
        possible = {operator.name: operator.id for operator in reversed(operators)}
        known = [self._commands.get(name) or self._command(name, at) for name, at in possible.items()]
        self.state["_valid_actions"] = [action for action, _ in known]
        self.state["_valid_commands"] = [command for _, command in known]
        self.state["admissible_commands"] = sorted({command for _, command in known})
        self.state["won"], self.state["lost"] = world.check_goal(), False

    def _command(self, name: str, operator: int) -> tuple[Any, str]:
        world = self._pddl_state
        kind, *arguments = name.split()
        action = textworld.logic.Action(name=kind, preconditions=[], postconditions=[])
        action.id = operator
        action.mapping = {
            textworld.logic.Placeholder(p.name.strip("?"), p.type_name): textworld.logic.Variable(argument, p.type_name)
            for p, argument in zip(world._actions[kind].parameters, arguments, strict=False)
        }
        action.feedback_rule = world._logic.actions[kind].feedback_rule
        self._commands[name] = action, self._words(world._logic.actions[kind].template, action)
        return self._commands[name]

    def _words(self, template: str, action: Any) -> str:
        """The command of an action; it depends on those arguments only that its template mentions."""
        mentioned = set(re.findall(r"\w+", template))
        key = (template, *((p.name, at.name) for p, at in action.mapping.items() if p.name in mentioned))
        if key not in self._texts:
            action.command_template = self._logic.grammar.derive(template, self._context(action.mapping))
            self._texts[key] = action.format_command(self.names())
        return self._texts[key]

    def _context(self, mapping: Mapping[Any, Any]) -> dict[str, Any]:
        return {
            "state": self._pddl_state,
            "facts": [],
            "variables": {placeholder.name: self._entity_infos[at.name] for placeholder, at in mapping.items()},
            "mapping": mapping,
            "entity_infos": self._entity_infos,
        }


@contextmanager
def _translated_once() -> Iterator[None]:
    """Spare the second translation, and keep `sys.argv`, which translating overwrites."""
    translate, arguments = fast_downward.pddl2sas, sys.argv
    made: list[Any] = []

    def once(domain: str, problem: str, verbose: bool = False, optimize: bool = False) -> Any:
        if not made:
            made.append(translate(domain, problem, verbose=verbose, optimize=optimize))
        return made[0]

    fast_downward.pddl2sas = once
    try:
        yield
    finally:
        fast_downward.pddl2sas, sys.argv = translate, arguments
