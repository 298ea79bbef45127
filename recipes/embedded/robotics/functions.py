"""Functions made at random from what an expert did in an episode: two to four primitives in a row, or a loop.

What they are called says what they do, or it is a made-up word and the prompt describes them. So the model learns that
functions which a prompt tells are there to be used, and how their arguments are given, lists among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from worldlore.environments.base import Primitive
from worldlore.experience import Action, Trajectory
from worldlore.methods.learnact.mined.compression import cover, uses_in
from worldlore.methods.learnact.mined.corpus import Call, example_of
from worldlore.methods.learnact.mined.naming import action_name
from worldlore.methods.learnact.mined.patterns import Body, Do, Each, Macro, Term, Var, calls_in, variables
from worldlore.methods.learnact.mined.writing import written

SETTLED = frozenset({"left", "right", "boot", "shaker1", "l0", "l1", "l2"})
"""Words that may stand in a function as they are."""
MINED = (
    ("Unstack", "Putdown"),
    ("Pickup", "Stack"),
    ("jack_up", "undo", "remove_wheel", "put_away"),
)
"""What the examples mine in so few calls; such functions are not made."""
_SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in "aeiou"]


@dataclass(frozen=True)
class Functions:
    """A few learned functions."""

    macros: tuple[Macro, ...]
    """What they do."""
    actions: tuple[Action, ...]
    """The same as Python."""
    described: bool
    """Whether the prompt says what they do."""

    @staticmethod
    def drawn(seen: Trajectory, begun: int, primitives: Sequence[Primitive], rng: Random) -> Functions | None:
        """One to three, from the course of an episode after its detour; None where it offers none."""
        example = example_of(seen, primitives)
        named = {primitive.name: primitive for primitive in primitives}
        made_up, macros = rng.random() < 0.3, list[Macro]()
        for _ in range(rng.randint(1, 3)):
            body = _body(example.calls[begun:], rng)
            if body is not None and all(body != macro.body for macro in macros):
                macro = Macro("", variables(body), body, body)
                taken = {*named, *(m.name for m in macros)}
                name = _word(rng) if made_up else action_name(macro, taken)
                macros.append(replace(macro, name=name))
        if not macros:
            return None
        actions = tuple(written(macro, named) for macro in macros)
        return Functions(tuple(macros), actions, made_up or rng.random() < 0.5)


def told_in(
    functions: Functions | None, seen: Trajectory, primitives: Sequence[Primitive], begun: int
) -> list[tuple[int, str]]:
    """The course of an episode from a step on, in the fewest calls: which step, and what is done there."""
    example = example_of(seen, primitives)
    uses = [use for macro in (functions.macros if functions else ()) for use in uses_in(macro, example)]
    row = cover(example, [use for use in uses if use.start >= begun], _cost)
    places = [at for at, step in enumerate(seen.steps) if step.info["valid"]]
    return [(places[use.start], str(use.call)) for use in row if places[use.start] >= begun]


def _cost(call: Call) -> float:
    return 1.0 + sum(1 if isinstance(argument, str) else len(argument) for argument in call.arguments) / 10_000


def _word(rng: Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=rng.choice((2, 2, 3))))


def _body(calls: Sequence[Call], rng: Random) -> Body | None:
    """Some calls in a row; where they come again and again at once, sometimes a loop over them."""
    size = rng.choice((1, 2, 2, 3, 3, 4))
    if len(calls) < max(2, size):
        return None
    at = rng.randrange(len(calls) - size + 1)
    part = calls[at : at + size]
    rounds = _rounds(calls, at, size)
    loop = len(rounds) > 1 and (size == 1 or rng.random() < 0.5)
    body = _loop(rounds) if loop else _row(part, rng) if size > 1 else None
    if body is None or tuple(do.name for do in calls_in(body)) in MINED:
        return None
    return body


def _row(part: Sequence[Call], rng: Random) -> Body:
    """The calls, with variables for words."""
    kept = {word for call in part for word in call.arguments if word in SETTLED and rng.random() < 0.5}
    words = dict.fromkeys(word for call in part for word in call.arguments if word not in kept)
    names = {word: Var(f"v{number}") for number, word in enumerate(words)}
    return tuple(Do(call.name, tuple(names.get(word, word) for word in call.arguments)) for call in part)


def _rounds(calls: Sequence[Call], at: int, size: int) -> list[Sequence[Call]]:
    """How often calls of the same names come one after the other."""
    rounds = [calls[at : at + size]]
    while [c.name for c in calls[at + size : at + 2 * size]] == [c.name for c in rounds[0]]:
        at += size
        rounds.append(calls[at : at + size])
    return rounds


def _loop(rounds: Sequence[Sequence[Call]]) -> Body | None:
    """A loop over the words that differ from round to round, the others as they are or as variables."""
    columns = dict[tuple[object, ...], Var]()
    body = list[Do]()
    for number, call in enumerate(rounds[0]):
        terms = list[Term]()
        for place in range(len(call.arguments)):
            drawn = tuple(one[number].arguments[place] for one in rounds)
            terms.append(columns.setdefault(drawn, Var(f"v{len(columns)}")))
        body.append(Do(call.name, tuple(terms)))
    lists = {drawn: variable for drawn, variable in columns.items() if len(set(drawn)) > 1}
    if not lists or len(lists) > 2:
        return None
    pairs = tuple((variable, Var(f"{variable.name}s", many=True)) for variable in lists.values())
    return (Each(pairs, tuple(body)),)
