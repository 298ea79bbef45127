"""The learner: MaskablePPO of sb3-contrib, its buffer filled by us and its own training left to it.

Rewards are not known while a rollout is played. They are put into the buffer when theories have been weighed, and
before advantages are computed. Where only time was up, the value of what would have come is added to the reward; so is
nothing where an episode is over. Observations are one-hot, four places a count, as stable-baselines3 encodes the
published space of 416 counts below four; we encode all at once, which it does count by count.

Torch's and numpy's global generators are seeded for each rollout and each training by name and put back after, and
torch counts on one thread, for which the networks are small enough. So a policy depends on the seed and on what it was
paid, and on nothing else that happened in the process or on the machine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from worldlore.config import missing_extra
from worldlore.environments.playground import ACTIONS
from worldlore.environments.playground.vector import COUNTS, Steps
from worldlore.errors import StoreError
from worldlore.methods.worldllm.explorers.keys import ExplorerConfig
from worldlore.methods.worldllm.explorers.rewards import Array

try:
    import gymnasium
    from sb3_contrib import MaskablePPO
    from sb3_contrib.common.maskable.buffers import MaskableRolloutBuffer
    from stable_baselines3.common.logger import Logger
except ModuleNotFoundError as missing:
    brought = dict[str, str](gymnasium="rl", sb3_contrib="rl", stable_baselines3="rl")
    raise missing_extra("experimenter 'explorer'", missing, brought) from missing

_LEVELS = 4
"""A count is 0, 1, 2, or 3 and more."""
INPUTS = COUNTS * _LEVELS
"""Of the networks: 1,664."""
_ONE_HOT = np.eye(_LEVELS, dtype=np.int8)


class _Spaces(gymnasium.Env[np.ndarray, np.int64]):
    """Tells the library what is seen and done; it is never played."""

    observation_space = gymnasium.spaces.MultiBinary(INPUTS)
    action_space = gymnasium.spaces.Discrete(ACTIONS)


class Learner:
    """A policy for many scenes at once."""

    def __init__(self, config: ExplorerConfig, seed: str) -> None:
        self.config = config
        with drawing(f"{seed} begin"):
            self.model = _model(config)
        self._shape = config.steps, config.scenes
        self.buffer = self._buffer()
        self._later = np.zeros(self._shape)
        self._acted: tuple[np.ndarray, Any, Any, np.ndarray] | None = None
        self._ended = np.ones(config.scenes, bool)

    def begin(self) -> None:
        """A new rollout, in which every scene is new."""
        self.buffer.reset()
        self._later[:] = 0
        self._ended = np.ones(self.config.scenes, bool)

    def act(self, observations: np.ndarray, masks: np.ndarray) -> np.ndarray:
        """One possible action for each scene, drawn from the policy."""
        inputs = encoded(observations)
        with torch.no_grad():
            actions, values, logprobs = self.model.policy(torch.from_numpy(inputs), action_masks=masks)
        self._acted = inputs, values, logprobs, masks
        return actions.numpy()

    def see(self, step: Steps) -> None:
        """Note what came of the actions; what it is worth will be known later."""
        assert self._acted is not None
        inputs, values, logprobs, masks = self._acted
        late = np.flatnonzero(step.truncated)
        if late.size:
            self._later[self.buffer.pos, late] = self.config.gamma * self._values(step.observations[late])
        nothing = np.zeros(len(inputs))
        self.buffer.add(inputs, step.actions.reshape(-1, 1), nothing, self._ended, values, logprobs, action_masks=masks)
        self._ended = step.terminated | step.truncated

    def learn(self, rewards: Array, observations: np.ndarray) -> None:
        """Train on the rollout, now that its rewards (steps, scenes) are known; `observations` are the last ones."""
        self.buffer.rewards[:] = rewards + self._later
        last = torch.from_numpy(self._values(observations))
        self.buffer.compute_returns_and_advantage(last, self._ended)
        self.model.rollout_buffer = self.buffer
        self.model.train()

    def save(self, path: Path, updates: int) -> None:
        """Keep policy and optimiser, replacing the file at once."""
        optimiser = self.model.policy.optimizer.state_dict()["state"]
        tensors = {f"policy.{name}": tensor for name, tensor in self.model.policy.state_dict().items()}
        tensors |= {f"adam.{i}.{name}": value for i, state in optimiser.items() for name, value in state.items()}
        draft = path.with_name(path.name + ".draft")
        try:
            save_file(tensors, draft, {"worldlore": json.dumps({"updates": updates})})
            draft.replace(path)
        except (OSError, SafetensorError) as error:
            raise StoreError(f"cannot write {path} ({error}); make room and run again to resume") from error

    def load(self, path: Path) -> int:
        """Take policy and optimiser from a file; how many trainings they have seen."""
        try:
            with safe_open(path, "pt") as file:
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
                updates = int(json.loads(file.metadata()["worldlore"])["updates"])
            self._restore(tensors)
        except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
            raise StoreError(f"the policy {path} is damaged ({error}); start the run over with --fresh") from error
        return updates

    def _restore(self, tensors: dict[str, torch.Tensor]) -> None:
        policy = {name[7:]: tensor for name, tensor in tensors.items() if name.startswith("policy.")}
        state: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in tensors.items():
            if name.startswith("adam."):
                _, place, part = name.split(".")
                state.setdefault(int(place), {})[part] = tensor
        self.model.policy.load_state_dict(policy)
        groups = self.model.policy.optimizer.state_dict()["param_groups"]
        self.model.policy.optimizer.load_state_dict({"state": state, "param_groups": groups})

    def _values(self, observations: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return self.model.policy.predict_values(torch.from_numpy(encoded(observations))).numpy().ravel()

    def _buffer(self) -> MaskableRolloutBuffer:
        c, spaces = self.config, _Spaces()
        return MaskableRolloutBuffer(
            c.steps, spaces.observation_space, spaces.action_space, "cpu", c.gae_lambda, c.gamma, c.scenes
        )


def encoded(observations: np.ndarray) -> np.ndarray:
    """(n, 1664) int8 zeros and ones from (n, 416) counts."""
    return _ONE_HOT[np.minimum(observations, _LEVELS - 1)].reshape(len(observations), INPUTS)


@contextmanager
def drawing(name: str) -> Iterator[None]:
    """Within it, global generators draw what the name decides; after it they go on as if nothing had been."""
    seed, before, threads = Random(name).getrandbits(32), np.random.get_state(), torch.get_num_threads()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        np.random.seed(seed)
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            np.random.set_state(before)


def _model(config: ExplorerConfig) -> MaskablePPO:
    model = MaskablePPO(
        "MlpPolicy",
        _Spaces(),
        learning_rate=config.learning_rate,
        n_steps=2,
        batch_size=config.minibatch,
        n_epochs=config.epochs,
        clip_range=config.clip,
        ent_coef=config.entropy,
        vf_coef=config.value,
        policy_kwargs={
            "net_arch": {"pi": [*config.layers], "vf": [*config.layers]},
            "optimizer_kwargs": {"eps": 1e-5, "fused": True},  # as there, but in one pass over the weights
        },
        device="cpu",
    )
    model.set_logger(Logger(None, []))
    return model
