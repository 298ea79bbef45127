"""Hostile programs are contained: by whoever runs the tests, by an ordinary user, and on the lower rungs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.hostile import HASTY, PATIENT, PROGRAMS, Arena, Hostile, World
from worldlore.sandbox import Rung, Sandbox

REPOSITORY = Path(__file__).parents[2]
LOWER = {Rung.LANDLOCK: ["namespaces"], Rung.SECCOMP: ["landlock", "namespaces"]}
NAMES = [program.name for program in PROGRAMS]


def test_there_are_more_than_sixty_and_no_two_share_a_name():
    assert len(set(NAMES)) == len(NAMES) > 60


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    """The world the programs attack."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WORLDLORE_TEST_SECRET", "")
        arena = Arena(World(tmp_path_factory.mktemp("world")), Sandbox(PATIENT), Sandbox(HASTY))
        yield arena
        arena.close()


@pytest.fixture(scope="module", autouse=True)
def batches() -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The same programs beside us: as an ordinary user at the highest rung, and on the lower ones."""
    wanted = {"ordinary": [], **{rung.name: layers for rung, layers in LOWER.items()}}
    running = {name: batch(layers) for name, layers in wanted.items()}
    yield running
    for process in running.values():
        process.kill()
        process.communicate()


def batch(without: list[str]) -> subprocess.Popen[bytes]:
    """Start one batch."""
    command = [sys.executable, "-m", "tests.sandbox.ordinary", *without]
    keep = {name: os.environ[name] for name in ("PATH", "TMPDIR", "LANG") if name in os.environ}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen(command, cwd=REPOSITORY, env=keep, **pipes)


@pytest.mark.parametrize("program", PROGRAMS, ids=NAMES)
def test_a_hostile_program_is_contained(program: Hostile, arena: Arena):
    if program.needs > arena.rung:
        pytest.skip(f"{arena.rung.name} does not promise this; {program.needs.name} does")
    assert not arena.faults(program)


@pytest.fixture(scope="module")
def reports(batches: dict[str, subprocess.Popen[bytes]]) -> dict[str, dict[str, Any]]:
    """What the batches found; those that could not run at all are skipped, with the reason."""
    found = {}
    for name, process in batches.items():
        out, err = process.communicate(timeout=120)
        if process.returncode == 3:
            pytest.skip(err.decode())
        assert process.returncode == 0, err.decode()
        found[name] = json.loads(out)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_program_is_contained_by_an_ordinary_user(name: str, reports: dict[str, dict[str, Any]]):
    report = reports["ordinary"]
    assert report["user"] != 0
    if name not in report["faults"]:
        pytest.skip(f"{report['rung']} does not promise this")
    assert not report["faults"][name]


@pytest.mark.parametrize("rung", LOWER, ids=lambda rung: rung.name)
def test_a_lower_rung_keeps_what_it_promises(rung: Rung, reports: dict[str, dict[str, Any]]):
    report = reports[rung.name]
    assert Rung[report["rung"]] <= rung
    assert {name: faults for name, faults in report["faults"].items() if faults} == {}


def test_an_ordinary_user_stands_as_high_as_root(arena: Arena, reports: dict[str, dict[str, Any]]):
    if os.geteuid() == 0:
        assert Rung[reports["ordinary"]["rung"]] == arena.rung
