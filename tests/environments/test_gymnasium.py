"""The Gymnasium adapter, by worlds made here for it; and the error where Gymnasium is not installed."""

from __future__ import annotations

import importlib
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from worldlore.environments import ENVIRONMENTS
from worldlore.environments.check import check
from worldlore.errors import ConfigError, EnvironmentFailure

HERE = "tests.environments.text_worlds"
EXAMPLES = Path(__file__).parents[2] / "examples"
CELLAR = {"id": "cellar:Cellar", "goal": "Take the lamp.", "actions": ["left", "right", "take lamp"]}


def test_without_gymnasium_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    monkeypatch.delitem(sys.modules, "worldlore.environments.gymnasium", raising=False)
    with pytest.raises(ConfigError, match=r"pip install 'worldlore\[gym\]'"):
        ENVIRONMENTS.build({"name": "gymnasium", "id": "x"})


def made(name: str = "", **keys: Any) -> Any:
    return ENVIRONMENTS.build({"name": "gymnasium", **({"id": f"{HERE}:{name}"} if name else {}), **keys})


@pytest.mark.real
class TestWithGymnasium:
    @pytest.fixture(autouse=True)
    def _there(self, monkeypatch: pytest.MonkeyPatch) -> None:
        pytest.importorskip("gymnasium")
        monkeypatch.syspath_prepend(EXAMPLES)

    def test_the_example_is_played_by_names_and_tells_what_is_possible(self) -> None:
        env = made(**CELLAR)
        task = env.tasks("test")[0]
        seen = env.reset(task, 0)
        assert seen.text.startswith("Take the lamp.\n\nThe lamp stands in cellar ") and task.goal == "Take the lamp."
        lamp, here = (int(word.strip(".")) for word in seen.text.split() if word.strip(".").isdigit())
        outcomes = [env.step("left" if lamp < here else "right") for _ in range(abs(lamp - here))]
        assert "take lamp" in outcomes[-1].observation.actions
        last = env.step("take lamp")
        assert last.success and last.reward == 1.0 and last.observation.actions is None
        with pytest.raises(EnvironmentFailure, match="reset before the next step"):
            env.step("left")
        env.close()

    def test_a_name_nobody_knows_is_answered_and_not_played(self) -> None:
        env = made(**CELLAR)
        env.reset(env.tasks("test")[0], 0)
        for action in ("fly", "", "7", "take lamp"):
            outcome = env.step(action)
            assert outcome.observation.text.startswith(f"There is no action {action!r} now. Actions: ")
            assert outcome.info["valid"] is False and not outcome.done
        env.close()

    @pytest.mark.parametrize("keys", [CELLAR, {"id": f"{HERE}:Parrot"}, {"id": f"{HERE}:Counting", "text": "words"}])
    def test_it_keeps_the_contract(self, keys: dict[str, Any]) -> None:
        table = {"name": "gymnasium", "seeds": {"train": [0, 4], "test": [9, 4]}, **keys}
        findings = list(check(partial(ENVIRONMENTS.build, table), ("train", "test"), tasks=2, steps=8))
        assert [f for f in findings if not f.passed] == []

    def test_text_is_passed_on_as_it_is(self) -> None:
        env = made("Parrot")
        env.reset(env.tasks("train")[0], 0)
        assert env.step(" Say  this ").observation.text == "You said:  Say  this "
        env.close()

    def test_rewards_are_measured_by_the_highest_and_end_by_the_worlds_own_time(self) -> None:
        env = made("Counting", highest=4.0, success=0.5, text="words")
        env.reset(env.tasks("train")[0], 0)
        outcomes = [env.step("1") for _ in range(5)]
        assert [o.reward for o in outcomes] == [0.25, 0.25, 0.25, 0.25, 0.0] and outcomes[-1].info["truncated"]
        assert outcomes[-1].done and outcomes[-1].success
        env.reset(env.tasks("train")[0], 0)
        outcomes = [env.step(a) for a in "00011"]
        assert sum(o.reward for o in outcomes) == 0.0 and not outcomes[-1].success, "a debt is paid before it counts"
        env.close()

    def test_the_world_itself_may_say_what_success_is(self) -> None:
        env = made("Counting", won="even", text="words")
        env.reset(env.tasks("train")[0], 0)
        assert [env.step("1").success for _ in range(5)] == [False] * 5
        env.reset(env.tasks("train")[0], 0)
        assert [env.step(a).success for a in "11110"] == [False] * 4 + [True]
        env.close()

    @pytest.mark.parametrize(
        ("keys", "words"),
        [
            ({"id": "CartPole-v1"}, r"CartPole-v1 shows Box\(.*, which is no text; wrap it"),
            ({"id": "FrozenLake-v1"}, r"shows Discrete\(16\), which is no text"),
            ({"id": "NoSuchWorld-v7"}, "cannot make 'NoSuchWorld-v7': .*correct id or kwargs"),
            ({"id": "no_such_package:World-v0"}, "no_such_package.*correct id or kwargs"),
            ({"id": "no_such_package:World"}, "no module 'no_such_package'"),
            ({"id": f"{HERE}:Parrot", "kwargs": {"colour": 1}}, r"Parrot\(\) takes no arguments; correct id or kwargs"),
            ({"id": f"{HERE}:Parrot", "actions": ["a"]}, "takes any text, so its actions need no names"),
            ({"id": f"{HERE}:Counting", "text": "wrods"}, r"\(environment.text\) 'wrods'; did you mean 'words'"),
            ({**CELLAR, "actions": ["left"]}, "has 3 actions, and environment.actions names 1; name each"),
            ({"id": f"{HERE}:Arm"}, r"acts by Box\(.*, which is no text"),
        ],
    )
    def test_what_is_not_there_or_no_text_is_refused_before_a_run(self, keys: dict[str, Any], words: str) -> None:
        env = made(**keys)
        with pytest.raises(ConfigError, match=words):
            env.ready()
        env.close()

    def test_a_liar_is_found_out_in_the_episode(self) -> None:
        env = made("Liar")
        env.ready()
        with pytest.raises(EnvironmentFailure, match="gave int as an observation, not text"):
            env.reset(env.tasks("train")[0], 0)
        env.close()

    def test_a_registered_name_is_found_in_its_package(self) -> None:
        importlib.import_module(HERE)
        env = made(id=f"{HERE}:Parrot-v0")
        assert env.reset(env.tasks("train")[0], 0).text.startswith("I am")
        env.close()


def test_seeds_below_zero_are_refused() -> None:
    pytest.importorskip("gymnasium")
    with pytest.raises(ConfigError, match="none below 0"):
        made(id="x", seeds={"train": [-1, 5]})
