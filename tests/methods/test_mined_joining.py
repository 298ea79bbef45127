"""Scripts in ever fewer actions."""

from tests.methods.mining import PRIMITIVES, call, example
from worldlore.methods.learnact.mined.corpus import Call
from worldlore.methods.learnact.mined.joining import shorter
from worldlore.methods.learnact.mined.patterns import Do, Each, Macro, Var, variables
from worldlore.methods.learnact.mined.rewriting import Edition

BODY = (Each(((Var("e"), Var("es", True)),), (Do("take", (Var("e"), Var("p"))),)),)
TAKES = Macro("takes", variables(BODY), BODY, BODY)
EDITION = Edition((TAKES,), {p.name: p for p in PRIMITIVES}, {})
SEEN = example("take a desk", "take b desk", "take c bed")


def takes(place: str, *things: str) -> Call:
    return Call("takes", (things, place))


def test_calls_that_differ_in_one_list_are_joined_where_the_first_one_was():
    script = (takes("desk", "a"), takes("bed", "c"), takes("desk", "b"))
    assert next(shorter(script, EDITION, SEEN)) == (takes("desk", "a", "b"), takes("bed", "c"))


def test_no_word_is_called_for_that_was_not_told_at_the_beginning():
    script = (takes("desk", "a"), takes("bed", "c"), takes("desk", "unheard"))
    assert list(shorter(script, EDITION, SEEN)) == []


def test_primitive_calls_may_be_left_out_and_learned_ones_may_not():
    script = (call("look"), takes("desk", "a"), call("goto bed"))
    assert list(shorter(script, EDITION, SEEN)) == [script[1:], script[:2]]
