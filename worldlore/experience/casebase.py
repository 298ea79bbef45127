"""A case base: what was done in situations like this one, found by the likeness of their descriptions.

    casebase/
      cases.jsonl     one case a line
      vectors.npy     their vectors, float32 [cases, width]
      about.json      which model made them

A case is (previous action, state, next action), as in WKM (section 3.3, "state knowledge base"). Retrieval is exact:
the cases after the same kind of action first, the nearest of them by cosine then. A base without vectors is not asked.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from worldlore.errors import StoreError
from worldlore.experience.jsonl import read_jsonl, write_jsonl

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_VERB = re.compile(r"[^\s\[(]+")


@dataclass(frozen=True, slots=True)
class Case:
    """What was done in one situation."""

    before: str
    """The action before; "" at the beginning of an episode."""
    state: str
    """The situation, in words."""
    action: str
    """What was done next."""


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A case that was found."""

    case: Case
    """The case."""
    likeness: float
    """Cosine, -1 to 1."""


def verb(action: str) -> str:
    """The kind of an action: its first word, without arguments: "go to desk 1" -> "go", "search[mug]" -> "search"."""
    found = _VERB.match(action.strip())
    return found.group().lower() if found else ""


@dataclass(frozen=True, eq=False)
class CaseBase:
    """Cases with their vectors."""

    cases: tuple[Case, ...]
    """In the order they were made."""
    vectors: NDArray[np.float32]
    """Unit vectors of their states, [cases, width]."""
    embedder: str = ""
    """Names the model and the weights that made the vectors."""

    def nearest(self, vector: Sequence[float], before: str, most: int) -> list[Neighbour]:
        """The `most` cases nearest to a vector, nearest first, among those after an action of the same kind.

        A number only answers a menu, so after one all cases are looked at (WKM, released code). Equally near ones
        come in their own order. ValueError for a vector of another width.
        """
        import numpy as np

        if len(vector) != self.vectors.shape[1]:
            raise ValueError(
                f"a vector of width {len(vector)} was asked of a case base of width {self.vectors.shape[1]}"
            )
        vectors, places = self._of(verb(before))
        likeness = vectors @ np.asarray(vector, np.float32)
        nearest: list[int] = np.argsort(-likeness, kind="stable")[: max(0, most)].tolist()
        return [Neighbour(self.cases[places[i]], float(likeness[i])) for i in nearest]

    def _of(self, kind: str) -> tuple[NDArray[np.float32], Sequence[int]]:
        """The cases to look at after an action of a kind: their vectors and their places."""
        if kind.isdigit():
            return self.vectors, range(len(self.cases))
        first, end = self._after.get(kind, (0, 0))
        return self._sorted[first:end], self._order[first:end]

    @cached_property
    def _order(self) -> list[int]:
        """Cases by the kind of the action before, so that those of a kind lie side by side."""
        groups: defaultdict[str, list[int]] = defaultdict(list)
        for i, case in enumerate(self.cases):
            groups[verb(case.before)].append(i)
        return [i for kind in sorted(groups) for i in groups[kind]]

    @cached_property
    def _sorted(self) -> NDArray[np.float32]:
        return self.vectors[self._order]

    @cached_property
    def _after(self) -> dict[str, tuple[int, int]]:
        """Kind of the action before -> where its cases begin and end in that order."""
        spans: dict[str, tuple[int, int]] = {}
        for place, i in enumerate(self._order):
            kind = verb(self.cases[i].before)
            spans[kind] = (spans.get(kind, (place, 0))[0], place + 1)
        return spans

    def save(self, folder: Path) -> None:
        """Write the folder."""
        import numpy as np

        folder.mkdir(parents=True, exist_ok=True)
        write_jsonl(folder / "cases.jsonl", self.cases)
        np.save(folder / "vectors.npy", self.vectors, allow_pickle=False)
        (folder / "about.json").write_text(json.dumps({"embedder": self.embedder}) + "\n", encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> CaseBase:
        """Read a folder that `save` wrote, vectors and all; StoreError if it is damaged."""
        import numpy as np

        try:
            about: dict[str, Any] = json.loads((folder / "about.json").read_text(encoding="utf-8"))
            vectors: NDArray[np.float32] = np.load(folder / "vectors.npy", allow_pickle=False)
            base = CaseBase(tuple(read_jsonl(folder / "cases.jsonl", Case)), vectors, str(about["embedder"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise StoreError(f"the case base in {folder} is damaged ({error}); learn the lesson again") from error
        if vectors.ndim != 2 or len(vectors) != len(base.cases):
            raise StoreError(
                f"{folder} holds {len(base.cases)} cases and vectors of shape {vectors.shape}; learn it again"
            )
        return base
