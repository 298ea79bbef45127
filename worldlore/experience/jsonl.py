"""Records on disk: one JSON object a line, exact in both directions.

A conversation grows by repeating itself: each call of an episode holds all earlier turns. On disk, a request's
messages that continue those of the last call to the same role are written as `[how many are kept, *new ones]`, so a
file grows with what was said, not with its square. Files are ASCII: any string comes back, half a surrogate pair
included, and any tool sees the same lines. A last line cut off in mid-write (a killed process) is not a record yet:
`read_jsonl` leaves it out and `recover` removes it. Any other damage is a StoreError that names file and line.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from worldlore.errors import StoreError
from worldlore.experience.trajectory import Trajectory
from worldlore.experience.tree import Tree

Record = TypeVar("Record")
Json = dict[str, Any]


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def dumps(record: object) -> str:
    """One line of JSON, without the newline; StoreError if the record holds what is no JSON value."""
    kind = type(record)
    try:
        plain = _adapter(kind).dump_python(record, mode="json", exclude_defaults=True)
    except PydanticSerializationError as error:
        raise StoreError(f"a {kind.__name__} holds what is no JSON value: {error}; make it plain data first") from error
    if isinstance(record, Trajectory | Tree):
        _fold(plain)
    return json.dumps(plain, separators=(",", ":"))


def loads(line: str | bytes, kind: type[Record]) -> Record:
    """The record a line holds; ValueError (or pydantic's ValidationError, which is one) if it holds none."""
    plain = json.loads(line)
    if kind in (Trajectory, Tree):
        _unfold(plain)
    return cast(Record, _adapter(kind).validate_python(plain))


def write_jsonl(path: Path, records: Iterable[object]) -> None:
    """Write all records, replacing the file at once: a reader sees the old one or the new one."""
    draft = path.with_name(path.name + ".draft")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.writelines(dumps(record) + "\n" for record in records)
        draft.replace(path)
    except OSError as error:
        raise _refused(path, error) from error


def append_jsonl(path: Path, record: object) -> None:
    """Append one whole line and hand it to the operating system; StoreError if the disk refuses."""
    try:
        with path.open("ab") as file:
            file.write((dumps(record) + "\n").encode())
    except OSError as error:
        raise _refused(path, error) from error


def read_jsonl(path: Path, kind: type[Record]) -> Iterator[Record]:
    """The whole lines of a file, in order; a torn last line is left out."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                yield loads(line, kind)
            except (ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
                raise StoreError(f"{path}, line {number} is no {kind.__name__}: {_brief(error)}") from error


def recover(path: Path) -> bool:
    """Cut a torn last line off a file that is about to be appended to; True if there was one."""
    if not path.is_file():
        return False
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole == len(data):
        return False
    os.truncate(path, whole)
    return True


def _refused(path: Path, error: OSError) -> StoreError:
    return StoreError(f"cannot write to {path}: {error.strerror}; make room or allow it, and run again to resume")


def _brief(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return str(error)


def _requests(steps: Iterable[Json]) -> Iterator[list[Json]]:
    """For each step, the conversation requests of its calls."""
    for step in steps:
        requests = [call["request"] for call in step.get("calls", ())]
        yield [r for r in requests if "messages" in r]


def _fold(plain: Json) -> None:
    for said, request in _conversations(plain):
        whole = list(request["messages"])
        kept = _shared(said, whole)
        request["messages"] = [kept, *whole[kept:]]
        said[:] = whole


def _unfold(plain: Json) -> None:
    for said, request in _conversations(plain):
        kept, *new = request["messages"]
        if not 0 <= kept <= len(said):
            raise ValueError(f"a conversation goes on from message {kept} of {len(said)}")
        request["messages"] = said[:kept] + new
        said[:] = request["messages"]


def _conversations(plain: Json) -> Iterator[tuple[list[Any], Json]]:
    """Each request that is a conversation, after what was said to its role before; the taker brings that up to date."""
    before: dict[int, dict[str, list[Any]]] = {-1: {}}
    for i, parent, step in _walk(plain):
        roles = {role: list(said) for role, said in before[parent].items()}
        for request in next(_requests([step])):
            yield roles.setdefault(request.get("to", "policy"), []), request
        before[i] = roles


def _walk(plain: Json) -> Iterator[tuple[int, int, Json]]:
    """Index, index of the step before, and step: of a trajectory or a tree."""
    for i, step in enumerate(plain.get("steps", ())):
        yield i, i - 1, step
    for i, node in enumerate(plain.get("nodes", ())):
        yield i, node["parent"], node["step"]


def _shared(a: list[Any], b: list[Any]) -> int:
    return next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
