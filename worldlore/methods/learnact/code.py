"""From code a model wrote to learned actions: top-level functions, each with the imports it needs.

What else stands at the top level, calls for the most part, serves to try them and is not kept. A function that leans on
any of it would not survive that, which is a fault told to the writer; so is a name that means something already.
Nothing here runs the code.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from worldlore.errors import ConfigError
from worldlore.experience import Action
from worldlore.methods.learnact.replies import Fault, names_bound, names_read, parsed

Import = ast.Import | ast.ImportFrom
LINE = re.compile(r"\r\n|\r|\n")
"""What ends a line of Python; `str.splitlines` knows more of them."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a model wrote."""

    actions: tuple[Action, ...]
    """The functions, in order."""
    calls: str
    """The rest, to be run once they are defined; "" if there is none."""


def written(code: str, taken: Collection[str]) -> Written:
    """Code taken apart; Fault where it defines no function, or one that cannot stand alone."""
    tree = parsed(code)
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    if not functions:
        raise Fault("This defines no function. Write the actions as Python functions at the top level.")
    clash = sorted(functions.keys() & set(taken))
    if clash:
        raise Fault(f"{_listed(clash)} is there already. Choose another name.")
    imports = [node for node in tree.body if isinstance(node, Import)]
    lost = set(_assigned(tree))
    for function in functions.values():
        _stands_alone(function, lost - set(functions))
    actions = tuple(_action(_source(code, node, imports)) for node in functions.values())
    return Written(actions, _rest(tree))


def _action(source: str) -> Action:
    try:
        with warnings.catch_warnings(action="ignore"):
            return Action.of(source, by="model")
    except ConfigError as error:
        raise Fault(str(error)) from error


def _rest(tree: ast.Module) -> str:
    rest = [node for node in tree.body if not isinstance(node, ast.FunctionDef)]
    calls = any(not isinstance(node, Import) for node in rest)
    return ast.unparse(ast.Module(rest, [])) if calls else ""


def _stands_alone(function: ast.FunctionDef, lost: set[str]) -> None:
    own = set(_bound(function))
    leaning = sorted(names_read(function) & lost - own)
    if leaning:
        raise Fault(
            f"{function.name} uses {_listed(leaning)}, which is defined outside of it; only functions and imports are "
            "kept. Define it inside the function, or make it a parameter."
        )


def _assigned(tree: ast.Module) -> Iterator[str]:
    """Names bound at the top level by anything but a function or an import."""
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.AsyncFunctionDef):
            yield node.name
        elif not isinstance(node, ast.FunctionDef | Import):
            yield from names_bound(node)


def _bound(function: ast.FunctionDef) -> Iterator[str]:
    yield from names_bound(function)
    for node in ast.walk(function):
        if isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and node is not function:
            yield node.name


def _source(code: str, function: ast.FunctionDef, imports: list[Import]) -> str:
    """The definition as it is written, decorators included, below the imports it reads."""
    needed = names_read(function)
    heads = [ast.unparse(node) for node in imports if needed & set(_names(node))]
    first = min([function.lineno, *(d.lineno for d in function.decorator_list)])
    body = "\n".join(LINE.split(code)[first - 1 : function.end_lineno])
    return "\n".join(heads) + "\n\n\n" + body if heads else body


def _names(node: Import) -> Iterator[str]:
    return ((alias.asname or alias.name).partition(".")[0] for alias in node.names)


def _listed(names: list[str]) -> str:
    return ", ".join(names)
