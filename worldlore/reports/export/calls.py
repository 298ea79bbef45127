"""What the code of actions and of agents' programs says, read as a syntax tree; nothing here is run."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from worldlore.experience import Action, Step, Trajectory

BUILTINS = frozenset(dir(builtins))


@dataclass(frozen=True)
class Use:
    """A step whose program calls a learned action."""

    episode: Trajectory
    """Where it happened."""
    step: Step
    """The step."""
    calls: tuple[ast.Call, ...]
    """These calls, in no order."""

    @property
    def worked(self) -> bool:
        """Whether nothing failed, as far as the record says."""
        return bool(self.step.info.get("valid", True))

    @property
    def alone(self) -> bool:
        """Whether the program is this call and nothing else."""
        return "\n" not in self.step.decision.action.strip()

    def given(self, name: str, place: int) -> tuple[Any, ...]:
        """The values its calls gave a parameter, as far as they are written out."""
        return tuple(value for call in self.calls for value in _written(_argument(call, name, place)))


def uses_in(episodes: Iterable[Trajectory], names: frozenset[str]) -> Mapping[str, tuple[Use, ...]]:
    """Name -> the steps that call it."""
    found: dict[str, list[Use]] = {name: [] for name in names}
    for episode in episodes:
        for step in episode.steps:
            if any(name in step.decision.action for name in names):
                for name, calls in _calls(step.decision.action, names).items():
                    found[name].append(Use(episode, step, tuple(calls)))
    return {name: tuple(uses) for name, uses in found.items()}


def _calls(program: str, names: frozenset[str]) -> dict[str, list[ast.Call]]:
    try:
        tree = ast.parse(program.strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return {}
    found: dict[str, list[ast.Call]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            found.setdefault(node.func.id, []).append(node)
    return found


def _argument(call: ast.Call, name: str, place: int) -> ast.expr | None:
    """What a call gives the parameter of that name at that place; None where it cannot be told."""
    plain = list(takewhile(lambda node: not isinstance(node, ast.Starred), call.args))
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    return plain[place] if place < len(plain) else named.get(name)


def _written(node: ast.expr | None) -> tuple[Any, ...]:
    """The value of a literal; nothing of anything else."""
    try:
        return () if node is None else (ast.literal_eval(node),)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return ()


def definition(action: Action) -> ast.FunctionDef:
    """The function of an action."""
    return next(node for node in ast.parse(action.source).body if isinstance(node, ast.FunctionDef))


def free_names(action: Action) -> frozenset[str]:
    """Names of functions it calls that neither Python nor its own source defines."""
    return action.uses - BUILTINS - _bound(ast.parse(action.source))


def _bound(tree: ast.AST) -> frozenset[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.alias):
            found.add((node.asname or node.name).partition(".")[0])
    return frozenset(found)
