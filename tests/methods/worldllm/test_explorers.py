"""Explorers learn what they are paid for, and a killed one goes on as if it had never been."""

import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from tests.methods.theorising import DOOR, PLAYGROUND, practice, worldllm
from tests.methods.worldllm.test_rollouts import Blind
from tests.toys import KilledError, Pages, walker
from worldlore.environments.playground import STANDARD, goals, scenes
from worldlore.environments.playground.vector import Scenes
from worldlore.errors import ConfigError, StoreError
from worldlore.experience import dumps, loads
from worldlore.methods.worldllm.explorers import Explorer, ExplorerConfig
from worldlore.methods.worldllm.explorers.rollout import Rollout
from worldlore.methods.worldllm.literal import Literal
from worldlore.methods.worldllm.statistician import Statistician
from worldlore.methods.worldllm.worlds import world_of
from worldlore.rollout.practice import Ledger

SMALL = {"scenes": 3, "steps": 40, "epochs": 2, "minibatch": 16, "layers": [8]}
SEARCH = {"theorist": "grammar", "phases": 3, "experimenter": "explorer", "mh": {"iterations": 3}}


def learn(folder, environment=PLAYGROUND, pages=None, budget=None, explorer=None, **keys):
    pages = pages or Pages(folder=folder)
    here = practice(folder, environment, Literal(), tasks=20, budget=budget, pages=pages)
    here = replace(here, ledger=Ledger(pages))
    method = worldllm(**{**SEARCH, **keys}, explorer={"reward": "ll", **SMALL, **(explorer or {})})
    return method.learn(walker(), here), here


def files(folder):
    return {path.name: path.read_bytes() for path in (folder / "explorer").iterdir()}


def told(here):
    return [
        loads(dumps({k: v for k, v in r.items() if k not in ("cost", "from_cache")}), dict) for r in here.out.records
    ]


# what needs no learner


def test_an_explorer_knows_the_playground_alone(tmp_path):
    with pytest.raises(ConfigError, match="knows playground and the training tasks are of door"):
        learn(tmp_path, DOOR)


def test_without_the_extra_one_is_told_which_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "sb3_contrib", None)
    monkeypatch.delitem(sys.modules, "worldlore.methods.worldllm.explorers.learner", raising=False)
    with pytest.raises(ConfigError, match=r"worldlore\[rl\]|worldlore\[gym\]"):
        learn(tmp_path)


# the learner


@pytest.fixture
def learner():
    from worldlore.methods.worldllm.explorers import learner

    return learner


def played(made, goal, max_steps):
    """A rollout of a learner, step by step."""
    many = Scenes(scenes(goals.parse(goal), 0), made.config.scenes, max_steps)
    steps = []
    made.begin()
    for _ in range(made.config.steps):
        steps.append(many.step(made.act(many.observations, many.masks)))
        made.see(steps[-1])
    return steps, many


def playing(learner, config, goal=STANDARD, max_steps=30):
    made = learner.Learner(config, "s")
    with learner.drawing("play"):
        steps, many = played(made, goal, max_steps)
    return made, many, steps


@pytest.mark.real
def test_observations_are_encoded_as_the_library_encodes_the_published_space(learner):
    import gymnasium
    import torch
    from stable_baselines3.common.preprocessing import preprocess_obs

    many, blind = Scenes(scenes(goals.parse(STANDARD), 0), 50), Blind()
    for _ in range(12):
        many.step(blind.act(None, many.masks))
    space = gymnasium.spaces.MultiDiscrete(np.full(416, 4))
    expected = preprocess_obs(torch.from_numpy(np.minimum(many.observations, 3)), space)
    assert learner.encoded(many.observations).shape == (50, 1664)
    assert (learner.encoded(many.observations) == expected.numpy()).all()


@pytest.mark.real
def test_rewards_given_later_reach_the_advantages_and_time_s_end_alone_is_bootstrapped(learner, monkeypatch):
    config = ExplorerConfig(**{**SMALL, "layers": (8,)})
    made, many, steps = playing(learner, config, goal="Grow any plant", max_steps=9)
    rewards = np.random.default_rng(1).random((40, 3))
    seen = {}
    monkeypatch.setattr(
        made.model, "train", lambda: seen.update(advantages=made.model.rollout_buffer.advantages.copy())
    )
    buffer = made.buffer
    values = buffer.values.astype(float)
    made.learn(rewards, many.observations)
    expected = np.zeros((41, 3))
    ahead = made._values(many.observations).astype(float)
    for t in reversed(range(40)):
        step = steps[t]
        left = made._values(step.observations)
        following = np.where(step.terminated, 0, np.where(step.truncated, left, ahead))
        delta = rewards[t] + 0.99 * following - values[t]
        expected[t] = delta + 0.99 * 0.95 * np.where(step.terminated | step.truncated, 0, expected[t + 1])
        ahead = values[t]
    assert any(step.terminated.any() for step in steps) and any(step.truncated.any() for step in steps)
    assert seen["advantages"] == pytest.approx(expected[:40], abs=1e-4)


@pytest.mark.real
def test_a_policy_is_kept_and_taken_up_with_its_optimiser(learner, tmp_path):
    config = ExplorerConfig(**SMALL)
    made, many, _ = playing(learner, config)
    rewards = np.random.default_rng(1).random((40, 3))
    with learner.drawing("train"):
        made.learn(rewards, many.observations)
    made.save(tmp_path / "p", 4)
    other = learner.Learner(config, "another")
    assert other.load(tmp_path / "p") == 4
    other.save(tmp_path / "q", 4)
    assert (tmp_path / "p").read_bytes() == (tmp_path / "q").read_bytes()
    (tmp_path / "p").write_bytes(b"torn")
    with pytest.raises(StoreError, match="damaged"):
        other.load(tmp_path / "p")


@pytest.mark.real
def test_what_is_drawn_leaves_other_draws_alone(learner):
    import torch

    def draws():
        return float(torch.rand(1)), float(np.random.random())

    torch.manual_seed(3)
    np.random.seed(3)
    expected = draws()
    torch.manual_seed(3)
    np.random.seed(3)
    with learner.drawing("x"):
        first = draws()
    assert draws() == expected
    with learner.drawing("x"):
        assert draws() == first != expected


@pytest.mark.real
def test_a_learner_does_more_of_what_it_is_paid_for(learner):
    config = ExplorerConfig(**{**SMALL, "scenes": 15, "epochs": 8, "layers": (32,), "learning_rate": 5e-3})
    made = learner.Learner(config, "water")
    shares = []
    for phase in range(6):
        with learner.drawing(f"{phase}"):
            done, many = played(made, STANDARD, 30)
            going = np.array([step.actions == 25 for step in done])
            shares.append(going.mean())
            made.learn(going.astype(float), many.observations)
    assert shares[0] < 0.25
    assert shares[-1] > 2 * shares[0]


# the run


@pytest.mark.real
@pytest.mark.parametrize("inference", ["mh", "importance", "smc"])
@pytest.mark.parametrize("reward", ["ll", "alp", "alpexp", "alpll", "disagreement"])
def test_every_reward_goes_with_every_search(tmp_path, reward, inference):
    small = {"importance": {"iterations": 2}, "smc": {"particles": 4, "memory": 20}}
    lesson, here = learn(tmp_path, explorer={"reward": reward}, inference=inference, phases=2, **small)
    records = [record["explorer"] for record in here.out.records if "explorer" in record]
    assert [record["updates"] for record in records] == [1, 2]
    assert all(np.isfinite(record["mean"]) for record in records)
    collections = 2 if inference == "importance" else 3
    assert here.cost.steps == collections * 120
    assert sum(lesson.metrics["seen"].values()) == collections * 120


def dying(monkeypatch, owner, name, call, after):
    """The process is killed at a call of a function, before it or after."""
    true, calls = getattr(owner, name), Counter()

    def function(*args, **keys):
        calls[name] += 1
        if calls[name] == call and not after:
            raise KilledError
        found = true(*args, **keys)
        if calls[name] == call and after:
            raise KilledError
        return found

    monkeypatch.setattr(owner, name, function)


POINTS = [
    ("act", 7, False),  # while the first rollout is played
    ("act", 40 + 40 + 9, False),  # while the third is
    ("_keep", 1, False),
    ("_keep", 1, True),
    ("_keep", 3, True),
    ("take", 2, True),  # theories are weighed, and nothing is learned yet
    ("pay", 1, True),
    ("learn", 2, False),
    ("learn", 2, True),  # trained, and not kept
    ("save", 1, True),
    ("save", 2, True),
    ("save", 3, True),  # all is done but the lesson
]


@pytest.mark.real
@pytest.mark.parametrize("reward", ["alpexp", "custom"])
def test_a_killed_explorer_goes_on_exactly_wherever_it_was(tmp_path, learner, reward):
    from worldlore.methods.worldllm.explorers.curiosity import Curiosity
    from worldlore.methods.worldllm.inference import Metropolis

    keys = {"reward": reward, "values": {"standing": 0.09, "transformP": 0.77}, "count_exponent": 1}
    owners = {"_keep": Explorer, "take": Metropolis, "pay": Curiosity}
    lesson, whole = learn(tmp_path / "whole", explorer=keys)
    lesson.save(tmp_path / "whole" / "lesson")
    for name, call, after in POINTS:
        folder = tmp_path / f"{name}-{call}-{after}"
        with pytest.MonkeyPatch.context() as patch, pytest.raises(KilledError):
            dying(patch, owners.get(name, learner.Learner), name, call, after)
            learn(folder, explorer=keys)
        again, here = learn(folder, explorer=keys)
        assert again == lesson
        again.save(folder / "lesson")
        assert files(folder) == files(tmp_path / "whole"), name
        for path in (tmp_path / "whole" / "lesson").rglob("*.*"):
            assert (
                path.read_bytes() == (folder / "lesson" / path.relative_to(tmp_path / "whole" / "lesson")).read_bytes()
            )
        assert told(here) == told(whole)
        assert replace(here.so_far(), seconds=0) == replace(whole.so_far(), seconds=0)


@pytest.mark.real
def test_another_seed_goes_another_way(tmp_path):
    learn(tmp_path / "a", phases=0)
    config = ExplorerConfig(**SMALL)
    actions = []
    for seed in (0, 1):
        here = practice(tmp_path / str(seed), PLAYGROUND, Literal(), tasks=20, seed=seed)
        search = Statistician(here, world_of(here.stage.environment(), here.tasks))
        Explorer(config, here, search).explore(0)
        line = (tmp_path / str(seed) / "explorer" / "rollouts.jsonl").read_text()
        actions.append([episode.actions for episode in loads(line, Rollout).episodes])
    assert actions[0] != actions[1]
    assert (tmp_path / "a" / "explorer" / "rollouts.jsonl").read_text() == (
        tmp_path / "0" / "explorer" / "rollouts.jsonl"
    ).read_text()


@pytest.mark.real
def test_a_budget_that_does_not_hold_a_rollout_ends_the_search(tmp_path):
    for name, budget, phases in (("steps", {"steps": 359}, 2), ("enough", {"steps": 361}, 3), ("few", {"steps": 9}, 0)):
        lesson, here = learn(tmp_path / name, budget=budget)
        assert lesson.metrics["phases"] == phases
        assert here.cost.steps == phases * 120
        assert "ended" in here.out.records[-1]
    lesson, here = learn(tmp_path / "episodes", budget={"episodes": 8})
    assert lesson.metrics["phases"] == 1
    assert here.cost.episodes <= 8


@pytest.mark.real
def test_tasks_of_the_test_are_refused_and_damage_is_told(tmp_path):
    here = practice(tmp_path, PLAYGROUND, Literal(), tasks=20)
    here = replace(here, tested=frozenset({here.tasks[4].key}))
    with pytest.raises(ConfigError, match="playground-train-4"):
        worldllm(**SEARCH, explorer=SMALL).learn(walker(), here)
    learn(tmp_path / "lost")
    (tmp_path / "lost" / "explorer" / "rollouts.jsonl").unlink()
    with pytest.raises(StoreError, match="rollout which is missing"):
        learn(tmp_path / "lost")
    learn(tmp_path / "other", phases=0)
    path = tmp_path / "other" / "explorer" / "rollouts.jsonl"
    rollout = loads(path.read_text(), Rollout)
    path.write_text(dumps(replace(rollout, episodes=rollout.episodes[::-1])) + "\n")
    with pytest.raises(StoreError, match="went another way"):
        learn(tmp_path / "other", phases=0)
