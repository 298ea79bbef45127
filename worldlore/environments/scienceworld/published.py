"""Published trajectories in ScienceWorld, as ETO and WKM write them, read as ours (`environments/published.py`).

The `id` is the kind's number and the variation, as in "0_12"; a kind's name, as in "boil_12", will do. In pairs it may
stand beside either trajectory. The task is read with and without the header "Task Description:". One that nobody knows
can be played under the published conditions.
"""

from __future__ import annotations

from collections.abc import Sequence

from worldlore.environments.published import ENDINGS, Dialect, Record, Turn
from worldlore.environments.scienceworld.environment import UNKNOWN
from worldlore.environments.scienceworld.kinds import NUMBERED, named
from worldlore.experience import Task


def _begins(turns: Sequence[Turn]) -> int:
    """Behind the first "OK"."""
    for place, turn in enumerate(turns):
        if turn["from"] == "gpt" and turn["value"].strip().rstrip(ENDINGS) == "OK":
            return place + 1
    raise ValueError('no turn says "OK", behind which the task stands')


def _index(record: Record) -> tuple[str, int]:
    """Kind and variation."""
    kind, _, variation = str(record.fact("id")).rpartition("_")
    return (NUMBERED[int(kind)] if kind.isdigit() else named(kind)).name, int(variation)


def _playable(record: Record, index: tuple[str, int]) -> Task:
    data = {"family": index[0], "variation": index[1], "simplifications": "easy"}
    return Task(f"{index[0]}-{index[1]}", "scienceworld", "train", record.text, data)


DIALECT = Dialect(
    where="in ScienceWorld",
    expected='a list of objects with an "id" like "0_12" and "conversations": instruction, "OK", task, then replies '
    "and observations",
    begins=_begins,
    key=_index,
    key_of=lambda task: (task.data.get("family"), task.data.get("variation")),
    unknown=_playable,
    refusals=(UNKNOWN, "Invalid action!"),
    labels=("Observation:", "Task Description:"),
)
read = DIALECT.read
