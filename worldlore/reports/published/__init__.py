"""What papers printed: a file a paper, to be set beside our own numbers and never compared with them.

A table's columns say where the library plays the same (environment, split) and under which name it measures the same;
rows are the paper's methods. Others' models, budgets and prompts made these figures, and most have no interval: so they
are shown as they were printed, labelled, and no verdict is drawn.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection
from functools import cache
from pathlib import Path

from pydantic import model_validator

from worldlore.config import Config

HOME = Path(__file__).parent


class Column(Config):
    """One column of a published table."""

    environment: str
    """The environment here that is the published one."""
    split: str = ""
    """Its split here that holds the published tasks; "" where they are not known."""
    name: str
    """Heading."""
    metric: str = ""
    """What is measured here for it, in place of the table's."""


class Table(Config):
    """A published table, or what concerns one environment of it."""

    title: str
    """What is told, with the unit."""
    source: str
    """Where in the paper."""
    metric: str
    """Name of the metric that is the same here."""
    note: str = ""
    """What to know when reading it."""
    study: str = ""
    """What study it is of, if it is to stand beside ours in whatever world."""
    columns: tuple[Column, ...]
    """What was played."""
    rows: dict[str, tuple[float, ...]]
    """Method -> a number for each column, as printed."""

    @model_validator(mode="after")
    def _even(self) -> Table:
        for name, numbers in self.rows.items():
            if len(numbers) != len(self.columns):
                raise ValueError(f"row {name!r} has {len(numbers)} numbers and the table {len(self.columns)} columns")
        return self

    def concerning(self, environments: Collection[str]) -> Table | None:
        """The columns of these environments; None if it has none."""
        kept = [i for i, column in enumerate(self.columns) if column.environment in environments]
        if not kept:
            return None
        rows = {name: tuple(numbers[i] for i in kept) for name, numbers in self.rows.items()}
        return self.model_copy(update={"columns": tuple(self.columns[i] for i in kept), "rows": rows})


class Paper(Config):
    """What one paper printed."""

    paper: str
    """Its name."""
    tables: tuple[Table, ...]
    """In its order."""


def published(environments: Collection[str]) -> list[tuple[str, Table]]:
    """(paper, table) of all that was published for these environments."""
    found = [(one.paper, table.concerning(environments)) for one in papers() for table in one.tables]
    return [(paper, table) for paper, table in found if table is not None]


def of_study(study: str) -> list[tuple[str, Table]]:
    """(paper, table) of all that was published of a study."""
    return [(one.paper, table) for one in papers() for table in one.tables if table.study == study]


@cache
def papers() -> tuple[Paper, ...]:
    """All that is known."""
    files = sorted(HOME.glob("*.toml"))
    return tuple(Paper.model_validate(tomllib.loads(file.read_text(encoding="utf-8"))) for file in files)
