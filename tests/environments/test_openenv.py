"""OpenEnv's protocol against a real server on loopback, and servers that misbehave."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.agentgym.server import LARGEST
from worldlore.environments.check import check
from worldlore.errors import ConfigError, EnvironmentFailure

Start = Callable[..., tuple[Any, Any]]


def test_without_websockets_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "websockets.exceptions", None)
    monkeypatch.setitem(sys.modules, "websockets", None)
    for module in [name for name in sys.modules if name.startswith("worldlore.environments.openenv")]:
        monkeypatch.delitem(sys.modules, module)
    with pytest.raises(ConfigError, match=r"pip install 'worldlore\[openenv\]'"):
        ENVIRONMENTS.build({"name": "openenv"})


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server and makes an environment for it."""
    pytest.importorskip("websockets")
    from tests.environments.openenv_served import Served

    running: list[tuple[Any, Any]] = []

    def begin(**keys: Any) -> tuple[Any, Any]:
        served = Served()
        table = {"name": "openenv", "url": served.url, "highest": 3, "timeout": 5, **keys}
        running.append((served, ENVIRONMENTS.build(table)))
        return running[-1]

    yield begin
    for served, env in running:
        env.close()
        served.stop()


def settled(condition: Callable[[], bool]) -> bool:
    """Whether it comes true soon."""
    end = time.monotonic() + 3
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


class TestPlaying:
    def test_an_episode_is_played_and_won(self, start: Start) -> None:
        served, env = start(goal="Climb the tower.", reset={"hard": True})
        task = env.tasks("test")[2]
        assert env.reset(task, 0).text == "Climb the tower.\n\nTower 0: you are 0 up."
        outcomes = [env.step(action) for action in ("up", "wait", "up", "up")]
        assert [o.reward for o in outcomes] == pytest.approx([1 / 3, 0, 1 / 3, 1 / 3])
        assert [o.done for o in outcomes] == [False, False, False, True] and outcomes[-1].success
        assert served.asked[0] == {"type": "reset", "data": {"seed": 100_002, "hard": True}}
        with pytest.raises(EnvironmentFailure, match="reset before the next step"):
            env.step("up")

    def test_it_keeps_the_contract(self, start: Start) -> None:
        _, env = start(seeds={"train": [0, 4], "test": [9, 4]}, admissible="legal")
        table = {"name": "openenv", **env.config.model_dump(mode="json")}
        findings = list(check(partial(ENVIRONMENTS.build, table), ("train", "test"), tasks=2, steps=8))
        assert [f for f in findings if not f.passed and f.name != "actions"] == []

    def test_actions_may_have_names(self, start: Start) -> None:
        served, env = start(choices={"climb": {"message": "up"}, "rest": {"message": "wait"}})
        assert env.reset(env.tasks("train")[0], 0).actions == ("climb", "rest")
        assert env.step(" climb ").reward == pytest.approx(1 / 3)
        lost = env.step("fly")
        assert lost.observation.text == "There is no action 'fly'. Actions: climb, rest."
        assert lost.observation.actions == ("climb", "rest") and not lost.info["valid"]
        assert len(served.asked) == 2, "what nobody knows is not sent"

    def test_an_action_the_server_cannot_read_is_answered_and_the_episode_goes_on(self, start: Start) -> None:
        _, env = start(action="code")
        env.reset(env.tasks("train")[0], 0)
        outcome = env.step("up")
        assert outcome.observation.text == "The server did not understand: message: Field required."
        assert not outcome.info["valid"] and not outcome.done
        assert not env.step("up").done

    def test_the_fields_that_are_shown_can_be_chosen(self, start: Start) -> None:
        _, env = start(text=("height", "text"), admissible="legal")
        seen = env.reset(env.tasks("train")[1], 0)
        assert seen.text == "height: 0\ntext: Tower 1: you are 0 up." and seen.actions == ("up", "wait")

    def test_each_object_is_one_session_and_ends_it(self, start: Start) -> None:
        served, env = start()
        other = ENVIRONMENTS.build({"name": "openenv", "url": served.url})
        for task in env.tasks("train")[:3]:
            env.reset(task, 0)
            other.reset(task, 0)
        assert served.sessions == served.open == 2
        other.close()
        env.close()
        assert settled(lambda: served.open == 0)


class TestServersThatMisbehave:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("<html>", r"something other than JSON \(<html>\)"),
            ("[" * 100_000, "something other than JSON"),
            ("[1]", "a message of type observation"),
            ('{"type": "state", "data": {}}', "a message of type observation"),
            ('{"type": "observation", "data": {"observation": "x"}}', "an observation that is an object"),
            ('{"type": "observation", "data": {"observation": {"n": 1}}}', "answer with text"),
            ('{"type": "observation", "data": {"observation": {"t": "x"}, "reward": "1"}}', "a number as reward"),
            ('{"type": "observation", "data": {"observation": {"t": "x"}, "reward": NaN}}', "a number as reward"),
            ('{"type": "observation", "data": {"observation": {"t": "x"}, "done": 3}}', "true or false as done"),
            ('{"type": "error", "data": {"message": "boom", "code": "EXECUTION_ERROR"}}', "EXECUTION_ERROR.: boom"),
            (json.dumps("x" * (LARGEST + 1)), "broke off the connection"),
        ],
    )
    def test_a_strange_answer_is_told_in_plain_words(self, start: Start, text: str, words: str) -> None:
        from tests.environments.openenv_served import saying

        served, env = start()
        env.reset(env.tasks("train")[0], 0)
        served.fault = saying(text)
        with pytest.raises(EnvironmentFailure, match=words) as caught:
            env.step("up")
        assert served.url in str(caught.value) and len(str(caught.value)) < 500
        with pytest.raises(EnvironmentFailure, match="reset first"):
            env.step("up")
        served.fault = None
        env.reset(env.tasks("train")[1], 0)
        assert env.step("up").observation.text.endswith("1 up.")

    def test_a_slow_server_is_left_in_time(self, start: Start) -> None:
        served, env = start(timeout=0.3)
        env.reset(env.tasks("train")[0], 0)
        served.fault, began = lambda *_: True, time.monotonic()
        with pytest.raises(EnvironmentFailure, match=r"no answer within 0.3 s; .* raise timeout"):
            env.step("up")
        assert time.monotonic() - began < 3

    def test_a_dead_server_is_told_before_a_run_and_within_it(self, start: Start) -> None:
        served, env = start()
        env.ready()
        served.stop()
        with pytest.raises(EnvironmentFailure, match=r"takes no connection .* start the OpenEnv server or correct url"):
            env.reset(env.tasks("train")[0], 0)
        with pytest.raises(ConfigError, match=r"environment 'openenv': .* does not answer"):
            env.ready()

    def test_a_restart_costs_the_episode_and_not_the_next(self, start: Start) -> None:
        served, env = start()
        env.reset(env.tasks("train")[0], 0)
        served.stop()
        served.start()
        with pytest.raises(EnvironmentFailure, match=r"broke off the connection .* and this episode with it"):
            env.step("up")
        env.reset(env.tasks("train")[0], 0)
        served.stop()
        served.start()
        env.reset(env.tasks("train")[1], 0)
        assert env.step("up").reward

    def test_a_server_without_a_session_left_says_what_to_do(self, start: Start) -> None:
        served, env = start()
        served.capacity = 0
        with pytest.raises(EnvironmentFailure, match=r"no session left .* set limits.width"):
            env.reset(env.tasks("train")[0], 0)

    def test_no_proxy_stands_before_loopback(self, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("WS_PROXY", "http://127.0.0.1:9")
        _, env = start()
        env.reset(env.tasks("train")[0], 0)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"url": "127.0.0.1:8000"}, "expected an address such as http://127.0.0.1:8000"),
        ({"seeds": {"train": [0, -1]}}, "none below 0"),
        ({"choices": {" up": {}}}, "a name has no spaces around it"),
        ({"acton": "x"}, "did you mean 'action'"),
    ],
)
def test_bad_keys_are_answered_with_what_to_write(keys: dict[str, Any], words: str) -> None:
    pytest.importorskip("websockets")
    with pytest.raises(ConfigError, match=words):
        ENVIRONMENTS.build({"name": "openenv", **keys})


def test_an_unknown_split_is_named() -> None:
    pytest.importorskip("websockets")
    with pytest.raises(ConfigError, match="no split of openenv 'dev'"):
        ENVIRONMENTS.build({"name": "openenv"}).tasks("dev")
