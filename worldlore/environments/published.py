"""Published trajectories, as ETO and WKM write them, read as ours: one reader, and what each world has of its own.

A file holds a list of conversations, {"conversations": [{"from": "human" or "gpt", "value": text}, …]}. Each is the
instruction, "OK", the task and what is seen with it, and then thought and action, observation, thought and action, …
Pairs hold two, `chosen` and `rejected`; either may be the bare list of turns. The `reward` of a record, where it has
one, is the last step's, brought into [0, 1]; where it has none, the score stays absent. Actions that the world refused
are told apart, where its words tell. A record that a run of ours wrote names its `task` by its key.

A task is the one that the reader is given and that the record is about; where there is none, one that can be shown and
learned from. StoreError tells which record is of another form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, Literal

from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Decision, Observation, Step, Stop, Task, Trajectory

Turn = Mapping[str, str]
Member = Literal["chosen", "rejected"]
ENDINGS = ".!?,;:"
"""What may stand behind an action and is none of it."""
_REPLY = re.compile(r"(?:Thought:\s*(?P<thought>.*?)\s*)?\bAction:\s*(?P<action>.*)", re.S)
_WHOLE = 1 - 1e-9
"""A reward from which on a task is solved."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a conversation says of its task."""

    number: int
    """Its place in the file."""
    text: str
    """The turn that tells the task."""
    tables: tuple[Mapping[str, Any], ...]
    """Where facts may stand: beside the conversation, in the pair, in the other one of the pair."""

    def fact(self, name: str) -> Any:
        """The first such fact; None where nobody tells it."""
        return next((table[name] for table in self.tables if table.get(name) is not None), None)


@dataclass(frozen=True)
class Dialect:
    """How one world's files differ from another's."""

    where: str
    """For messages: "in ALFWorld"."""
    expected: str
    """For messages: what a conversation of this world has."""
    begins: Callable[[Sequence[Turn]], int]
    """Place of the turn that tells the task; ValueError where none does."""
    key: Callable[[Record], Hashable]
    """What tells a record's task from others; may raise ValueError."""
    key_of: Callable[[Task], Hashable]
    """The same of a task; None for one that no file is about."""
    unknown: Callable[[Record, Any], Task]
    """The task of a record that nobody knows, and its key."""
    action: Callable[[str], str] = field(default=str)
    """An action as the world spells it."""
    labels: tuple[str, ...] = ("Observation:",)
    """What may stand before an observation and is none of it."""
    refusals: tuple[str, ...] = ()
    """What is seen after an action that was not possible."""
    last: str = ""
    """An action that ends every episode; "" where there is none."""

    def read(self, path: Path, tasks: Sequence[Task] = (), member: Member = "chosen") -> list[Trajectory]:
        """Every trajectory of a file; of pairs one member."""
        known = self._known(tasks)
        return [self._attributed(path, n, one, known, member) for n, one in enumerate(_records(path))]

    def read_pairs(self, path: Path, tasks: Sequence[Task] = ()) -> list[tuple[Trajectory, Trajectory | None]]:
        """Every record's chosen trajectory, and its rejected one where it is a pair."""
        known = self._known(tasks)
        return [
            (
                self._attributed(path, n, one, known, "chosen"),
                self._attributed(path, n, one, known, "rejected") if _is_pair(one) else None,
            )
            for n, one in enumerate(_records(path))
        ]

    def _known(self, tasks: Sequence[Task]) -> Mapping[Hashable, Task]:
        """Tasks by their own key, and by what a published record tells of them."""
        told = {key: task for task in tasks if (key := self.key_of(task)) is not None}
        return {**told, **{task.key: task for task in tasks}}

    def _attributed(
        self, path: Path, number: int, record: Any, known: Mapping[Hashable, Task], member: Member
    ) -> Trajectory:
        try:
            return self._trajectory(number, record, known, member)
        except (KeyError, TypeError, ValueError, AttributeError, ConfigError) as error:
            raise StoreError(
                f"{path}: record {number} is no conversation {self.where} ({error!r}); expected {self.expected}"
            ) from error

    def _trajectory(self, number: int, record: Any, known: Mapping[Hashable, Task], member: Member) -> Trajectory:
        told = record[member] if isinstance(record, dict) and member in record else record
        turns = told if isinstance(told, list) else told["conversations"]
        turns = turns[self.begins(turns) :]
        if not turns:
            raise ValueError("no turn tells the task")
        seen, replies = [self._seen(turn) for turn in turns[::2]], turns[1::2]
        done = zip_longest(seen[: len(replies)], replies, seen[1 : len(replies) + 1])
        steps = [Step(at, self._decision(reply["value"]), info=self._info(after)) for at, reply, after in done]
        task = self._task(Record(number, seen[0].text, _tables(told, record)), known)
        final = seen[-1] if len(seen) > len(replies) else None
        return self._ended(task, steps, final, told.get("reward") if isinstance(told, dict) else None)

    def _task(self, record: Record, known: Mapping[Hashable, Task]) -> Task:
        own = known.get(str(record.fact("task")))
        return own or known.get(key := self.key(record)) or self.unknown(record, key)

    def _ended(self, task: Task, steps: list[Step], final: Observation | None, reward: Any) -> Trajectory:
        score = None if reward is None else min(1.0, max(0.0, float(reward)))
        if score is not None and steps:
            steps[-1] = replace(steps[-1], reward=score)
        success = None if score is None else score > _WHOLE
        ended = bool(steps and self.last) and steps[-1].decision.action.lower() == self.last
        stop = Stop.TERMINATED if success or ended else Stop.MAX_STEPS
        return Trajectory(task, 0, steps=tuple(steps), final=final, stop=stop, success=success)

    def _seen(self, turn: Turn) -> Observation:
        if turn["from"] != "human":
            raise ValueError(f"an observation was expected where {turn['from']!r} speaks")
        text = turn["value"].strip()
        for label in self.labels:
            text = text.removeprefix(label).strip()
        return Observation(text)

    def _info(self, after: Observation | None) -> dict[str, bool]:
        """What an observation says of the action before it."""
        return {"valid": False} if after is not None and after.text in self.refusals else {}

    def _decision(self, reply: str) -> Decision:
        """Thought and action; a reply without the label is the action, which the world will not understand."""
        found = _REPLY.search(reply)
        if found is None:
            return Decision(reply.strip())
        action = self.action(found["action"].strip()).strip().rstrip(ENDINGS).strip()
        return Decision(action, (found["thought"] or "").strip())


def _records(path: Path) -> Sequence[Any]:
    try:
        records = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(records, list):
        raise StoreError(f"{path} holds no list of conversations; give a file as ETO or WKM published them")
    return records


def _is_pair(record: Any) -> bool:
    return isinstance(record, dict) and "rejected" in record


def _tables(told: Any, record: Any) -> tuple[Mapping[str, Any], ...]:
    inner = [record.get("chosen"), record.get("rejected")] if isinstance(record, dict) else []
    return tuple(table for table in (told, record, *inner) if isinstance(table, dict))
