"""Ours beside the published: for each table of a paper that concerns these runs, its rows and below them the runs.

A run stands in a column only if it was tested on that environment and split; what it did not measure is absent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worldlore.evaluation.episodes import Metric
from worldlore.evaluation.predictions import by_theory
from worldlore.evaluation.predictions import measure as measure_predictions
from worldlore.reports.base import Row, RunView
from worldlore.reports.published import Column, Table, published
from worldlore.reports.words import ABSENT, measured

BEST = "best"
"""What a world model was told whose predictions stand beside published ones."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A published table with ours."""

    paper: str
    """Whose it is."""
    table: Table
    """As printed, but for columns of other environments."""
    ours: tuple[tuple[str, ...], ...]
    """A cell for each run of the report and each column."""


@dataclass(frozen=True, slots=True)
class Played:
    """What a run was tested on and what came of it."""

    environment: str
    """Name of the world, the inner one where it is wrapped."""
    split: str
    """Of the test."""
    metrics: Mapping[str, Metric]
    """By name."""


def beside(runs: Sequence[RunView], rows: Sequence[Row]) -> list[Beside]:
    """The published tables that concern the runs' environments; none in worlds that nobody published on."""
    tables = published({_world(run) for run in runs})
    if not tables:
        return []
    played = [_played(run, row) for run, row in zip(runs, rows, strict=True)]
    return [Beside(paper, table, tuple(_cells(table, one) for one in played)) for paper, table in tables]


def _world(run: RunView) -> str:
    world: Mapping[str, Any] = run.record.get("experiment", {}).get("environment", {})
    return str((world.get("inner") or world).get("name", ""))


def _played(run: RunView, row: Row) -> Played:
    foretold = by_theory((seed, one) for seed in run.seeds for one in run.seed(seed).predictions("test"))
    told = {metric.name: metric for metric in measure_predictions(foretold.get(BEST, ()))}
    split = run.record.get("experiment", {}).get("test", {}).get("split", "")
    return Played(_world(run), str(split), {**told, **row.metrics})


def _cells(table: Table, played: Played) -> tuple[str, ...]:
    return tuple(_cell(column, column.metric or table.metric, played) for column in table.columns)


def _cell(column: Column, metric: str, played: Played) -> str:
    if played.environment != column.environment or column.split not in ("", played.split):
        return ABSENT
    return measured(played.metrics.get(metric))
