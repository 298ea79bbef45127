"""Who was proposed from whom: the lines of descent of the theories that are held at last.

A theory that was accepted has the theory it was proposed from as its parent. Of all accepted ones only the forebears
of those held at last are drawn; how many others sprang from a forebear and died out is told beside it. Between two
collections a particle may move several times: then only where it stood at the end of the collection is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from worldlore.reports.theories.search import Search
from worldlore.reports.theories.sentences import sentences


@dataclass(frozen=True, slots=True)
class Node:
    """A theory that was accepted, or one of the first."""

    number: int
    """Of the proposal; below 0 for the first theories."""
    parent: int | None
    """Number of the theory it was proposed from."""
    text: str
    """What it says."""
    collection: int
    """After which collection, from 1; 0 for the first theories."""


@dataclass(frozen=True, slots=True)
class Change:
    """One step of a line of descent."""

    collection: int
    """After which collection."""
    added: tuple[str, ...]
    """Sentences the theory before did not have."""
    dropped: tuple[str, ...]
    """Sentences it had."""


@dataclass(frozen=True)
class Lineage:
    """The theories held at last, and their forebears."""

    nodes: Mapping[int, Node]
    """The forebears that are drawn, those held at last among them, in the order of their proposals."""
    ends: tuple[int, ...]
    """Numbers of the theories held at last, each once, that of the best first."""
    copies: Mapping[int, int]
    """How many particles hold each."""
    died: Mapping[int, int]
    """For each of the drawn how many accepted theories sprang from it and died out."""
    firsts: int
    """How many first theories there were."""
    collections: int
    """How many there were."""
    proposals: int
    """How many proposals were made."""
    changes: int
    """How many of them were accepted and said something else than the theory they came from."""

    @property
    def roots(self) -> list[int]:
        """The first theories among the drawn."""
        return [number for number, node in self.nodes.items() if node.parent is None]

    @property
    def children(self) -> dict[int, list[int]]:
        """For each of the drawn those that come next."""
        found: dict[int, list[int]] = {number: [] for number in self.nodes}
        for node in self.nodes.values():
            if node.parent is not None:
                found[node.parent].append(node.number)
        return found

    def line(self, number: int) -> list[Node]:
        """From a first theory to this one."""
        return [self.nodes[forebear] for forebear in reversed(list(_upward(self.nodes, number)))]

    @property
    def descent(self) -> list[Change]:
        """How the best theory came about; the first change is how it began."""
        line = self.line(self.ends[0])
        begun = Change(line[0].collection, tuple(sentences(line[0].text)), ())
        return [begun, *(change for before, after in pairwise(line) if (change := _change(before, after)))]


def lineage(search: Search) -> Lineage | None:
    """The lines of a search; None where each collection began anew or nothing of it was logged."""
    if not search.records or not search.records[0].get("first"):
        return None
    known = {-1 - k: Node(-1 - k, None, text, 0) for k, text in enumerate(search.records[0]["first"])}
    rows = [(record["collection"] + 1, row) for record in search.records for row in record["proposed"]]
    known |= {
        row["proposal"]: Node(row["proposal"], row["from"], row["text"], collection)
        for collection, row in rows
        if row["accepted"]
    }
    ends = _ends(search, known)
    if not ends:
        return None
    kept = {forebear for end in ends for forebear in _upward(known, end)}
    drawn = _drawn({number: node for number, node in known.items() if number in kept}, set(ends))
    held = list(search.records[-1]["origins"])
    return Lineage(
        drawn,
        ends,
        {end: held.count(end) for end in ends},
        _died(known, kept, drawn),
        len(search.records[0]["first"]),
        search.records[-1]["collection"] + 1,
        sum(record.get("proposals", len(record["proposed"])) for record in search.records),
        sum(node.parent in known and node.text != known[node.parent].text for node in known.values()),
    )


def _ends(search: Search, known: Mapping[int, Node]) -> tuple[int, ...]:
    """What is held at last and can be followed back, the best first, then by probability."""
    shares = {theory.text: theory.probability for theory in search.theories}
    held = dict.fromkeys(origin for origin in search.records[-1]["origins"] if origin in known)
    return tuple(sorted(held, key=lambda n: (known[n].text != search.best, -shares.get(known[n].text, 0.0), n)))


def _upward(nodes: Mapping[int, Node], number: int | None) -> Iterable[int]:
    """A theory and its forebears."""
    while number is not None and number in nodes:
        yield number
        number = nodes[number].parent


def _drawn(kept: Mapping[int, Node], ends: set[int]) -> dict[int, Node]:
    """Of the forebears those where a line begins, ends, parts or stood at the end of a collection."""
    children: dict[int, list[Node]] = {number: [] for number in kept}
    for node in kept.values():
        if node.parent is not None:
            children[node.parent].append(node)
    shown = {
        number
        for number, node in kept.items()
        if node.parent is None
        or number in ends
        or len(children[number]) > 1
        or children[number][0].collection > node.collection
    }
    return {number: _below(kept, kept[number], shown) for number in sorted(shown)}


def _below(kept: Mapping[int, Node], node: Node, shown: set[int]) -> Node:
    """The same with the nearest forebear that is drawn as its parent."""
    parent = next((n for n in _upward(kept, node.parent) if n in shown), None)
    return Node(node.number, parent, node.text, node.collection)


def _died(known: Mapping[int, Node], kept: set[int], drawn: Mapping[int, Node]) -> dict[int, int]:
    found: dict[int, int] = {}
    for number in known.keys() - kept:
        forebear = next((n for n in _upward(known, number) if n in drawn), None)
        if forebear is not None:
            found[forebear] = found.get(forebear, 0) + 1
    return found


def _change(before: Node, after: Node) -> Change | None:
    old, new = sentences(before.text), sentences(after.text)
    added = tuple(sentence for sentence in new if sentence not in old)
    dropped = tuple(sentence for sentence in old if sentence not in new)
    return Change(after.collection, added, dropped) if added or dropped else None
