"""What the code of actions and of agents' programs says, read as a syntax tree; nothing here is run."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
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
    call: ast.Call
    """The first such call in it."""

    @property
    def worked(self) -> bool:
        """Whether nothing failed, as far as the record says."""
        return bool(self.step.info.get("valid", True))

    @property
    def alone(self) -> bool:
        """Whether the program is this call and nothing else."""
        return "\n" not in self.step.decision.action.strip()

    def argument(self, name: str, place: int) -> Any:
        """The value it gave a parameter; None where that is not written out."""
        named = {keyword.arg: keyword.value for keyword in self.call.keywords}
        node = named.get(name, self.call.args[place] if place < len(self.call.args) else None)
        try:
            return None if node is None else ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return None


def uses_in(episodes: Iterable[Trajectory], names: frozenset[str]) -> Mapping[str, tuple[Use, ...]]:
    """Name -> the steps that call it."""
    found: dict[str, list[Use]] = {name: [] for name in names}
    for episode in episodes:
        for step in episode.steps:
            if any(name in step.decision.action for name in names):
                for name, call in _first_calls(step.decision.action).items():
                    if name in names:
                        found[name].append(Use(episode, step, call))
    return {name: tuple(uses) for name, uses in found.items()}


def _first_calls(program: str) -> dict[str, ast.Call]:
    try:
        tree = ast.parse(program.strip())
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return {}
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    return {call.func.id: call for call in reversed(calls) if isinstance(call.func, ast.Name)}


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
