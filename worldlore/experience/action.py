"""A learned action: a Python function over the primitives of an environment.

On disk it is one readable Python file: a head of comments, a blank line, and the source as it is.

    # Carry two balls to another room.
    # note: stand in the room of the balls first
    # note: both grippers must be free
    # calls: 12, of which 1 failed
    # by: mined

    def carry(first, second, here, there): …

The head may be missing: a file with nothing but a function is an action written by hand. Nothing here runs the source.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from worldlore.errors import ConfigError

CALLS = re.compile(r"calls: (\d+), of which (\d+) failed")
DEEPEST = 150
"""Levels a source may be nested: more than anyone writes, and fewer than Python's own tools can walk."""


@dataclass(frozen=True, slots=True)
class Action:
    """One learned function."""

    name: str
    """Name of the function."""
    source: str
    """Import lines and the definition, nothing else at the top level."""
    about: str = ""
    """One line: what it does."""
    notes: tuple[str, ...] = ()
    """When to use it, and when not."""
    calls: int = field(default=0, compare=False)
    """How often it was called while it was tried."""
    failures: int = field(default=0, compare=False)
    """How many of these calls failed: a primitive inside had no effect, or Python raised."""
    by: str = field(default="", compare=False)
    """Who wrote it: "model", "mined", "hand"."""

    @staticmethod
    def of(source: str, **more: object) -> Action:
        """The action a source defines; ConfigError unless that is imports and one function, or more for the last."""
        try:
            tree = _parsed(source)
        except SyntaxError as error:  # its own words name a file, and there is none
            fault = f"{error.msg}, line {error.lineno}"
            raise ConfigError(f"a learned action must be Python, and this is not: {fault}") from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise ConfigError(f"a learned action must be Python, and this is not: {error}") from error
        if depth(tree) > DEEPEST:
            raise ConfigError(
                f"a learned action may be nested {DEEPEST} levels deep, and this is deeper; say it plainly"
            )
        defined = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
        if len(defined) != 1 or not all(
            isinstance(n, ast.Import | ast.ImportFrom | ast.FunctionDef) for n in tree.body
        ):
            raise ConfigError("a learned action is import lines and one function, and nothing else at the top level")
        about = (ast.get_docstring(defined[0]) or "").partition("\n")[0]
        return Action(defined[0].name, source.strip() + "\n", **{"about": about, **more})  # type: ignore[arg-type]

    @property
    def signature(self) -> str:
        """`carry(first, second, here, there)`, defaults and annotations as they are written."""
        return f"{self.name}({ast.unparse(self._function.args)})"

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of its parameters, in order."""
        given = self._function.args
        return tuple(a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs))

    @property
    def uses(self) -> frozenset[str]:
        """Names of the functions it calls."""
        calls = (node.func for node in ast.walk(self._function) if isinstance(node, ast.Call))
        return frozenset(function.id for function in calls if isinstance(function, ast.Name))

    @property
    def _function(self) -> ast.FunctionDef:
        return next(node for node in _parsed(self.source).body if isinstance(node, ast.FunctionDef))

    def written(self) -> str:
        """The file."""
        return "".join(f"# {line}\n" for line in self._head()) + "\n" + self.source

    def _head(self) -> Iterator[str]:
        yield _line(self.about) or "(not described)"
        yield from (f"note: {_line(note)}" for note in self.notes)
        yield f"calls: {self.calls}, of which {self.failures} failed"
        if self.by:
            yield f"by: {_line(self.by)}"

    @staticmethod
    def read(text: str) -> Action:
        """The action of a file; ConfigError if it is none."""
        lines = text.splitlines()
        head: list[str] = []
        while lines and lines[0].startswith("#"):
            head.append(lines.pop(0).removeprefix("#").strip())
        above = "\n" * len(head)  # so that a fault's line is the file's
        found = Action.of(above + "\n".join(lines), by="hand")
        about = [line for line in head if not re.match(r"(note|by|calls): ", line) and line != "(not described)"]
        counts = next((m for line in head if (m := CALLS.fullmatch(line))), None)
        by = [line.removeprefix("by: ") for line in head if line.startswith("by: ")]
        return Action(
            found.name,
            found.source,
            " ".join(about) or found.about,
            tuple(line.removeprefix("note: ") for line in head if line.startswith("note: ")),
            int(counts[1]) if counts else 0,
            int(counts[2]) if counts else 0,
            by[0] if by else "hand",
        )


def depth(tree: ast.AST) -> int:
    """How many nodes of a syntax tree lie inside one another."""
    levels, nodes = 0, [tree]
    while nodes:
        levels, nodes = levels + 1, [child for node in nodes for child in ast.iter_child_nodes(node)]
    return levels


def _parsed(source: str) -> ast.Module:
    with warnings.catch_warnings(action="ignore"):  # a "\\d" in it is its writer's affair
        return ast.parse(source)


def _line(text: str) -> str:
    return " ".join(text.split())


def listed(actions: tuple[Action, ...], primitives: frozenset[str]) -> tuple[Action, ...]:
    """The actions worth telling an agent: those that act, through a primitive or through another that does.

    Others only help them to think (they parse a text, say) and are not told.
    """
    acting = set(primitives)
    while more := {a.name for a in actions if a.name not in acting and a.uses & acting}:
        acting |= more
    return tuple(action for action in actions if action.name in acting - primitives)
