"""What is in sight, in words, and the walks it allows; on grids made here, without the package."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.babyai.view import FORWARD, HEADINGS, LEFT, RIGHT, View, look
from worldlore.errors import ConfigError
from worldlore.experience import Task


@dataclass
class Held:
    type: str
    color: str = "grey"
    is_open: bool = False
    is_locked: bool = False

    def can_overlap(self) -> bool:
        return self.type == "door" and self.is_open


class Grid:
    width = height = 7

    def __init__(self, cells: dict[tuple[int, int], Held]) -> None:
        self.cells = cells

    def get(self, i: int, j: int) -> Held | None:
        return self.cells.get((i - 3, 6 - j))


def seen(cells: dict[tuple[int, int], Held], carried: Held | None = None, hidden: tuple = ()) -> View:
    mask = np.ones((7, 7), dtype=bool)
    for right, ahead in hidden:
        mask[right + 3, 6 - ahead] = False
    return look(Grid(cells), mask, carried)


BALL, KEY, WALL = Held("ball", "red"), Held("key", "blue"), Held("wall")
OPEN, CLOSED = Held("door", "green", is_open=True), Held("door", "green")
LOCKED = Held("door", "blue", is_locked=True)


def test_things_are_told_from_where_one_stands() -> None:
    view = seen({(0, 1): BALL, (2, 3): KEY, (-1, 0): CLOSED, (1, 0): WALL, (0, 5): WALL})
    assert view.text == (
        "There is a red ball 1, 1 step in front of you. "
        "There is a green closed door 1, 1 step to your left. "
        "There is a blue key 1, 3 steps in front of you and 2 steps to your right. "
        "Walls: 5 steps in front of you, 1 step to your right. "
        "You are not carrying anything."
    )


def test_nothing_in_sight_is_said() -> None:
    assert seen({}, KEY).text == "You see no objects. You are carrying a blue key."


def test_of_two_alike_the_nearer_is_the_first() -> None:
    view = seen({(0, 5): BALL, (1, 1): BALL})
    assert [(thing.name, thing.cell) for thing in view.things] == [("red ball 1", (1, 1)), ("red ball 2", (0, 5))]


def test_what_is_not_in_sight_is_neither_told_nor_walked_over() -> None:
    view = seen({(0, 2): BALL}, hidden=((0, 1), (1, 2), (-1, 2), (0, 3)))
    assert "red ball 1" in view.text and "go to red ball 1" not in view.courses
    assert not seen({(0, 2): BALL}, hidden=((0, 2),)).things


def test_a_walk_ends_in_what_was_asked_for() -> None:
    view = seen({(1, 2): BALL})
    assert view.courses["pick up red ball 1"] == (*view.courses["go to red ball 1"], 3)
    assert len(view.courses["go to red ball 1"]) == 3


@pytest.mark.parametrize(
    ("door", "carried", "possible"),
    [
        (OPEN, None, {"go through"}),
        (CLOSED, None, {"toggle and go through"}),
        (LOCKED, None, set()),
        (LOCKED, Held("key", "red"), set()),
        (LOCKED, KEY, {"toggle and go through"}),
    ],
)
def test_a_door_is_gone_through_as_its_state_allows(door: Held, carried: Held | None, possible: set[str]) -> None:
    view = seen({(0, 3): door}, carried)
    name = view.things[0].name
    assert {a.removesuffix(f" {name}") for a in view.courses if a.endswith(name)} == possible | {"go to"}


def test_one_carries_one_thing_and_drops_it_on_a_free_cell() -> None:
    assert "drop" in seen({}, KEY).courses and "drop" not in seen({}).courses
    assert "drop" not in seen({(0, 1): BALL}, KEY).courses
    assert "pick up red ball 1" not in seen({(0, 1): BALL}, KEY).courses


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("Go to  red ball", "go to red ball 1"),
        ("pickup red ball 1", "pick up red ball 1"),
        ("go through green door 1", "go through green open door 1"),
        ("go through green door", "go through green open door 1"),
        ("turn LEFT", "turn left"),
    ],
)
def test_actions_are_understood_in_other_words_too(said: str, meant: str) -> None:
    assert seen({(0, 2): BALL, (2, 2): OPEN}).meant(said) == meant


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ("go to purple ball 1", "You see no purple ball 1."),
        ("pick up green closed door 1", "cannot be picked up"),
        ("go through red ball 1", "is no door"),
        ("go through green closed door 1", "is closed"),
        ("toggle and go through blue locked door 1", "takes a blue key"),
        ("go to red ball 1", "in front of the red ball 1 already"),
        ("pick up blue key 1", "no free way"),
        ("move forward", "in the way"),
        ("drop", "nothing to drop"),
        ("toggle", "nothing in front of you"),
        ("fly", "no such action"),
    ],
)
def test_what_cannot_be_done_is_answered_with_the_reason(action: str, words: str) -> None:
    walled = dict.fromkeys(((1, 5), (3, 5), (2, 4), (2, 6)), WALL)
    cells = {(0, 1): BALL, (2, 2): CLOSED, (-2, 2): LOCKED, (2, 5): KEY, **walled}
    view = seen(cells)
    assert action not in view.courses and words in view.refusal(action)


cells = st.tuples(st.integers(-3, 3), st.integers(0, 6)).filter(lambda cell: cell != (0, 0))
held = st.sampled_from([BALL, KEY, WALL, WALL, WALL, OPEN, CLOSED, LOCKED, Held("box", "grey")])


@given(st.dictionaries(cells, held, max_size=30), st.lists(cells, max_size=20))
def test_every_walk_leads_over_free_cells_in_sight_to_face_its_thing(
    layout: dict[tuple[int, int], Held], hidden: list[tuple[int, int]]
) -> None:
    view = seen(layout, hidden=tuple(hidden))
    for thing in view.things:
        course = view.courses.get(f"go to {thing.name}", ())
        x = y = heading = 0
        for move in course:
            assert move in (LEFT, RIGHT, FORWARD)
            heading = (heading + {LEFT: -1, RIGHT: 1, FORWARD: 0}[move]) % 4
            if move == FORWARD:
                x, y = x + HEADINGS[heading][0], y + HEADINGS[heading][1]
                assert (x, y) == (0, 0) or ((x, y) not in hidden and not blocked(layout.get((x, y))))
        assert not course or (x + HEADINGS[heading][0], y + HEADINGS[heading][1]) == thing.cell


def blocked(thing: Held | None) -> bool:
    return thing is not None and not thing.can_overlap()


def test_without_the_package_one_sentence_tells_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("worlds", "expert"):
        monkeypatch.delitem(sys.modules, f"worldlore.environments.babyai.{name}", raising=False)
    monkeypatch.setitem(sys.modules, "minigrid", None)
    env = ENVIRONMENTS.build({"name": "babyai"})
    task = Task("x", "babyai", "train", "go to a ball", {"family": "GoToLocal", "seed": 0})
    for act in (env.ready, lambda: env.reset(task, 0)):
        with pytest.raises(ConfigError, match=r"needs the package 'minigrid'.*pip install 'worldlore\[babyai\]'"):
            act()
