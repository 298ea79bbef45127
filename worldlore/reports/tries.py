"""Success within k tries, where there are tries: the tables of the terminal, and the curves and tables of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from worldlore.evaluation.episodes import Metric
from worldlore.evaluation.tries import ACCURACY, BY_FAMILY, SOLVED, ks
from worldlore.reports.base import Row, RunView, rows
from worldlore.reports.chart import Chart, Curve
from worldlore.reports.figures import Figure, figure
from worldlore.reports.words import measured, points

SAID = {
    ACCURACY: ("Accuracy within k answers", "answers", "each answer is told to be right or wrong"),
    SOLVED: ("Solved within k attempts", "attempts", "no attempt knows of the others"),
}
"""Metric -> title, what k counts, and what is told between tries."""
COLUMNS = 5
"""Numbers of tries that a comparison shows at most."""


@dataclass(frozen=True, slots=True)
class Kinds:
    """A table of the page: all tasks, the mean over kinds, and each kind."""

    title: str
    """What is told."""
    tries: tuple[int, ...]
    """Heads of its columns."""
    lines: tuple[tuple[int, str, tuple[str, ...]], ...]
    """(run, which tasks, a cell a column)."""


@dataclass(frozen=True, slots=True)
class Section:
    """What the page says of tries."""

    figures: tuple[Figure, ...]
    """Curves with bands."""
    kinds: tuple[Kinds, ...]
    """Tables."""


def tries_tables(runs: Sequence[RunView]) -> list[Table]:
    """A table for each kind of tries that there are: of one run for every k, of several compared with the first."""
    found = rows(runs)
    told = [name for name in SAID if _shared(found, name)]
    return [_alone(found[0], name) if len(found) == 1 else _compared(found, name) for name in told]


def tries_section(found: Sequence[Row]) -> Section | None:
    """What the page says of tries; None where no run has any."""
    told = [name for name in SAID if any(ks(row.metrics, name) for row in found)]
    if not told:
        return None
    return Section(tuple(_figure(found, name) for name in told), tuple(_kinds(found, name) for name in told))


def chosen(tries: Sequence[int], most: int = COLUMNS) -> list[int]:
    """The first and the last, and between them powers of two, the larger ones where there is not room for all."""
    between = [k for k in tries[1:-1] if k & (k - 1) == 0]
    return sorted({*tries[:1], *between[max(0, len(between) - most + 2) :], *tries[-1:]})


def _shared(found: Sequence[Row], name: str) -> list[int]:
    """The numbers of tries that all runs were measured for."""
    told = [set(ks(row.metrics, name)) for row in found]
    return sorted(set.intersection(*told))


def _alone(row: Row, name: str) -> Table:
    title, counted, between = SAID[name]
    table = _table(f"{title} (%)", f"{between}; in brackets 95 % intervals")
    table.add_column(counted, justify="right")
    parts = _parts([row], name)
    for part in parts.values():
        table.add_column(part, justify="right", overflow="fold")
    for k in ks(row.metrics, name):
        table.add_row(str(k), *(_cell(row.metrics, part, k) for part in parts))
    return table


def _compared(found: Sequence[Row], name: str) -> Table:
    title, _, between = SAID[name]
    table = _table(
        f"{title} (%), compared with {escape(found[0].name)}",
        f"{between}; below each rate its 95 % interval and the change",
    )
    table.add_column("run", overflow="fold", min_width=6)
    tries = chosen(_shared(found, name))
    for k in tries:
        table.add_column(str(k), justify="right", no_wrap=True)
    for row in found:
        table.add_row(Text(row.name), *(_with_verdict(row, f"{name}@{k}") for k in tries))
    return table


def _table(title: str, caption: str) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, padding=0)
    table.caption, table.caption_justify = caption, "left"
    return table


def _with_verdict(row: Row, name: str) -> str:
    compared = row.tries.get(name)
    verdict = f"\n{points(compared).partition(' ')[0]}\n{compared.verdict}" if compared else ""
    return escape(measured(row.metrics.get(name)).replace(" [", "\n[")) + verdict


def _cell(metrics: Mapping[str, Metric], part: str, k: int) -> str:
    return escape(measured(metrics.get(part.replace("@", f"@{k}", 1))).replace(" [", "\n["))


def _parts(found: Sequence[Row], name: str) -> dict[str, str]:
    """Metric with "@" for "@k" -> which tasks it is about."""
    told = {metric for row in found for metric in row.metrics}
    families = sorted({metric.partition("/")[2] for metric in told if metric.startswith(f"{name}@") and "/" in metric})
    mean = {f"{name}{BY_FAMILY}@": "mean over kinds"} if any(m.startswith(f"{name}{BY_FAMILY}@") for m in told) else {}
    return {f"{name}@": "all tasks", **mean, **{f"{name}@/{f}": f.replace("_", " ") for f in families}}


def _figure(found: Sequence[Row], name: str) -> Figure:
    title, counted, between = SAID[name]
    curves = tuple(_curve(place, row, name) for place, row in enumerate(found) if ks(row.metrics, name))
    return figure(f"{between}; all tasks alike, bands are 95 % intervals", Chart(f"{title}, %", counted, curves))


def _curve(place: int, row: Row, name: str) -> Curve:
    told = [(k, row.metrics[f"{name}@{k}"]) for k in ks(row.metrics, name)]
    band = [(float(k), 100 * m.low, 100 * m.high) for k, m in told if m.low is not None and m.high is not None]
    return Curve(place, row.name, tuple((float(k), 100 * m.value) for k, m in told), tuple(band), dots=True)


def _kinds(found: Sequence[Row], name: str) -> Kinds:
    parts = _parts(found, name)
    tries = chosen(sorted({k for row in found for k in ks(row.metrics, name)}))
    lines = (
        (place, said, tuple(measured(row.metrics.get(part.replace("@", f"@{k}", 1))) for k in tries))
        for part, said in parts.items()
        for place, row in enumerate(found)
    )
    return Kinds(f"{SAID[name][0]}, %", tuple(tries), tuple(lines))
