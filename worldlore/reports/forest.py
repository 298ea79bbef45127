"""The trees of practice in numbers, and the density study: what pairs cost, and whether it matters whence they come.

    Forest     of each run that grew trees: pairs a task, how far siblings are apart, what was drawn twice, a pair's
               price; a histogram of pairs a task, in which tasks without a pair have a bin of their own
    Density    of several runs that trained on different numbers of pairs a task: success against that density

Numbers are what the method logged, the mean over learning seeds; a run made before it logged them lacks them. Nothing
here is compared with what was published: of other worlds, models and sizes, and one run each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import mean
from typing import Any

from markupsafe import Markup
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from worldlore.evaluation.episodes import Metric
from worldlore.evaluation.tries import ACCURACY, ks
from worldlore.experience import Cost
from worldlore.reports.base import Row, RunView
from worldlore.reports.chart import Chart, Curve
from worldlore.reports.figures import Figure, figure
from worldlore.reports.histogram import histogram
from worldlore.reports.words import ABSENT, count, duration, measured

BINS = 12
"""Bins of a histogram beside the one for none."""
PRACTICE = "practice"
"""The phase in which trees are grown."""


@dataclass(frozen=True, slots=True)
class Forest:
    """What the trees of one run were like."""

    run: int
    """Place of the run in the report."""
    name: str
    """Its label."""
    numbers: Mapping[str, float]
    """What was logged last: the mean over learning seeds."""
    pairs: tuple[int, ...]
    """Chosen pairs of each tree."""
    price: Cost
    """What practice cost, the mean over learning seeds."""

    @property
    def density(self) -> float | None:
        """Pairs trained on, for each task that gave one; None where nothing was trained on."""
        tasks = self.numbers.get("trained_tasks")
        return self.numbers["trained_pairs"] / tasks if tasks else None

    @property
    def bins(self) -> list[tuple[str, int]]:
        """Label and number of tasks of each bin, none first."""
        return _bins(self.pairs)

    @property
    def histogram(self) -> Markup:
        """The bins, drawn."""
        return histogram("Pairs a task", "pairs a task", self.bins, self.run)

    def cells(self) -> list[str]:
        """As many as there are `HEADINGS`."""
        n, price, pairs = self.numbers, self.price, self.numbers.get("usable_pairs", 0)
        spent = [count(value / pairs) if pairs else ABSENT for value in (price.steps, price.calls, price.tokens)]
        return [
            count(round(n.get("trees", 0))),
            count(round(n.get("rollouts", 0))),
            count(round(pairs)),
            _said(n.get("pairs_per_task"), 1),
            count(round(n["trees"] - n["tasks_with_pairs"])) if "tasks_with_pairs" in n else ABSENT,
            _said(n.get("value_spread"), 2),
            f"{100 * n['duplicate_rate']:.0f} %" if "duplicate_rate" in n else ABSENT,
            *spent,
            duration(price.seconds / pairs) if pairs else ABSENT,
        ]


HEADINGS = (
    "trees",
    "rollouts",
    "pairs",
    "pairs\na task",
    "tasks\nwithout",
    "value\nspread",
    "drawn\ntwice",
    "steps\na pair",
    "calls\na pair",
    "tokens\na pair",
    "time\na pair",
)
"""Of what is told of a forest."""
LEGEND = """\
value spread: greatest less least value among siblings, the mean over groups of them
drawn twice: share of the steps drawn that repeat a sibling"""


@dataclass(frozen=True, slots=True)
class Density:
    """A density study."""

    figure: Figure
    """Success against pairs a task."""
    headings: tuple[str, ...]
    """Of `lines`."""
    lines: tuple[tuple[int, tuple[str, ...]], ...]
    """(run, cells), densest first."""
    caution: str
    """What else differs between the runs; empty where nothing is known to."""


def forests(runs: Sequence[RunView], found: Sequence[Row]) -> list[Forest]:
    """The runs that grew trees and valued them."""
    grown = (_forest(place, run, row) for place, (run, row) in enumerate(zip(runs, found, strict=True)))
    return [forest for forest in grown if forest is not None]


def forest_table(runs: Sequence[RunView], found: Sequence[Row]) -> Table | None:
    """The forests for the terminal, a run a column; None where no tree was grown."""
    grown = forests(runs, found)
    if not grown:
        return None
    table = Table(title="Trees of practice", title_justify="left", header_style="bold", box=SIMPLE_HEAD)
    table.add_column("")
    for forest in grown:
        table.add_column(Text(forest.name), justify="right", overflow="fold")
    for heading, cells in zip(HEADINGS, zip(*(forest.cells() for forest in grown), strict=True), strict=True):
        table.add_row(heading.replace("\n", " "), *cells)
    for label, tasks in grown[0].bins if len(grown) == 1 else ():
        table.add_row(f"trees with {label} pairs", str(tasks))
    table.caption, table.caption_justify = LEGEND, "left"
    return table


def density(runs: Sequence[RunView], found: Sequence[Row]) -> Density | None:
    """The study that these runs are; None where not two of them trained at different densities."""
    grown = sorted((f for f in forests(runs, found) if f.density), key=lambda f: -(f.density or 0))
    arms = [forest for forest in grown if "success" in found[forest.run].metrics]
    if len({round(forest.density or 0, 6) for forest in arms}) < 2:
        return None
    names = _measures([found[forest.run] for forest in arms])
    lines = tuple((arm.run, _arm(arm, found[arm.run], names)) for arm in arms)
    headings = ("density", "pairs", "tasks", "pairs a task", *(_called(name) for name in names))
    return Density(_figure(arms, found, names[-1]), headings, lines, _caution(runs, arms))


def _forest(place: int, run: RunView, row: Row) -> Forest | None:
    pairs = tuple(len(appraisal.pairs) for seed in run.seeds for _, _, appraisal in run.trees(seed))
    if not pairs:
        return None
    return Forest(place, row.name, _numbers(run), pairs, row.costs.get(PRACTICE, Cost()))


def _said(value: float | None, digits: int) -> str:
    return ABSENT if value is None else f"{value:.{digits}f}"


def _numbers(run: RunView) -> dict[str, float]:
    """What each seed told last of its practice, and of what it trained on; the mean of them."""
    told: dict[Any, dict[str, float]] = {}
    for record in run.metrics():
        if record.get("phase") == PRACTICE and "trees" in record:
            told[record.get("seed")] = {k: v for k, v in record.items() if isinstance(v, int | float)}
    for seed, numbers in told.items():
        lesson = run.seed(seed).lesson()
        trained = ("trained_pairs", "trained_tasks")
        numbers |= {k: v for k in trained if lesson and isinstance(v := lesson.metrics.get(k), int | float)}
    names = set[str]().union(*told.values())
    return {name: mean(numbers[name] for numbers in told.values() if name in numbers) for name in names}


def _bins(pairs: Sequence[int]) -> list[tuple[str, int]]:
    width = max(1, ceil(max(pairs, default=0) / BINS))
    found = Counter(-(-n // width) for n in pairs)
    ends = ((1 + width * (i - 1), width * i) for i in range(1, max(found) + 1))
    return [("0", found[0]), *((f"{a} to {b}" if b > a else f"{a}", found[-(-b // width)]) for a, b in ends)]


def _measures(arms: Sequence[Row]) -> list[str]:
    """What success is told by: within the numbers of answers that were published, where answers are counted."""
    shared = set.intersection(*(set(ks(row.metrics, ACCURACY)) for row in arms))
    return [f"{ACCURACY}@{k}" for k in (4, 10) if k in shared] or ["success"]


def _called(name: str) -> str:
    return f"within {name.partition('@')[2]} answers %" if "@" in name else "success %"


def _arm(arm: Forest, row: Row, names: Sequence[str]) -> tuple[str, ...]:
    n = arm.numbers
    told = (f"{n['trained_pairs']:g}", f"{n['trained_tasks']:g}", f"{arm.density:.1f}")
    return (row.name, *told, *(measured(row.metrics.get(name)) for name in names))


def _figure(arms: Sequence[Forest], found: Sequence[Row], name: str) -> Figure:
    points = [(arm.density or 0.0, found[arm.run].metrics[name]) for arm in reversed(arms)]
    band = tuple((x, *_ends(metric)) for x, metric in points)
    curve = Curve(arms[0].run, "success", tuple((x, 100 * m.value) for x, m in points), band, dots=True)
    title = f"Density: {_called(name)}"
    return figure(
        "the same number of pairs from fewer tasks is denser; the band is the 95 % interval",
        Chart(title, "pairs a task", (curve,)),
    )


def _ends(metric: Metric) -> tuple[float, float]:
    low, high = (metric.value if end is None else end for end in (metric.low, metric.high))
    return 100 * low, 100 * high


def _caution(runs: Sequence[RunView], arms: Sequence[Forest]) -> str:
    """Why the runs differ in more than density."""
    notes: list[str] = []
    pairs = sorted(round(arm.numbers["trained_pairs"]) for arm in arms)
    if pairs[0] != pairs[-1]:
        notes.append(f"The runs trained on {pairs[0]} to {pairs[-1]} pairs, so more than density differs.")
    methods = (runs[arm.run].record.get("experiment", {}).get("method", {}) for arm in arms)
    balances = [method.get("balance", {}) for method in methods]
    if any(b.get("tasks") is not None and b.get("tasks_by") == "pairs" for b in balances):
        notes.append("Tasks were chosen by their number of pairs, which chooses their difficulty with it.")
    return " ".join(notes)
