"""Anti-unification (Plotkin 1970): the most special pattern of which two stretches of calls are both cases.

A stretch is a sequence of groups. A group is one call, or rounds of calls that a loop would make: arguments that vary
from round to round are its columns. Where both stretches have the same word it stays; where they differ stands a
variable, the same variable for the same pair of words. Lists of constants stay where one begins with the other, as
("left",) and ("left", "right") do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from worldlore.methods.learnact.mined.corpus import Call, Value
from worldlore.methods.learnact.mined.patterns import Body, Do, Each, Statement, Term, Var

Place = tuple[int, int]
"""Which call of a round, and which of its arguments."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one statement stands for."""

    rounds: tuple[tuple[Call, ...], ...]
    """The calls of each round."""
    between: tuple[Call, ...] = ()
    """What was called between any two rounds, always the same."""

    @property
    def names(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """What is called in a round, and between."""
        return tuple(c.name for c in self.rounds[0]), tuple(c.name for c in self.between)

    @property
    def columns(self) -> tuple[Place, ...]:
        """Where the rounds differ."""
        first = self.rounds[0]
        places = ((k, j) for k, call in enumerate(first) for j in range(len(call.arguments)))
        return tuple(p for p in places if len({self.value(p, r) for r in range(len(self.rounds))}) > 1)

    def value(self, place: Place, number: int = 0) -> Value:
        """What stands in a place in one round."""
        return self.rounds[number][place[0]].arguments[place[1]]


def single(call: Call) -> Group:
    """A group of one call."""
    return Group(((call,),))


Stretch = tuple[Group, ...]


def anti_unified(left: Stretch, right: Stretch) -> Body | None:
    """The pattern of both; None where they do not even call the same functions."""
    if len(left) != len(right) or not all(_alike(a, b) for a, b in zip(left, right, strict=True)):
        return None
    made = _Pairs()
    body = [made.statement(a, b) for a, b in zip(left, right, strict=True)]
    return None if any(statement is None for statement in body) else cast(Body, tuple(body))


def _alike(left: Group, right: Group) -> bool:
    """Whether both call the same; what comes between rounds is not known of a group of one round."""
    body, between = (one == other for one, other in zip(left.names, right.names, strict=True))
    return body and (between or len(left.rounds) == 1 or len(right.rounds) == 1)


class _Pairs:
    """The variables of one anti-unification: one for each pair of values that differ."""

    def __init__(self) -> None:
        self._made: dict[tuple[object, object], Var] = {}
        self._loops = 0

    def statement(self, left: Group, right: Group) -> Statement | None:
        columns = sorted({*left.columns, *right.columns})
        if not columns:
            call = left.rounds[0][0]
            plain = len(left.rounds) == len(right.rounds) == len(left.rounds[0]) == 1
            return Do(call.name, self._terms(left, right, 0, {})) if plain else None
        size = _size(left, right, columns)
        return None if size is None else self._loop(left, right, columns, size)

    def _loop(self, left: Group, right: Group, columns: Sequence[Place], size: int) -> Each | None:
        own: dict[Place, Var] = {}
        heads: dict[tuple[object, object], tuple[Var, Term]] = {}
        for place in columns:
            pair = _column(left, place, size), _column(right, place, size)
            if pair not in heads:
                source = self._list(*pair)
                self._loops += 1
                heads[pair] = Var(f"each{self._loops}", many=bool(size)), source
            own[place] = heads[pair][0]
        if all(not isinstance(source, Var) for _, source in heads.values()):
            return None
        body = tuple(Do(c.name, self._terms(left, right, k, own)) for k, c in enumerate(left.rounds[0]))
        return Each(tuple(heads.values()), body, self._between(left, right), size)

    def _between(self, left: Group, right: Group) -> Body:
        """What both do between rounds; where only one has any, its words are taken for the variables they stand for."""
        if left.between and right.between:
            both = zip(left.between, right.between, strict=True)
            return tuple(Do(a.name, tuple(map(self._term, a.arguments, b.arguments))) for a, b in both)
        side = 0 if left.between else 1
        stands = {pair[side]: variable for pair, variable in self._made.items()}
        calls = left.between or right.between
        return tuple(Do(c.name, tuple(stands.get(word, word) for word in c.arguments)) for c in calls)

    def _terms(self, left: Group, right: Group, k: int, own: dict[Place, Var]) -> tuple[Term, ...]:
        places = [(k, j) for j in range(len(left.rounds[0][k].arguments))]
        return tuple(own.get(p) or self._term(left.value(p), right.value(p)) for p in places)

    def _term(self, left: Value, right: Value) -> Term:
        if left == right and isinstance(left, str):
            return left
        return self._variable(left, right, many=isinstance(left, tuple))

    def _list(self, left: tuple[str, ...], right: tuple[str, ...]) -> Term:
        longest = max(left, right, key=len)
        if longest[: len(left)] == left and longest[: len(right)] == right:
            return longest
        return self._variable(left, right, many=True)

    def _variable(self, left: object, right: object, many: bool) -> Var:
        return self._made.setdefault((left, right), Var(f"x{len(self._made)}", many))


def _column(group: Group, place: Place, size: int) -> tuple[str, ...]:
    values = [group.value(place, r) for r in range(len(group.rounds))]
    return tuple(w for v in values for w in v) if size else cast("tuple[str, ...]", tuple(values))


def _size(left: Group, right: Group, columns: Sequence[Place]) -> int | None:
    """Words a round where the columns hold lists, 0 where they hold words; None where no one loop fits both."""
    values = [g.value(p, r) for g in (left, right) for p in columns for r in range(len(g.rounds))]
    if all(isinstance(v, str) for v in values):
        return 0
    if len(columns) > 1 or any(isinstance(v, str) for v in values):
        return None
    size = max(len(v) for v in values)
    even = all(len(g.value(columns[0], r)) == size for g in (left, right) for r in range(len(g.rounds) - 1))
    return size if even and size > 1 else None
