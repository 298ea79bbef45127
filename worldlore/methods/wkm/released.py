"""WKM's released files, read: training sets, pairs with their knowledge, and the action base.

    training       [{"conversations": [{"from": "human" or "gpt", "value": text}, …]}, …], for either model
    pairs          [{"chosen": …, "rejected": …}, …]; either may be the bare list of turns. Task knowledge stands beside
                   them, state knowledge on the human turns; under the published names, misspelt and old ones included
    action base    [{"pre_action": …, "state": …, "action": …}, …]

StoreError tells which record is of another form.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from worldlore.errors import StoreError
from worldlore.experience import Case, Message
from worldlore.training import Turn

R = TypeVar("R")
TASK_KEYS = ("task_knowledge", "task_knowledege", "guideline")
STATE_KEYS = ("state_knowledge", "state")
FIRST = "look"
"""What the released base says was done before the first action."""


@dataclass(frozen=True)
class Told:
    """The knowledge that a pair file holds of one task."""

    task: str
    """Task knowledge; "" where there is none."""
    states: tuple[str, ...]
    """State knowledge, one for each human turn; "" where it has none."""
    key: str = ""
    """The task's key, where a run of ours wrote the file."""


def turns_in(path: Path) -> list[Turn]:
    """What the model of a training file is to say, turn by turn; its "OK" to the instruction is not learned."""
    return [turn for record in _records(path, _conversation) for turn in _said(record)]


def knowledge_in(path: Path) -> list[Told]:
    """The knowledge in a file of pairs, or of chosen courses alone."""
    return list(_records(path, _told))


def cases_in(path: Path) -> list[Case]:
    """The cases of an action base."""
    return list(_records(path, _case))


def _said(messages: Sequence[Message]) -> Iterator[Turn]:
    for place, message in enumerate(messages):
        if message.role == "assistant" and message.content.strip() not in ("", "OK"):
            yield Turn(tuple(messages[:place]), message.content)


def _conversation(record: Any) -> list[Message]:
    turns = record if isinstance(record, list) else record["conversations"]
    roles = {"human": "user", "gpt": "assistant"}
    return [Message(roles[turn["from"]], str(turn["value"])) for turn in turns]  # pyright: ignore[reportArgumentType]


def _told(record: Any) -> Told:
    chosen = record.get("chosen", record) if isinstance(record, dict) else record
    turns = chosen if isinstance(chosen, list) else chosen["conversations"]
    tables = [table for table in (record, chosen) if isinstance(table, dict)]
    task = next((text for table in tables if (text := _named(table, TASK_KEYS))), "")
    states = tuple(_named(turn, STATE_KEYS) for turn in turns if turn["from"] == "human")
    return Told(task, states, next((key for table in tables if (key := _named(table, ("task",)))), ""))


def _named(table: Mapping[str, Any], names: Sequence[str]) -> str:
    return next((str(table[name]).strip() for name in names if table.get(name)), "")


def _case(record: Any) -> Case:
    before = str(record["pre_action"])
    return Case("" if before == FIRST else before, str(record["state"]), str(record["action"]))


def _records(path: Path, read: Callable[[Any], R]) -> Iterator[R]:
    try:
        records = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(records, list):
        raise StoreError(f"{path} holds no list of records; give one of the files that WKM released")
    for number, record in enumerate(records):
        yield _attributed(partial(read, record), f"{path}: record {number}")


def _attributed(read: Callable[[], R], where: str) -> R:
    try:
        return read()
    except (KeyError, TypeError, AttributeError) as error:
        raise StoreError(f"{where} is of another form than WKM released ({error!r})") from error
