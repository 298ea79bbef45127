"""A sandbox for the tests of what well-behaved programs may expect."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from worldlore.sandbox import Bounds, Sandbox


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """One with small bounds."""
    with Sandbox(Bounds(seconds=5, memory_mb=256, output_chars=500, calls=20)) as sandbox:
        yield sandbox
