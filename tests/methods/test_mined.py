"""What is mined, kept, written and told again; laws of anti-unification and compression."""

import ast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.methods.mining import PRIMITIVES, call, corpus, example, expanded
from worldlore.environments.base import Primitive
from worldlore.methods.learnact.mined.compression import Library, Mining, mined, uses_in
from worldlore.methods.learnact.mined.corpus import Call, Example
from worldlore.methods.learnact.mined.generalising import Group, anti_unified, single
from worldlore.methods.learnact.mined.guards import clause_between
from worldlore.methods.learnact.mined.naming import action_name
from worldlore.methods.learnact.mined.patterns import (
    Clause,
    Do,
    Each,
    If,
    Macro,
    Var,
    matches,
    unfolded,
    variables,
    walk,
)
from worldlore.methods.learnact.mined.rewriting import edition_of
from worldlore.methods.learnact.mined.writing import written
from worldlore.sandbox import Sandbox

WORDS = [f"w{k}" for k in range(6)]
CALLS = st.one_of(
    *(st.tuples(st.just(p.name), *(st.sampled_from(WORDS) for _ in p.parameters)) for p in PRIMITIVES)
).map(lambda parts: Call(parts[0], parts[1:]))
ROWS = st.lists(CALLS, min_size=1, max_size=9).map(tuple)
CORPORA = st.lists(ROWS, min_size=1, max_size=4)


@pytest.fixture(scope="module")
def sandbox():
    made = Sandbox()
    yield made
    made.close()


def told(row: tuple[Call, ...]) -> Example:
    return Example(row, (" ".join(WORDS), *("Done.",) * len(row)))


def best(*examples: Example, **keys):
    return edition_of(mined(corpus(*examples), Mining(**keys))[0])


def trip(thing: str, here: str, there: str) -> list[str]:
    return [f"goto {here}", f"take {thing} {here}", f"goto {there}", f"put {thing} {there}"]


TRIPS = (
    example(*trip("mug", "desk", "shelf"), "look", *trip("pen", "shelf", "bed")),
    example("look", *trip("cup", "bed", "desk"), *trip("pan", "sofa", "bed"), "look"),
    example(*trip("key", "desk", "sofa"), "look", "look"),
)


@given(st.lists(st.tuples(CALLS, CALLS.flatmap(st.just)), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_an_anti_unification_has_both_stretches_as_cases(pairs):
    left = [a for a, _ in pairs]
    right = [Call(a.name, b.arguments if a.name == b.name else a.arguments) for a, b in pairs]
    body = anti_unified(tuple(map(single, left)), tuple(map(single, right)))
    assert body is not None
    for row in (left, right):
        ends = [end for end, _ in matches(body, told(tuple(row)), 0, {})]
        assert len(row) in ends


def test_equal_words_stay_and_different_ones_become_one_variable_for_each_pair():
    left = tuple(single(call(c)) for c in ("take mug desk", "put mug desk", "look"))
    right = tuple(single(call(c)) for c in ("take pen desk", "put pen desk", "look"))
    thing = Var("x0")
    assert anti_unified(left, right) == (Do("take", (thing, "desk")), Do("put", (thing, "desk")), Do("look", ()))


def test_stretches_of_different_calls_have_no_anti_unification():
    assert anti_unified((single(call("look")),), (single(call("goto desk")),)) is None


def test_runs_of_different_length_become_one_loop():
    left = (Group(((call("take mug desk"),), (call("take pen desk"),))),)
    right = (Group(((call("take cup bed"),),)),)
    (each,) = anti_unified(left, right) or ()
    assert isinstance(each, Each)
    for row in (("take a b",), ("take a b", "take c b", "take d b")):
        assert any(end == len(row) for end, _ in matches((each,), example(*row), 0, {}))
    assert not list(matches((each,), example("take a b", "take c d"), 0, {"x1": "d"}))


@given(CORPORA)
@settings(max_examples=25, deadline=None)
def test_every_kept_action_made_the_description_shorter(rows):
    found = corpus(*map(told, rows))
    for library in mined(found, Mining(longest=4, beam=2, most=3)):
        assert library.total < Library(found).total
        assert library.total < Library(found, library.macros[:-1]).total


@given(CORPORA)
@settings(max_examples=15, deadline=None)
def test_a_trajectory_told_in_learned_actions_makes_the_same_primitive_calls(sandbox, rows):
    doubled = [row + row for row in rows]
    libraries = mined(corpus(*map(told, doubled)), Mining(longest=4, beam=2, most=3))
    for library in libraries[:1]:
        edition = edition_of(library)
        for row in doubled:
            lines = "\n".join(map(str, edition.rewritten(told(row))))
            assert expanded(lines, edition.actions, sandbox) == list(row)


def test_a_planted_action_is_found_again():
    edition = best(*TRIPS)
    (action,) = edition.actions
    assert action.signature == "goto_take_put(place: str, thing: str, place2: str)" or action.parameters
    assert [do.name for do in edition.macros[0].flat if isinstance(do, Do)] == ["goto", "take", "goto", "put"]
    assert len(edition.macros[0].parameters) == 3
    assert [c.name for c in edition.rewritten(TRIPS[0])] == [action.name, "look", action.name]
    assert [a.by for a in edition.actions] == ["mined"]


def test_an_action_says_what_it_does_by_its_calls():
    (action,) = best(*TRIPS).actions
    place, thing, place2 = action.parameters
    assert (
        action.about == f"goto({place}); then take({thing}, {place}); then goto({place2}); then put({thing}, {place2})."
    )
    assert f'"""{action.about}"""' in action.source
    assert "-> str:" in action.source


def loop(*body: Do | Each | If, hands: int = 2) -> Each:
    beside = (Var("h"), tuple(f"hand{k}" for k in range(hands)))
    return Each(((Var("e"), Var("xs", many=True)), beside), body)


def said(*body: Do | Each | If) -> str:
    primitives = {p.name: p for p in PRIMITIVES}
    return written(Macro("carry", variables(body), body, body), primitives).about


def test_an_action_says_how_many_words_it_takes_where_a_list_beside_them_ends():
    take = loop(Do("take", (Var("e"), Var("h"))))
    assert said(take) == "Takes at most 2 things. For each thing of things: take(thing, hand0/hand1)."
    put = loop(Do("put", (Var("e"), Var("h"))), hands=4)
    assert said(put, Do("look", ())) == (
        "Takes at most 4 things. For each thing of things: put(thing, hand0/hand1/hand2/…); then look()."
    )
    assert said(put, take).startswith("Takes at most 2 things.")
    open_all = Each(((Var("e"), Var("xs", many=True)),), (Do("open", (Var("e"),)),))
    assert said(open_all) == "For each place of places: open(place)."


def test_of_two_lists_an_action_takes_as_many_words():
    columns = (Var("e"), Var("xs", many=True)), (Var("p"), Var("ps", many=True))
    assert said(Each(columns, (Do("put", (Var("e"), Var("p"))),))) == (
        "For each thing, place of as many things as places: put(thing, place)."
    )


def test_an_action_says_so_when_an_action_it_calls_takes_few_words():
    body = (loop(Do("take", (Var("e"), Var("h")))),)
    inner = Macro("takes", variables(body), body, body)
    outer = (Do("goto", ("desk",)), Do("takes", (Var("all", many=True),)))
    macro = Macro("go_take", variables(outer), outer, unfolded(outer, {"takes": inner}))
    about = written(macro, {p.name: p for p in PRIMITIVES}).about
    assert about == 'Takes at most 2 things. goto("desk"); then takes(things).'


def test_what_is_done_under_a_clause_or_between_rounds_is_told_from_what_comes_after():
    shut = Clause(("the ", Var("e"), " is shut."))
    each = Each(
        ((Var("e"), Var("xs", many=True)),),
        (If(shut, (Do("open", (Var("e"),)), Do("look", ()))), Do("goto", (Var("e"),))),
        between=(Do("look", ()),),
    )
    assert said(each) == (
        "For each place of places: (open(place), then look()) if it was told that the place is shut, "
        "then goto(place), and in between look()."
    )


def test_a_loop_in_a_loop_has_a_variable_of_its_own_and_is_told_in_brackets():
    inside = Each(((Var("f"), ("a", "b")),), (Do("open", (Var("f"),)),))
    each = Each(((Var("e"), Var("xs", many=True)),), (inside, Do("goto", (Var("e"),))))
    macro = Macro("visit", variables((each,)), (each,), (each,))
    action = written(macro, {p.name: p for p in PRIMITIVES})
    assert action.about == "For each place of places: (for each place2 of a/b: open(place2)), then goto(place)."
    assert 'for place2 in ["a", "b"]:' in action.source


@pytest.mark.parametrize("name", ["a", "i", "s", "ifs", "seen", "start", "zip", "len", "water", "pour"])
def test_a_parameter_hides_nothing_the_code_needs_whatever_the_world_calls_it(name, sandbox):
    primitives = {verb: Primitive(verb, (name, "to"), f"{verb} {{{name}}} {{to}}") for verb in ("water", "pour")}
    each = [Var("e"), Var("part", many=True)]
    rounds = (
        Each(((each[0], Var("xs", many=True)),), (Do("water", (each[0], Var("y"))),), (Do("pour", (Var("y"), "z")),)),
        Each(((each[1], Var("xs", many=True)),), (Do("pour", (each[1], Var("y"))),), size=2),
        Each(((each[0], Var("xs", many=True)), (Var("f"), ("l", "r"))), (Do("pour", (each[0], Var("f"))),)),
    )
    made = []
    for body in ((one, Do("water", (Var("y"), "z"))) for one in rounds):
        macro = Macro(action_name(Macro("", (), body, body), primitives), variables(body), body, body)
        action = written(macro, primitives)
        functions = {verb: primitive.parameters for verb, primitive in primitives.items()}
        line = f"{action.name}({', '.join(repr(['p', 'q']) if v.many else repr('k') for v in macro.parameters)})"
        ran = sandbox.run(line, functions, lambda verb, words, _: made.append((verb, *words)) or "", action.source)
        assert ran.ending == "finished", ran.error
    assert made == [
        *(("water", "p", "k"), ("pour", "k", "z"), ("water", "q", "k"), ("water", "k", "z")),
        *(("pour", ["p", "q"], "k"), ("water", "k", "z")),
        *(("pour", "p", "l"), ("pour", "q", "r"), ("water", "k", "z")),
    ]


def test_a_long_action_is_told_in_one_line_that_ends_between_calls():
    about = said(*(Do("put", (f"thing{k}", "shelf")) for k in range(12)))
    assert len(about) <= 160
    assert about.endswith('"shelf"); then …')


def test_odd_words_do_not_break_the_docstring():
    body = (Do("goto", ('a"""b\\n',)), Do("look", ()))
    action = written(Macro("odd", (), body, body), {p.name: p for p in PRIMITIVES})
    assert repr(action.about) in ast.dump(ast.parse(action.source))


def test_without_anything_in_common_there_are_no_actions():
    assert mined(corpus(example("goto desk", "look"), example("take mug bed", "put mug sofa")), Mining()) == []


def test_a_planted_loop_is_found_again(sandbox):
    def shelves(*things: str) -> list[str]:
        return [line for thing in things for line in (f"take {thing} desk", f"put {thing} shelf")]

    examples = (
        example("look", *shelves("mug", "pen", "cup", "key")),
        example(*shelves("pan", "pot", "lid"), "look"),
        example("goto desk", *shelves("fork", "cup", "knife", "mug", "pen", "pan")),
    )
    edition = best(*examples)
    (macro,) = edition.macros
    assert isinstance(macro.body[0], Each)
    assert "for thing in things:" in edition.actions[0].source
    (line,) = (c for c in edition.rewritten(examples[0]) if c.name == macro.name)
    assert line.arguments == (("mug", "pen", "cup", "key"),)
    assert expanded(str(line), edition.actions, sandbox) == list(examples[0].calls[1:])


def test_a_loop_may_go_two_by_two_with_something_in_between(sandbox):
    def tour(*things: str) -> list[str]:
        lines: list[str] = []
        for k in range(0, len(things), 2):
            lines += ["goto desk"] if k else []
            pair = things[k : k + 2]
            lines += [f"take {t} desk" for t in pair] + ["goto shelf"] + [f"put {t} shelf" for t in pair]
        return lines

    things = [f"t{k}" for k in range(12)]
    examples = (
        example(*tour(*things[:7])),
        example("look", *tour(*things[3:12]), "look"),
        example("look", *tour(*things[2:4])),
        example(*tour(*things[5:6]), "look", *tour(*things[1:6])),
    )
    edition = best(*examples)
    whole = edition.rewritten(examples[0])
    assert len(whole) == 1
    assert whole[0].arguments == (tuple(things[:7]),)
    assert "range(0, len(things), 2)" in edition.actions[-1].source
    assert expanded(str(whole[0]), edition.actions, sandbox) == list(examples[0].calls)


def reach(place: str, closed: bool, thing: str) -> tuple[list[str], list[str]]:
    calls = [f"goto {place}", *([f"open {place}"] if closed else []), f"take {thing} {place}"]
    arrived = f"You arrive at {place}. The {place} is {'closed' if closed else 'open'}."
    return calls, [arrived, *(["It opens."] if closed else []), "Taken."]


def guarded_examples() -> list[Example]:
    words = "desk safe box chest mug pen cup key pan"
    made: list[Example] = []
    for stretches in (
        (("safe", True, "mug"), ("desk", False, "pen")),
        (("box", True, "cup"), ("chest", True, "key")),
        (("desk", False, "pan"), ("box", False, "key"), ("safe", True, "pen")),
    ):
        calls, seen = ["look"], [words, words]
        for place, closed, thing in stretches:
            done, after = reach(place, closed, thing)
            calls, seen = calls + done, seen + after
        made.append(example(*calls, seen=seen))
    return made


def test_a_call_that_is_sometimes_left_out_gets_the_guard_that_tells_when(sandbox):
    edition = best(*guarded_examples())
    source = edition.actions[0].source
    assert 'if f"the {place} is closed." in seen.lower():' in source
    name = edition.actions[0].name
    (macro,) = (m for m in edition.macros if any(isinstance(s, If) for s in walk(m.body)))
    order = [v.name for v in macro.parameters]
    assert len(order) == 2
    arguments = {"place": "safe", "thing": "mug"}
    line = str(Call(name, tuple(arguments[p] for p in edition.actions[0].parameters)))
    shut = expanded(line, edition.actions, sandbox, ["You arrive. The safe is closed.", "It opens.", "Taken."])
    ajar = expanded(line, edition.actions, sandbox, ["You arrive. The safe is open.", "Taken."])
    assert [c.name for c in shut] == ["goto", "open", "take"]
    assert [c.name for c in ajar] == ["goto", "take"]


def test_a_clause_holds_at_every_present_moment_and_at_no_absent_one():
    present = [("The box is shut. It rains.", {"x": "box"}), ("It rains. The safe is shut.", {"x": "safe"})]
    absent = [("The box is ajar. It rains. The safe is shut.", {"x": "box"})]
    assert clause_between(present, absent) == Clause(("the ", Var("x"), " is shut."))
    assert clause_between(absent, present) == Clause(("the ", Var("x"), " is ajar."))
    assert clause_between(present, present) is None


def test_nobody_calls_an_action_with_words_he_has_not_met():
    body = (Do("goto", (Var("p"),)), Do("take", (Var("t"), Var("p"))))
    macro = Macro("fetch", variables(body), body, body)
    calls = ("goto desk", "take mug desk")
    seen_late = example(*calls, seen=("There is a desk.", "On the desk is a mug.", "Taken."))
    seen_early = example(*calls, seen=("There are a desk and a mug.", "You are there.", "Taken."))
    assert uses_in(macro, seen_late) == []
    assert len(uses_in(macro, seen_early)) == 1


def test_unfolding_keeps_the_loops_of_two_calls_apart():
    inner_body = (Each(((Var("e"), Var("es", True)),), (Do("take", (Var("e"), "desk")),)),)
    inner = Macro("takes", variables(inner_body), inner_body, inner_body)
    outer = (Do("takes", (Var("a", True),)), Do("takes", (Var("b", True),)))
    flat = unfolded(outer, {"takes": inner})
    row = example("take m desk", "take n desk", "take o desk")
    found = [bound for end, bound in matches(flat, row, 0, {}) if end == 3]
    assert [(b["a"], b["b"]) for b in found] == [(("m", "n"), ("o",)), (("m",), ("n", "o"))]
