"""Case bases: exact, on disk as in memory, and honest about damage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.errors import ConfigError, StoreError
from worldlore.experience import Case, CaseBase, Lesson, verb

actions = st.sampled_from(
    ["", "3", "12", "go to desk 1", "go to shelf 2", "take mug 1", "search[red mug]", "click[buy]"]
)


@st.composite
def bases(draw):
    cases = draw(st.lists(st.builds(Case, actions, st.text(max_size=5), actions), min_size=1, max_size=12))
    rng = np.random.default_rng(draw(st.integers(0, 9)))
    vectors = rng.integers(-2, 3, (len(cases), 3)).astype(np.float32)
    return CaseBase(tuple(cases), vectors, "some model")


@given(bases(), actions, st.integers(0, 5), st.tuples(*[st.integers(-2, 2)] * 3))
def test_the_nearest_are_those_that_brute_force_finds(base, before, most, vector):
    likeness = [(float(row @ np.float32(vector)), i) for i, row in enumerate(base.vectors)]
    menu = verb(before).isdigit()
    same = [(like, i) for like, i in likeness if menu or verb(base.cases[i].before) == verb(before)]
    wanted = sorted(same, key=lambda pair: (-pair[0], pair[1]))[:most]
    found = base.nearest(vector, before, most)
    assert [(n.likeness, n.case) for n in found] == [(like, base.cases[i]) for like, i in wanted]


def test_after_the_answer_to_a_menu_all_cases_are_looked_at():
    cases = (Case("go to a 1", "s", "look"), Case("2", "s", "open"), Case("7", "s", "take"))
    base = CaseBase(cases, np.array([[1, 0], [0, 1], [1, 0]], np.float32))
    assert [n.case.action for n in base.nearest((1.0, 0.0), "0", 2)] == ["look", "take"]
    assert base.nearest((1.0, 0.0), "fly", 2) == []


@given(bases())
def test_a_base_comes_back_as_it_went(tmp_path_factory, base):
    folder = tmp_path_factory.mktemp("lesson")
    back = Lesson(casebase=base).save(folder).casebase
    assert (back.cases, back.embedder) == (base.cases, base.embedder)
    assert np.array_equal(back.vectors, base.vectors)


@pytest.mark.parametrize(
    ("action", "kind"),
    [("go to desk 1", "go"), ("search[red mug]", "search"), ("Pick('a')", "pick"), ("", ""), ("3", "3")],
)
def test_the_kind_of_an_action_is_its_first_word(action, kind):
    assert verb(action) == kind


def test_damage_is_told(tmp_path):
    base = CaseBase((Case("", "a", "look"),), np.ones((1, 2), np.float32))
    base.save(tmp_path)
    np.save(tmp_path / "vectors.npy", np.ones((2, 2), np.float32))
    with pytest.raises(StoreError, match="holds 1 cases and vectors of shape"):
        CaseBase.load(tmp_path)
    (tmp_path / "vectors.npy").write_bytes(b"no")
    with pytest.raises(StoreError, match="is damaged"):
        CaseBase.load(tmp_path)


def test_a_vector_of_another_model_is_refused():
    base = CaseBase((Case("", "a", "look"),), np.ones((1, 2), np.float32))
    with pytest.raises(ValueError, match="width 3"):
        base.nearest((0, 0, 1), "", 1)


def test_two_case_bases_do_not_mix():
    one, two = (CaseBase((Case("", "a", "look"),), np.ones((1, 2), np.float32)) for _ in range(2))
    with pytest.raises(ConfigError, match="case base"):
        Lesson(casebase=one) + Lesson(casebase=two)
    assert Lesson(casebase=one).then(Lesson(casebase=two)).casebase is two
