"""Runs and episodes in the terminal, as things `rich` prints.

A verdict is always a word beside its interval, never a colour alone; cost stands beside score.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from worldlore.evaluation.statistics import Comparison
from worldlore.experience import Call, Completion, Embed, Failure, Generate, Score, Scores, Trajectory
from worldlore.reports.base import TEST, Row, RunView, rows
from worldlore.reports.words import ABSENT, ENDINGS, count, duration, number, outcome, percent, points

COLOURS = {"better": "green", "worse": "red", "undecided": "yellow"}
_PERCENTAGES = ("success", "score", "failed", "unparsed", "invalid_actions")


def comparison_table(runs: Sequence[RunView]) -> Table:
    """All runs, the first as the baseline: success, change and verdict with intervals, and what learning cost.

    It fits 80 columns; the score has a column where it says more than success does.
    """
    found = rows(runs)
    graded = any(_differ(row) for row in found)
    title = f"Compared with {escape(found[0].name)} (below each rate its 95 % interval)"
    table = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, padding=0)
    table.add_column("run", overflow="fold")
    for name in ("success", "change", *(["score"] if graded else []), "steps"):
        table.add_column(name, justify="right", no_wrap=True)
    for name in ("learned\nsteps", "from\ncalls", "\ntokens", "\ntime"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in found:
        table.add_row(*_cells(row, graded))
    table.caption = _caption(found)
    table.caption_justify = "left"
    return table


def run_table(run: RunView) -> Table:
    """Every metric of one run with its interval and the episodes it rests on."""
    (row,) = rows([run])
    table = Table(title=escape(run.name), title_justify="left", header_style="bold")
    table.add_column("metric")
    for name in ("value", "95 % interval", "episodes"):
        table.add_column(name, justify="right")
    for metric in row.metrics.values():
        rate = metric.name.partition("/")[0] in _PERCENTAGES
        scale, unit = (100, " %") if rate else (1, "")
        ends = [ABSENT if end is None else f"{scale * end:.1f}" for end in (metric.low, metric.high)]
        name = escape(metric.name.replace("_", " "))
        table.add_row(name, f"{scale * metric.value:.1f}{unit}", " to ".join(ends), str(metric.n))
    return table


def episode_text(episode: Trajectory, calls: bool = False) -> RenderableType:
    """One episode as a conversation; with `calls`, what models were asked and answered too."""
    head = Text(episode.task.goal, style="bold")
    about = Text(f"{episode.task.id} · seed {episode.seed} · attempt {episode.attempt}", style="dim")
    parts: list[RenderableType] = [head, about]
    for i, step in enumerate(episode.steps, 1):
        parts += [Text(), Text(step.observation.text)]
        for call in step.calls if calls else ():
            parts.append(_call_text(call))
        if step.decision.thought:
            parts.append(Text(step.decision.thought, style="italic dim"))
        line = Text(f"{i:>3} > {step.decision.action}", style="cyan")
        if step.reward:
            line.append(f"   reward {step.reward:g}", style="green" if step.reward > 0 else "red")
        parts.append(line)
    if episode.final is not None:
        parts += [Text(), Text(episode.final.text)]
    for call in episode.unfinished if calls else ():
        parts.append(_call_text(call))
    style = {True: "bold green", False: "bold red", None: "bold yellow"}[episode.success]
    end = Text(outcome(episode), style=style)
    end.append(f" after {len(episode.steps)} steps: {ENDINGS[episode.stop]}", style="not bold")
    parts += [Text(), end]
    if episode.error:
        parts.append(Text(episode.error, style="red"))
    return Group(*parts)


def _differ(row: Row) -> bool:
    success, score = row.metrics.get("success"), row.metrics.get("score")
    return success is not None and score is not None and success.value != score.value


def _cells(row: Row, graded: bool) -> list[RenderableType]:
    cost = row.learning
    learned = [count(cost.steps), count(cost.calls), count(cost.tokens + cost.trained_tokens), duration(cost.seconds)]
    return [
        Text(row.name),
        percent(row.metrics.get("success")).replace(" [", "\n["),
        _change(row.comparison),
        *([number(row.metrics.get("score"), 3)] if graded else []),
        number(row.metrics.get("steps")),
        *(learned if any(phase != TEST for phase in row.costs) else [ABSENT] * len(learned)),
    ]


def _change(compared: Comparison | None) -> RenderableType:
    if compared is None:
        return ABSENT
    verdict = Text(compared.verdict, style=f"bold {COLOURS[compared.verdict]}", justify="right")
    change, _, interval = points(compared).partition(" ")
    return verdict.append(f" {change}\n{interval}", style="default not bold")


def _caption(found: Sequence[Row]) -> str:
    notes: list[str] = []
    for row in found:
        if row.comparison is not None:
            c = row.comparison
            seeds = f", {c.n_learners} learning seeds" if c.n_learners > 1 else ""
            notes.append(f"{row.name}: {c.n_pairs} pairs of episodes on {c.n_tasks} tasks{seeds}")
        broken = row.metrics.get("failed")
        if broken is not None and broken.value:
            notes.append(f"{row.name}: {round(broken.value * broken.n)} of {broken.n} episodes failed and are left out")
    return escape("\n".join(notes))


def _call_text(call: Call) -> Text:
    text = Text(style="dim")
    request, reply = call.request, call.reply
    if isinstance(request, Generate | Score):
        for message in request.messages:
            text.append(f"\n  [{message.role}] ", style="bold").append(message.content.replace("\n", "\n  "))
    if isinstance(request, Embed):
        text.append(f"\n  [{request.to}] embed {len(request.texts)} texts", style="bold")
    text.append(f"\n  [{request.to} replies] ", style="bold")
    if isinstance(reply, Completion):
        return text.append(reply.text)
    if isinstance(reply, Failure):
        return text.append(reply.error, style="red")
    if isinstance(reply, Scores) and isinstance(request, Score):
        scored = zip(request.continuations, reply.totals, strict=True)
        return text.append("".join(f"\n  {total:8.2f} {continuation}" for continuation, total in scored))
    return text.append("vectors")
