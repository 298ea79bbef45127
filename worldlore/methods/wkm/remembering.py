"""Remembering: the case base, (previous action, state knowledge, next action) for every step that is known.

States become vectors by the model that is asked in play, the trained world knowledge model unless the keys name
another role (WKM, section 3.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from worldlore.config import Config
from worldlore.experience import Case, CaseBase
from worldlore.methods.wkm import tuition
from worldlore.methods.wkm.released import cases_in
from worldlore.methods.wkm.synthesis import Known
from worldlore.rollout.practice import Practice


class RememberingConfig(Config):
    """What the case base is made of."""

    cases: tuple[Path, ...] = ()
    """More cases: action bases that WKM released."""
    embed: str = "world"
    """Role that turns states into vectors; the agent's `embedder` has to be the same."""


class Memory:
    """Makes the case base."""

    def __init__(self, config: RememberingConfig) -> None:
        self.config = config
        self.more = [case for path in config.cases for case in cases_in(path)]

    def cases(self, known: Sequence[Known]) -> list[Case]:
        """Those of the courses, then those of the files."""
        return [*(case for one in known for case in tuition.cases(one)), *self.more]

    def base(self, cases: Sequence[Case], practice: Practice) -> CaseBase:
        """The cases with their vectors."""
        vectors = practice.embed([case.state for case in cases], self.config.embed)
        identity = practice.stage.models[self.config.embed].identity
        return CaseBase(
            tuple(cases), np.array(vectors, np.float32) if cases else np.zeros((0, 0), np.float32), identity
        )
