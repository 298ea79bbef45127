"""Learned actions as what a program finds already defined.

They are run before each program, in an order that works: an action whose default values or decorators use another
comes after it. Each binds no name but its own and those of its imports, never one of a primitive or of another action.
Whether they load at all is tried once in the sandbox, so an action that does not is refused by name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from worldlore.environments.programs.text import parse
from worldlore.errors import ConfigError
from worldlore.experience import Action
from worldlore.sandbox import Sandbox, Stopped, Value

Functions = Mapping[str, Sequence[str]]
"""Name of a primitive -> names of its parameters."""


@dataclass(frozen=True)
class Learned:
    """Learned actions, ready to be loaded."""

    actions: tuple[Action, ...] = ()
    """In the order in which they are loaded."""

    @property
    def names(self) -> frozenset[str]:
        """Their names."""
        return frozenset(action.name for action in self.actions)

    def setup(self, seed: str) -> str:
        """Source that defines them; `seed` is that of Python's `random`, so that a program does the same again."""
        return f"{_FUTURE}__import__('random').seed({seed!r})\n" + "".join(map(_lines, self.actions))

    def then(self, later: Sequence[Action], functions: Functions) -> Learned:
        """These and later ones, which take the place of those with the same name; ConfigError for what cannot be."""
        together = {action.name: action for action in (*self.actions, *later)}
        for action in together.values():
            _check(action, functions, together.keys() - {action.name})
        return Learned(_ordered(together))

    def prove(self, sandbox: Sandbox, functions: Functions) -> None:
        """ConfigError for the first action that does not load."""
        if self._fault(sandbox, functions) is None:
            return
        for count, action in enumerate(self.actions, start=1):
            fault = Learned(self.actions[:count])._fault(sandbox, functions)
            if fault is not None:
                raise ConfigError(f"learned action {action.name!r} cannot be loaded: {fault}")

    def located(self, traceback: str) -> str:
        """A traceback whose places in the set-up are told as places in the actions' own sources."""
        return re.sub(r'File "<setup>", line (\d+)', lambda found: self._place(int(found[1])), traceback)

    def _fault(self, sandbox: Sandbox, functions: Functions) -> str | None:
        ran = sandbox.run("", functions, _refuse, self.setup(""))
        if ran.ending == "stopped":
            return "it calls a primitive while it is being defined; let it do so when it is called"
        return ran.error and ran.error.rpartition("\n")[2]

    def _place(self, line: int) -> str:
        before = _FUTURE.count("\n") + 1
        for action in self.actions:
            if line <= before + _lines(action).count("\n"):
                return f'File "<{action.name}>", line {line - before}'
            before += _lines(action).count("\n")
        return f'File "<setup>", line {line}'


_FUTURE = "from __future__ import annotations\n"
_ITS_OWN = re.compile(r"^from __future__ import .*$", re.MULTILINE)


def _lines(action: Action) -> str:
    """The source, as many lines as it has; what must come first in a file comes first once for all."""
    return _ITS_OWN.sub("", action.source).rstrip() + "\n"


def _refuse(name: str, arguments: list[Value], keywords: dict[str, Value]) -> Value:
    raise Stopped


def _check(action: Action, functions: Functions, others: set[str]) -> None:
    try:
        defined = Action.of(action.source).name
    except ConfigError as error:
        raise ConfigError(f"learned action {action.name!r} is broken: {error}") from error
    if defined != action.name:
        raise ConfigError(f"learned action {action.name!r} defines {defined!r}; name and function must agree")
    for name in _bound(parse(action.source)):
        if name in functions:
            raise ConfigError(f"learned action {action.name!r} hides the primitive {name!r}; give it another name")
        if name in others:
            raise ConfigError(f"learned action {action.name!r} hides the learned action {name!r}; rename one")
        if name == "*":
            raise ConfigError(f"learned action {action.name!r} imports *, which may hide a primitive; import by name")


def _bound(tree: ast.Module) -> Iterator[str]:
    """Names that a source binds at its top level."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def _ordered(actions: Mapping[str, Action]) -> tuple[Action, ...]:
    needs = {name: sorted(_needed(action) & actions.keys()) for name, action in actions.items()}
    try:
        return tuple(actions[name] for name in TopologicalSorter(needs).static_order())
    except CycleError as error:
        raise ConfigError(f"learned actions need each other to be defined first: {', '.join(error.args[1])}") from error


def _needed(action: Action) -> set[str]:
    """Names that are looked up when the function is defined."""
    function = next(node for node in parse(action.source).body if isinstance(node, ast.FunctionDef))
    defaults = [default for default in (*function.args.defaults, *function.args.kw_defaults) if default is not None]
    nodes = (node for part in (*function.decorator_list, *defaults) for node in ast.walk(part))
    return {node.id for node in nodes if isinstance(node, ast.Name)}
