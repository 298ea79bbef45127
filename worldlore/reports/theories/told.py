"""Theories in the terminal, as things `rich` prints: each with its probability, true rules marked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import fmean
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from worldlore.reports.base import RunView
from worldlore.reports.theories.foretold import TOLD
from worldlore.reports.theories.search import Search, said, searches
from worldlore.reports.theories.sentences import Rule, marked, rules
from worldlore.reports.words import ABSENT, number_of

MOST, FEW = 5, 2
"""Theories of a search that are told, where one search is told or several."""


def theories_text(run: RunView, seed: int | None = None) -> RenderableType | None:
    """The theories of a run, of one learning seed or all; None where it sought none."""
    found = [search for search in searches([run]) if seed is None or search.seed == seed]
    if not found:
        return None
    parts: list[RenderableType] = []
    for search in found:
        parts += _search(search, several=len(found) > 1)
    for _, told in rules(found):
        parts += [Text(), _rules(told)]
    measured = [search.measured["heldout"] for search in found if search.measured.get("heldout")]
    return Group(*parts, *([_foretold(measured)] if measured else []))


def _search(search: Search, several: bool) -> Iterator[RenderableType]:
    if several:
        yield Text(f"\nseed {search.seed}", style="bold")
    theories, most = search.theories, FEW if several else MOST
    for i, theory in enumerate(theories[:most], 1):
        evidence = f", on {number_of(theory.evidence, 'transition')}" if theory.evidence else ""
        loglik = f"; log-likelihood {theory.loglik:.1f}{evidence}" if theory.loglik is not None else ""
        yield Text(f"Theory {i}: probability {theory.probability:.3f}{loglik}", style="bold cyan")
        yield Padding(_sentences(theory.text, search.truth), (0, 0, 0, 2))
    if search.visited and theories:
        yield Text("These are shares of visits: how many states of the search held the theory.", style="dim")
    rest = sum(theory.probability for theory in theories[most:])
    if theories[most:]:
        yield Text(f"and {number_of(len(theories) - most, 'other')}, probability {rest:.3f} together", style="dim")


def _sentences(theory: str, truth: str | None) -> Text:
    lines = marked(theory, truth)
    text = Text()
    for line in lines:
        mark, style = {True: ("✓ ", "green"), False: ("✗ ", "red"), None: ("· ", "dim")}[line.true]
        text.append(mark, style=style).append(line.text + "\n")
    text.rstrip()
    return text if lines else Text("no theory at all", style="dim")


def _rules(told: Sequence[Rule]) -> Table:
    table = _table("The true theory, rule by rule", ("rule", "best theory\nsays it", "belief\nin it"))
    for rule in told:
        (found,) = rule.found
        best = f"{found.best} of {found.seeds}" if found.seeds > 1 else "yes" if found.best else "no"
        table.add_row(
            Text(rule.text), Text(best, style="green" if found.best else "red"), f"{100 * found.belief:.0f} %"
        )
    return table


def _foretold(measured: Sequence[Mapping[str, Any]]) -> Table:
    """What held-out transitions are worth under each theory, means over learning seeds, as the lessons tell it."""
    theories = [name for name in TOLD if any(name in told for told in measured)]
    table = _table("What held-out transitions are worth (nats)", ("", *(TOLD[name] for name in theories)))
    for key in ("top1", "top3"):
        means = [_mean(told.get(name, {}).get(key) for told in measured) for name in theories]
        if any(mean is not None for mean in means):
            cells = [ABSENT if mean is None else f"{100 * mean:.1f} %" for mean in means]
            table.add_row(f"Top-{key[3:]}", *cells)
    for kind in dict.fromkeys(kind for told in measured for one in told.values() for kind in one["loglik"]):
        means = [_mean(told.get(name, {}).get("loglik", {}).get(kind) for told in measured) for name in theories]
        table.add_row(Text(said(kind)), *(ABSENT if mean is None else f"{mean:.2f}" for mean in means))
    return table


def _mean(values: Iterable[float | None]) -> float | None:
    found = [value for value in values if value is not None]
    return fmean(found) if found else None


def _table(title: str, names: Sequence[str]) -> Table:
    table = Table(title=title, title_justify="left", header_style="bold", box=SIMPLE_HEAD, padding=(0, 1))
    for i, name in enumerate(names):
        table.add_column(name, justify="right" if i else "left", overflow="fold")
    return table
