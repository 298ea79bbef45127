"""What is the same in all environments whose episodes are a task and a moment."""

import pytest

from worldlore.environments.base import Momentary
from worldlore.environments.door import Door
from worldlore.environments.maze import Maze
from worldlore.environments.playground import Playground
from worldlore.environments.textcraft import Textcraft
from worldlore.environments.webshop import Webshop
from worldlore.environments.webshop.environment import WebshopConfig
from worldlore.environments.wordle import Wordle
from worldlore.errors import EnvironmentFailure

small = WebshopConfig(products=200)


@pytest.fixture(params=[Door, Maze, Playground, Textcraft, lambda: Webshop(small), Wordle])
def make(request: pytest.FixtureRequest):
    return request.param


def to_the_end(env: Momentary) -> list[str]:
    actions: list[str] = []
    while action := env.expert():
        actions.append(action)
        if env.step(action).done:
            return actions
    raise AssertionError("the expert gave up")


def test_nothing_is_done_before_a_task_is_begun(make):
    env = make()
    for doing in (lambda: env.step("anything"), env.snapshot, env.expert):
        with pytest.raises(EnvironmentFailure, match="reset first"):
            doing()


def test_nothing_is_done_after_the_end_until_an_earlier_moment_is_put_back(make):
    env = make()
    task = env.tasks("train")[0]
    env.reset(task, 0)
    begin = env.snapshot()
    actions = to_the_end(env)
    end = env.snapshot()
    with pytest.raises(EnvironmentFailure, match="the task is over"):
        env.step(actions[-1])
    env.restore(begin)
    assert to_the_end(env) == actions and env.snapshot() == end


def test_a_moment_of_one_task_is_put_back_where_another_is_played(make):
    env, other = make(), make()
    one, two = env.tasks("train")[:2]
    env.reset(one, 0)
    first = env.snapshot()
    ended = to_the_end(env)
    other.reset(two, 0)
    other.restore(first)
    assert other.snapshot() == first and to_the_end(other) == ended
