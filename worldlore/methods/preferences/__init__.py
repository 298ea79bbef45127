"""Preferences from files: other people's pairs, or those that trees gave, exported.

    formats.py    one record of a file -> pairs of replies to one prompt
    reading.py    files of records: JSON, JSON Lines, parquet; what is malformed is told with its place
    mix.py        one source: a file, its format, at most so many of its pairs
    method.py     the method that trains on nothing else

Method "densepolicy" adds the same mixes to the pairs of its trees (DensePolicy §2.3-2.5).
"""

from worldlore.methods.preferences.method import Preferences, PreferencesConfig
from worldlore.methods.preferences.mix import Mix, Mixed, mixed

__all__ = ["Mix", "Mixed", "Preferences", "PreferencesConfig", "mixed"]
