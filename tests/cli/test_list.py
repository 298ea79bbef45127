"""`worldlore list`: every part with its keys, as the schemas and the lines under their fields tell them."""

from dataclasses import dataclass, field
from typing import Literal

import pytest
from pydantic import Field

from tests.cli.terminal import refused
from worldlore.agents import AGENTS
from worldlore.cli.keys import Key, keys
from worldlore.config import Config
from worldlore.environments import ENVIRONMENTS
from worldlore.methods import METHODS
from worldlore.models import MODELS

FAMILIES = [ENVIRONMENTS, MODELS, AGENTS, METHODS]
OPTIONAL = ("alfworld", "gymnasium", "openenv")
"""Parts that an extra brings."""
PARTS = [
    pytest.param(family, name, id=name, marks=[pytest.mark.real] if name == "alfworld" else [])
    for family in FAMILIES
    for name in family.known
]


@dataclass(frozen=True)
class Inner:
    most: int = 3
    """Not
    more."""
    words: dict[str, str] = field(default_factory=dict)
    """Told."""


class Base(Config):
    said: Literal["a", 2] | None = None
    """From the class it inherits from."""


class Schema(Base):
    must: tuple[str, ...]
    """To be given."""
    share: float | None = Field(default=0.5, ge=0, lt=1)
    """Some."""
    silent: bool = True
    inner: Inner = Inner(most=4)


def test_a_key_is_told_with_its_values_its_default_and_the_line_under_it():
    assert list(keys(Schema)) == [
        Key("said", '"a" | 2 | unset', "unset", "From the class it inherits from."),
        Key("must", "list of text", "required", "To be given."),
        Key("share", "number ≥ 0 and < 1 | unset", "0.5", "Some."),
        Key("silent", "true or false", "true", ""),
        Key("inner.most", "integer", "4", "Not more."),
        Key("inner.words", "table", "{}", "Told."),
    ]


@pytest.mark.parametrize(("family", "name"), PARTS)
def test_no_key_of_a_part_is_without_words(family, name):
    told = list(keys(family.load(name).Config))
    assert [key.name for key in told if not key.about] == []
    assert len({key.name for key in told}) == len(told)


def test_a_part_is_listed_with_its_keys(say):
    status, text = say("list", "method", "worldllm")
    assert status == 0
    assert "Theories of a world" in text
    assert "smc.particles" in text and "integer ≥ 2" in text and "Theories held at once." in text
    assert say("list", "methods", "worldllm") == (status, text)
    assert "It has no keys" in say("list", "agent", "random")[1]


def test_the_whole_page_is_listed_too(say):
    _, text = say("list", "experiment")
    assert "test.attempts" in text and "limits.steps" in text and "required" in text


def test_without_a_part_names_are_listed_and_where_their_keys_are_told(say):
    _, text = say("list")
    assert "worldlore list method worldllm" in text
    assert "named by module:Class" in text
    assert say("list", "agent")[1] == say("list", "agents")[1]


def test_what_there_is_not_is_answered_with_the_nearest(say):
    assert "did you mean 'methods'?" in refused(say, "list", "methds")
    assert "did you mean 'worldllm'?" in refused(say, "list", "method", "worldlm")
    assert "give its sort" in refused(say, "list", "all", "door")
