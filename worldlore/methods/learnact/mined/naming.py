"""Names and words for mined actions, all made from the primitives: their names, their parameters, what they are about.

An action is called after what it does (`pick_move_drop`), a parameter after the place where its words first stand
(`room`), its list in the plural. What an action does is told by its calls, one after the other: that is always right,
whatever primitives say of themselves.
"""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Iterable, Mapping, Sequence

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
    parts_of,
    walk,
)

VERBS = 3
"""More different primitives than this, and an action is named after its first and its last one."""

WIDTH = 160
"""Characters of what an action does; calls that do not fit are left out."""

JOINTS = re.compile(r": |[;,] then ")
"""Where it may be cut."""

SHOWN = 3
"""Constants of a loop that are named."""

RESERVED = frozenset(
    {*keyword.kwlist, "seen", "zip", "enumerate", "range", "len", "start", *(f"start{depth}" for depth in range(2, 9))}
)
"""Words that mean something else in the code that is written."""


def action_name(macro: Macro, taken: Iterable[str]) -> str:
    """`pick_move_drop`; `pick_move_drop_all` for a loop over it; with a number where the name is taken."""
    verbs = list(dict.fromkeys(do.name.lower() for do in calls_in(macro.flat)))
    name = "_".join(verbs) if len(verbs) <= VERBS else f"{verbs[0]}_to_{verbs[-1]}"
    if any(isinstance(statement, Each) and statement in macro.body for statement in walk(macro.body[:1])):
        name += "_all" if len(macro.body) == 1 else ""
    return fresh(name if len(verbs) > 1 or name.endswith("_all") else f"{name}s", RESERVED.union(taken))


def fresh(name: str, taken: Iterable[str]) -> str:
    """The name, with the first free number from 2 on if it is taken."""
    used = set(taken)
    number = 2
    found = name
    while found in used:
        found, number = f"{name}{number}", number + 1
    return found


def variable_names(macro: Macro, primitives: Mapping[str, Primitive]) -> dict[str, str]:
    """Variable -> name, for parameters and loop variables; none hides a function that is called."""
    places = _places(macro.flat, primitives)
    taken = RESERVED.union(do.name for do in (*calls_in(macro.body), *calls_in(macro.flat)))
    names: dict[str, str] = {}
    for variable in macro.parameters:
        wishes = [_plural(w) if variable.many else w for w in places.get(variable.name) or ["word"]]
        names[variable.name] = _chosen(wishes, taken.union(names.values()))
    _name_loops(macro.body, names, places, taken.union(names.values()))
    return names


def _name_loops(body: Body, names: dict[str, str], places: Mapping[str, list[str]], taken: frozenset[str]) -> None:
    """Names for loop variables, other than those of the loops around; a part of a list is written without one."""
    for statement in body:
        used = taken
        for variable, source in statement.columns if isinstance(statement, Each) else ():
            wishes = places.get(variable.name, []) or ["one"]
            if isinstance(source, Var) and source.name in names:
                wishes = [names[source.name].removesuffix("s"), *wishes]
            names[variable.name] = _chosen(wishes, used)
            used |= set() if isinstance(statement, Each) and statement.size else {names[variable.name]}
        _name_loops(parts_of(statement), names, places, used)


def _chosen(wishes: list[str], taken: Iterable[str]) -> str:
    used = set(taken)
    return next((wish for wish in wishes if wish not in used), None) or fresh(wishes[0], used)


def _plural(word: str) -> str:
    return word if word.endswith("s") and len(word) > 1 else f"{word}s"


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


def about(macro: Macro, names: Mapping[str, str]) -> str:
    """What an action does: the longest lists it takes, then its calls in the order made, one line of `WIDTH`."""
    most = [f"at most {number} {names[name]}" for name, number in _limits(macro).items()]
    limits = f"Takes {' and '.join(most)}. " if most else ""
    text = "; then ".join(_told(statement, names) for statement in macro.body)
    opened = text[:1].upper() + text[1:] if isinstance(macro.body[0], Each) else text  # a name stays as it is
    return _cut(f"{limits}{opened}.")


def _cut(text: str) -> str:
    """The parts that fit, and a sign that there are more."""
    if len(text) <= WIDTH:
        return text
    ends = [found.end() for found in JOINTS.finditer(text, 0, WIDTH - 1)]
    return f"{text[: ends[-1] if ends else WIDTH - 1]}…"


def _limits(macro: Macro) -> dict[str, int]:
    """List parameter -> how many of its words are used, where constants beside it are fewer than anyone may give."""
    found: dict[str, int] = {}
    parameters = {variable.name for variable in macro.parameters}
    for each in (s for s in walk(macro.flat) if isinstance(s, Each)):
        beside = [len(source) for _, source in _constant(each)]
        for _, source in each.columns if beside else ():
            if isinstance(source, Var) and source.name in parameters:
                found[source.name] = min(*beside, found.get(source.name, beside[0]))
    return found


def _told(statement: Statement, words: Mapping[str, str]) -> str:
    if isinstance(statement, Do):
        return f"{statement.name}({', '.join(_word(term, words) for term in statement.terms)})"
    if isinstance(statement, Each):
        return _loop(statement, words)
    if isinstance(statement, If):
        return f"{_together(statement.body, words)} if {sentence(statement.clause, words)}"
    return "stop"


def _nested(body: Body, words: Mapping[str, str]) -> str:
    """Statements of a loop; a loop in it stands in brackets, which tell where it ends."""
    told = [(s, _told(s, words)) for s in body]
    return ", then ".join(f"({text})" if isinstance(s, Each) else text for s, text in told)


def _together(body: Body, words: Mapping[str, str]) -> str:
    """The same as one thing."""
    text = _nested(body, words)
    return text if len(body) == 1 else f"({text})"


def _loop(each: Each, words: Mapping[str, str]) -> str:
    """A list of constants beside one that is given needs no variable: `for each obj of objs: pick(obj, left/right)`."""
    given = [(variable, source) for variable, source in each.columns if isinstance(source, Var)]
    inner = dict(words)
    if given:
        inner |= {variable.name: _shown(source) for variable, source in _constant(each)}
    if each.size:
        inner |= {variable.name: "these" for variable, _ in given}
    drawn = ", ".join(_word(variable, inner) for variable, _ in given or each.columns)
    lists = [_word(source, words) for _, source in given] or [_shown(source) for _, source in _constant(each)]
    over = f"as many {' as '.join(lists)}" if len(given) > 1 else " beside ".join(lists)
    head = f"for {over}, {each.size} by {each.size}" if each.size else f"for each {drawn} of {over}"
    joint = f", and in between {_together(each.between, inner)}" if each.between else ""
    return f"{head}: {_nested(each.body, inner)}{joint}"


def _constant(each: Each) -> list[tuple[Var, tuple[str, ...] | str]]:
    return [(variable, source) for variable, source in each.columns if not isinstance(source, Var)]


def _shown(words: Sequence[str]) -> str:
    return "/".join((*words[:SHOWN], *(["…"] if len(words) > SHOWN else [])))


def _word(term: Term, words: Mapping[str, str]) -> str:
    if isinstance(term, Var):
        return words.get(term.name, term.name)
    return json.dumps(term if isinstance(term, str) else list(term), ensure_ascii=False)


def sentence(clause: Clause, words: Mapping[str, str]) -> str:
    """A clause as it is told."""
    text = "".join(words.get(p.name, p.name) if isinstance(p, Var) else p for p in clause.parts)
    return f"{'it was' if clause.told else 'it was not'} told that {text.strip().rstrip('.')}"
