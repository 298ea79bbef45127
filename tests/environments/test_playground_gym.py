"""The learning agent's view, by Gymnasium's own checker; and the error where Gymnasium is not installed."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import numpy as np
import pytest

from worldlore.environments.playground import PlaygroundConfig
from worldlore.errors import ConfigError


def test_without_gymnasium_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gymnasium", None)
    monkeypatch.delitem(sys.modules, "worldlore.environments.playground.gym", raising=False)
    with pytest.raises(ConfigError, match=r"pip install 'worldlore\[gym\]'"):
        importlib.import_module("worldlore.environments.playground.gym")


@pytest.mark.real
class TestWithGymnasium:
    def test_its_own_checker_is_content(self) -> None:
        checker = pytest.importorskip("gymnasium.utils.env_checker")
        from worldlore.environments.playground.gym import PlaygroundEnv

        class Masked(PlaygroundEnv):
            """The checker draws actions without a mask; the nearest possible one is done instead."""

            def step(self, action: np.int64) -> tuple[np.ndarray, float, bool, bool, dict[str, Any]]:
                possible = np.flatnonzero(self.action_masks())
                return super().step(possible[int(action) % possible.size])

        checker.check_env(Masked(), skip_render_check=True)

    def test_it_plays_masked_episodes_of_the_standard_goal(self) -> None:
        pytest.importorskip("gymnasium")
        from worldlore.environments.playground.gym import PlaygroundEnv

        env, rng = PlaygroundEnv(max_steps=10, reward="kind"), np.random.default_rng(0)
        seen, _ = env.reset(seed=1)
        for _ in range(5):
            for step in range(10):
                assert env.observation_space.contains(seen)
                action = rng.choice(np.flatnonzero(env.action_masks()))
                seen, reward, terminated, truncated, info = env.step(action)
                assert not terminated and truncated == (step == 9)
                assert info["change"].endswith(".") and (reward == 1) == (info["kind"] == "standing")
            seen, _ = env.reset()

    def test_a_seed_gives_the_same_episodes_again(self) -> None:
        pytest.importorskip("gymnasium")
        from worldlore.environments.playground.gym import PlaygroundEnv

        first, second = PlaygroundEnv(), PlaygroundEnv(PlaygroundConfig(goal="standard"))
        assert (first.reset(seed=3)[0] == second.reset(seed=3)[0]).all()
        assert any((first.reset(seed=s)[0] != second.reset(seed=3)[0]).any() for s in range(4, 8))

    def test_more_than_three_of_a_kind_count_as_three(self) -> None:
        pytest.importorskip("gymnasium")
        from worldlore.environments.playground.gym import PlaygroundEnv

        env = PlaygroundEnv(PlaygroundConfig(goal="Grasp any water"))
        crowded = [env.reset(seed=seed)[0] for seed in range(200)]
        assert max(seen.max() for seen in crowded) == 3

    def test_playing_before_the_first_reset_is_refused(self) -> None:
        gymnasium = pytest.importorskip("gymnasium")
        from worldlore.environments.playground.gym import PlaygroundEnv

        with pytest.raises(gymnasium.error.ResetNeeded, match="reset first"):
            PlaygroundEnv().action_masks()
