"""Programs around worlds: what an action does, what its agent is told, what is kept, what is put back."""

from __future__ import annotations

from functools import partial

import pytest

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check

GRIPPER = {"name": "programs", "inner": {"name": "gripper"}}
HOUSEHOLD = {"name": "programs", "inner": {"name": "household"}}


@pytest.mark.parametrize("session", ["fresh", "persistent"])
@pytest.mark.parametrize("table", [GRIPPER, HOUSEHOLD], ids=["gripper", "household"])
def test_a_world_of_programs_keeps_the_contract(table: dict, session: str) -> None:
    factory = partial(ENVIRONMENTS.build, {**table, "session": session})
    findings = list(check(factory, ["train", "test"], tasks=2, steps=12))
    assert {f.name: f.detail for f in findings if not f.passed} == {}
    assert "branching" in {f.name for f in findings}
