"""Trees in the table that DensePolicy's own scripts read: a row a task, and in it a dict a column (its §1.7).

    input, target, env, solution, index    the task
    score, res                             1 if any rollout succeeded
    res_cur, steps                         how each rollout ended, and after how many steps
    full_index                             the address that was walked; ours are told as far as they went
    history                                the whole conversation, the last observation included
    policies, log_infos                    what was asked for the sampling alone, and remarks: not kept here, so empty

Dicts are written as Python writes them, with tuples for keys: an address has a number for each step, the place among
its siblings in the order they were drawn. Rollouts that were not measured, or in which no model spoke, are left out.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import Any

from worldlore.errors import ConfigError
from worldlore.experience import Leaf, Message, Trajectory, Tree
from worldlore.reports.export.data.source import Source
from worldlore.reports.export.data.trl import turns
from worldlore.reports.export.data.write import File

Address = tuple[int, ...]
ROLLOUTS = ("res_cur", "full_index", "steps", "history", "policies", "log_infos")
COLUMNS = ("input", "target", "env", "solution", "index", "score", "res", *ROLLOUTS)


def treedpo(source: Source) -> Iterator[File]:
    """One table, `NAME_trees.csv`; ConfigError where no tree was grown."""
    if source.selection.part == "test":
        raise ConfigError("no trees are grown in a test; export them with --part train")
    rows = [_row(source, number, grown.tree) for number, grown in enumerate(source.trees())]
    source.tally["trees"] = len(rows)
    yield File.text(f"{source.name}_trees.csv", _table(rows))


def _row(source: Source, number: int, tree: Tree) -> dict[str, Any]:
    task = tree.task
    told = {"input": task.goal, "target": task.data.get("answer", ""), "env": task.environment, "solution": ""}
    rollouts = dict(_rollouts(tree))
    source.tally["rollouts"] += len(rollouts)
    source.tally["rollouts left out"] += len({leaf.node for leaf in tree.leaves}) - len(rollouts)
    won = any(end["res_cur"] for end in rollouts.values())
    columns = {name: {address: end[name] for address, end in rollouts.items()} for name in ROLLOUTS}
    return {**told, "index": number, "score": int(won), "res": won, **columns}


def _rollouts(tree: Tree) -> Iterator[tuple[Address, dict[str, Any]]]:
    """Each rollout under its address; of those that went the same way the last one."""
    place = {node: number for group in tree.children().values() for number, node in enumerate(group)}
    for leaf in tree.leaves:
        history = _history(tree.branch(leaf))
        if leaf.success is not None and history:
            address = tuple(place[node] for node in tree.path(leaf.node))
            yield address, _end(leaf, address, history)


def _end(leaf: Leaf, address: Address, history: list[dict[str, str]]) -> dict[str, Any]:
    ended = {"res_cur": leaf.success, "full_index": address, "steps": len(address)}
    return {**ended, "history": history, "policies": "", "log_infos": []}


def _history(course: Trajectory) -> list[dict[str, str]]:
    """What the model was told before its last reply, the reply, and what was seen then; empty where none spoke."""
    said = course.steps[-1].said() if course.steps else None
    if said is None or course.final is None:
        return []
    return turns((*said[0], Message("assistant", said[1]), Message("user", course.final.text)))


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    into = StringIO()
    csv.writer(into).writerows([COLUMNS, *([row[name] for name in COLUMNS] for row in rows)])
    return into.getvalue()
