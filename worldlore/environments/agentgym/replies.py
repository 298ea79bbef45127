"""What a server said, held to the shape it should have.

RefusedError where the server says no, EnvironmentFailure where it says something else. Several servers report a fault
with status 200 and an object {"error": ...}. Text is made fit to be written down.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from worldlore.environments.agentgym.kinds import Kind
from worldlore.environments.agentgym.server import RefusedError, short
from worldlore.errors import EnvironmentFailure

_LISTED = re.compile(r"^Available actions: (\[.*\])\s*$", re.M)


def created(kind: Kind, reply: Any, where: str) -> int | str:
    """The new environment's id."""
    found = accepted(reply, where)
    if isinstance(found, dict):
        found = found.get(kind.id)
    if isinstance(found, bool) or not isinstance(found, int | str):
        raise _strange(where, f"the id of a new environment (key {kind.id!r})", reply)
    return found


def begun(kind: Kind, reply: Any, where: str) -> str:
    """What is seen first."""
    found = accepted(reply, where)
    if isinstance(found, list) and found:
        found = found[0]
    if isinstance(found, str):
        return fit(found)
    return "\n".join(_text(found, key, where) for key in kind.first)


def seen(kind: Kind, reply: Any, where: str) -> str:
    """What is seen after a step."""
    return _text(accepted(reply, where), kind.text, where)


def score(kind: Kind, reply: Any, where: str) -> float:
    """How well the episode stands, 0 to 1."""
    found = _value(reply, kind.score, where)
    if not isinstance(found, int | float) or not math.isfinite(found):
        raise _strange(where, f"a number under {kind.score!r}", reply)
    return min(1.0, max(0.0, float(found) / kind.scale))


def done(kind: Kind, reply: Any, where: str) -> bool:
    """Whether the task is over."""
    found = _value(reply, kind.done, where)
    if not isinstance(found, bool | int):
        raise _strange(where, f"true or false under {kind.done!r}", reply)
    return bool(found)


def actions(kind: Kind, reply: Any, text: str) -> tuple[str, ...] | None:
    """The admissible actions, where the server tells them or they are always the same."""
    told = reply.get("available_actions") if isinstance(reply, dict) else None
    if told is None and (found := _LISTED.search(text)):
        told = _list(found[1])
    if isinstance(told, list) and told and all(isinstance(action, str) for action in told):
        return tuple(fit(action) for action in told)
    return kind.actions or None


def accepted(reply: Any, where: str) -> Any:
    """The reply, unless it says no."""
    if isinstance(reply, dict) and "error" in reply:
        raise RefusedError(f"{where} refused: {short(reply['error'])}; look into the server's log", 200)
    return reply


def fit(text: str) -> str:
    """Text that can be written down: halves of characters become question marks."""
    return text.encode("utf-8", "replace").decode()


def _text(reply: Any, key: str, where: str) -> str:
    found = _value(reply, key, where)
    if not isinstance(found, str):
        raise _strange(where, f"a text under {key!r}", reply)
    return fit(found)


def _value(reply: Any, key: str, where: str) -> Any:
    if not isinstance(reply, dict) or key not in reply:
        raise _strange(where, f"an object with the key {key!r}", reply)
    return reply[key]


def _list(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _strange(where: str, expected: str, reply: Any) -> EnvironmentFailure:
    return EnvironmentFailure(
        f"{where} should answer with {expected}, and answered {short(json.dumps(reply), 120)}; "
        "is `kind` the kind of this server?"
    )
