"""Names and words for mined actions, all made from the primitives: their names, their parameters, what they are about.

An action is called after what it does (`pick_move_drop`), a parameter after the place where its words first stand
(`room`), its list in the plural. What an action does is told by telling what its primitives do, one after the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from worldlore.environments.base import Primitive
from worldlore.methods.learnact.mined.patterns import (
    Body,
    Clause,
    Do,
    Each,
    If,
    Macro,
    Statement,
    Term,
    Var,
    calls_in,
    walk,
)

VERBS = 3
"""More different primitives than this, and an action is named after its first and its last one."""


def action_name(macro: Macro, taken: Iterable[str]) -> str:
    """`pick_move_drop`; `pick_move_drop_all` for a loop over it; with a number where the name is taken."""
    verbs = list(dict.fromkeys(do.name.lower() for do in calls_in(macro.flat)))
    name = "_".join(verbs) if len(verbs) <= VERBS else f"{verbs[0]}_to_{verbs[-1]}"
    if any(isinstance(statement, Each) and statement in macro.body for statement in walk(macro.body[:1])):
        name += "_all" if len(macro.body) == 1 else ""
    return fresh(name if len(verbs) > 1 or name.endswith("_all") else f"{name}s", taken)


def fresh(name: str, taken: Iterable[str]) -> str:
    """The name, with the first free number from 2 on if it is taken."""
    used = set(taken)
    number = 2
    found = name
    while found in used:
        found, number = f"{name}{number}", number + 1
    return found


def variable_names(macro: Macro, primitives: Mapping[str, Primitive]) -> dict[str, str]:
    """Variable -> name, for parameters and loop variables."""
    places = _places(macro.flat, primitives)
    names: dict[str, str] = {}
    for variable in macro.parameters:
        wishes = [_plural(w) if variable.many else w for w in places.get(variable.name, ["word"])]
        names[variable.name] = _chosen(wishes, names.values())
    for each in (s for s in walk(macro.body) if isinstance(s, Each)):
        for variable, source in each.columns:
            wishes = places.get(variable.name, []) or ["one"]
            if isinstance(source, Var) and source.name in names:
                wishes = [names[source.name].removesuffix("s"), *wishes]
            outer = {names[s.name] for s in macro.parameters}
            names[variable.name] = _chosen(wishes, outer | {names.get(v.name, "") for v, _ in each.columns})
    return names


def _chosen(wishes: list[str], taken: Iterable[str]) -> str:
    used = set(taken)
    return next((wish for wish in wishes if wish not in used), None) or fresh(wishes[0], used)


def _plural(word: str) -> str:
    return word if word.endswith("s") else f"{word}s"


def _places(flat: Body, primitives: Mapping[str, Primitive]) -> dict[str, list[str]]:
    """Variable -> names of the parameters it is given for, those of loops for their lists too."""
    found: dict[str, list[str]] = {}
    for do in calls_in(flat):
        for place, term in enumerate(do.terms):
            if isinstance(term, Var) and do.name in primitives:
                found.setdefault(term.name, []).append(primitives[do.name].parameters[place])
    for each in reversed([s for s in walk(flat) if isinstance(s, Each)]):
        for variable, source in each.columns:
            if isinstance(source, Var):
                found.setdefault(source.name, []).extend(found.get(variable.name, []))
    return found


def about(macro: Macro, names: Mapping[str, str], primitives: Mapping[str, Primitive]) -> str:
    """What an action does, in a sentence."""
    told = _told(macro.flat, names, primitives)
    text = re.sub(r"\b(?:an?|the) each\b", "each", re.sub(r"\b(\w+) \1\b", r"\1", ", then ".join(told)))
    return f"{text[:1].upper()}{text[1:]}."


def _told(body: Body, words: Mapping[str, str], primitives: Mapping[str, Primitive]) -> list[str]:
    return [text for statement in body for text in _phrases(statement, words, primitives)]


def _phrases(statement: Statement, words: Mapping[str, str], primitives: Mapping[str, Primitive]) -> list[str]:
    if isinstance(statement, Do):
        return [phrase(statement, words, primitives)]
    if isinstance(statement, Each):
        return [_loop(statement, words, primitives)]
    if isinstance(statement, If):
        inside = ", then ".join(_told(statement.body, words, primitives))
        return [f"{inside} if {sentence(statement.clause, words)}"] if inside else []
    return []


def _loop(each: Each, words: Mapping[str, str], primitives: Mapping[str, Primitive]) -> str:
    inner, heads = dict(words), list[str]()
    for variable, source in each.columns:
        listed = words.get(source.name, source.name) if isinstance(source, Var) else " or ".join(source)
        single = listed.removesuffix("s") if isinstance(source, Var) else listed
        inner[variable.name] = listed if each.size else f"each {single}" if isinstance(source, Var) else listed
        heads += [listed] if isinstance(source, Var) else []
    text = ", then ".join(_told(each.body, inner, primitives))
    joints = _told(each.between, inner, primitives)
    joint = f", and in between {', then '.join(joints)}" if joints else ""
    return f"for {' and '.join(heads)}, {each.size} by {each.size}: {text}{joint}" if each.size else text + joint


def phrase(do: Do, words: Mapping[str, str], primitives: Mapping[str, Primitive]) -> str:
    """What one call does."""
    primitive = primitives[do.name]
    told = dict(zip(primitive.parameters, (_word(term, words) for term in do.terms), strict=True))
    text = primitive.about.partition(";")[0] or primitive.name.replace("_", " ")
    known = "|".join(map(re.escape, told))
    return re.sub(rf"\b({known})\b", lambda found: told[found[1]], text) if told else text


def _word(term: Term, words: Mapping[str, str]) -> str:
    if isinstance(term, Var):
        return words.get(term.name, term.name)
    return term if isinstance(term, str) else ", ".join(term)


def sentence(clause: Clause, words: Mapping[str, str]) -> str:
    """A clause as it is told."""
    text = "".join(words.get(p.name, p.name) if isinstance(p, Var) else p for p in clause.parts)
    return f"{'it was' if clause.told else 'it was not'} told that {text.strip().rstrip('.')}"
