"""The vocabulary of failure: one family, and a guess for every unknown name."""

import pytest

from worldlore import errors
from worldlore.errors import ContextOverflow, ModelError, WorldloreError, unknown

FAMILY = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, Exception)]


@pytest.mark.parametrize("error", FAMILY)
def test_everything_worldlore_raises_can_be_caught_by_one_name(error):
    assert issubclass(error, WorldloreError)
    assert error.__doc__


@pytest.mark.parametrize("error", FAMILY)
def test_the_tree_in_the_docstring_is_the_tree(error):
    assert error.__name__ in (errors.__doc__ or "")


def test_a_prompt_that_is_too_long_is_a_models_failure():
    assert issubclass(ContextOverflow, ModelError)


def test_an_unknown_name_is_answered_with_the_nearest_known_one():
    told = str(unknown("environment", "houshold", ["household", "alfworld"]))
    assert told == "no environment 'houshold'; did you mean 'household'? (known: alfworld, household)"


def test_a_name_like_no_other_is_answered_with_all_there_are():
    assert str(unknown("model", "xyz", ["b", "a"])) == "no model 'xyz' (known: a, b)"
