"""A world of programs is a world: its contract, its keys, what it shares with others."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from tests.environments.programs.worlds import GRIPPER, HOUSEHOLD, LINE, begun, build, does
from worldlore.agents.expert import Expert
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.environments.programs import interpreter
from worldlore.environments.programs.text import read
from worldlore.environments.programs.vocabulary import vocabulary
from worldlore.errors import ConfigError
from worldlore.rollout.loop import Episode, Stage


@pytest.mark.parametrize("session", ["fresh", "persistent"])
@pytest.mark.parametrize("inner", [GRIPPER, HOUSEHOLD, LINE], ids=["gripper", "household", "line"])
def test_a_world_of_programs_keeps_the_contract(inner: dict, session: str) -> None:
    factory = partial(ENVIRONMENTS.build, {"name": "programs", "inner": inner, "session": session})
    findings = list(check(factory, ["train", "test"], tasks=2, steps=12))
    assert {f.name: f.detail for f in findings if not f.passed} == {}
    assert "branching" in {f.name for f in findings}


@pytest.mark.parametrize("inner", [GRIPPER, HOUSEHOLD], ids=["gripper", "household"])
def test_tasks_goals_and_name_are_the_inner_worlds(inner: dict) -> None:
    env, bare = build(inner), ENVIRONMENTS.build(inner)
    assert env.name == bare.name
    assert list(env.tasks("test")[:5]) == list(bare.tasks("test")[:5])
    assert env.primitives == bare.primitives


@pytest.mark.parametrize("inner", [GRIPPER, HOUSEHOLD], ids=["gripper", "household"])
def test_every_admissible_command_is_told_as_the_call_that_gives_it(inner: dict) -> None:
    env, bare = build(inner), ENVIRONMENTS.build(inner)
    task = env.tasks("train")[1]
    seen, told = env.reset(task, 0), bare.reset(task, 0)
    words = vocabulary(tuple(bare.primitives))
    for _ in range(6):
        calls = [c for c in seen.actions if c != "help"]
        assert all(c.endswith(")") for c in calls)
        commands = [read(call, words, variables=False).commands for call in calls]
        assert commands == [(c,) for c in told.actions if c != "help"]
        seen, told = env.step(env.expert()).observation, bare.step(bare.expert()).observation


def test_the_functions_are_told_in_the_first_observation_only() -> None:
    env = build(LINE)
    first = env.reset(env.tasks("train")[0], 0)
    assert first.functions == ("go(where): left or right", "look()", "say(word): say it")
    assert env.step("look()").observation.functions is None


def test_an_expert_of_the_inner_world_plays_programs() -> None:
    stage = Stage(partial(build, GRIPPER), {})
    task = build(GRIPPER).tasks("train")[0]
    (played,) = stage.play(Expert(), [Episode(task)])
    assert played.success
    assert all(step.decision.action.endswith(")") for step in played.steps)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({}, "inner is missing"),
        ({"inner": {"name": "griper"}}, "did you mean 'gripper'"),
        ({"inner": {"name": "gripper", "stat": "full"}}, "no key 'stat'; did you mean 'state'"),
        ({"inner": {"name": "programs", "inner": GRIPPER}}, "not programs again"),
        ({"inner": {"name": "tests.environments.programs.worlds:Mute"}}, "'mute' has no primitives.*give its class"),
        ({"inner": GRIPPER, "rung": "landlok"}, "did you mean 'landlock'"),
        ({"inner": GRIPPER, "session": "long"}, "'fresh' or 'persistent'"),
    ],
)
def test_keys_that_cannot_be_are_refused_with_what_to_do(keys: dict, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        ENVIRONMENTS.build({"name": "programs", **keys})


def test_the_resolved_table_names_the_inner_worlds_defaults() -> None:
    table = ENVIRONMENTS.resolve({"name": "programs", "inner": GRIPPER})
    assert table["inner"] == ENVIRONMENTS.resolve(GRIPPER)
    assert ENVIRONMENTS.resolve(table) == table


def test_a_program_does_not_run_below_the_rung_that_is_demanded(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacking(bounds, rung):
        raise ConfigError(f"the sandbox must stand on {rung.name}")

    monkeypatch.setattr(interpreter, "Sandbox", lacking)
    monkeypatch.setattr(interpreter, "_sandboxes", {})
    env = begun(rung="NAMESPACES")
    assert does(env, "look()") == "You are at 0."
    with pytest.raises(ConfigError, match="must stand on NAMESPACES"):
        env.step("x = look()")


def test_many_worlds_share_one_sandbox_and_play_at_once() -> None:
    envs = [begun(session="persistent") for _ in range(12)]
    assert len({id(env._sandbox()) for env in envs}) == 1
    told: dict[int, list[str]] = {}

    def play(at: int) -> None:
        envs[at].step(f"n = {at}")
        told[at] = [does(envs[at], "say(n)") for _ in range(3)]

    threads = [threading.Thread(target=play, args=(at,)) for at in range(len(envs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == {at: [str(at)] * 3 for at in range(len(envs))}
