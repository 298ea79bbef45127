"""Units of training from files: other people's, or those that trees gave, exported.

    reading.py    files of records: JSON, JSON Lines, parquet; what is malformed is told with its place
    fields.py     what records are made of: texts, lists, turns
    pairs.py      published formats of preference pairs: a record -> contrasts
    talks.py      published formats of conversations: a record -> turns to imitate
    mix.py        one source: a file, its format, at most so much of it

Method "preferences" trains on pairs alone, "densepolicy" adds them to those of its trees (DensePolicy §2.3-2.5);
"imitation" adds conversations to what it played, or trains on nothing else.
"""

from worldlore.methods.mixes.mix import Mix, Mixed, PairMix, TalkMix, mixed, opened

__all__ = ["Mix", "Mixed", "PairMix", "TalkMix", "mixed", "opened"]
