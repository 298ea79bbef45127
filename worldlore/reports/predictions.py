"""What world models foretold of the test's tasks, as tables: the second way in which runs are measured.

A row is a run and, below its name, what its model was told: no theory, the best one, all of them, the true one. The
first row is the baseline; every other is compared with it on the transitions both foretold. A model that was trained
on transitions and told nothing so stands beside one that was told theories.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from worldlore.evaluation.episodes import Metric
from worldlore.evaluation.predictions import by_theory, changes, measure_outcomes, outcomes
from worldlore.evaluation.statistics import Comparison, Outcome
from worldlore.reports.base import RunView, labels
from worldlore.reports.tables import COLOURS
from worldlore.reports.words import ABSENT, percent, points, verdict

TOLD = {"none": "none", "best": "best", "posterior": "all", "true": "true"}
"""What a model was told, in a word."""
_Measured = Sequence[tuple[str, str, Mapping[str, list[Outcome]]]]
"""Run, what its model was told, and what each prediction contributes to each metric."""
_SHOWN = ("loglik", "top3", "top3_kinds", "ties")
LEGEND = """\
told: no theory, the best one the run has, all of them, the true one
log-lik.: mean log-probability (nats) of what happened
Top-3: how often that is among the three likeliest; of kinds: each sort counting the same"""


@dataclass(frozen=True, slots=True)
class Told:
    """What a run's model foretold, told one theory."""

    run: str
    """The run's label."""
    theory: str
    """As in `Foretold.theory`."""
    metrics: Mapping[str, Metric]
    """By name."""
    changes: Mapping[str, Comparison]
    """Metric name -> against the first row; empty for the first row, and where no transition is shared."""


def prediction_tables(runs: Sequence[RunView]) -> list[Table]:
    """A table of all runs that foretold something, and for one run alone one by sort of change; none if none did."""
    measured = _without_repetition(
        [(label, *one) for label, run in zip(labels(runs), runs, strict=True) for one in _outcomes(run)]
    )
    if not measured:
        return []
    return [_overall(measured), *([_by_kind(measured)] if len(runs) == 1 else [])]


def rows(measured: _Measured) -> list[Told]:
    """The numbers of each row, compared with the first's."""
    found: list[Told] = []
    for i, (label, theory, all_of_it) in enumerate(measured):
        shown = {name: all_of_it[name] for name in _SHOWN if name in all_of_it}
        change = changes(measured[0][2], {name: shown[name] for name in ("loglik", "top3") if name in shown})
        metrics = {metric.name: metric for metric in measure_outcomes(shown)}
        found.append(Told(label, theory, metrics, change if i else {}))
    return found


def _outcomes(run: RunView) -> Iterator[tuple[str, dict[str, list[Outcome]]]]:
    """What the model was told, and what each of its predictions then contributes."""
    told = by_theory((seed, one) for seed in run.seeds for one in run.seed(seed).predictions("test"))
    for theory in TOLD:
        if theory in told:
            yield theory, outcomes(told[theory])


def _without_repetition(measured: _Measured) -> list[tuple[str, str, Mapping[str, list[Outcome]]]]:
    """Runs of one model foretell the same where they are told nothing, or the truth; that is shown once."""
    found: dict[tuple[str, frozenset[Outcome]], tuple[str, str, Mapping[str, list[Outcome]]]] = {}
    for label, theory, outcome in measured:
        same = frozenset(replace(one, learner=0) for one in outcome["loglik"])
        key = (theory if theory in ("none", "true") else f"{theory} of {label}", same)
        found.setdefault(key, (label, theory, outcome))
    return list(found.values())


def _overall(measured: _Measured) -> Table:
    found = rows(measured)
    ranked = any("top3" in row.metrics for row in found)
    alone = len({row.run for row in found}) == 1
    whose = f" by {escape(found[0].run)}" if alone else ""
    table = Table(title=f"What would happen in the test's tasks, foretold{whose} (95 % intervals below)")
    table.title_justify, table.header_style, table.box, table.padding = "left", "bold", SIMPLE_HEAD, 0
    table.add_column("told" if alone else "run,\ntold", overflow="fold")
    for name in ("log-lik.", "change", *(["Top-3", "change", "of\nkinds"] if ranked else [])):
        table.add_column(name, justify="right", no_wrap=True)
    for row in found:
        table.add_row(Text(TOLD[row.theory] if alone else f"{row.run}\n{TOLD[row.theory]}"), *_cells(row, ranked))
    table.caption, table.caption_justify = escape(_caption(found)), "left"
    return table


def _cells(row: Told, ranked: bool) -> list[RenderableType]:
    found: list[RenderableType] = [_nats(row.metrics.get("loglik")), _change(row.changes.get("loglik"), nats)]
    if ranked:
        found += [_below(percent(row.metrics.get("top3"))), _change(row.changes.get("top3"), points)]
        kinds = row.metrics.get("top3_kinds")
        found += [ABSENT if kinds is None else f"{100 * kinds.value:.1f} %"]
    return found


def _by_kind(measured: _Measured) -> Table:
    """One run's log-likelihood and Top-3 by sort of change, rarest last."""
    table = Table(title="By sort of change: log-likelihood, Top-3", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.title_justify, table.header_style = "left", "bold"
    counts = Counter({name: len(found) for name, found in measured[0][2].items() if name.startswith("loglik/")})
    table.add_column("change")
    table.add_column("seen", justify="right")
    for _, theory, _ in measured:
        table.add_column(TOLD[theory], justify="right")
    for name, count in counts.most_common():
        kind = name.partition("/")[2]
        table.add_row(escape(kind), str(count), *(_pair(found, kind) for _, _, found in measured))
    return table


def _pair(found: Mapping[str, list[Outcome]], kind: str) -> str:
    means = [mean(o.value for o in found[name]) for name in (f"loglik/{kind}", f"top3/{kind}") if name in found]
    return ", ".join([f"{means[0]:.2f}", *(f"{100 * top:.0f} %" for top in means[1:])]) if means else ABSENT


def _nats(metric: Metric | None) -> str:
    if metric is None:
        return ABSENT
    ends = "" if metric.low is None or metric.high is None else f"\n[{metric.low:.2f}, {metric.high:.2f}]"
    return f"{metric.value:.2f}{ends}"


def _below(text: str) -> str:
    return text.replace(" [", "\n[")


def nats(comparison: Comparison) -> str:
    """A change of a log-likelihood: `+3.12 [+2.05, +4.20]`."""
    change = f"{comparison.difference:+.2f}"
    if comparison.low is None or comparison.high is None:
        return change
    return f"{change} [{comparison.low:+.2f}, {comparison.high:+.2f}]"


def _change(compared: Comparison | None, words: Callable[[Comparison], str]) -> RenderableType:
    if compared is None:
        return ABSENT
    if verdict(compared) == "same":
        return "same"
    judged = Text(compared.verdict, style=f"bold {COLOURS[compared.verdict]}", justify="right")
    change, _, interval = words(compared).partition(" ")
    return judged.append(f" {change}\n{interval}", style="default not bold")


def _caption(found: Sequence[Told]) -> str:
    """How much was compared, and where ties make ranks look better than they are."""
    shared = [row.changes["loglik"] for row in found if "loglik" in row.changes]
    notes = [f"{shared[0].n_pairs} pairs of predictions, {shared[0].n_tasks} tasks"] if shared else []
    notes += [f"{row.run}, {TOLD[row.theory]}: no transition in common" for row in found[1:] if not row.changes]
    for row in found:
        ties = row.metrics.get("ties")
        if ties is not None and ties.value:
            share = f"{100 * ties.value:.0f} % of what happened has an equal, which it goes before"
            notes.append(f"{row.run}, {TOLD[row.theory]}: {share}")
    return "\n".join([*notes, LEGEND])
