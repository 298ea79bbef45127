"""Rollouts: what many scenes did at once is kept as bare actions, and told again word for word."""

from random import Random

import numpy as np
import pytest

from worldlore.environments.playground import Playground, PlaygroundConfig
from worldlore.environments.playground.language import WORDINGS
from worldlore.errors import BudgetSpent
from worldlore.experience import Transition, dumps, loads
from worldlore.methods.worldllm.explorers.rollout import Deal, Rollout, Sitting, firsts, kinds_of, told
from worldlore.methods.worldllm.inference import together

WORDS = WORDINGS["published"]


class Blind:
    """Acts at random, and keeps what came of it."""

    def __init__(self):
        self.rng, self.steps = np.random.default_rng(0), []

    def act(self, observations, masks):
        return (masks * self.rng.random(masks.shape)).argmax(1)

    def see(self, step):
        self.steps.append(step)


def tasks(count=40, **keys):
    return Playground(PlaygroundConfig(**{"goal": "standard", **keys})).tasks("train")[:count]


def played(chosen, scenes=15, steps=240, most=None):
    deal, blind = Deal(chosen, Random(0), most), Blind()
    sitting = Sitting.begin(deal, scenes, 30)
    for _ in range(steps):
        sitting.step(blind)
    return sitting.rollout(7), blind.steps


@pytest.mark.parametrize("keys", [{}, {"rules": "random", "world": 3}, {"goal": "Grow any plant"}])
def test_a_rollout_is_told_again_as_it_happened_scene_by_scene(keys):
    chosen = tasks(**keys)
    rollout, steps = played(chosen)
    courses = told(rollout, {task.id: task for task in chosen}, WORDS)
    happened = [step.transition(place) for place in range(15) for step in steps]
    assert list(together(courses)) == happened
    assert rollout.steps == 3600
    assert kinds_of(happened, 15).tolist() == [step.kinds.tolist() for step in steps]


def test_every_scene_begins_anew_and_its_cut_off_tail_is_kept():
    rollout, _ = played(tasks(), steps=100)
    for place in range(15):
        own = [episode for episode in rollout.episodes if episode.place == place]
        assert sum(len(episode.actions) for episode in own) == 100
        assert [episode.ended for episode in own[:3]] == ["time"] * 3
        assert (own[-1].ended, len(own[-1].actions)) == ("cut", 10)
    assert len({episode.task for episode in rollout.episodes}) == 40  # all tasks come round


def test_what_ended_an_episode_is_told_apart():
    rollout, steps = played(tasks(goal="Grow any plant"), steps=200)
    won = sum(int(step.rewards.sum()) for step in steps)
    stuck = sum(int((step.terminated & (step.rewards == 0)).sum()) for step in steps)
    assert won > 0
    assert sum(episode.ended == "won" for episode in rollout.episodes) == won
    assert sum(episode.ended == "stuck" for episode in rollout.episodes) == stuck


def test_a_rollout_of_a_whole_phase_takes_some_kilobytes_on_disk_and_comes_back():
    rollout, _ = played(tasks())
    line = dumps(rollout)
    assert loads(line, Rollout) == rollout
    assert len(line) < 25_000


def test_no_more_episodes_are_begun_than_there_may_be():
    with pytest.raises(BudgetSpent, match="14 more"):
        played(tasks(), most=14)
    with pytest.raises(BudgetSpent, match="20 more"):
        played(tasks(), most=20)
    assert len(played(tasks(), steps=29, most=15)[0].episodes) == 15


def test_the_first_step_of_each_kind_is_averaged_over_the_episodes_that_saw_it():
    course = lambda *kinds: tuple(Transition("s", "a", "c", kind) for kind in kinds)  # noqa: E731
    assert firsts([course("x", "x", "y"), course("y"), ()]) == {"x": 1.0, "y": 2.0}
