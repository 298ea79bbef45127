"""A learned action as a value and as a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Action, Lesson, listed

CARRY = '''import re


def carry(ball, here, there="roomb"):
    """Carry a ball to another room."""
    pick(ball, here, "left")
    walk(here, there)
    drop(ball, there, "left")
'''

LINES = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=40).map(
    lambda text: " ".join(text.split())
)


@given(LINES.filter(bool), st.lists(LINES.filter(bool)), st.integers(0, 99), st.integers(0, 99))
def test_a_written_action_reads_back_the_same(about, notes, calls, failures):
    action = Action.of(CARRY, about=f"It {about}", notes=tuple(notes), calls=calls, failures=failures, by="mined")
    again = Action.read(action.written())
    assert again == action
    assert (again.calls, again.failures, again.by) == (calls, failures, "mined")


def test_a_file_with_nothing_but_a_function_is_an_action_written_by_hand():
    action = Action.read(CARRY)
    assert (action.name, action.about, action.by) == ("carry", "Carry a ball to another room.", "hand")
    assert action.signature == "carry(ball, here, there='roomb')"
    assert action.parameters == ("ball", "here", "there")
    assert action.uses == {"pick", "walk", "drop"}


@pytest.mark.parametrize("source", ["def broken(:", "x = 1", "def a(): pass\ndef b(): pass", "", "print('hello')"])
def test_what_is_no_single_function_is_no_action(source):
    with pytest.raises(ConfigError, match="a learned action"):
        Action.of(source)


@pytest.mark.parametrize("nested", ["x" + ".b" * 500, "x" + "[0]" * 9000, "not " * 9000 + "x"])
def test_a_source_that_is_nested_without_end_is_no_action(nested):
    with pytest.raises(ConfigError, match=r"nested 150 levels deep|this is not"):
        Action.of(f"def go(x={nested}):\n    return walk(x)\n")


def test_a_careless_backslash_warns_nobody():
    action = Action.of("def number(name):\n    return re.findall('\\d', name)\n")
    assert action.signature == "number(name)"


def test_only_actions_that_act_are_told():
    think = Action.of("def number(name):\n    return int(name[4:])\n")
    carry, twice = Action.of(CARRY), Action.of("def twice(a, b):\n    carry(a, 'x')\n    carry(b, 'x')\n")
    assert listed((think, twice, carry), frozenset({"pick", "drop", "move"})) == (twice, carry)


def test_a_lesson_keeps_its_actions_in_files_of_their_own(tmp_path):
    lesson = Lesson(actions=(Action.of(CARRY, calls=3),)).save(tmp_path / "lesson")
    assert [a.name for a in lesson.actions] == ["carry"]
    assert lesson.actions[0].calls == 3
    (tmp_path / "lesson" / "actions" / "carry.py").rename(tmp_path / "lesson" / "actions" / "bring.py")
    with pytest.raises(StoreError, match=r"name the file carry\.py"):
        Lesson.load(tmp_path / "lesson")
    (tmp_path / "lesson" / "actions" / "bring.py").write_text("import os\nos.remove('x')\n")
    with pytest.raises(StoreError, match=r"bring\.py: a learned action is import lines and one function"):
        Lesson.load(tmp_path / "lesson")


def test_a_fault_in_an_actions_file_is_told_with_the_files_own_line(tmp_path):
    (tmp_path / "actions").mkdir()
    file = tmp_path / "actions" / "carry.py"
    for head in ("", "# Carry.\n# note: be careful\n# by: hand\n\n"):
        file.write_text(head + "def carry(ball):\n    pick(ball)\n    drop(\n")
        with pytest.raises(StoreError) as caught:
            Lesson.load(tmp_path)
        said = f"{file}: a learned action must be Python, and this is not: '(' was never closed"
        assert str(caught.value) == f"{said}, line {len(head.splitlines()) + 3}"


def test_two_lessons_that_disagree_about_a_function_clash_and_the_later_one_wins_where_asked():
    old, new = Lesson(actions=(Action.of(CARRY),)), Lesson(actions=(Action.of(CARRY.replace("left", "right")),))
    with pytest.raises(ConfigError, match="carry"):
        old + new
    assert old.then(new).actions == new.actions
