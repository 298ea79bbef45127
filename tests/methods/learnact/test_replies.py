"""What models write, well and badly, and the actions made of it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.experience import Action
from worldlore.methods.learnact.code import written
from worldlore.methods.learnact.replies import Fault, Note, Update, choice, code_in, sentence, statements

CODE = "def f(x):\n    go(x)"


@pytest.mark.parametrize(
    "text",
    [
        f"```python\n{CODE}\n```",
        f"```\n{CODE}\n```",
        f"```py\n{CODE}\n```\nThat is it.",
        f"Sure!\n\n~~~python\n{CODE}\n~~~",
        f"```Python title=x\n{CODE}\n```",
        f"It prints\n```text\nhello\n```\nwith\n```python\n{CODE}\n```",
        f"```python\n{CODE}",
        CODE,
    ],
)
def test_code_is_found_in_or_without_fences(text):
    assert code_in(text) == CODE


def test_several_blocks_are_one_after_the_other():
    assert code_in("First\n```python\na()\n```\nthen\n```python\nb()\n```") == "a()\nb()"


@pytest.mark.parametrize(
    "text", ["", "I do not know.", "```text\nhello\n```", "```python\n```", "go(1)", "x = (", "```"]
)
def test_where_there_is_no_code_the_writer_is_told(text):
    with pytest.raises(Fault, match="no Python"):
        code_in(text)


@pytest.mark.parametrize(
    ("text", "actions"),
    [
        ("```python\na(1)\nb(2)\n```", ("a(1)", "b(2)")),
        ("```python\nfor x in y:\n    a(x)\nb(2)\n```", ("for x in y:\n    a(x)", "b(2)")),
        ("```python\ndef f():\n    pass\nimport re\nf()\n```", ("f()",)),
        ("Action: a(1)\nObservation: it is done.\nAction: b(2)", ("a(1)", "b(2)")),
        ("> a(1)\nyou see nothing\n1. b(2)\n- c(3)", ("a(1)", "b(2)", "c(3)")),
        ("```python\na(1)\nObservation: done\nb(2)\n```", ("a(1)", "b(2)")),
        ("`a(1)`\n`b(2)`", ("a(1)", "b(2)")),
        ("```python\nx = a(1); b(x)\nc(2)\n```", ("x = a(1); b(x)", "c(2)")),
        ("```python\nx = a(1)\nc(2)\nb(x)\nd(3)\n```", ("x = a(1); c(2); b(x)", "d(3)")),
        ("```python\nx = a(1)\nif x:\n    b(x)\nd(3)\n```", ("x = a(1)\nif x:\n    b(x)", "d(3)")),
        ("```python\nx, y = a(1)\nz = b(y)\nc(z)\n```", ("x, y = a(1); z = b(y); c(z)",)),
        ("> x = a(1); b(x)\n> c(2)", ("x = a(1); b(x)", "c(2)")),
        ("I do not know.", ()),
        ("", ()),
    ],
)
def test_a_demonstration_is_read_line_by_line_without_what_was_imagined(text, actions):
    assert statements(text) == actions


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Carries a ball.", "Carries a ball."),
        ("Sure! Here is the description:\nCarries\na ball.", "Carries a ball."),
        ("Absolutely.\n\nCarries a ball.", "Carries a ball."),
        ('Description: "Carries a ball."', "Carries a ball."),
        ("```python\nf()\n```\nCarries a ball.", "Carries a ball."),
        ("**Description:** Carries a ball.", "Carries a ball."),
        ("", ""),
        ("word " * 200, "word " * 79 + "…"),
    ],
)
def test_a_description_is_one_line_without_courtesies(text, said):
    assert sentence(text) == said


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (f"Reason: x\nChoice: Update f\nContent:\n```python\n{CODE}\n```", Update(CODE)),
        (f"**Choice:** update `f`\n**Content:**\n```python\n{CODE}\n```\nTest: f(1)", Update(CODE)),
        (f"Improve: Update\n```python\n{CODE}\n```", Update(CODE)),
        (f"Improvement: code of f\n```python\n{CODE}\n```", Update(CODE)),
        (f"It goes wrong.\n```python\n{CODE}\n```", Update(CODE)),
        ("Reason: x\nChoice: Note f\nContent: Go there first.", Note("Go there first.")),
        ("Improve: Plan for f\nContent: Go there\nfirst.", Note("Go there first.")),
        ("Choice: note wrong_name\nContent: Go there first.\nTest case: f(1)", Note("Go there first.")),
        ("**Choice**: Note\n**Content**: Go there first.", Note("Go there first.")),
        ("Content: Go there first.", Note("Go there first.")),
        ("1. Reason: Content: no\n2. Choice: Note f\n3. Content: Go there first.", Note("Go there first.")),
        ("Reason: x\nNote: Go there first.", Note("Go there first.")),
        (f"Choice: Note f\nContent: Go there first.\n```python\n{CODE}\n```", Note("Go there first.")),
    ],
)
def test_a_choice_of_remedy_is_understood(text, remedy):
    assert choice(text) == remedy


@pytest.mark.parametrize(
    "text",
    ["", "Choice: Update f", "Choice: Note f", "Choice: Note f\nContent:", "Improve: Plan\nContent: \n\nTest: x"],
)
def test_a_remedy_without_content_is_a_fault(text):
    with pytest.raises(Fault):
        choice(text)


@given(st.text())
def test_no_text_breaks_the_reading(text):
    for read in (code_in, choice):
        try:
            read(text)
        except Fault as fault:
            assert str(fault)
    assert isinstance(statements(text), tuple)
    assert isinstance(sentence(text), str)


ENDLESS = {"blank lines": "\n" * 12_000, "dashes": "-\n" * 6_000, "fences": "```\n" * 3_000}


@pytest.mark.parametrize("filler", ENDLESS.values(), ids=ENDLESS)
def test_a_reply_that_repeats_itself_without_end_is_read_at_once(filler):
    began = time.process_time()
    note = choice(f"{filler}\nChoice: Note go\nContent: Be quick.\n{filler}")
    assert isinstance(note, Note)
    assert note.text.startswith("Be quick.")
    assert len(note.text) <= 400
    assert time.process_time() - began < 1


@pytest.mark.parametrize("endless", ["x" + " + x" * 500, "x" + ".b" * 500, "not " * 500 + "x", "x" + "()" * 5000])
def test_an_expression_without_end_is_told_to_the_writer(endless):
    for code in (f"def f(x):\n    go(x)\nf({endless})", f"def f(x={endless}):\n    go(x)"):
        with pytest.raises(Fault, match=r"nested too deeply|not Python"):
            written(code, ())


def test_functions_become_actions_and_the_rest_serves_to_try_them():
    found = written(
        "import re\nfrom math import sqrt as root\n\n" + CODE + "\n\ndef g():\n    return root(4)\n\nf(1)\n", ()
    )
    assert [a.name for a in found.actions] == ["f", "g"]
    assert [a.by for a in found.actions] == ["model", "model"]
    assert found.actions[0].source == CODE + "\n"
    assert found.actions[1].source == "from math import sqrt as root\n\n\ndef g():\n    return root(4)\n"
    assert found.calls == "import re\nfrom math import sqrt as root\nf(1)"
    assert written(CODE, ()).calls == ""


def test_what_is_kept_can_be_written_and_read_as_an_action():
    code = "import functools\n\n@functools.cache\ndef f(x='a', *more, y: int = 1):\n    '''Does.'''\n    return re"
    (action,) = written(code, ()).actions
    assert Action.read(action.written()) == action
    assert action.about == "Does."


def test_the_later_of_two_definitions_counts():
    (action,) = written("def f():\n    a()\n\ndef f():\n    b()", ()).actions
    assert action.uses == {"b"}


def test_an_escape_python_would_warn_of_is_no_error():
    assert written('import re\ndef f(x):\n    return re.sub("\\d", "", x)', ()).actions[0].name == "f"


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("x = 1", "defines no function"),
        ("class A:\n    pass", "defines no function"),
        ("def f(:", "not Python"),
        ("def f():\n    '\x00'", "not Python"),
        ("(" * 5000 + ")" * 5000, "not Python"),
        ("def move():\n    pass", "move is there already"),
        ("rooms = ['a']\ndef f():\n    move(rooms[0])", "f uses rooms, which is defined outside"),
        ("class A:\n    pass\ndef f():\n    return A()", "f uses A"),
        ("for n in range(3):\n    pass\ndef f():\n    return n", "f uses n"),
    ],
)
def test_what_cannot_become_an_action_is_told_to_the_writer(code, told):
    with pytest.raises(Fault, match=told):
        written(code, {"move"})


@pytest.mark.parametrize(
    "code",
    [
        "rooms = ['a']\ndef f(rooms):\n    move(rooms)\nf(rooms)",
        "x = 1\ndef f():\n    x = 2\n    return x",
        "def g():\n    pass\ndef f():\n    g()\ng = 3",
        "x = 1\ndef f(y):\n    return [x for x in y]",
    ],
)
def test_names_of_their_own_are_no_fault(code):
    assert "f" in [a.name for a in written(code, {"move"}).actions]


def test_lines_are_counted_as_python_counts_them():
    code = "x = 'a\u2028b\x0c'\r\n\r\ndef f():\r\n    return 1\r\n\r\nf()"
    (action,) = written(code, ()).actions
    assert action.source == "def f():\n    return 1\n"


def test_asynchronous_functions_and_classes_are_not_kept():
    code = "async def g():\n    pass\n\ndef f():\n    class A:\n        pass\n    return A()"
    assert [a.name for a in written(code, ()).actions] == ["f"]
