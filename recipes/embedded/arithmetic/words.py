"""What is one token: things, people, places, variables, small numbers, and every part of a turn that never changes."""

from __future__ import annotations

import re

from worldlore.environments.maths.arithmetic import words

OPENING = "Solve this with Python."
INCORRECT = "Your answer is incorrect. Find the mistake and answer again."
ANSWER = "Answer: "
ASKED = {"instruction": OPENING, "cases": 0, "max_tokens": 96}
"""Keys of `codeact`, as the model is asked."""
FENCE, CLOSE = "```python\n", "\n```"
SMALL = range(101)
"""Numbers that are one token each; of larger ones every digit is."""
VARIABLES = (
    "adults", "after", "all_things", "area", "around", "bill", "both", "change", "children", "cost", "cows", "days",
    "difference", "dog", "doubled", "each", "earlier", "earned", "ends", "extra", "first", "gap", "gaps", "good",
    "grown", "half", "hens", "house", "kept", "lacking", "last", "later", "least", "left", "less", "litres", "longer",
    "made", "many", "missing", "money", "months", "more", "off", "others", "over", "packs", "part", "price", "product",
    "quotient", "rate", "remainder", "remaining", "rest", "risen", "row", "saved", "second", "several", "side",
    "square", "staying", "stock", "sum", "tens", "third", "times", "together", "total", "twice", "way", "week", "width",
)  # fmt: skip
"""What solutions call their results."""
_THINGS = (
    words.PEOPLE, words.GOODS, words.KEPT, words.CONTAINERS, words.MAKERS, words.MADE, words.PLACES, words.VEHICLES,
    words.GROUPS,
)  # fmt: skip


def names() -> list[str]:
    """Each as it stands in a text, longest first."""
    found = {*(f" {word}" for kind in _THINGS for word in kind), *(str(n) for n in SMALL)}
    return sorted(found, key=lambda name: (-len(name), name))


def phrases() -> list[str]:
    """Parts of turns that never change."""
    return [OPENING, INCORRECT, ANSWER, FENCE, CLOSE]


def pieces() -> str:
    """Names, numbers up to a hundred, single digits, what calls and joins in Python, ends of lines."""
    things = "|".join(map(re.escape, sorted({word for kind in _THINGS for word in kind})))
    variables = "|".join(sorted(VARIABLES, key=len, reverse=True))
    return (
        rf" ?(?<![a-z])(?:{things})(?![a-z])"
        rf"|(?<=print\()(?:{variables})(?:_[a-z])?(?=\))"
        rf"|(?<!\d)(?:100|\d\d?)(?!\d)|\d|print\(|\)| (?:[-+*%=]|//?) |\n+"
    )
