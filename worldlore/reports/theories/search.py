"""A search for theories, as its log and its lesson tell it: one record a collection, and what was believed at last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from worldlore.experience import Lesson, Theory
from worldlore.reports.base import RunView, labels

Record = Mapping[str, Any]

KINDS = {
    "all": "all",
    "standing": "standing on something",
    "holding1": "holding one thing",
    "holding2": "holding two things",
    "transformP": "growing a plant",
    "transformSH": "growing a small herbivore",
    "transformBH": "growing a large herbivore",
    "opened": "the door opens",
    "closed": "the door stays closed",
}
"""Sorts of change in words; others are called what their world calls them."""


@dataclass(frozen=True)
class Search:
    """What one learning seed's search left."""

    run: int
    """Place of the run in the report."""
    name: str
    """The run's label."""
    seed: int
    """The learning seed."""
    records: tuple[Record, ...]
    """The log's records of a search, one a collection, in order."""
    lesson: Lesson | None
    """What was learned; None while it is not whole."""
    inference: str = ""
    """How theories were judged, as the page names it; "" where it does not."""

    @property
    def visited(self) -> bool:
        """Whether a theory's probability is the share of a chain's states that held it."""
        return self.inference == "mh" and bool(self.records)

    @property
    def theories(self) -> tuple[Theory, ...]:
        """What is believed at last, the most probable first; "" is no theory at all."""
        last = self.records[-1]["theories"] if self.records else ()
        told = tuple(Theory(t["text"], t["probability"], loglik=t.get("loglik")) for t in last)
        return told or (self.lesson.theories if self.lesson else ())

    @property
    def best(self) -> str:
        """The theory that was gone on with; "" for none."""
        if self.records:
            return str(self.records[-1]["best"])
        return self.theories[0].text if self.theories else ""

    @property
    def truth(self) -> str | None:
        """The true theory, where the world tells one."""
        return self.measured.get("truth")

    @property
    def measured(self) -> Record:
        """What the method measured."""
        return self.lesson.metrics if self.lesson else {}

    @property
    def explorer(self) -> str:
        """The reward that the one who gathered evidence learned from; "" where nobody did."""
        return next((str(r["explorer"]["reward"]) for r in reversed(self.records) if r.get("explorer")), "")

    def over_time(self, key: str) -> dict[int, Any]:
        """Collection -> what the log tells under a key, where it does."""
        return {r["collection"]: r[key] for r in self.records if r.get(key) is not None}


def searches(runs: Sequence[RunView]) -> tuple[Search, ...]:
    """The searches of all runs; runs that sought no theory, and were given none, have none."""
    return tuple(
        found for i, (run, name) in enumerate(zip(runs, labels(runs), strict=True)) for found in _of(i, name, run)
    )


def kinds(found: Iterable[Search]) -> list[str]:
    """The sorts of change that were seen or measured, the most frequent first; "all" is none of them."""
    counts: dict[str, float] = {}
    for search in found:
        measured = search.measured.get("curve") or [{}]
        for kind in measured[0]:
            counts.setdefault(kind, 0)
        for record in search.records:
            for kind, count in record.get("kinds", {}).items():
                counts[kind] = counts.get(kind, 0) + count
    return sorted((kind for kind in counts if kind not in ("", "all")), key=lambda kind: -counts[kind])


def said(kind: str) -> str:
    """A sort of change in words."""
    return KINDS.get(kind, kind.replace("_", " "))


def _of(place: int, name: str, run: RunView) -> Iterator[Search]:
    """Of a collection that a resumed run made twice, the later record counts."""
    by_seed: dict[Any, dict[int, Record]] = {}
    for record in run.metrics():
        if record.get("phase") == "theories":
            by_seed.setdefault(record.get("seed"), {})[record["collection"]] = record
    inference = str(run.record.get("experiment", {}).get("method", {}).get("inference", ""))
    for seed in run.seeds:
        records, lesson = by_seed.get(seed, {}), run.seed(seed).lesson()
        if records or (lesson and lesson.theories):
            yield Search(place, name, seed, tuple(records[number] for number in sorted(records)), lesson, inference)
