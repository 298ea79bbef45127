"""AgentGym's protocol against a real server on loopback, for all fourteen kinds, and servers that misbehave."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.environments.agentgym.served import OLD, Running, breaking_off, dripping, saying
from worldlore.environments import ENVIRONMENTS
from worldlore.environments.agentgym import KINDS, Agentgym, AgentgymConfig, server
from worldlore.environments.agentgym.items import items
from worldlore.environments.check import check
from worldlore.errors import ConfigError, EnvironmentFailure

PUBLISHED = {
    "webshop": (3930, 200),
    "webarena": (0, 20),
    "maze": (1, 25),
    "wordle": (955, 25),
    "alfworld": (2420, 200),
    "sciworld": (2120, 200),
    "babyai": (810, 90),
    "textcraft": (374, 100),
    "weather": (311, 20),
    "movie": (215, 20),
    "academia": (0, 20),
    "sheet": (0, 20),
    "todo": (135, 20),
    "bird": (3000, 200),
}
"""Trajectories and test items AgentGym publishes; of the maze there are 26 items, and 215 trajectories of them."""
GO = {
    "wordle": "enter",
    **dict.fromkeys(("academia", "movie", "sheet", "todo", "weather"), "go with Action Input: {}"),
    "bird": "```sql\ngo\n```",
    "textcraft": "go.",
}
"""The right action as an agent may write it."""

Start = Callable[..., tuple[Running, Agentgym]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a server of a kind and makes an environment for it."""
    monkeypatch.setattr(server, "PAUSES", (0.01, 0.02))
    running: list[tuple[Running, Agentgym]] = []

    def begin(kind: str = "textcraft", **keys: Any) -> tuple[Running, Agentgym]:
        served = Running(kind)
        running.append((served, Agentgym(AgentgymConfig(kind=kind, url=served.url, **{"timeout": 5.0, **keys}))))
        return running[-1]

    yield begin
    for served, env in running:
        served.gym.fault = None
        env.close()
        served.stop()


class TestAllFourteen:
    @pytest.mark.parametrize("kind", sorted(KINDS))
    def test_an_episode_is_played_and_won(self, start: Start, kind: str) -> None:
        served, env = start(kind)
        task = env.tasks("test")[0]
        first = env.reset(task, 0)
        assert first.text.endswith(("0 right.", "]")) and f"Task {task.data['item']}:" in first.text
        outcomes = [env.step("something else")]
        while not outcomes[-1].done:
            outcomes.append(env.step(GO.get(kind, "go")))
        assert outcomes[-1].success and len(outcomes) == 1 + 2 + task.data["item"] % 3
        assert sum(o.reward for o in outcomes) == pytest.approx(0.9 if kind == "babyai" else 1.0)
        with pytest.raises(EnvironmentFailure, match="reset before the next step"):
            env.step("go")
        env.close()
        assert len(served.sent("close")) == 1 and not served.gym.episodes

    @pytest.mark.parametrize("kind", sorted(KINDS))
    def test_as_many_items_as_published_no_item_in_both_splits(self, kind: str) -> None:
        env = Agentgym(AgentgymConfig(kind=kind))
        train, test = ({task.key for task in env.tasks(split)} for split in ("train", "test"))
        assert (len(train), len(test)) == PUBLISHED[kind] and not train & test
        env.close()

    def test_a_lost_episode_is_no_success(self, start: Start) -> None:
        _, env = start("babyai")
        env.reset(env.tasks("test")[0], 0)
        outcomes = [env.step("stay") for _ in range(8)]
        assert outcomes[-1].done and not outcomes[-1].success and sum(o.reward for o in outcomes) == 0

    def test_actions_are_told_where_the_server_knows_them(self, start: Start) -> None:
        told = {}
        for kind in ("alfworld", "babyai", "maze", "wordle"):
            _, env = start(kind)
            told[kind] = env.reset(env.tasks("test")[0], 0).actions
            assert env.step("stay").observation.actions == told[kind]
        assert told["alfworld"] == told["babyai"] == ("go", "stay")
        assert told["maze"] == ("move up", "move down", "move left", "move right") and told["wordle"] is None

    def test_what_can_be_done_is_told_unless_not_wanted(self, start: Start) -> None:
        (_, env), (_, silent) = start("movie"), start("movie", told=False)
        told, untold = (e.reset(e.tasks("test")[0], 0).text for e in (env, silent))
        assert "get_search_movie(movie_name)" in told and told.endswith(untold) and untold.startswith("Task 0")

    @pytest.mark.parametrize("kind", ["webshop", "alfworld"])
    def test_it_keeps_the_contract(self, start: Start, kind: str) -> None:
        served, env = start(kind)
        config = env.config.model_copy(update={"items": {"train": "0-3", "test": "4-7"}})
        findings = list(check(partial(Agentgym, config), ("train", "test"), tasks=2, steps=10))
        assert [f for f in findings if not f.passed] == []
        assert len(served.gym.asked) > 100


class TestServersThatMisbehave:
    @pytest.mark.parametrize(
        ("status", "body", "words"),
        [
            (500, b"Internal Server Error", "answered 500: Internal Server Error; look into the server's log"),
            (200, b"<html>Hello</html>", r"something other than JSON \(<html>Hello</html>\)"),
            (200, b"", r"something other than JSON \(nothing\)"),
            (200, b"[" * 100_000, "something other than JSON"),
            (200, b'["go"]', "an object with the key 'observation'"),
            (200, b'{"observation": 3}', "a text under 'observation'"),
            (200, b'{"observation": "x", "reward": NaN, "done": false}', "a number under 'reward'"),
            (200, b'{"observation": "x", "reward": 0, "done": "no"}', "true or false under 'done'"),
            (200, b'{"error": "The id 0 is not valid."}', "refused: The id 0 is not valid"),
            (200, b" " * (server.LARGEST + 1), "more than 8 MiB"),
            (301, b"", "answered 301"),
        ],
    )
    def test_a_strange_answer_is_told_in_plain_words(self, start: Start, status: int, body: bytes, words: str) -> None:
        served, env = start()
        env.reset(env.tasks("train")[0], 0)
        served.gym.fault = saying(status, body, "step")
        with pytest.raises(EnvironmentFailure, match=words) as caught:
            env.step("go")
        assert served.url in str(caught.value) and len(str(caught.value)) < 500
        assert len(served.sent("step")) == 1, "a step is not repeated"
        assert not served.gym.episodes, "the environment on the server was closed"
        served.gym.fault = None
        with pytest.raises(EnvironmentFailure, match="reset first"):
            env.step("go")
        env.reset(env.tasks("train")[1], 0)
        assert env.step("go").observation.text.endswith("1 right.")

    def test_a_slow_server_is_left_in_time(self, start: Start) -> None:
        served, env = start(timeout=0.3)
        env.reset(env.tasks("train")[0], 0)
        for fault in (lambda _: time.sleep(1.0) or True, dripping("step")):
            served.gym.fault, began = fault, time.monotonic()
            with pytest.raises(EnvironmentFailure, match=r"no answer within 0.3 s; .* raise timeout"):
                env.step("go")
            assert time.monotonic() - began < 0.9
            served.gym.fault = None
            env.reset(env.tasks("train")[0], 0)

    def test_a_dead_server_is_told_before_a_run_and_within_it(self, start: Start) -> None:
        served, env = start()
        env.ready()
        served.stop()
        env = Agentgym(env.config)
        with pytest.raises(EnvironmentFailure, match=r"does not answer .* start the server or correct url"):
            env.reset(env.tasks("train")[0], 0)
        with pytest.raises(ConfigError, match="environment 'agentgym', kind 'textcraft'"):
            env.ready()
        served.start()
        env.reset(env.tasks("train")[0], 0)
        env.close()

    @pytest.mark.parametrize("kind", ["textcraft", "webshop"])
    def test_a_restart_costs_the_episode_and_not_the_next(self, start: Start, kind: str) -> None:
        served, env = start(kind)
        env.reset(env.tasks("train")[0], 0)
        served.restart()
        with pytest.raises(EnvironmentFailure, match=r"restarted in between, environment 0 and this episode are lost"):
            env.step("go")
        env.reset(env.tasks("train")[0], 0)
        served.restart()
        env.reset(env.tasks("train")[1], 0)
        assert env.step("go").observation.text and served.gym.made == 3

    def test_a_reset_that_broke_off_is_repeated_and_a_step_is_not(self, start: Start) -> None:
        served, env = start()
        served.gym.fault = breaking_off("reset", 2)
        env.reset(env.tasks("train")[0], 0)
        assert len(served.sent("reset")) == 3
        served.gym.fault = breaking_off("step", 2)
        with pytest.raises(EnvironmentFailure, match="broke off in the middle of an answer"):
            env.step("go")
        assert len(served.sent("step")) == 1

    def test_a_busy_server_is_asked_again_for_what_may_be_repeated(self, start: Start) -> None:
        served, env = start()
        served.gym.fault = saying(503, b"busy", "reset")
        with pytest.raises(EnvironmentFailure, match="answered 503: busy"):
            env.reset(env.tasks("train")[0], 0)
        assert len(served.sent("reset")) == 3

    def test_an_item_the_server_has_not_is_refused_in_its_words(self, start: Start) -> None:
        _, env = start(items={"test": "30000"})
        with pytest.raises(EnvironmentFailure, match="refused: list index out of range"):
            env.reset(env.tasks("test")[0], 0)

    def test_a_server_of_another_kind_is_noticed(self, start: Start) -> None:
        served, _ = start("textcraft")
        env = Agentgym(AgentgymConfig(kind="alfworld", url=served.url))
        with pytest.raises(EnvironmentFailure, match="look into the server's log"):
            env.reset(env.tasks("test")[0], 0)
        env.close()

    def test_text_no_file_can_hold_is_mended(self, start: Start) -> None:
        served, env = start()
        env.reset(env.tasks("train")[0], 0)
        served.gym.fault = saying(200, b'{"observation": "a\\ud800b", "reward": 0, "done": false}', "step")
        assert env.step("go \ud800").observation.text == "a?b"

    def test_no_proxy_stands_before_loopback(self, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        _, env = start()
        env.reset(env.tasks("train")[0], 0)


class TestClosing:
    def test_each_object_has_one_environment_for_all_its_episodes(self, start: Start) -> None:
        served, env = start()
        other = Agentgym(env.config)
        for task in env.tasks("train")[:3]:
            env.reset(task, 0)
            other.reset(task, 0)
        assert served.gym.made == 2 and len(served.gym.episodes) == 2
        other.close()
        assert list(served.gym.episodes) == [0]

    def test_a_server_that_cannot_close_is_not_asked_for_more(self, start: Start) -> None:
        served, env = start()
        env.reset(env.tasks("train")[0], 0)
        served.gym.fault = saying(404, b"Not Found", "close")
        env.close()
        assert len(served.sent("close")) == 1


class TestItems:
    @given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9), st.integers(1, 3)), max_size=5))
    def test_ranges_hold_both_ends_and_each_item_once(self, parts: list[tuple[int, int, int]]) -> None:
        told = ", ".join(f"{first}-{first + more}/{step}" for first, more, step in parts)
        found = items(told)
        assert set(found) == {n for a, more, step in parts for n in range(a, a + more + 1, step)}
        assert len(set(found)) == len(found)

    def test_a_published_file_is_read_as_it_is(self, tmp_path: Path) -> None:
        file = tmp_path / "webshop_test.json"
        file.write_text(json.dumps([{"item_id": "webshop_5238"}, {"item_id": "webshop_6", "conversations": []}]))
        env = ENVIRONMENTS.build({"name": "agentgym", "kind": "webshop", "items": {"dev": str(file)}})
        assert [task.data["item"] for task in env.tasks("dev")] == [5238, 6]
        env.close()

    @pytest.mark.parametrize(
        ("told", "words"),
        [
            ("5..9", "'5..9' is no range; write"),
            ("1-9/0", "is no range"),
            ("nowhere.json", "nowhere.json cannot be read"),
            ("broken.json", "is no JSON"),
            ("object.json", "holds no list"),
            ("names.json", "expected entries such as"),
        ],
    )
    def test_what_names_no_items_is_told(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, words: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("broken.json").write_text("[")
        Path("object.json").write_text("{}")
        Path("names.json").write_text('[{"item_id": "pick_and_place"}]')
        with pytest.raises(ConfigError, match=words):
            items(told)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        ({"kind": "alfwrld"}, "did you mean 'alfworld'"),
        ({}, "kind is missing"),
        ({"kind": "maze", "url": "localhost:36001"}, r"expected an address such as http://127.0.0.1:36001"),
        ({"kind": "maze", "url": "http://me:secret@host"}, "expected an address"),
    ],
)
def test_bad_keys_are_answered_with_what_to_write(keys: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        ENVIRONMENTS.build({"name": "agentgym", **keys})


def test_an_unknown_split_is_named() -> None:
    env = Agentgym(AgentgymConfig(kind="maze"))
    with pytest.raises(ConfigError, match="no split of agentgym 'dev'"):
        env.tasks("dev")
    env.close()


def test_a_maze_server_may_be_named_with_or_without_its_path() -> None:
    served = Running("maze")
    for url in (served.url, served.url + "/maze", served.url + "/"):
        env = Agentgym(AgentgymConfig(kind="maze", url=url))
        env.reset(env.tasks("test")[0], 0)
        env.close()
    served.stop()
    assert "maze" not in OLD
