"""When two phrases count as the same: the token-set ratio, 0 to 100.

Both become sets of words. What they share is compared with each, and each with the other; the best likeness counts, so
a phrase is like any that contains all of its words. The likeness of two texts is twice the length of their longest
common subsequence by the sum of their lengths. As published, more than 85, rounded, is a match; so "large" is like
"x-large".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

CLOSE = 85
"""More than this is a match."""
_APART = re.compile(r"[\W_]+")


@lru_cache(maxsize=100_000)
def likeness(one: str, other: str) -> int:
    """The token-set ratio of two phrases; 0 where either has no words."""
    a, b = _tokens(one), _tokens(other)
    if not a or not b:
        return 0
    shared = " ".join(sorted(a & b))
    first, second = (" ".join(filter(None, [shared, " ".join(sorted(rest))])) for rest in (a - b, b - a))
    pairs = [(first, second)]
    if shared:
        pairs += [(shared, first), (shared, second)]
    return max(_ratio(x, y) for x, y in pairs)


def matches(wanted: str, offered: Iterable[str]) -> bool:
    """Whether any of what is offered is like what is wanted."""
    return any(likeness(phrase, wanted) > CLOSE for phrase in offered)


def _tokens(phrase: str) -> frozenset[str]:
    return frozenset(_APART.sub(" ", phrase.lower()).split())


def _ratio(one: str, other: str) -> int:
    return round(200 * common(one, other) / (len(one) + len(other)))


def common(one: str, other: str) -> int:
    """Length of the longest common subsequence, a bit for each character (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for place, sign in enumerate(one):
        places[sign] = places.get(sign, 0) | 1 << place
    full = (1 << len(one)) - 1
    left = full
    for sign in other:
        met = left & places.get(sign, 0)
        left = ((left + met) | (left - met)) & full
    return len(one) - left.bit_count()
