"""Published trajectories in ALFWorld, as ETO and WKM write them, read as ours.

A file holds a list of conversations, {"conversations": [{"from": "human" or "gpt", "value": text}, …], "game_file":
path}. Each is the instruction, "OK", the room and the task in it, and then thought and action, observation, thought
and action, … Pairs hold two, `chosen` and `rejected`; either may be the bare list of turns. The `reward` of a record,
where it has one, is the last step's; where it has none, the score stays absent. The game stands in `game_file`, else
in `error` or `meta.error`, as WKM's results have it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from worldlore.environments.household.goals import FAMILIES
from worldlore.errors import StoreError
from worldlore.experience import Decision, Observation, Step, Stop, Task, Trajectory

Member = Literal["chosen", "rejected"]
_GOAL = re.compile(r"Your task is to:\s*(.*?)\.?\s*$", re.M)
_REPLY = re.compile(r"(?:Thought:\s*(?P<thought>.*?)\s*)?\bAction:\s*(?P<action>[^\n]*)", re.S)
_GAME = re.compile(r"([^/]+/[^/]+/[^/]+)/game\.tw-pddl$")


def read(path: Path, tasks: Sequence[Task] = (), member: Member = "chosen") -> list[Trajectory]:
    """Every trajectory of a file; of pairs one member.

    The task is the one of `tasks` that is played with the same game file; where there is none, a task that can be shown
    and learned from, but not played. Raises StoreError for a file of another form.
    """
    try:
        records = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read as JSON: {error}") from error
    known = {_folder(str(task.data["game"])): task for task in tasks if "game" in task.data}
    found: list[Trajectory] = []
    for number, record in enumerate(records):
        try:
            found.append(_trajectory(record, known, member, number))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StoreError(
                f"{path}: record {number} is no conversation in ALFWorld ({error!r}); expected a list of objects with "
                '"conversations", one of whose turns says "Your task is to:"'
            ) from error
    return found


def _trajectory(record: Any, known: Mapping[str, Task], member: Member, number: int) -> Trajectory:
    told = record[member] if isinstance(record, dict) and member in record else record
    turns = told if isinstance(told, list) else told["conversations"]
    tables = [table for table in (told, record, _chosen(record)) if isinstance(table, dict)]
    reward = told.get("reward") if isinstance(told, dict) else None
    start = _first(turns)
    game = next((place for table in tables if (place := _game(table))), "")
    task = known.get(game) or _unplayed(game, _goal(turns[start]["value"]), number)
    seen, replies = turns[start::2], turns[start + 1 :: 2]
    steps = [Step(_seen(turn), _decision(reply["value"])) for turn, reply in zip(seen, replies, strict=False)]
    final = _seen(seen[-1]) if len(seen) > len(replies) else None
    if reward is not None and steps:
        steps[-1] = Step(steps[-1].observation, steps[-1].decision, float(reward))
    success = None if reward is None else float(reward) > 0
    return Trajectory(task, 0, 0, tuple(steps), final, Stop.TERMINATED if success else Stop.MAX_STEPS, success)


def _unplayed(game: str, goal: str, number: int) -> Task:
    """A task of which no more is known than its goal, its family and the name of its game."""
    family = next((name for name in FAMILIES if f"/{name}-" in f"/{game}"), "")
    data = {key: value for key, value in (("family", family), ("published", game)) if value}
    return Task(game or f"published-{number}", "alfworld", "train", goal, data)


def _game(record: Mapping[str, Any]) -> str:
    meta = record.get("meta")
    told = (record.get("game_file"), record.get("error"), meta.get("error") if isinstance(meta, dict) else None)
    return next((place for path in told if isinstance(path, str) and (place := _folder(path))), "")


def _folder(path: str) -> str:
    """`train/pick_…/trial_…` of the path of a game file; "" of anything else."""
    found = _GAME.search(path)
    return found[1] if found else ""


def _chosen(record: Any) -> Any:
    return record.get("chosen") if isinstance(record, dict) else None


def _first(turns: Sequence[Mapping[str, str]]) -> int:
    """Place of the turn that tells the task; an instruction may show examples of others before it."""
    told = [i for i, turn in enumerate(turns) if turn["from"] == "human" and _GOAL.search(turn["value"])]
    if not told:
        raise ValueError("no turn tells the task")
    return told[-1]


def _goal(text: str) -> str:
    return _GOAL.findall(text)[-1]


def _seen(turn: Mapping[str, str]) -> Observation:
    if turn["from"] != "human":
        raise ValueError(f"an observation was expected where {turn['from']!r} speaks")
    return Observation(turn["value"].strip().removeprefix("Observation:").strip())


def _decision(reply: str) -> Decision:
    """Thought and action; a reply without the label is the action, which the game will not understand."""
    found = _REPLY.search(reply)
    if found is None:
        return Decision(reply.strip())
    return Decision(found["action"].strip().rstrip(".!?,;:").strip().lower(), (found["thought"] or "").strip())
