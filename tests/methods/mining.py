"""Trajectories to mine, without a world: calls, and what was seen around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from worldlore.environments.base import Primitive
from worldlore.experience import Action
from worldlore.methods.learnact.mined.corpus import Call, Corpus, Example

PRIMITIVES = (
    Primitive("goto", ("place",), "go to {place}", "go to a place"),
    Primitive("open", ("place",), "open {place}", "open a closed place"),
    Primitive("take", ("thing", "place"), "take {thing} from {place}", "take a thing; hands are empty"),
    Primitive("put", ("thing", "place"), "put {thing} in {place}", "put a thing there"),
    Primitive("look", (), "look", "look around"),
)


def call(text: str) -> Call:
    """`goto kitchen` as a call."""
    name, *arguments = text.split()
    return Call(name, tuple(arguments))


def example(*calls: str, seen: Sequence[str] | None = None) -> Example:
    """Calls in words; unless it is told, everything was seen from the start."""
    made = tuple(map(call, calls))
    words = " ".join(dict.fromkeys(word for c in made for word in c.arguments))
    return Example(made, tuple(seen) if seen else (words, *("Done.",) * len(made)))


def corpus(*examples: Example) -> Corpus:
    return Corpus(examples, PRIMITIVES)


def expanded(line: str, actions: Iterable[Action], sandbox, sees=None) -> list[Call]:
    """The primitive calls that a line of Python makes, learned actions in scope; `sees` tells what each gives back."""
    made: list[Call] = []
    told = iter(sees or ())

    def answer(name, arguments, keywords):
        assert not keywords
        made.append(Call(name, tuple(arguments)))
        return next(told, "Done.")

    setup = "\n".join(action.source for action in actions)
    ran = sandbox.run(line, {p.name: p.parameters for p in PRIMITIVES}, answer, setup)
    assert ran.ending == "finished", ran.error
    return made
