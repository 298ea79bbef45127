"""Published trajectories in ScienceWorld, as ETO and WKM write them, read as ours.

A file holds a list of conversations, {"id": "0_12", "conversations": [{"from": "human" or "gpt", "value": text}, ...]}.
Each is the instruction, "OK", the task, and then thought and action, observation, thought and action, … The id is the
kind's number and the variation; a kind's name, as in "boil_12", will do. Pairs hold two, `chosen` and `rejected`;
either may be the bare list of turns, and then the id is the pair's or the other one's. The `reward` of a record, where
it has one, is the last step's; where it has none, the score stays absent. The task is read with and without the header
"Task Description:", observations with and without their label.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from worldlore.environments.scienceworld.kinds import NUMBERED, named
from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Decision, Observation, Step, Stop, Task, Trajectory

Member = Literal["chosen", "rejected"]
_REPLY = re.compile(r"(?:Thought:\s*(?P<thought>.*?)\s*)?\bAction:\s*(?P<action>.*)", re.S)
_LABELS = ("Observation:", "Task Description:")
_ENDINGS = ".!?,;:"


def read(path: Path, tasks: Sequence[Task] = (), member: Member = "chosen") -> list[Trajectory]:
    """Every trajectory of a file; of pairs one member.

    The task is the one of `tasks` of the same kind and variation; where there is none, a task that can be played under
    the published conditions. Raises StoreError for a file of another form.
    """
    try:
        records = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read as JSON: {error}") from error
    known = {(task.data["family"], task.data["variation"]): task for task in tasks}
    found: list[Trajectory] = []
    for number, record in enumerate(records):
        try:
            found.append(_trajectory(record, known, member))
        except (KeyError, TypeError, ValueError, AttributeError, IndexError, ConfigError) as error:
            raise StoreError(
                f"{path}: record {number} is no conversation in ScienceWorld ({error!r}); expected a list of objects "
                'with an "id" like "0_12" and "conversations": instruction, "OK", task, then replies and observations'
            ) from error
    return found


def _trajectory(record: Any, known: Mapping[tuple[str, int], Task], member: Member) -> Trajectory:
    told = record.get(member, record)
    turns = _episode(told if isinstance(told, list) else told["conversations"])
    seen, replies = [_seen(turn) for turn in turns[::2]], turns[1::2]
    task = _task(_id(record, told), seen[0].text, known)
    steps = [Step(at, _decision(reply)) for at, reply in zip(seen, replies, strict=False)]
    final = seen[-1] if len(seen) > len(replies) else None
    reward = told.get("reward") if isinstance(told, dict) else None
    if reward is None or not steps:
        return Trajectory(task, 0, steps=tuple(steps), final=final, stop=Stop.MAX_STEPS)
    score = min(1.0, max(0.0, float(reward)))
    steps[-1] = Step(steps[-1].observation, steps[-1].decision, score)
    won = score > 1 - 1e-9
    stop = Stop.TERMINATED if won else Stop.MAX_STEPS
    return Trajectory(task, 0, steps=tuple(steps), final=final, stop=stop, success=won)


def _episode(turns: Sequence[Mapping[str, str]]) -> Sequence[Mapping[str, str]]:
    """The turns from the task on: behind the first "OK"."""
    for place, turn in enumerate(turns):
        if turn["from"] == "gpt" and turn["value"].strip().rstrip(_ENDINGS) == "OK":
            return turns[place + 1 :]
    raise ValueError('no turn says "OK", behind which the task stands')


def _id(record: Mapping[str, Any], told: Any) -> tuple[str, int]:
    """Kind and variation."""
    places = (told, record, record.get("chosen"), record.get("rejected"))
    text = next((str(place["id"]) for place in places if isinstance(place, dict) and "id" in place), "")
    kind, _, variation = text.rpartition("_")
    return (NUMBERED[int(kind)] if kind.isdigit() else named(kind)).name, int(variation)


def _task(index: tuple[str, int], text: str, known: Mapping[tuple[str, int], Task]) -> Task:
    if index in known:
        return known[index]
    data = {"family": index[0], "variation": index[1], "simplifications": "easy"}
    return Task(f"{index[0]}-{index[1]}", "scienceworld", "train", text, data)


def _seen(turn: Mapping[str, str]) -> Observation:
    if turn["from"] != "human":
        raise ValueError(f"an observation was expected where {turn['from']!r} speaks")
    text = turn["value"].strip()
    for label in _LABELS:
        text = text.removeprefix(label).strip()
    return Observation(text)


def _decision(turn: Mapping[str, str]) -> Decision:
    """Thought and action; a reply without the label is the action, which the simulator will not understand."""
    found = _REPLY.search(turn["value"])
    if found is None:
        return Decision(turn["value"].strip())
    return Decision(found["action"].strip().rstrip(_ENDINGS).strip(), (found["thought"] or "").strip())
