"""Runs in the terminal, as things `rich` prints.

A verdict is always a word beside its interval, never a colour alone; cost stands beside score.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from worldlore.evaluation.episodes import UNBOUNDED
from worldlore.evaluation.standing import STEP_WINS
from worldlore.evaluation.statistics import Comparison
from worldlore.reports.base import TEST, Row, RunView, rows
from worldlore.reports.words import ABSENT, count, duration, measured, number, percent, points, shortened

COLOURS = {"better": "green", "worse": "red", "undecided": "yellow"}
CALLS, WORKED = "learned_calls", "learned_call_success"
LEAST = 6
"""Columns a name always has, however narrow the terminal."""
LEGEND = """\
(…) below steps: the world's own actions inside them
actions: steps that call a learned action, and how many of these calls succeeded"""

CONDUCT = {
    "score": "reward %",
    "steps": "steps",
    STEP_WINS: "fewest\nsteps %",
    "invalid_actions": "impossible\nactions %",
    "invalid_episodes": "episodes\nwith one %",
}
"""Metric -> heading of its column."""
CONDUCTED = """\
fewest steps: how often no other run took fewer, solved or not; equals share it
impossible: the world could make nothing of the action"""


def comparison_table(runs: Sequence[RunView]) -> Table:
    """All runs, the first as the baseline: success, change and verdict with intervals, and what learning cost.

    It fits 80 columns; the score has a column where it says more than success does. Where learned actions are called,
    that has one too, the calls of models have none, and the time stands below the tokens.
    """
    found = rows(runs)
    graded = any(_differ(row) for row in found)
    calling = any(row.metrics[CALLS].value for row in found if CALLS in row.metrics)
    title = f"Compared with {escape(found[0].name)} (below each rate its 95 % interval)"
    table = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, padding=0)
    table.add_column("run", overflow="fold", min_width=LEAST)
    for name in (
        "success",
        "change",
        *(["score"] if graded else []),
        "steps",
        *(["actions"] if calling else []),
    ):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("learned\nsteps", *(["from\ntokens"] if calling else ["from\ncalls", "\ntokens", "\ntime"])):
        table.add_column(name, justify="right", no_wrap=True)
    for row in found:
        table.add_row(*_cells(row, graded, calling))
    table.caption = _caption(found) + (f"\n{LEGEND}" if calling else "")
    table.caption_justify = "left"
    return table


def conduct_table(runs: Sequence[RunView]) -> Table:
    """How the tasks were done: reward, steps, who took the fewest, and how often an action was not possible."""
    table = Table(
        title="How the tasks were done", title_justify="left", header_style="bold", box=SIMPLE_HEAD, padding=0
    )
    table.add_column("run", overflow="fold", min_width=LEAST)
    for name in CONDUCT.values():
        table.add_column(name, justify="right", no_wrap=True)
    for row in rows(runs):
        table.add_row(Text(row.name), *(measured(row.metrics.get(name)).replace(" [", "\n[") for name in CONDUCT))
    table.caption, table.caption_justify = CONDUCTED, "left"
    return table


def run_table(run: RunView) -> Table:
    """Every metric of one run with its interval and the episodes it rests on."""
    (row,) = rows([run])
    table = Table(title=escape(run.name), title_justify="left", header_style="bold")
    told = [*(f"! {mark}" for mark in row.marks), *_failed(row)]
    table.caption, table.caption_justify = escape("\n".join(told)) or None, "left"
    table.add_column("metric")
    for name in ("value", "95 % interval", "episodes"):
        table.add_column(name, justify="right")
    for metric in row.metrics.values():
        if "@" in metric.name:
            continue  # tries have a table of their own
        scale, unit = (1, "") if metric.name in UNBOUNDED else (100, " %")
        low, high = metric.low, metric.high
        ends = ABSENT if low is None or high is None else f"{scale * low:.1f} to {scale * high:.1f}"
        name = escape(metric.name.replace("_", " "))
        table.add_row(name, f"{scale * metric.value:.1f}{unit}", ends, str(metric.n))
    return table


def _differ(row: Row) -> bool:
    success, score = row.metrics.get("success"), row.metrics.get("score")
    return success is not None and score is not None and success.value != score.value


def _cells(row: Row, graded: bool, calling: bool) -> list[RenderableType]:
    cost = row.learning
    tokens, time = count(cost.tokens + cost.trained_tokens), duration(cost.seconds)
    spent = [f"{tokens}\n{time}"] if calling else [count(cost.calls), tokens, time]
    learned = [count(cost.steps), *spent]
    return [
        Text(row.name),
        percent(row.metrics.get("success")).replace(" [", "\n["),
        _change(row.comparison),
        *([number(row.metrics.get("score"), 3)] if graded else []),
        _steps(row),
        *([_calls(row)] if calling else []),
        *(learned if any(phase != TEST for phase in row.costs) else [ABSENT] * len(learned)),
    ]


def _steps(row: Row) -> str:
    """The agent's steps, and below them the world's own actions where a step may hold several."""
    steps, inner = row.metrics.get("steps"), row.metrics.get("inner_moves")
    return number(steps) if inner is None else f"{number(steps)}\n({number(inner)})"


def _calls(row: Row) -> str:
    """How often an action of the agent is a learned one, and below it how often that worked."""
    calls, worked = row.metrics.get(CALLS), row.metrics.get(WORKED)
    if calls is None:
        return ABSENT
    share = f"{100 * calls.value:.0f} %"
    return share if worked is None else f"{share}\n{100 * worked.value:.0f} % ok"


def _change(compared: Comparison | None) -> RenderableType:
    if compared is None:
        return ABSENT
    verdict = Text(compared.verdict, style=f"bold {COLOURS[compared.verdict]}", justify="right")
    change, _, interval = points(compared).partition(" ")
    return verdict.append(f" {change}\n{interval}", style="default not bold")


def _caption(found: Sequence[Row]) -> str:
    notes: list[str] = []
    for row in found:
        notes += [f"! {row.name} {mark}" for mark in row.marks]
        notes += [f"{row.name} {aside}" for aside in row.asides]
        if row.comparison is not None:
            c = row.comparison
            seeds = f", {c.n_learners} learning seeds" if c.n_learners > 1 else ""
            notes.append(f"{row.name}: {c.n_pairs} pairs of episodes on {c.n_tasks} tasks{seeds}")
        if row.unpaired:
            notes.append(f"{row.name}: no change, for {row.unpaired}")
        notes += _failed(row)
    return escape("\n".join(notes))


def _failed(row: Row) -> list[str]:
    """How many episodes failed, if any did, and why the first."""
    failed = row.metrics.get("failed")
    if failed is None or not failed.value:
        return []
    why = f"; the first: {shortened(row.fault, 300)}" if row.fault else ""
    return [f"{row.name}: {round(failed.value * failed.n)} of {failed.n} episodes failed and are left out{why}"]
