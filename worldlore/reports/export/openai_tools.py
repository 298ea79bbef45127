"""Tool schemas for OpenAI-compatible chat interfaces: `tools.json`, one array to pass as `tools`.

The schemas keep the rules of strict mode wherever the types allow it (`strict` says so): every parameter is required
and nothing else is allowed; a parameter with a default takes null, which stands for the default. The types are those
of the annotations; where a parameter has none, that of its default, else those seen in calls that worked. Where nothing
tells a type none is claimed: any value is allowed then, which strict mode does not take.
"""

from __future__ import annotations

import json
from typing import Any

from worldlore.experience import Action
from worldlore.reports.export.base import Files, Taught
from worldlore.reports.export.schema import Parameter, closed, parameters, schema_of
from worldlore.reports.export.words import about, apart, ascii_name, measured, notes, plain
from worldlore.reports.words import shortened

DESCRIPTION = 1024
"""The longest the interface allows."""


def openai_tools(taught: Taught) -> Files:
    """All actions in one array."""
    names = apart((_name(action) for action in taught.actions), "_")
    tools = [_tool(name, action, taught) for name, action in zip(names, taught.actions, strict=True)]
    return {"tools.json": json.dumps(tools, indent=2, ensure_ascii=False) + "\n"}


def _name(action: Action) -> str:
    """The function's own name where the interface allows it."""
    allowed = action.name.isascii() and len(action.name) <= 64
    return action.name if allowed else ascii_name(action.name, "_")


def _tool(name: str, action: Action, taught: Taught) -> dict[str, Any]:
    given = parameters(action, taught.uses[action.name])
    properties = {one.name: _property(one) for one in given}
    said = " ".join([about(action), *notes(action), measured(action)])
    schema = {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    return {
        "type": "function",
        "function": {
            "name": name,
            "description": shortened(said, DESCRIPTION),
            "parameters": schema,
            "strict": closed(schema),
        },
    }


def _property(one: Parameter) -> dict[str, Any]:
    schema = schema_of(one)
    if one.default is None:
        return schema
    return {**_or_null(schema), "description": f"null stands for the default, {plain(one.default)}"}


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema and null beside what it allows; anything allows null already."""
    if "anyOf" in schema:
        null = [] if {"type": "null"} in schema["anyOf"] else [{"type": "null"}]
        return {"anyOf": [*schema["anyOf"], *null]}
    return schema if schema in ({}, {"type": "null"}) else {"anyOf": [schema, {"type": "null"}]}
