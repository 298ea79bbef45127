"""Published trajectories in ALFWorld, as ETO and WKM write them, read as ours (`environments/published.py`).

The game stands in `game_file`, else in `error` or `meta.error`, as WKM's results have it. A task is known by it; a
task that nobody knows can be shown and learned from, but not played.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from worldlore.environments.household.goals import FAMILIES
from worldlore.environments.household.language import NOTHING
from worldlore.environments.published import Dialect, Record, Turn
from worldlore.experience import Task

_GOAL = re.compile(r"Your task is to:\s*(.*?)\.?\s*$", re.M)
_GAME = re.compile(r"([^/]+/[^/]+/[^/]+)/game\.tw-pddl$")


def _begins(turns: Sequence[Turn]) -> int:
    """An instruction may show examples of other tasks before it."""
    told = [i for i, turn in enumerate(turns) if turn["from"] == "human" and _GOAL.search(turn["value"])]
    if not told:
        raise ValueError("no turn tells the task")
    return told[-1]


def _game(record: Record) -> str | None:
    meta = record.fact("meta")
    told = (record.fact("game_file"), record.fact("error"), meta.get("error") if isinstance(meta, dict) else None)
    return next((place for path in told if isinstance(path, str) and (place := _folder(path))), None)


def _folder(path: str) -> str | None:
    """`train/pick_…/trial_…` of the path of a game file; None of anything else."""
    found = _GAME.search(path)
    return found[1] if found else None


def _unplayed(record: Record, game: str | None) -> Task:
    """A task of which no more is known than its goal, its family and the name of its game."""
    family = next((name for name in FAMILIES if f"/{name}-" in f"/{game}"), "")
    data = {key: value for key, value in (("family", family), ("published", game)) if value}
    return Task(game or f"published-{record.number}", "alfworld", "train", _GOAL.findall(record.text)[-1], data)


DIALECT = Dialect(
    where="in ALFWorld",
    expected='a list of objects with "conversations", one of whose turns says "Your task is to:"',
    begins=_begins,
    key=_game,
    key_of=lambda task: _folder(str(task.data.get("game", ""))),
    unknown=_unplayed,
    refusals=(NOTHING,),
    action=lambda text: text.partition("\n")[0].lower(),
)
read = DIALECT.read
