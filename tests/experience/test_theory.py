"""Theories: pages that read back, and what lessons do with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.toys import walker
from worldlore.agents.recall import Memory
from worldlore.errors import ConfigError, StoreError
from worldlore.experience import (
    Decision,
    Lesson,
    Observation,
    Step,
    Task,
    Theory,
    Trajectory,
    Transition,
    likeliest,
    transitions,
)
from worldlore.experience.theory import read, written

finite = st.floats(allow_nan=False, allow_infinity=False)
theories = st.builds(
    Theory,
    st.text(st.characters() | st.sampled_from("\n\r#> -")),
    st.floats(0, 1),
    st.integers(0, 10**9),
    st.none() | finite,
)
A, B = Theory("Water makes seeds grow.", 0.75, 96, -12.5), Theory("Nothing grows.\n\n## Never.", 0.25)


@given(st.lists(theories, max_size=4).map(tuple))
def test_a_page_of_theories_reads_back_exactly(some):
    assert read(written(some)) == some


@given(st.lists(theories, max_size=3).map(tuple))
def test_a_lesson_keeps_its_theories(tmp_path_factory, some):
    folder = tmp_path_factory.mktemp("lesson")
    assert Lesson(theories=some).save(folder).theories == some


def test_the_page_is_for_people():
    assert written((A,)) == (
        "# Theories of the world, each with the probability that it is right\n\n"
        "## Theory 1: probability 0.75\n\n- evidence: 96\n- loglik: -12.5\n\n> Water makes seeds grow.\n"
    )


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        ("## A guess\n> x", "a theory begins with"),
        ("## Theory 1: probability 1.5\n> x", "between 0 and 1, got 1.5"),
        ("## Theory 1: probability nan\n> x", "between 0 and 1, got nan"),
        ("## Theory 1: probability high\n> x", "figure that is none"),
        ("## Theory 1: probability 1\n- loglik: nan\n> x", "finite number, got 'nan'"),
    ],
)
def test_a_damaged_page_is_refused_with_its_name(tmp_path, page, fault):
    Lesson().save(tmp_path)
    (tmp_path / "theories.md").write_text(page)
    with pytest.raises(StoreError, match=fault) as caught:
        Lesson.load(tmp_path)
    assert "theories.md" in str(caught.value)


def test_two_searches_are_not_one_distribution():
    assert (Lesson(theories=(A, B)) + Lesson({"a": "x"})).theories == (A, B)
    assert (Lesson(theories=(A,)) + Lesson(theories=(A,))).theories == (A,)
    assert Lesson(theories=(A,)).then(Lesson(theories=(B,))).theories == (B,)
    assert Lesson(theories=(A,)).then(Lesson()).theories == (A,)
    with pytest.raises(ConfigError, match="both bring theories"):
        Lesson(theories=(A,)) + Lesson(theories=(B,))


def test_the_likeliest_is_one_that_says_something():
    assert likeliest((Theory("", 0.9), B, Theory("later", 0.25))) == B
    assert likeliest((Theory(""),)) is None


def test_an_agent_is_told_the_likeliest_theory_and_nothing_where_there_is_none():
    memory = Memory().with_lesson(Lesson({"tip": "Look."}, theories=(B, A)))
    assert memory.texts == ("Look.", "How this world seems to work:\nWater makes seeds grow.")
    assert Memory().with_lesson(Lesson({"tip": "Look."}, theories=(Theory(""),))).texts == ("Look.",)
    assert walker().with_lesson(Lesson(theories=(Theory(""),))) == walker()


def test_transitions_are_those_the_world_tells():
    told = {"state": "s", "action": "You go.", "change": "c"}
    steps = (
        Step(Observation("s\n\nYour task is to: go."), Decision("go"), info={"transition": told, "kind": "moved"}),
        Step(Observation("s2"), Decision("fly"), info={"valid": False}),
    )
    played = Trajectory(Task("a", "walk", "train", "go"), 0, 0, steps, Observation("You cannot. s2"))
    assert transitions(played) == (Transition("s", "You go.", "c", "moved"),)
