"""Published trajectories in the shop, as ETO and WKM write them, read as ours.

A file holds a list of conversations, {"conversations": [{"from": "human" or "gpt", "value": text}, ...]}. Each is the
instruction, "OK", the first page, and then thought and action, page, thought and action, … Pairs hold two, `chosen`
and `rejected`; either may be the bare list of turns. The `reward` of a record, where it has one, is the last step's;
where it has none, the score stays absent. Pages are read with and without the label "Observation:".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from worldlore.environments.webshop.goals import PRICED
from worldlore.errors import StoreError
from worldlore.experience import Decision, Observation, Step, Stop, Task, Trajectory

Member = Literal["chosen", "rejected"]
_FIRST = re.compile(r"WebShop \[SEP\] Instruction:\s*\[SEP\] (.*?) \[SEP\] Search\s*$", re.S)
_REPLY = re.compile(r"(?:Thought:\s*(?P<thought>.*?)\s*)?\bAction:\s*(?P<action>.*)", re.S)
_BUY = "click[buy now]"


def read(path: Path, tasks: Sequence[Task] = (), member: Member = "chosen") -> list[Trajectory]:
    """Every trajectory of a file; of pairs one member.

    The task is the one of `tasks` with the same instruction, the highest price not looked at, since the published code
    draws it anew; where there is none, a task that can be shown and learned from, but not played. Raises StoreError for
    a file of another form.
    """
    try:
        records = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read as JSON: {error}") from error
    known = {_bare(task.goal): task for task in tasks}
    found: list[Trajectory] = []
    for number, record in enumerate(records):
        try:
            found.append(_trajectory(record, known, member, number))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StoreError(
                f"{path}: record {number} is no conversation in the shop ({error!r}); expected a list of objects with "
                '"conversations", whose first page begins with "WebShop [SEP] Instruction:"'
            ) from error
    return found


def _trajectory(record: Any, known: Mapping[str, Task], member: Member, number: int) -> Trajectory:
    told = record[member] if isinstance(record, dict) and member in record else record
    turns = told if isinstance(told, list) else told["conversations"]
    reward = told.get("reward") if isinstance(told, dict) else None
    start, goal = next(_firsts(turns))
    task = known.get(_bare(goal)) or Task(f"published-{number}", "webshop", "train", goal, {})
    pages, replies = turns[start::2], turns[start + 1 :: 2]
    steps = [Step(_page(page), _decision(reply["value"])) for page, reply in zip(pages, replies, strict=False)]
    final = _page(pages[-1]) if len(pages) > len(replies) else None
    bought = bool(steps) and steps[-1].decision.action.lower() == _BUY
    if reward is not None and steps:
        steps[-1] = Step(steps[-1].observation, steps[-1].decision, float(reward))
    success = None if reward is None else float(reward) > 1 - 1e-9
    stop = Stop.TERMINATED if bought else Stop.MAX_STEPS
    return Trajectory(task, 0, steps=tuple(steps), final=final, stop=stop, success=success)


def _firsts(turns: Sequence[Mapping[str, str]]) -> Iterator[tuple[int, str]]:
    """Turns with the page an episode begins with, and the instruction on it."""
    for place, turn in enumerate(turns):
        if turn["from"] == "human" and (found := _FIRST.search(turn["value"])):
            yield place, found[1]
    raise ValueError("no turn tells the first page")


def _page(turn: Mapping[str, str]) -> Observation:
    if turn["from"] != "human":
        raise ValueError(f"a page was expected where {turn['from']!r} speaks")
    return Observation(turn["value"].strip().removeprefix("Observation:").strip())


def _decision(reply: str) -> Decision:
    """Thought and action; a reply without the label is the action, which the shop will not understand."""
    found = _REPLY.search(reply)
    if found is None:
        return Decision(reply.strip())
    return Decision(found["action"].strip().rstrip(".!?,;:").strip(), (found["thought"] or "").strip())


def _bare(instruction: str) -> str:
    return " ".join(instruction.partition(PRICED)[0].lower().split())
