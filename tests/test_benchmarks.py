"""Benchmarks are run by hand and seldom, so that each can be begun at all is tested here."""

import importlib
from pathlib import Path

import pytest

from benchmarks.__main__ import ROOMS

HERE = Path(__file__).parents[1] / "benchmarks"


@pytest.mark.parametrize("room", ROOMS)
def test_a_benchmark_finds_all_it_measures(room):
    try:
        assert callable(importlib.import_module(f"benchmarks.{room}").measure)
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] in ("benchmarks", "tests", "worldlore", "recipes"):
            raise
        pytest.skip(f"needs {error.name}")


def test_every_benchmark_is_in_the_table():
    assert {path.stem for path in HERE.glob("*.py") if "def measure(" in path.read_text(encoding="utf-8")} == set(ROOMS)
