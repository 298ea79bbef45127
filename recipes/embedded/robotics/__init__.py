"""The four robotic worlds as the agent `act` meets them in Python: a state in, a line of calls out."""

from __future__ import annotations

from recipes.embedded.language import Language
from recipes.embedded.robotics.corpus import Moments
from recipes.embedded.robotics.measure import look, results
from recipes.embedded.robotics.words import names, phrases

SETTINGS = {
    "vocabulary": 1100,
    "width": 128,
    "layers": 4,
    "heads": 4,
    "inner": 352,
    "games": 64,
    "passes": 3,
    "shelf": 1,
    "steps": 1200,
    "course": ((0, 0.02), (49, 1.0), (600, 1.0), (950, 0.0), (960, 0.5), (1100, 0.357), (1200, 0.0)),
    "world": 0.0,
    "opening": 0.15,
}
"""How its recipe differs from the default one."""

LANGUAGE = Language(Moments, names, SETTINGS, look, results, phrases, first=4_000_000, count=1600)
"""Robotic planning."""
