"""Published trajectories in the shop, as ETO and WKM write them, read as ours (`environments/published.py`).

A task is known by its instruction, the highest price not looked at, since the published code draws it anew; one that
nobody knows can be shown and learned from, but not played.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from worldlore.environments.published import Dialect, Record, Turn
from worldlore.environments.webshop.goals import PRICED
from worldlore.experience import Task

_FIRST = re.compile(r"WebShop \[SEP\] Instruction:\s*\[SEP\] (.*?) \[SEP\] Search\s*$", re.S)


def _begins(turns: Sequence[Turn]) -> int:
    """The page an episode begins with."""
    for place, turn in enumerate(turns):
        if turn["from"] == "human" and _FIRST.search(turn["value"]):
            return place
    raise ValueError("no turn tells the first page")


def _goal(record: Record) -> str:
    found = _FIRST.search(record.text)
    assert found is not None
    return found[1]


def _bare(instruction: str) -> str:
    return " ".join(instruction.partition(PRICED)[0].lower().split())


DIALECT = Dialect(
    where="in the shop",
    expected='a list of objects with "conversations", whose first page begins with "WebShop [SEP] Instruction:"',
    begins=_begins,
    key=lambda record: _bare(_goal(record)),
    key_of=lambda task: _bare(task.goal),
    unknown=lambda record, _: Task(f"published-{record.number}", "webshop", "train", _goal(record), {}),
    refusals=("Invalid action!",),
    last="click[buy now]",
)
read = DIALECT.read
