"""Household tasks as the agent `act` lives them: observation in, action out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from recipes.embedded.household.corpus import Games
from recipes.embedded.household.measure import play
from recipes.embedded.language import Language
from worldlore.environments.household import homes


def names() -> list[str]:
    """Every thing and receptacle of the household, longest first."""
    rooms = [homes.room(room) for room in homes.ROOMS]
    things = {thing for room in rooms for thing in room.counts}
    return sorted(things | homes.HOLDS.keys(), key=lambda name: (-len(name), name))


def _look(folder: Path) -> dict[str, Any]:
    return play(folder, "dev", 200).record


def _results(folder: Path) -> dict[str, Any]:
    """Greedy success on both tests, and what sampling finds on `train`."""
    return {
        "test": play(folder, "test", 400).record,
        "test_unseen": play(folder, "test_unseen", 200).record,
        "train, sampled at temperature 1, 8 attempts": play(folder, "train", 60, 1.0, 8).record,
    }


LANGUAGE = Language(Games, names, {}, _look, _results)
"""The default."""
