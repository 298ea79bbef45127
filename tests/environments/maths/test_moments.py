"""Any moment of a maths problem can be put back, by a fork or by running the blocks again, and nothing is left over."""

from __future__ import annotations

import gc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.environments.maths.sums import Sums, begun, build
from worldlore.environments.base import Outcome
from worldlore.environments.maths.interpreter import Interpreter, Shelf
from worldlore.errors import SandboxError
from worldlore.sandbox import Bounds, Sandbox

BLOCKS = (
    "x = 1",
    "x += 1\nx",
    "items = []",
    "items.append(len(items))\nprint(items)",
    "import random\nrandom.randrange(1000)",
    "def grow():\n    items.append('g')\n    return items",
    "grow()",
    "x = x * 2 if x > 3 else -x\nprint(x)",
    "1 / 0",
    "y = = 1",
    "print({'b', 'a', 'c'})",
    "Answer: 41",
)
ACTIONS = st.lists(st.sampled_from(BLOCKS), max_size=6)


def run(env: Sums, actions: list[str]) -> list[Outcome]:
    return [env.step(action) for action in actions]


@settings(max_examples=15, deadline=None)
@given(before=ACTIONS, other=ACTIONS, after=ACTIONS, forks=st.sampled_from([0, 1, 64]))
def test_restored_and_continued_is_continued(before: list[str], other: list[str], after: list[str], forks: int) -> None:
    env, second, plain = begun(forks=forks), build(forks=forks), begun(forks=forks)
    run(env, before)
    moment = env.snapshot()
    run(env, other)
    run(plain, before)
    expected = run(plain, after)
    for world in (env, second, env):
        world.restore(moment)
        assert run(world, after) == expected
    for world in (env, second, plain):
        world.close()


@settings(max_examples=8, deadline=None)
@given(
    walks=st.lists(st.lists(st.sampled_from(BLOCKS), min_size=1, max_size=3), min_size=2, max_size=6), data=st.data()
)
def test_a_tree_of_moments_gives_what_each_branch_gives_alone(walks: list[list[str]], data: st.DataObject) -> None:
    env = begun(forks=3)
    moments: list[tuple[Any, list[str]]] = [(env.snapshot(), [])]
    for walk in walks:
        moment, done = data.draw(st.sampled_from(moments))
        env.restore(moment)
        for action in walk:
            env.step(action)
            moments.append((env.snapshot(), done := [*done, action]))
        final = env.step("print(sorted(k for k in dict(globals()) if len(k) < 6))\nx, items")
        plain = begun()
        run(plain, done)
        assert plain.step("print(sorted(k for k in dict(globals()) if len(k) < 6))\nx, items") == final
        plain.close()
    env.close()


@pytest.fixture
def shelf():
    with Sandbox(Bounds(seconds=5, processes=64)) as sandbox:
        yield Shelf(sandbox, 4)


def sessions(shelf: Shelf) -> int:
    gc.collect()
    return len(shelf.sandbox._started().sessions)


def test_no_more_interpreters_are_kept_than_may_be(shelf: Shelf) -> None:
    python = Interpreter(shelf, "")
    moments = []
    for n in range(10):
        python.run(f"x = {n}")
        moments.append(python.moment())
        assert shelf.living <= 4
    assert sessions(shelf) <= 5
    told = []
    for moment in moments:
        python.put(moment)
        told.append(python.run("x").ran.value)
    assert told == [str(n) for n in range(10)]
    assert shelf.living <= 4


def test_an_interpreter_that_was_let_go_is_kept_again_when_somebody_comes_back(shelf: Shelf) -> None:
    python = Interpreter(shelf, "")
    python.run("x = 1")
    moment = python.moment()
    moment.let_go()
    python.put(moment)
    assert python.run("x += 1\nx").ran.value == "2"
    assert moment.session is not None and moment.session.alive
    python.put(moment)
    assert python.run("x").ran.value == "1"


def test_nothing_is_left_when_nobody_holds_a_moment_any_more(shelf: Shelf) -> None:
    python, other = Interpreter(shelf, ""), Interpreter(shelf, "")
    python.run("x = 1")
    moment = python.moment()
    python.run("x = 2")
    other.put(moment)
    other.run("x = 3")
    assert sessions(shelf) == 3
    python.close()
    other.close()
    assert sessions(shelf) == 1
    del moment
    assert sessions(shelf) == 0 and shelf.living == 0


def test_a_block_that_cannot_be_forked_from_is_run_again(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object) -> None:
        raise SandboxError("no process to be had")

    python = Interpreter(shelf, "")
    python.run("x = 1")
    moment = python.moment()
    monkeypatch.setattr("worldlore.sandbox.session.Session.fork", refuse)
    for _ in range(2):
        python.put(moment)
        assert python.run("x += 1\nx").ran.value == "2"
    python.close()


def test_a_session_that_died_between_two_blocks_is_run_again(shelf: Shelf) -> None:
    python = Interpreter(shelf, "")
    python.run("x = 5")
    moment = python.moment()
    assert moment.session is not None
    moment.session._child.kill()
    assert python.run("x").ran.value == "5"
    python.close()


def test_variables_that_cannot_be_had_again_count_as_lost(shelf: Shelf) -> None:
    python = Interpreter(shelf, "")
    python.run("import os")
    moment = python.moment()
    moment.let_go()
    moment.blocks = (*moment.blocks, "os._exit(1)")
    result = python.run("'os' in globals()")
    assert result.lost and result.ran.value == "False" and result.number == 1
    python.close()
