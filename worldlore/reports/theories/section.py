"""The section of the page about theories: everything its template is given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from worldlore.experience import Theory
from worldlore.reports.base import RunView
from worldlore.reports.theories.curves import Group, groups
from worldlore.reports.theories.foretold import Foreseen, foreseen
from worldlore.reports.theories.genealogy import Change, Lineage, lineage
from worldlore.reports.theories.search import Search, searches
from worldlore.reports.theories.sentences import Rule, Sentence, marked, rules
from worldlore.reports.theories.sought import Sought, sought
from worldlore.reports.theories.tree import Tree

SHOWN = 5
"""Theories of a search that are shown at once; the others are unfolded."""
ENDS = 4
"""Steps at either end of a line of descent that are shown at once."""


@dataclass(frozen=True, slots=True)
class Believed:
    """A theory in words."""

    theory: Theory
    """With its probability."""
    sentences: tuple[Sentence, ...]
    """What it says; empty for no theory at all."""


@dataclass(frozen=True, slots=True)
class Descent:
    """How the theories held at last came about."""

    lineage: Lineage
    """Who was proposed from whom."""
    svg: Markup
    """The drawing."""
    steps: tuple[tuple[Change, ...], tuple[Change, ...], tuple[Change, ...]]
    """Of the line of the best: how it began, what is folded, how it ended."""


@dataclass(frozen=True, slots=True)
class Told:
    """One learning seed's search."""

    search: Search
    """The search."""
    several: bool
    """Whether its run has others."""
    believed: tuple[Believed, ...]
    """All that is believed, the most probable first."""
    descent: Descent | None
    """How that came about; None where it was not logged or each collection began anew."""


@dataclass(frozen=True, slots=True)
class Section:
    """Theories in a report."""

    told: tuple[Told, ...]
    """A search each."""
    rules: tuple[tuple[str, list[Rule]], ...]
    """The true theories, rule by rule."""
    groups: tuple[Group, ...]
    """Figures along the collections."""
    foreseen: tuple[Foreseen, ...]
    """What was foretold."""
    sought: tuple[Sought, ...]
    """What was gone for."""

    @property
    def foretold(self) -> Foreseen | None:
        """What the page begins with: the test's predictions, else those of what was kept back; None without any."""
        return next((seen for seen in reversed(self.foreseen) if seen.leads), None)

    def held(self, run: int) -> Sentence | None:
        """What a run's best theory says, where it has one search and the theory is one sentence."""
        of = [told for told in self.told if told.search.run == run]
        best = [one for told in of for one in told.believed if one.theory.text == told.search.best]
        return best[0].sentences[0] if len(of) == 1 and best and len(best[0].sentences) == 1 else None


def section(runs: Sequence[RunView]) -> Section | None:
    """All there is to say of theories; None where no run has to do with any."""
    found, told = searches(runs), foreseen(runs)
    if not found and not told:
        return None
    seeds = [search.run for search in found]
    return Section(
        tuple(_told(search, seeds.count(search.run) > 1) for search in found),
        tuple(rules(found)),
        tuple(groups(found)),
        tuple(told),
        tuple(sought(found)),
    )


def _told(search: Search, several: bool) -> Told:
    believed = tuple(Believed(t, tuple(marked(t.text, search.truth))) for t in search.theories)
    return Told(search, several, believed, _descent(search))


def _descent(search: Search) -> Descent | None:
    found = lineage(search)
    if found is None:
        return None
    tree = Tree(found, {theory.text: theory.probability for theory in search.theories}, search.run)
    return Descent(found, tree.draw, _folded(found.descent))


def _folded(steps: list[Change]) -> tuple[tuple[Change, ...], tuple[Change, ...], tuple[Change, ...]]:
    if len(steps) <= 2 * ENDS + 2:
        return tuple(steps), (), ()
    return tuple(steps[:ENDS]), tuple(steps[ENDS:-ENDS]), tuple(steps[-ENDS:])
