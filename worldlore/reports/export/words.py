"""Names and sentences as other programs allow them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from worldlore.experience import Action
from worldlore.reports.words import number_of


def plain(text: str) -> str:
    """One line of printable characters."""
    line = " ".join(text.split())
    return "".join(c for c in line if c.isprintable())


def ascii_name(name: str, joined_by: str) -> str:
    """A name of a-z, A-Z, 0-9 and single joints, at most 64 long; "action" where nothing is left."""
    plain_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = [word for word in re.split(r"[^A-Za-z0-9]+", plain_name) if word]
    return joined_by.join(words)[:64].strip(joined_by) or "action"


def apart(names: Iterable[str], joined_by: str) -> list[str]:
    """The same names with a number behind those that came before."""
    found: list[str] = []
    for name in names:
        new, i = name, 1
        while new in found:
            i += 1
            tail = f"{joined_by}{i}"
            new = name[: 64 - len(tail)].rstrip(joined_by) + tail
        found.append(new)
    return found


def sentence(text: str) -> str:
    """One line that ends as a sentence does."""
    said = plain(text)
    return said if said.endswith((".", "!", "?")) else said + "."


def about(action: Action) -> str:
    """What it does, in a sentence."""
    return sentence(action.about or f"Learned action {action.name}")


def notes(action: Action) -> list[str]:
    """When to use it and when not, each in a sentence."""
    return [f"Note: {sentence(note)}" for note in action.notes if plain(note)]


def measured(action: Action) -> str:
    """How its calls fared while it was learned."""
    if not action.calls:
        return "It was never called while it was learned, so its success is not measured."
    done, share = action.calls - action.failures, 1 - action.failures / action.calls
    return f"{done} of {number_of(action.calls, 'call')} succeeded while it was learned ({100 * share:.1f} %)."
