"""From the parameters of a Python function to JSON schemas: annotations are read, never evaluated."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from worldlore.experience import Action
from worldlore.reports.export.calls import Use, definition

Schema = dict[str, Any]

SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "None": "null"}
ARRAYS = frozenset({"list", "List", "tuple", "Tuple", "set", "Set", "frozenset", "Sequence", "Iterable", "Collection"})
OBJECTS = frozenset({"dict", "Dict", "Mapping"})
STRING: Schema = {"type": "string"}


@dataclass(frozen=True)
class Parameter:
    """One parameter as a caller must know it."""

    name: str
    """Its name."""
    annotation: ast.expr | None
    """Its type as it is written."""
    default: str | None
    """Its default as it is written; None without one."""
    seen: tuple[Any, ...]
    """Values it was given in calls on record."""
    many: bool = False
    """Whether it takes all positional arguments that are left."""


def parameters(action: Action, uses: Sequence[Use]) -> tuple[Parameter, ...]:
    """All parameters in order, but one for further keywords: no caller needs that."""
    given = definition(action).args
    named = [*given.posonlyargs, *given.args]
    defaults = [None] * (len(named) - len(given.defaults)) + list(given.defaults)
    pairs = [*zip(named, defaults, strict=True), *zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    found = [
        Parameter(arg.arg, arg.annotation, default and ast.unparse(default), _seen(uses, arg.arg, place))
        for place, (arg, default) in enumerate(pairs)
    ]
    rest = given.vararg
    return (*found, *([Parameter(rest.arg, rest.annotation, None, (), True)] if rest else []))


def _seen(uses: Sequence[Use], name: str, place: int) -> tuple[Any, ...]:
    values = (use.argument(name, place) for use in uses)
    return tuple(value for value in values if value is not None)


def schema_of(one: Parameter) -> Schema:
    """Its schema: by its annotation, else by its default, else by what calls gave it, else a string."""
    if one.many:
        return {"type": "array", "items": _annotated(one.annotation) or dict(STRING)}
    return _annotated(one.annotation) or _by_default(one) or _union(map(_of_value, one.seen)) or dict(STRING)


def closed(schema: Schema) -> bool:
    """Whether strict mode takes it: every object says what is in it."""
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return False
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    inner += [schema["items"]] if "items" in schema else []
    return all(map(closed, inner))


def _by_default(one: Parameter) -> Schema | None:
    try:
        value = ast.literal_eval(one.default) if one.default else None
    except (ValueError, TypeError, SyntaxError):
        return None
    return None if value is None else _of_value(value)


def _of_value(value: Any) -> Schema:
    if isinstance(value, list | tuple | set):
        return {"type": "array", "items": _union(map(_of_value, value)) or dict(STRING)}
    if isinstance(value, dict):
        return {"type": "object"}
    return {"type": SCALARS.get(type(value).__name__, "string")}


def _annotated(node: ast.expr | None) -> Schema | None:
    """The schema an annotation means; None where it means nothing JSON knows."""
    if isinstance(node, ast.Constant):
        return {"type": "null"} if node.value is None else _quoted(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([_annotated(node.left), _annotated(node.right)])
    if isinstance(node, ast.Subscript):
        return _generic(_last_name(node.value), _arguments(node.slice))
    name = _last_name(node)
    if name in SCALARS:
        return {"type": SCALARS[name]}
    return _generic(name, []) if name in ARRAYS | OBJECTS else None


def _quoted(annotation: object) -> Schema | None:
    """An annotation in quotes."""
    try:
        return _annotated(ast.parse(annotation, mode="eval").body) if isinstance(annotation, str) else None
    except SyntaxError:
        return None


def _generic(name: str, inner: list[ast.expr]) -> Schema | None:
    if name == "Literal":
        return _literal(inner)
    if name in ("Optional", "Union"):
        return _union([*map(_annotated, inner), *([{"type": "null"}] if name == "Optional" else [])])
    if name in ("Annotated", "Final"):
        return _annotated(inner[0]) if inner else None
    if name in ARRAYS:
        items = [node for node in inner if not (isinstance(node, ast.Constant) and node.value is ...)]
        return {"type": "array", "items": _union(map(_annotated, items)) or dict(STRING)}
    if name in OBJECTS:
        values = _annotated(inner[1]) if len(inner) == 2 else None
        return {"type": "object", "additionalProperties": values or True}
    return None


def _literal(inner: list[ast.expr]) -> Schema | None:
    values = [node.value for node in inner if isinstance(node, ast.Constant)]
    if not values or not all(isinstance(value, str | int | bool | None) for value in values):
        return None
    types = list(dict.fromkeys(SCALARS[type(value).__name__ if value is not None else "None"] for value in values))
    return {"type": types[0] if len(types) == 1 else types, "enum": values}


def _union(schemas: Iterator[Schema | None] | Sequence[Schema | None] | map[Any]) -> Schema | None:
    """Any of them; those alike count once, and what is not known makes it unknown."""
    found: list[Schema] = []
    for schema in schemas:
        if schema is None:
            return None
        found += [one for one in schema.get("anyOf", [schema]) if one not in found]
    return None if not found else found[0] if len(found) == 1 else {"anyOf": found}


def _arguments(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _last_name(node: ast.expr | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
