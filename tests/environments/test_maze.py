"""Mazes in words: connected, felt one wall at a time, and left by a shortest way."""

from __future__ import annotations

from functools import partial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.environments.maze import DOUBLE_T, GOAL, MOVES, Maze, distances, drawn
from worldlore.errors import ConfigError, EnvironmentFailure

odd = st.integers(3, 10).map(lambda n: 2 * n + 1)


def begun(split: str = "published", at: int = 0, **keys: object) -> Maze:
    env = ENVIRONMENTS.build({"name": "maze", **keys})
    env.reset(env.tasks(split)[at], 0)
    return env


def test_the_environment_keeps_its_contract() -> None:
    factory = partial(ENVIRONMENTS.build, {"name": "maze"})
    assert [f.detail for f in check(factory, ("train", "dev", "test", "published"), tasks=3) if not f.passed] == []


@settings(max_examples=40, deadline=None)
@given(odd, odd, st.floats(0, 1), st.integers(0, 10**6))
def test_every_free_cell_of_a_drawn_maze_is_reached_and_its_border_is_wall(
    height: int, width: int, loops: float, seed: int
) -> None:
    rows = drawn(height, width, loops, Random(seed))
    free = [(r, c) for r, row in enumerate(rows) for c, sign in enumerate(row) if sign == "."]
    assert (len(rows), {len(row) for row in rows}) == (height, {width})
    assert set(distances(rows, free[0])) == set(free)
    assert all(0 < r < height - 1 and 0 < c < width - 1 for r, c in free)


def test_without_loops_one_way_leads_to_each_cell() -> None:
    rows = drawn(11, 11, 0.0, Random(1))
    free = {(r, c) for r, row in enumerate(rows) for c, sign in enumerate(row) if sign == "."}
    assert sum(((r + 1, c) in free) + ((r, c + 1) in free) for r, c in free) == len(free) - 1


@pytest.mark.parametrize("split", ["published", "test"])
def test_the_expert_takes_a_shortest_way(split: str) -> None:
    env = ENVIRONMENTS.build({"name": "maze"})
    for task in env.tasks(split):
        env.reset(task, 0)
        steps = 1
        while not (outcome := env.step(env.expert() or "")).done:
            steps += 1
        assert outcome.success and outcome.reward == 1
        assert steps == distances(tuple(task.data["rows"]), tuple(task.data["goal"]))[tuple(task.data["start"])]


def test_the_published_maze_begins_at_each_of_its_25_other_cells() -> None:
    tasks = Maze().tasks("published")
    assert len(tasks) == 25 and {tuple(task.data["goal"]) for task in tasks} == {GOAL}
    assert sum(row.count(".") for row in DOUBLE_T) == 26
    assert begun()._told("").text == (
        "The goal is at position 8, 6. Your current position is at position 1, 1. "
        "There are walls to your left, above you, below you."
    )


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 49), st.lists(st.sampled_from([*MOVES, "fly"]), max_size=20))
def test_a_move_is_valid_where_no_wall_is_told(at: int, actions: list[str]) -> None:
    env = begun("dev", at)
    seen = env._told("")
    for action in actions:
        outcome = env.step(action)
        assert outcome.info["valid"] == (action in (seen.actions or ()))
        seen = outcome.observation
        if outcome.done:
            break


def test_without_positions_walls_alone_are_told() -> None:
    assert begun(position=False)._told("").text == "There are walls to your left, above you, below you."


def test_faults_tell_what_to_do() -> None:
    with pytest.raises(ConfigError, match="odd number of rows and columns, such as 11"):
        begun(height=10)
    with pytest.raises(ConfigError, match="no split of maze"):
        Maze().tasks("tests")
    with pytest.raises(EnvironmentFailure, match="reset first"):
        Maze().step("move up")
