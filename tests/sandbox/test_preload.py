"""Packages read before the doors are shut can be imported, and nothing else beside the standard library."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sandbox.test_sandbox import silent
from worldlore.errors import ConfigError
from worldlore.sandbox import Bounds, Sandbox
from worldlore.sandbox.worker import PATIENCE, Worker


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with a part in it, one below it and tests."""
    for folder, text in (("shelf", "top = 1"), ("shelf/deep", "low = 2"), ("shelf/tests", "1 / 0")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text(text)
    (tmp_path / "shelf/late.py").write_text("late = 3")
    monkeypatch.syspath_prepend(str(tmp_path))
    return "shelf"


def test_a_package_that_was_read_in_advance_can_be_imported(package: str):
    with Sandbox(preload=[package]) as sandbox:
        assert sandbox.run("import shelf\nshelf.top", {}, silent).value == "1"


def test_a_worker_is_given_more_time_to_load_and_no_more_to_answer(package: str):
    worker = Worker(Bounds(), preload=[package])
    assert worker._control.gettimeout() == PATIENCE  # pyright: ignore[reportPrivateUsage]
    worker.close()


def test_its_folder_is_out_of_reach_once_the_doors_are_shut(package: str):
    with Sandbox(preload=[package]) as sandbox:
        assert "ModuleNotFoundError" in (sandbox.run("import shelf.late", {}, silent).error or "")
        assert sandbox.run("import sys\n[p for p in sys.path if 'pytest' in p]", {}, silent).value == "[]"


def test_a_star_reads_all_below_a_package_but_its_tests(package: str):
    with Sandbox(preload=[f"{package}.*"]) as sandbox:
        code = "from shelf.deep import low\nfrom shelf.late import late\nlow + late"
        assert sandbox.run(code, {}, silent).value == "5"


def test_a_package_that_is_not_installed_is_named():
    with Sandbox(preload=["no_such_package.part"]) as sandbox, pytest.raises(ConfigError, match="'no_such_package'"):
        sandbox.run("1", {}, silent)
