"""Word problems and small algebra as an agent that writes Python and answers meets them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recipes.embedded.arithmetic.corpus import Solutions
from recipes.embedded.arithmetic.words import names, phrases, pieces
from recipes.embedded.language import Language


def _look(folder: Path) -> dict[str, Any]:
    from recipes.embedded.arithmetic.measure import look

    return look(folder)


def _results(folder: Path) -> dict[str, Any]:
    from recipes.embedded.arithmetic.measure import results

    return results(folder)


SETTINGS: dict[str, Any] = {
    "vocabulary": 1408,
    "longest": 24,
    "width": 128,
    "tied": False,
    "layers": 5,
    "heads": 4,
    "inner": 256,
    "alike": True,
    "context": 2048,
    "games": 48,
    "passes": 2,
    "shelf": 8,
    "steps": 340,
    "course": ((0, 0.02), (50, 1.0), (200, 1.0), (340, 0.0)),
    "save_every": 20,
    "world": 0.05,
    "opening": 0.1,
}
"""How its recipe differs from the default one."""

LANGUAGE = Language(Solutions, names, SETTINGS, _look, _results, phrases, count=1500, pieces=pieces, half=True)
"""Arithmetic."""
