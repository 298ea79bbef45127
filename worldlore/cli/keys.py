"""What keys a part may be given: names, values and defaults from its schema, words from the line under each field.

A schema is a pydantic model or a dataclass. A table within a table is spelled with a dot: `smc.particles`.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from textwrap import dedent
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

_BOUNDS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}
_SAID = {int: "integer", float: "number", str: "text", bool: "true or false", Path: "path", NoneType: "unset"}
_MISSING = object()


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a TOML table."""

    name: str
    """With those of the tables it lies in: "smc.particles"."""
    values: str
    """What it may be: "integer ≥ 2"."""
    default: str
    """As TOML spells it; "unset", or "required" where there is none."""
    about: str
    """What it is for."""


def keys(schema: type[Any], given: Any = _MISSING, above: str = "") -> Iterator[Key]:
    """The keys of a schema, those of its tables after one another; `given` holds defaults other than its own."""
    about = _about(schema)
    for name, annotation, default in _fields(schema):
        value = default if given is _MISSING else getattr(given, name)
        if _is_schema(annotation):
            yield from keys(annotation, value, f"{above}{name}.")
        else:
            yield Key(above + name, _values(annotation), _spelled(value), about.get(name, ""))


def _is_schema(annotation: Any) -> bool:
    if not isinstance(annotation, type):
        return False
    return issubclass(annotation, BaseModel) or dataclasses.is_dataclass(annotation)


def _fields(schema: type[Any]) -> Iterator[tuple[str, Any, Any]]:
    """Name, annotation and default of each."""
    if issubclass(schema, BaseModel):
        for name, field in schema.model_fields.items():
            annotation = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
            yield name, annotation, _MISSING if field.is_required() else field.get_default(call_default_factory=True)
        return
    hints = get_type_hints(schema, include_extras=True)
    for field in dataclasses.fields(schema):
        made = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
        yield field.name, hints[field.name], _MISSING if made is dataclasses.MISSING else made


def _values(annotation: Any) -> str:
    """An annotation in words."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        bounds = [f"{sign} {getattr(m, at)}" for m in inside[1:] for at, sign in _BOUNDS.items() if hasattr(m, at)]
        values, unset, _ = _values(inside[0]).partition(" | unset")
        return " ".join([values, " and ".join(bounds)]).strip() + unset
    if origin is Literal:
        return " | ".join(map(_spelled, inside))
    if origin in (Union, UnionType):
        return " | ".join(dict.fromkeys(map(_values, inside)))
    if origin in (tuple, list):
        return f"list of {', '.join(dict.fromkeys(_values(one) for one in inside if one is not Ellipsis))}"
    return "table" if origin is dict else _SAID.get(annotation, getattr(annotation, "__name__", str(annotation)))


def _spelled(value: Any) -> str:
    """A value as TOML spells it."""
    if value is _MISSING or value is None:
        return "unset" if value is None else "required"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_spelled(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, tuple | list):
        return f"[{', '.join(map(_spelled, value))}]"
    return json.dumps(value, ensure_ascii=False, default=str)


@cache
def _about(schema: type[Any]) -> dict[str, str]:
    """The line under each field, those of the classes it inherits from included."""
    found: dict[str, str] = {}
    for owner in reversed(schema.__mro__):
        try:
            (definition,) = ast.parse(dedent(inspect.getsource(owner))).body
        except (OSError, TypeError, SyntaxError, ValueError):
            continue  # a class of C code or of a prompt has no source
        if owner.__module__.partition(".")[0] != "pydantic" and isinstance(definition, ast.ClassDef):
            found |= dict(_lines(definition))
    return found


def _lines(definition: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, line in pairwise(definition.body):
        if isinstance(field, ast.AnnAssign) and isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant):
            yield ast.unparse(field.target), " ".join(str(line.value.value).split())
