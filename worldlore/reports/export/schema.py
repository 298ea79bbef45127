"""From the parameters of a Python function to JSON schemas: annotations are read, never evaluated.

An empty schema allows anything: it stands where neither annotation, nor default, nor a call on record tells a type.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from worldlore.experience import Action
from worldlore.reports.export.calls import Use, definition

Schema = dict[str, Any]

SCALARS = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "None": "null"}
ARRAYS = frozenset({"list", "List", "tuple", "Tuple", "set", "Set", "frozenset", "Sequence", "Iterable", "Collection"})
OBJECTS = frozenset({"dict", "Dict", "Mapping"})


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
    """Values it was given in calls on record that worked."""
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
    return (*found, *([Parameter(rest.arg, rest.annotation, None, _rest(uses, len(named)), True)] if rest else []))


def _seen(uses: Sequence[Use], name: str, place: int) -> tuple[Any, ...]:
    return tuple(value for use in uses if use.worked for value in use.given(name, place))


def _rest(uses: Sequence[Use], start: int) -> tuple[Any, ...]:
    """What calls gave from a place on."""
    longest = max((len(call.args) for use in uses for call in use.calls), default=0)
    return tuple(value for place in range(start, longest) for value in _seen(uses, "", place))


def schema_of(one: Parameter) -> Schema:
    """Its schema: by its annotation, else by its default, else by what calls gave it."""
    found = _annotated(one.annotation) or _by_default(one) or _union(map(_of_value, one.seen))
    return {"type": "array", "items": found} if one.many else found


def closed(schema: Schema) -> bool:
    """Whether strict mode takes it: everything has a type, every object says what is in it."""
    if not schema.keys() & {"type", "anyOf"}:
        return False
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return False
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ())]
    inner += [schema["items"]] if "items" in schema else []
    return all(map(closed, inner))


def _by_default(one: Parameter) -> Schema:
    try:
        value = ast.literal_eval(one.default or "None")
    except (ValueError, TypeError, SyntaxError):
        return {}
    return {} if value is None else _of_value(value)


def _of_value(value: Any) -> Schema:
    if isinstance(value, list | tuple | set):
        return {"type": "array", "items": _union(map(_of_value, value))}
    if isinstance(value, dict):
        return {"type": "object"}
    name = "None" if value is None else type(value).__name__
    return {"type": SCALARS[name]} if name in SCALARS else {}


def _annotated(node: ast.expr | None) -> Schema:
    """The schema an annotation means; empty where it means nothing JSON knows."""
    if isinstance(node, ast.Constant):
        return {"type": "null"} if node.value is None else _quoted(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _union([_annotated(node.left), _annotated(node.right)])
    if isinstance(node, ast.Subscript):
        return _generic(_last_name(node.value), _arguments(node.slice))
    name = _last_name(node)
    return {"type": SCALARS[name]} if name in SCALARS else _generic(name, [])


def _quoted(annotation: object) -> Schema:
    """An annotation in quotes."""
    try:
        return _annotated(ast.parse(annotation, mode="eval").body) if isinstance(annotation, str) else {}
    except SyntaxError:
        return {}


def _generic(name: str, inner: list[ast.expr]) -> Schema:
    if name == "Literal":
        return _literal(inner)
    if name in ("Optional", "Union"):
        return _union([*map(_annotated, inner), *([{"type": "null"}] if name == "Optional" else [])])
    if name in ("Annotated", "Final"):
        return _annotated(inner[0]) if inner else {}
    if name in ARRAYS:
        items = [node for node in inner if not (isinstance(node, ast.Constant) and node.value is ...)]
        return {"type": "array", "items": _union(map(_annotated, items))}
    if name in OBJECTS:
        values = _annotated(inner[1]) if len(inner) == 2 else {}
        return {"type": "object", "additionalProperties": values or True}
    return {}


def _literal(inner: list[ast.expr]) -> Schema:
    values = [node.value for node in inner if isinstance(node, ast.Constant)]
    if not values or not all(isinstance(value, str | int | bool | None) for value in values):
        return {}
    types = list(dict.fromkeys(SCALARS[type(value).__name__ if value is not None else "None"] for value in values))
    return {"type": types[0] if len(types) == 1 else types, "enum": values}


def _union(schemas: Iterable[Schema]) -> Schema:
    """Any of them; those alike count once, and where one is anything, so is the whole."""
    found: list[Schema] = []
    for schema in schemas:
        if not schema:
            return {}
        found += [one for one in schema.get("anyOf", [schema]) if one not in found]
    return {"anyOf": found} if len(found) > 1 else found[0] if found else {}


def _arguments(node: ast.expr) -> list[ast.expr]:
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


def _last_name(node: ast.expr | None) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
