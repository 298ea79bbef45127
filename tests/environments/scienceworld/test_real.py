"""The real package behind our contract: determinism, the solution's score, and no process left behind."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path
from random import Random

import pytest

from tests.models.conftest import make_model, make_tokenizer
from tests.toys import Pages
from worldlore.agents import AGENTS
from worldlore.config import parse
from worldlore.environments import ENVIRONMENTS, Branching
from worldlore.environments.check import check
from worldlore.environments.scienceworld import KINDS, Scienceworld, ScienceworldConfig
from worldlore.environments.scienceworld import simulator as turns
from worldlore.environments.scienceworld.environment import UNKNOWN
from worldlore.environments.scienceworld.java import Java
from worldlore.environments.scienceworld.machine import Jvm
from worldlore.environments.scienceworld.simulator import Simulator, World
from worldlore.experience import Completion
from worldlore.methods import METHODS
from worldlore.models.local import Local
from worldlore.rollout.loop import Episode, Limits, Stage
from worldlore.rollout.practice import Budget, Ledger, Practice

pytestmark = pytest.mark.real
pytest.importorskip("scienceworld")

SHORT = ("lifespan-longest-lived", "find-non-living-thing", "chemistry-mix-paint-secondary-color")
"""Kinds with short solutions."""


def keys(**others):
    return {"name": "scienceworld", "kinds": list(SHORT), "variations": 1, **others}


def world(**others) -> Scienceworld:
    return ENVIRONMENTS.build(keys(**others))


@pytest.fixture(scope="module")
def simulator():
    machine = Jvm(Java())
    yield Simulator(machine)
    machine.close()


def test_scienceworld_keeps_the_contract():
    findings = list(check(partial(ENVIRONMENTS.build, keys()), ("train", "test"), tasks=2, steps=12))
    assert [f for f in findings if not f.passed] == []
    assert {f.name for f in findings} >= {"replay", "reset", "branching", "processes"}


def test_admissible_actions_are_told_and_about_two_thirds_are_accepted(simulator):
    world = World(simulator)
    world.load("find-plant", 150, "easy")
    said = []
    for action in Random(0).sample(world.possible(), 40):
        world.load("find-plant", 150, "easy")
        said.append(world.step(action)[0].strip() != UNKNOWN)
    assert 0.5 <= sum(said) / len(said) <= 0.9


def test_the_solution_scores_one_and_sums_to_one():
    stage = Stage(partial(ENVIRONMENTS.build, keys(kinds=[*SHORT, "use-thermometer", "power-component"])), {}, LIMITS)
    env = stage.environment()
    tasks = env.tasks("test")
    env.close()
    for played in stage.play(AGENTS.build({"name": "expert"}), [Episode(task) for task in tasks]):
        assert played.success and played.score == pytest.approx(1.0), played.task.id
        assert len(played.steps) <= (KINDS[played.task.data["family"]].cap or 0)


LIMITS = Limits(steps=120, step_seconds=120, width=3)

DIGEST = """
    import hashlib
    from worldlore.environments.scienceworld import Scienceworld, ScienceworldConfig
    env = Scienceworld(ScienceworldConfig(kinds=("boil", "find-animal"), variations=1))
    words = []
    for task in env.tasks("train"):
        words.append(env.reset(task, 0).text)
        for room in ("art studio", "kitchen", "outside"):
            for action in ("teleport to " + room, "look around", "wait", "open cupboard", "focus on nothing"):
                words.append(env.step(action).observation.text)
    env.close()
    print(hashlib.sha256("|".join(words).encode()).hexdigest())
"""


def run(program, **more):
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)],
        check=True,
        capture_output=True,
        text=True,
        timeout=300,
        **more,
    ).stdout


def test_another_process_sees_the_same():
    seeds = [{**os.environ, "PYTHONHASHSEED": seed} for seed in ("1", "2")]
    assert len({run(DIGEST, env=env) for env in seeds}) == 1


def test_without_equal_hashes_the_self_test_fails():
    machine = Jvm(Java(flags=()))
    try:
        assert not Simulator(machine).steady
    finally:
        machine.close()


def test_with_them_it_passes_and_the_environment_branches(simulator):
    env = world()
    assert simulator.steady and isinstance(env, Branching)
    env.close()


def walked(simulator, kinds, turn=World.step):
    """Worlds played in turn, each with its own random walk; what each showed."""
    worlds = [World(simulator) for _ in kinds]
    rngs = [Random(kind) for kind in kinds]
    for one, kind in zip(worlds, kinds, strict=True):
        one.load(kind, 1, "easy")
    seen = [hashlib.sha256() for _ in kinds]
    for _ in range(12):
        for one, rng, digest in zip(worlds, rngs, seen, strict=True):
            action = rng.choice(("look around", "wait", rng.choice(one.possible())))
            digest.update(repr((action, turn(one, action))).encode())
    return [digest.hexdigest() for digest in seen]


def test_worlds_that_take_turns_are_as_they_are_alone(simulator):
    kinds = ("grow-fruit", "chemistry-mix", "power-component")
    together = walked(simulator, kinds)
    assert together == [walked(simulator, [kind])[0] for kind in kinds]


def test_descriptions_are_those_of_the_worlds(simulator):
    rng = Random(0)
    for kind in KINDS:
        variation = rng.choice([v for split in simulator.variations(kind) for v in split])
        world = World(simulator)
        world.load(kind, variation, "easy")
        assert simulator.goal(kind, variation) == world.do(lambda server: server.getTaskDescription()).strip()


def test_the_splits_are_the_packages_own(simulator):
    sizes = [len(split) for kind in KINDS for split in simulator.variations(kind)]
    assert (sum(sizes), sum(sizes[::3]), sum(sizes[1::3]), sum(sizes[2::3])) == (7207, 3592, 1796, 1819)
    env = Scienceworld(ScienceworldConfig(variations=10))
    assert len(env.tasks("test")) == 211
    env.close()


# no process is left


def ended(pid, seconds=30.0):
    """Whether a process ends in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.1)
    return False


BEGUN = """
    import os, signal, sys, time
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background is begun with it ignored
    from worldlore.environments.scienceworld import Scienceworld, ScienceworldConfig
    env = Scienceworld(ScienceworldConfig(kinds=("boil",)))
    print(env._simulator.machine.process.pid, flush=True)
"""


def begun(program):
    """A process with a simulator, and the simulator's process."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(BEGUN) + textwrap.dedent(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_killed_process_leaves_no_simulator(how):
    process, pid = begun("time.sleep(600)")
    assert not ended(pid, 0.5)
    process.send_signal(how)
    with process:
        try:
            process.wait(30)
        finally:
            process.kill()
    assert ended(pid)


def test_a_process_killed_while_its_forked_child_lives_leaves_no_simulator():
    process, pid = begun(
        """
        child = os.fork()
        if child:
            print(child, flush=True)
        time.sleep(600)
        """
    )
    with process:
        child = int(process.stdout.readline())
        process.kill()
        process.wait(30)
        try:
            assert ended(pid) and not ended(child, 0.5)
        finally:
            os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize("end", ["raise RuntimeError", "sys.exit(3)", "env.step('wait')", "pass", "del env"])
def test_a_process_that_ends_leaves_no_simulator(end):
    process, pid = begun(end)
    with process:
        process.wait(60)
    assert ended(pid)


def test_the_last_one_closed_ends_the_simulator(monkeypatch):
    monkeypatch.setattr(turns, "LINGER", 0.2)
    one, two = world(memory=300), world(memory=300)
    pid = one._simulator.machine.process.pid
    assert two._simulator is one._simulator
    one.close()
    assert not ended(pid, 1.0)
    two.close()
    assert ended(pid)


def test_a_simulator_that_was_killed_fails_the_episode_and_the_next_one_has_another():
    stage = Stage(partial(ENVIRONMENTS.build, keys(memory=301)), {}, LIMITS)
    pool = stage.pool()
    first = pool.take()
    task = first.inner.tasks("train")[0]
    first.reset(task, 0)
    machine = first.inner._simulator.machine
    machine.process.kill()
    with pytest.raises(Exception, match="ScienceWorld's simulator failed"):
        first.step("wait")
    pool.give(first)
    second = pool.take()
    assert second.reset(task, 0).text == task.goal
    pool.give(second)
    pool.close()


# WKM, from the expert's courses to a taught agent


class Scripted(Local):
    """Weights that can be trained, and words that are not theirs."""

    def generate(self, requests):
        return [Completion("look around") for _ in requests]


def test_wkm_learns_here_and_plays(tmp_path):
    tokenizer = make_tokenizer()
    model = make_model(tokenizer)
    model.config.max_position_embeddings = 8192
    for part in (model, tokenizer):
        part.save_pretrained(tmp_path / "tiny")
    env = world()
    train, held = env.tasks("train"), env.tasks("test")[0]
    models = {
        role: Scripted(parse(Local.Config, {"path": str(tmp_path / "tiny"), "device": "cpu"}, "test"))
        for role in ("policy", "world")
    }
    stage = Stage(partial(ENVIRONMENTS.build, keys()), models, Limits(steps=20, step_seconds=120))
    pages = Pages(folder=tmp_path)
    agent = AGENTS.build(
        {"name": "wkm", "purpose": False, "max_tokens": 4, "candidates": "verbs", "gamma": 0.7, "manual": "none"}
    )
    training = {"batch": 16, "learning_rate": 1e-3, "save_every": 0, "epochs": 1}
    method = METHODS.build({"name": "wkm", "knowledge": "contrast", "training": training})
    lesson = method.learn(agent, Practice(train, stage, Budget(), 0, pages, Ledger(pages)))
    won = [played for played in pages.trajectories() if played.success]
    assert {played.task.data["family"] for played in won} == set(SHORT)
    assert len(lesson.casebase.cases) == sum(len(played.steps) for played in won)
    assert set(lesson.weights) == {"policy", "world"} and lesson.metrics["task_knowledge"] == 3
    assert all(case.action for case in lesson.casebase.cases)
    taught = Stage(stage.environment, models, Limits(steps=2, step_seconds=120)).with_lesson(lesson)
    (played,) = taught.play(agent.with_lesson(lesson), [Episode(held)])
    assert played.error is None and played.steps[0].decision.grounds["voted"] > 0
    assert json.dumps(dict(played.steps[0].info))
    env.close()
