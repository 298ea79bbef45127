"""What the text of an action is: a command, calls of primitives, a program, or Python gone wrong.

    go to desk 1                          no Python                                    a command
    look                                  one bare word                                a command (*)
    goto("desk 1"); look()                nothing but calls with literal arguments     calls
    x = look(); print(x)                  other Python                                 a program
    goto("desk 1"                         no Python, but meant to be                   broken

A text that is no Python counts as meant to be where it has several lines, a bracket of a call, an equals sign or a
colon at its end, unless a primitive gives just this command. (*) Where variables are kept between actions, a bare
word is a program, which shows the variable, unless a primitive gives just this command.
"""

from __future__ import annotations

import ast
import re
import traceback
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from worldlore.environments.programs.vocabulary import Vocabulary, storable

FILE = "<action>"
"""What Python calls the text, here and in the sandbox."""
_LARGE = 2**63
_MEANT = re.compile(r"[\n(=]|:\s*$")


@dataclass(frozen=True, slots=True)
class Command:
    """A command of the world, to be passed on as it is."""

    text: str
    lone: ClassVar[bool] = True
    names: ClassVar[tuple[str, ...]] = ()

    @property
    def commands(self) -> tuple[str, ...]:
        """Itself."""
        return (self.text,)


@dataclass(frozen=True, slots=True)
class Broken:
    """A text that was meant to be Python."""

    text: str
    error: str
    """What Python says to it, in the form of a traceback."""
    lone: ClassVar[bool] = False
    names: ClassVar[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """Python."""

    text: str
    commands: tuple[str, ...] | None
    """What it does to the world, where it is nothing but calls with literal arguments."""
    names: tuple[str, ...]
    """Functions it calls by name, each once; none where it is nothing but calls of primitives."""

    @property
    def lone(self) -> bool:
        """Whether it is one call of a primitive and nothing else."""
        return self.commands is not None and len(self.commands) == 1


Text = Command | Broken | Program
"""What a text may be."""


def read(text: str, vocabulary: Vocabulary, variables: bool) -> Text:
    """Tell what a text is; `variables` says whether they are kept between actions."""
    text = storable(text)
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        command = text.strip()
        if vocabulary.knows(command) or not _MEANT.search(command):
            return Command(text)
        return Broken(text, "".join(traceback.format_exception_only(error)).rstrip())
    if _bare(tree) and (not variables or vocabulary.knows(text.strip())):
        return Command(text)
    commands = _commands(tree, vocabulary)
    return Program(text, commands, tuple(dict.fromkeys(_called(tree))) if commands is None else ())


def parse(text: str) -> ast.Module:
    """Python's view of a text; what it would only warn of is nobody's business here."""
    warnings.filterwarnings("ignore", module=re.escape(FILE))
    return ast.parse(text, FILE)


def _bare(tree: ast.Module) -> bool:
    match tree.body:
        case [ast.Expr(ast.Name() | ast.Constant())]:
            return True
    return False


def _called(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id


def _commands(tree: ast.Module, vocabulary: Vocabulary) -> tuple[str, ...] | None:
    found: list[str] = []
    for statement in tree.body:
        command = _command(statement, vocabulary)
        if command is None:
            return None
        found.append(command)
    return tuple(found)


def _command(statement: ast.stmt, vocabulary: Vocabulary) -> str | None:
    """What one statement does, if it is a call that Python accepts."""
    match statement:
        case ast.Expr(ast.Call(ast.Name(name), arguments, keywords)) if name in vocabulary.parameters:
            given = [*arguments, *(keyword.value for keyword in keywords)]
            if all(map(_literal, given)) and all(keyword.arg for keyword in keywords):
                named = {str(keyword.arg): _value(keyword.value) for keyword in keywords}
                once = len(named) == len(keywords)
                return vocabulary.bind(name, [_value(argument) for argument in arguments], named) if once else None
    return None


def _literal(node: ast.expr) -> bool:
    match node:
        case ast.Constant(str() | None | bool()):
            return True
        case ast.Constant(int(value)) | ast.UnaryOp(ast.USub(), ast.Constant(int(value))):
            return not isinstance(value, bool) and value < _LARGE
    return False


def _value(node: ast.expr) -> object:
    return ast.literal_eval(node)
